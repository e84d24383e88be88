package demo

import (
	"context"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
)

// did says which deed an account tells of; others are left out of the story.
var did = map[string]string{
	"acceptance": "accept", "pact-sign": "sign", "import": "import", "assessment": "assess", "dry-run": "dry-run",
	"release-proposed": "propose", "release-approved": "approve", "review": "receive", "read": "read", "narrow": "narrow",
	"recall": "recall", "erasure": "erase", "erasure-received": "erased", "service-added": "service", "offer": "offer",
}

// audit has two auditors read what was done at home.
func (p *play) audit(ctx context.Context) error {
	p.story.Step(tell.Audit)
	for _, org := range []mithaq.OrgID{scene.Anatolia, scene.Najd} {
		d := p.world.desks[org]
		entries, err := d.log(ctx, "")
		if err != nil {
			return err
		}
		p.story.Audited(tell.Audited{
			Org: org, Auditor: d.sits(auditor), Entries: len(entries), Deeds: d.deeds(entries), Purposes: purposes(entries),
		})
	}
	return nil
}

// deeds are what entries tell of. The batches of one import are one deed.
func (d *desk) deeds(entries []api.Entry) (deeds []tell.Deed) {
	last := ""
	for i := range entries {
		a := &entries[i].Account
		word, known := did[a.Kind]
		if !known {
			continue
		}
		deed := d.deed(word, a)
		file := deed.Did + deed.Text
		if deed.Did == "import" && file == last {
			deeds[len(deeds)-1].Count += deed.Count
			continue
		}
		if last = file; deed.Did == "import" && deed.Count == 0 {
			continue // all of it was here already
		}
		deeds = append(deeds, deed)
	}
	return deeds
}

// deed says who did it: a person of ours, a tool, or the node itself.
func (d *desk) deed(word string, a *mithaq.Account) tell.Deed {
	deed := tell.Deed{At: a.At.Time, Did: word, Count: count(a), With: a.To, Text: a.Notes["source"]}
	if a.From != "" {
		deed.With = a.From
	}
	if a.By != "" {
		by := d.person(a.By)
		deed.By = &by
	} else {
		deed.Tool = a.Notes["token"]
	}
	if word == "read" && deed.Tool != "" {
		word, deed.Did = "poll", "poll"
	}
	switch word {
	case "read":
		deed.Text = a.Notes["reason"]
	case "recall":
		deed.Reason = a.Notes["reason"]
	case "service":
		deed.Text = a.Notes["service"]
	case "erase", "erased":
		deed.Text = string(a.About)
	}
	return deed
}

// count is how many objects an account speaks of: those that it is for, where
// others were looked at too.
func count(a *mithaq.Account) int {
	if a.Kind == "release-proposed" {
		return int(a.Counts["goes"] + a.Counts["reviews"])
	}
	for _, name := range []string{"items", "kept", "covers", "erased", "offered"} {
		if n, ok := a.Counts[name]; ok {
			return int(n)
		}
	}
	return 0
}

// purposes are what for, and on which basis, anything was done, each once.
func purposes(entries []api.Entry) (list []tell.Purpose) {
	for i := range entries {
		a := &entries[i].Account
		one := tell.Purpose{Purpose: a.Purpose, Basis: a.Basis}
		if a.Purpose != "" && a.Basis != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}
