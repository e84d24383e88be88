package demo

import (
	"cmp"
	"context"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
)

// did says which deed an account tells of; others are left out of the story.
var did = map[string]string{
	"acceptance": "accept", "pact-sign": "sign", "import": "import", "assessment": "assess", "dry-run": "dry-run",
	"release-proposed": "propose", "release-approved": "approve", "review": "receive", "read": "read",
	"recall": "recall", "erasure": "erase", "erasure-received": "erase",
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
		a := tell.Audited{Org: org, Auditor: string(d.ids[auditor]), Entries: len(entries)}
		for i := range entries {
			if deed, known := did[entries[i].Account.Kind]; known {
				a.Deeds = append(a.Deeds, deedOf(org, deed, &entries[i].Account))
			}
		}
		p.story.Audited(a)
	}
	return nil
}

// deedOf says who did something: a person of ours, else who sent what is told
// of, else the node itself; what arrives, the node received.
func deedOf(org mithaq.OrgID, deed string, a *mithaq.Account) tell.Deed {
	why := []string{string(a.Purpose), a.Basis, a.Notes["reason"], a.Notes["why"]}
	who := cmp.Or(string(a.By), string(a.From), string(org))
	if deed == "receive" {
		who = string(org)
	}
	return tell.Deed{
		At: a.At.Time, Who: who, Did: deed, What: what(a), Items: items(a.Counts), Why: join(why),
	}
}

// items is how many objects an account speaks of.
func items(counts map[string]int64) int {
	for _, name := range []string{"items", "kept", "covers", "erased", "found"} {
		if n, ok := counts[name]; ok {
			return int(n)
		}
	}
	return 0
}

func what(a *mithaq.Account) string {
	kind, _, _ := strings.Cut(string(a.About), "--")
	about := strings.TrimPrefix(kind, "x-mithaq-")
	if a.From != "" && a.Kind != "erasure-received" {
		return join([]string{about, string(a.From)}) // whose card or envelope it was
	}
	return join([]string{about, string(a.To)})
}

func join(words []string) string {
	var list []string
	for _, w := range words {
		if w != "" {
			list = append(list, w)
		}
	}
	return strings.Join(list, ", ")
}
