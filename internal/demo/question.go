package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// ErrGivenAway says that a blinded question did not go as it must.
var ErrGivenAway = errors.New("demo: a blinded question was not answered as it should")

// question has Atlas ask Najd about sites: blinded first, then openly.
func (p *play) question(ctx context.Context) error {
	p.story.Step(tell.Question)
	q := &questioning{play: p, asker: p.world.desks[scene.Atlas], asked: p.world.desks[scene.Najd]}
	for _, step := range []func(context.Context) error{q.offer, q.prepare, q.match, q.inquire, q.refused, q.open} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("question: %w", err)
		}
	}
	return nil
}

// A questioning is what one desk asks another.
type questioning struct {
	*play
	asker, asked *desk
	site         scene.Site // that the asked has offered
	auditor      *age.X25519Identity
	casefile     stix.ID
	questions    []api.MatchQuestion // a miss and a hit
}

// offer has Najd take in what it knows of lodgings, and offer the sites.
func (q *questioning) offer(ctx context.Context) error {
	part, sites := q.scene.Lodgings()
	imports, err := q.asked.takeIn(ctx, []scene.Part{part})
	if err != nil {
		return err
	}
	q.story.Imported(imports)
	q.site = sites[0]
	in := api.OfferIn{Pact: q.pact, Purpose: scene.Purpose, Type: psi.Domain, Class: mithaq.SubjectNone, Desk: scene.Desk(q.asked.org).Email}
	for _, site := range sites {
		in.Values = append(in.Values, site.Domain)
	}
	var made api.OffersMade
	if err := q.asked.people[officer].Do(ctx, http.MethodPost, "/v1/match/offers", &in, &made); err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	err = q.asked.people[officer].Do(ctx, http.MethodPost, "/v1/match/sets", map[string]any{"pact": q.pact}, nil)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	set, err := q.set(ctx)
	if err != nil {
		return fmt.Errorf("set: %w", err)
	}
	q.story.Offered(tell.Offered{
		By: q.asked.sits(officer), To: q.asker.org, Sites: len(made.Offered), Rows: int(set.Rows), Until: set.Until.Time,
	})
	return nil
}

// set waits until what Najd offers lies at Atlas.
func (q *questioning) set(ctx context.Context) (set api.Shelf, err error) {
	err = until(ctx, brief, func() (bool, error) {
		var all []api.Shelf
		err := q.asker.people[officer].Do(ctx, http.MethodGet, "/v1/match/sets", nil, &all)
		i := slices.IndexFunc(all, func(s api.Shelf) bool { return s.Answerer == q.asked.org && s.Asker == q.asker.org })
		if i >= 0 {
			set = all[i]
		}
		return i >= 0, err
	})
	return set, err
}

// prepare gives Atlas' auditor a key of their own, and opens the case.
func (q *questioning) prepare(ctx context.Context) (err error) {
	if q.auditor, err = age.GenerateX25519Identity(); err != nil {
		return err
	}
	to := map[string]string{"to": q.auditor.Recipient().String()}
	if err := q.asker.people[auditor].Do(ctx, http.MethodPost, "/v1/match/auditors", to, nil); err != nil {
		return fmt.Errorf("auditor: %w", err)
	}
	in := map[string]any{
		"title": scene.CaseTitle(q.story.Lang()), "purpose": scene.Purpose, "legal_basis": scene.Basis,
		"members": []mithaq.PersonID{q.asker.ids[officer], q.asker.ids[chief]},
	}
	var c mithaq.Case
	if err := q.asker.people[officer].Do(ctx, http.MethodPost, "/v1/cases", in, &c); err != nil {
		return fmt.Errorf("case: %w", err)
	}
	q.casefile = c.ID
	q.story.Sealed(q.asker.sits(officer), q.asker.sits(auditor))
	return nil
}

// match asks about a site that Najd has not offered and one that it has, and
// holds that neither name came to Najd.
func (q *questioning) match(ctx context.Context) error {
	for hits, site := range []string{scene.Protest(), q.site.Domain} {
		m, err := q.blinded(ctx, site)
		if err != nil {
			return fmt.Errorf("match: %w", err)
		}
		told := tell.Matched{By: q.asker.sits(officer), To: q.asked.org, Value: site}
		for _, hit := range m.Hits {
			told.Hits = append(told.Hits, tell.Hit{Value: hit.Value, Desk: hit.Desk, Reference: hit.Reference})
		}
		q.story.Matched(told)
		if m.State != match.Answered || len(m.Hits) != hits {
			return fmt.Errorf("%s with %d hits about %s: %w", m.State, len(m.Hits), site, ErrGivenAway)
		}
		q.questions = append(q.questions, m)
	}
	return q.counted(ctx)
}

// blinded asks about one site and waits for the answer.
func (q *questioning) blinded(ctx context.Context, site string) (m api.MatchQuestion, err error) {
	in := api.MatchIn{Partner: q.asked.org, Pact: q.pact, Purpose: scene.Purpose, Type: psi.Domain, Values: []string{site}, Case: q.casefile}
	if err := q.asker.people[officer].Do(ctx, http.MethodPost, "/v1/match/questions", &in, &m); err != nil {
		return m, err
	}
	path := "/v1/match/questions/" + string(m.ID)
	err = until(ctx, brief, func() (bool, error) {
		m = api.MatchQuestion{}
		err := q.asker.people[officer].Do(ctx, http.MethodGet, path, nil, &m)
		return m.State != match.Waiting, err
	})
	return m, err
}

// counted tells what Najd knows of the questions: how many.
func (q *questioning) counted(ctx context.Context) error {
	var days []api.MatchDay
	if err := q.asked.people[chief].Do(ctx, http.MethodGet, "/v1/match/days", nil, &days); err != nil {
		return err
	}
	counted := tell.Counted{Org: q.asked.org, Asker: q.asker.org}
	for _, day := range days {
		if day.Partner == q.asker.org && day.Pact == q.pact {
			counted.Questions += day.Questions
		}
	}
	entries, err := q.asked.log(ctx, "")
	if err != nil {
		return err
	}
	raw, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	for _, site := range []string{scene.Protest(), q.site.Domain} {
		if bytes.Contains(raw, []byte(site)) {
			return fmt.Errorf("%s in the log of %s: %w", site, q.asked.org, ErrGivenAway)
		}
	}
	q.story.Counted(counted)
	return nil
}

// maxOpening bounds an opening.
const maxOpening = 4 << 20

// open has Atlas' auditor look into the question that found nothing.
func (q *questioning) open(ctx context.Context) error {
	asked := q.questions[0]
	var o api.MatchOpening
	path := "/v1/match/questions/" + string(asked.ID) + "/opening"
	if err := q.asker.people[auditor].Do(ctx, http.MethodPost, path, nil, &o); err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	values, err := q.unsealed(&o)
	if err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	entries, err := q.asker.log(ctx, "match-opened")
	if err != nil {
		return err
	}
	opened := tell.Opened{Auditor: q.asker.sits(auditor), To: q.asked.org, Values: values, Entries: len(entries)}
	q.story.Opened(opened)
	if !slices.Equal(values, []string{scene.Protest()}) || len(entries) != 1 {
		return fmt.Errorf("opened to %q, %d entries: %w", values, len(entries), ErrGivenAway)
	}
	return nil
}

// unsealed is what was asked, by the auditor's own key.
func (q *questioning) unsealed(o *api.MatchOpening) (values []string, err error) {
	r, err := age.Decrypt(bytes.NewReader(o.Sealed), q.auditor)
	if err != nil {
		return nil, err
	}
	opening, err := io.ReadAll(io.LimitReader(r, maxOpening))
	if err != nil {
		return nil, err
	}
	inputs, err := match.Open(&match.Opening{Question: o.Question, Announcement: o.Announcement, Bytes: o.Bytes}, opening)
	for _, in := range inputs {
		values = append(values, in.Value())
	}
	return values, err
}
