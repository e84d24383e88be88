package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

// share has Anatolia import its list, ask what would go, and share it.
func (p *play) share(ctx context.Context) error {
	p.story.Step(tell.Share)
	d := p.world.desks[scene.Anatolia]
	imports, err := d.takeIn(ctx, p.scene.Anatolia())
	if err != nil {
		return err
	}
	p.story.Imported(imports)
	ask := api.AskIn{Giver: string(scene.Anatolia), Pact: string(p.pact), Purpose: string(scene.Purpose), Basis: scene.Basis}
	judged, err := d.judge(ctx, &ask, p.scene)
	if err != nil {
		return err
	}
	p.story.Judged(judged)
	delivered, err := d.release(ctx, &ask, p.progress("demo.doing.share"))
	if err != nil {
		return err
	}
	p.story.Delivered(delivered)
	return nil
}

// takeIn imports parts, each under a profile that the chief answers for, and
// has the officer assess those that concern persons.
func (d *desk) takeIn(ctx context.Context, parts []scene.Part) (imports []tell.Import, err error) {
	var covers []mithaq.ItemRef
	for i := range parts {
		part := &parts[i]
		source, err := d.keepProfile(ctx, part.Profile("", mithaq.Time{}, ""))
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", part.Name, err)
		}
		report, err := d.importFrom(ctx, bytes.NewReader(part.Bundle), part.Name, source, nil)
		if err != nil {
			return nil, fmt.Errorf("import %s: %w", part.Name, err)
		}
		imports = append(imports, tell.Import{
			Org: d.org, File: part.Name + ".json", Profile: part.Name,
			Objects: int(report.Kept), Known: int(report.Known), Refused: int(report.Refused), Upgraded: int(report.Upgraded),
		})
		if part.Concerns {
			refs, err := refsOf(part.Bundle)
			if err != nil {
				return nil, err
			}
			covers = append(covers, refs...)
		}
	}
	if len(covers) == 0 {
		return imports, nil
	}
	return imports, d.assess(ctx, scene.Answers(), covers)
}

// keepProfile has the chief answer for a source.
func (d *desk) keepProfile(ctx context.Context, profile *mithaq.SourceProfile) (stix.ID, error) {
	in := api.SourceIn{Name: profile.Name, Basis: profile.Basis.Ref, Credited: profile.Credited, ByType: map[string]json.RawMessage{}}
	var err error
	if in.Default, err = json.Marshal(profile.Default); err != nil {
		return "", err
	}
	for typ, labels := range profile.ByType {
		if in.ByType[typ], err = json.Marshal(labels); err != nil {
			return "", err
		}
	}
	var kept api.Source
	err = d.people[chief].Do(ctx, http.MethodPost, "/v1/sources", &in, &kept)
	return kept.ID, err
}

// importFrom has the officer import a source under a profile; tell is called
// with how many objects were read so far.
func (d *desk) importFrom(ctx context.Context, from io.Reader, name string, source stix.ID, tell func(objects int)) (*api.Imported, error) {
	q := url.Values{"source": {string(source)}, "name": {name}}
	res, err := d.people[officer].Stream(ctx, http.MethodPost, "/v1/imports?"+q.Encode(), "application/json", from)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	for lines := json.NewDecoder(res.Body); ; {
		var line api.ImportLine
		if err := lines.Decode(&line); err != nil {
			return nil, err
		}
		switch {
		case line.Problem != nil:
			return nil, fmt.Errorf("%s %v", line.Problem.Key, line.Problem.Args)
		case line.Report != nil:
			return line.Report, nil
		case tell != nil:
			tell(int(line.Objects))
		}
	}
}

// refsOf names each object of a bundle exactly.
func refsOf(bundle []byte) (refs []mithaq.ItemRef, err error) {
	for o, err := range stix.NewReader(bytes.NewReader(bundle), stix.Limits{}).Objects() {
		if err != nil {
			return nil, err
		}
		refs = append(refs, mithaq.ItemRef{ID: o.ID(), Version: o.String("modified"), Digest: sha256.Sum256(o.Raw())})
	}
	return refs, nil
}

// credential opens a person's key file.
func (d *desk) credential(who string) (*keys.Credential, error) {
	return keys.LoadCredential(filepath.Join(node.People(d.dir), who+".key"), d.seal)
}

// assess has the officer answer for what concerns persons.
func (d *desk) assess(ctx context.Context, answers mithaq.Answers, covers []mithaq.ItemRef) error {
	c, err := d.credential(officer)
	if err != nil {
		return err
	}
	a := mithaq.NewAssessment(stix.NewID(mithaq.TypeAssessment), mithaq.At(time.Now()), d.org, d.ids[officer], covers...)
	a.Answers, a.Credential = answers, c.Pair.KeyID()
	signature, _, err := sign.Object(c.Pair, mithaq.UseAssessment, a)
	if err != nil {
		return err
	}
	a.Signatures = []mithaq.Signature{signature}
	if err := d.people[officer].Do(ctx, http.MethodPost, "/v1/assessments", a, nil); err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	return nil
}

// judge asks what each partner would get. Both are told the same, or the story
// is not as it should be.
func (d *desk) judge(ctx context.Context, ask *api.AskIn, s *scene.Scene) (tell.Judged, error) {
	j := tell.Judged{From: d.org}
	var all []api.Preview
	if err := d.people[officer].Do(ctx, http.MethodPost, "/v1/preview", ask, &all); err != nil {
		return j, fmt.Errorf("preview: %w", err)
	}
	for i := range all {
		j.To = append(j.To, all[i].To)
	}
	if len(all) > 0 {
		j.Crosses, j.Stays = all[0].Goes+all[0].Reviews, staysOf(all[0].Stays, s)
	}
	return j, nil
}

// staysOf leaves out what only waits for a second person.
func staysOf(all []api.Stay, s *scene.Scene) (stays []tell.Stay) {
	names := s.Names()
	for i := range all {
		var reasons []mithaq.Reason
		for _, r := range all[i].Reasons {
			if !awaitsPerson(r.Clause) {
				reasons = append(reasons, r)
			}
		}
		for _, item := range all[i].Items {
			if len(reasons) > 0 {
				stays = append(stays, tell.Stay{ID: string(item.ID), Name: names[item.ID], Reasons: reasons})
			}
		}
	}
	return stays
}

// awaitsPerson is true of the clauses that a second person's signature satisfies.
func awaitsPerson(c mithaq.ClauseID) bool {
	return c == mithaq.ClauseReview || c == mithaq.ClauseRestriction
}

// release proposes, approves and waits for every receipt.
func (d *desk) release(ctx context.Context, ask *api.AskIn, progress *tell.Progress) (tell.Delivered, error) {
	defer progress.End()
	out := tell.Delivered{From: d.org, Proposed: d.sits(officer)}
	var all []api.Proposal
	if err := d.people[officer].Do(ctx, http.MethodPost, "/v1/releases", ask, &all); err != nil {
		return out, fmt.Errorf("propose: %w", err)
	}
	for i := range all {
		if all[i].State != gate.Proposed {
			continue // nothing in it asks for a second person
		}
		if err := d.approve(ctx, &all[i]); err != nil {
			return out, fmt.Errorf("approve: %w", err)
		}
		first, second := d.sits(officer), d.sits(chief)
		out.Assessed, out.Approved = &first, &second
	}
	for i := range all {
		one, err := d.delivered(ctx, &all[i], progress)
		if err != nil {
			return out, fmt.Errorf("deliver to %s: %w", all[i].To, err)
		}
		out.Deliveries = append(out.Deliveries, one)
	}
	return out, d.countEnvelopes(ctx, stix.ID(ask.Pact), out.Deliveries)
}

func (d *desk) approve(ctx context.Context, p *api.Proposal) error {
	c, err := d.credential(chief)
	if err != nil {
		return err
	}
	a := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(time.Now()), d.org, *p.Digest, c.Person, c.Pair.KeyID(), mithaq.SoftwareKey)
	signature, _, err := sign.Object(c.Pair, mithaq.UseApproval, a)
	if err != nil {
		return err
	}
	a.Signatures = []mithaq.Signature{signature}
	return d.people[chief].Do(ctx, http.MethodPost, "/v1/releases/"+string(p.Release)+"/approvals", a, nil)
}

// delivered waits until a partner has answered for every item.
func (d *desk) delivered(ctx context.Context, p *api.Proposal, progress *tell.Progress) (tell.Delivery, error) {
	var r api.Release
	err := until(ctx, brief, func() (bool, error) {
		r = api.Release{}
		err := d.people[officer].Do(ctx, http.MethodGet, "/v1/releases/"+string(p.Release), nil, &r)
		progress.Set(r.Accepted+r.Refused, r.Count)
		return err == nil && r.Accepted+r.Refused >= r.Count, err
	})
	return tell.Delivery{To: p.To, Objects: r.Accepted, Refused: r.Refused, Stored: time.Now()}, err
}

// countEnvelopes reads the logs of the lanes: one entry an envelope. Every one
// has its receipt, since every item was answered for.
func (d *desk) countEnvelopes(ctx context.Context, pact stix.ID, deliveries []tell.Delivery) error {
	var logs []api.Log
	if err := d.people[officer].Do(ctx, http.MethodGet, "/v1/logs", nil, &logs); err != nil {
		return err
	}
	for i := range deliveries {
		one := &deliveries[i]
		for _, l := range logs {
			if l.Origin == mithaq.LaneOrigin(pact, d.org, one.To, mithaq.LaneBulk) {
				one.Envelopes, one.Receipts = int(l.Size), int(l.Size)
			}
		}
	}
	return nil
}
