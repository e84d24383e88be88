package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) releaseRoutes() {
	verb(s, op{http.MethodPost, "/v1/preview", "preview", "What would each partner get, and why not the rest", 0}, s.preview)
	verb(s, op{http.MethodPost, "/v1/releases", "share", "Decide what goes to each partner, and release it or ask for a second person", http.StatusCreated}, s.share)
	verb(s, op{http.MethodGet, "/v1/releases", "releases", "Releases, by state", 0}, s.releases)
	verb(s, op{http.MethodGet, "/v1/releases/{release}", "release", "One release: what its approval signs, and how far it has come", 0}, s.release)
	verb(s, op{http.MethodGet, "/v1/releases/{release}/review", "review", "The items of a release beside what its recipient had before", 0}, s.review)
	verb(s, op{http.MethodPost, "/v1/releases/{release}/approvals", "approve", "A second person's signature over the release", 0}, s.approve)
	verb(s, op{http.MethodPost, "/v1/releases/{release}/refuse", "refuse-release", "A second person says no", 0}, s.refuseRelease)
	verb(s, op{http.MethodPost, "/v1/recalls", "recall", "Take back what was given, from everybody who got it", http.StatusCreated}, s.recall)
}

// AskIn says what to share, under which pact, with whom and why.
type AskIn struct {
	Items      []int64                  `json:"items,omitempty" doc:"the node's numbers"`
	IDs        []string                 `json:"ids,omitempty" doc:"the last version of each"`
	Types      []string                 `json:"types,omitempty"`
	Source     string                   `json:"source,omitempty" doc:"everything under this source profile or pact"`
	Giver      string                   `json:"giver,omitempty"`
	Case       string                   `json:"case,omitempty"`
	All        bool                     `json:"all_versions,omitempty"`
	Pact       string                   `json:"pact"`
	To         []string                 `json:"to,omitempty" doc:"every other peer of the pact where empty"`
	Purpose    string                   `json:"purpose"`
	Basis      string                   `json:"legal_basis" doc:"a reference of the pact's legal basis"`
	Urgency    []string                 `json:"urgency,omitempty" doc:"routine, urgent or emergency"`
	Inquiry    string                   `json:"inquiry,omitempty" doc:"the partner's inquiry that it answers"`
	Recipients []string                 `json:"recipients,omitempty" doc:"persons named, for TLP:RED"`
	Seen       map[string]mithaq.Digest `json:"seen,omitempty" doc:"what a preview said would go, by partner: nothing goes if that has changed"`
}

type askIn struct{ Body AskIn }

func (in *AskIn) ask() (gate.Ask, error) {
	a := gate.Ask{
		Selection: gate.Selection{
			Items: in.Items, Giver: mithaq.OrgID(in.Giver), Under: stix.ID(in.Source), Case: stix.ID(in.Case), All: in.All,
		},
		Pact: stix.ID(in.Pact), Purpose: mithaq.Purpose(in.Purpose), Basis: in.Basis, Case: stix.ID(in.Case),
		Urgency: mithaq.Routine, Recipients: in.Recipients, Inquiry: stix.ID(in.Inquiry),
	}
	for _, id := range in.IDs {
		a.Selection.IDs = append(a.Selection.IDs, stix.ID(id))
	}
	for _, t := range in.Types {
		a.Selection.Types = append(a.Selection.Types, stix.Type(t))
	}
	for _, org := range in.To {
		a.To = append(a.To, mithaq.OrgID(org))
	}
	for org, seen := range in.Seen {
		if a.Seen == nil {
			a.Seen = map[mithaq.OrgID]mithaq.Digest{}
		}
		a.Seen[mithaq.OrgID(org)] = seen
	}
	if len(in.Urgency) == 0 {
		return a, nil
	}
	return a, a.Urgency.UnmarshalJSON(quoted(in.Urgency))
}

// Preview says what one partner would get.
type Preview struct {
	To       mithaq.OrgID   `json:"to"`
	Items    int            `json:"items"`              // looked at
	Goes     int            `json:"goes"`               // now
	Reviews  int            `json:"reviews"`            // once a second person has approved
	Stays    []Stay         `json:"stays"`              // by reason, the most frequent first
	Warnings []gate.Warning `json:"warnings,omitempty"` // values of what goes to look at twice; in a dry run
	Seen     mithaq.Digest  `json:"seen"`               // of all that would go, and how
}

// Stay is why some items do not go.
type Stay struct {
	Clauses  []string         `json:"clauses"`
	RedLines []string         `json:"red_lines,omitempty"`
	Count    int              `json:"count"`
	Items    []mithaq.ItemRef `json:"items"`   // the first of them
	Reasons  []mithaq.Reason  `json:"reasons"` // of the first: what the clause asks, what the item has, what can be done
}

func previewOf(p *gate.Preview) Preview {
	out := Preview{To: p.To, Items: p.Items, Goes: p.Goes, Reviews: p.Reviews, Stays: []Stay{}, Warnings: p.Warnings, Seen: p.Seen()}
	for i := range p.Stays {
		out.Stays = append(out.Stays, stayOf(&p.Stays[i]))
	}
	return out
}

func stayOf(s *gate.Stay) Stay {
	out := Stay{Clauses: []string{}, RedLines: s.Lines, Count: s.Count, Items: s.Items, Reasons: reasonsOf(s)}
	for c := range s.Clauses.All() {
		out.Clauses = append(out.Clauses, c.String())
	}
	return out
}

// reasonsOf explains by the first of the items that stay.
func reasonsOf(s *gate.Stay) []mithaq.Reason {
	if s.Pact == nil {
		return []mithaq.Reason{}
	}
	return mithaq.Decision{Failed: s.Clauses}.Reasons(s.Pact, &s.Facts, &s.Request)
}

func (s *server) preview(ctx context.Context, v mithaq.Viewer, in *askIn) ([]Preview, error) {
	ask, err := in.Body.ask()
	if err != nil {
		return nil, err
	}
	all, err := s.Gate.Preview(ctx, v, ask)
	list := []Preview{}
	for i := range all {
		list = append(list, previewOf(&all[i]))
	}
	return list, err
}

// Proposal is a release for one partner, with what was decided about it.
type Proposal struct {
	Preview
	Release stix.ID           `json:"release,omitempty"` // none when nothing may go
	Digest  *mithaq.Digest    `json:"digest,omitempty"`  // which an approval signs
	State   gate.ReleaseState `json:"state,omitempty"`
}

func (s *server) share(ctx context.Context, v mithaq.Viewer, in *askIn) ([]Proposal, error) {
	ask, err := in.Body.ask()
	if err != nil {
		return nil, err
	}
	all, err := s.Gate.Propose(ctx, v, ask)
	if err != nil {
		return nil, err
	}
	list := []Proposal{}
	for i := range all {
		p := &all[i]
		out := Proposal{Preview: previewOf(&p.Preview), State: p.State}
		if p.Release != nil {
			out.Release, out.Digest = p.Release.ID, &p.Digest
		}
		list = append(list, out)
	}
	return list, nil
}

// Release is a release as kept, with its way.
type Release struct {
	ID         stix.ID                `json:"id"`
	Digest     mithaq.Digest          `json:"digest"`
	To         mithaq.OrgID           `json:"to"`
	Pact       stix.ID                `json:"pact"`
	Purpose    mithaq.Purpose         `json:"purpose"`
	Basis      string                 `json:"legal_basis"`
	Proposer   mithaq.PersonID        `json:"proposer"`
	At         time.Time              `json:"at"`
	Count      int                    `json:"count"`
	State      gate.ReleaseState      `json:"state"`
	Why        string                 `json:"why,omitempty"`
	Approvals  []mithaq.PersonID      `json:"approvals"`
	Handed     int                    `json:"handed_over"` // items on their lane so far
	Accepted   int                    `json:"accepted"`
	Refused    int                    `json:"refused"`
	Delivery   string                 `json:"delivery,omitempty"`
	Refusals   []mithaq.RefusedObject `json:"refusals,omitempty"`
	RefusedAll *mithaq.RefusedWhole   `json:"refused_all,omitempty"`
}

func releaseOf(r desk.Release) Release {
	out := Release{
		ID: r.Release.ID, Digest: r.Digest, To: r.To, Pact: r.Release.Pact, Purpose: r.Release.Purpose, Basis: r.Release.Basis,
		Proposer: r.Release.Person, At: r.Release.Created.Time, Count: r.Release.Count, State: r.State, Why: r.Why,
		Approvals: []mithaq.PersonID{},
	}
	for i := range r.Approvals {
		out.Approvals = append(out.Approvals, r.Approvals[i].Person)
	}
	w := r.Way
	out.Handed, out.Accepted, out.Refused, out.Delivery = w.Items, w.Accepted, w.Delivery.Refused, w.State.String()
	out.Refusals, out.RefusedAll = w.Details, w.Whole
	return out
}

type stateIn struct {
	State string `query:"state" doc:"proposed, sending, sent, refused or stopped; all where empty"`
}

func (s *server) releases(ctx context.Context, v mithaq.Viewer, in *stateIn) ([]Release, error) {
	all, err := s.Releases(ctx, v, gate.ReleaseState(in.State))
	list := []Release{}
	for _, r := range all {
		list = append(list, releaseOf(r))
	}
	return list, err
}

type releaseIn struct {
	Release string `path:"release"`
}

func (s *server) release(ctx context.Context, v mithaq.Viewer, in *releaseIn) (Release, error) {
	r, err := s.Release(ctx, v, stix.ID(in.Release))
	if err != nil {
		return Release{}, err
	}
	return releaseOf(r), nil
}

func (s *server) oneRelease(tx *store.Tx, id string) (Release, error) {
	r, err := s.ReleaseIn(tx, stix.ID(id))
	if err != nil {
		return Release{}, err
	}
	return releaseOf(r), nil
}

type approveIn struct {
	Release string `path:"release"`
	RawBody []byte `contentType:"application/json" doc:"a mithaq.Approval, signed by the person's credential"`
}

func (s *server) approve(ctx context.Context, v mithaq.Viewer, in *approveIn) (Release, error) {
	var a mithaq.Approval
	if err := unmarshal(in.RawBody, &a); err != nil {
		return Release{}, err
	}
	if err := s.approvesIt(ctx, in.Release, &a); err != nil {
		return Release{}, err
	}
	if err := s.Gate.Approve(ctx, v, &a); err != nil {
		return Release{}, err
	}
	r, err := read(ctx, s, func(tx *store.Tx) (Release, error) { return s.oneRelease(tx, in.Release) })
	if err != nil || r.State != gate.Sending {
		return r, err
	}
	if err := s.Gate.Send(ctx, stix.ID(in.Release)); err != nil {
		return r, err
	}
	return read(ctx, s, func(tx *store.Tx) (Release, error) { return s.oneRelease(tx, in.Release) })
}

// approvesIt wants an approval of the release that the address names.
func (s *server) approvesIt(ctx context.Context, id string, a *mithaq.Approval) error {
	return s.Store.Read(ctx, func(tx *store.Tx) error {
		r, err := s.Gate.Release(tx, stix.ID(id))
		if err == nil && r.Digest != a.Release {
			err = mithaq.Refuse(mithaq.Denied, "gate.approves-another", id)
		}
		return err
	})
}

type refuseIn struct {
	Release string `path:"release"`
	Body    struct {
		Why string `json:"why" minLength:"1" maxLength:"500"`
	}
}

func (s *server) refuseRelease(ctx context.Context, v mithaq.Viewer, in *refuseIn) (Release, error) {
	return write(ctx, s, func(tx *store.Tx) (Release, error) {
		if err := s.Gate.RefuseRelease(tx, v, stix.ID(in.Release), in.Body.Why); err != nil {
			return Release{}, err
		}
		return s.oneRelease(tx, in.Release)
	})
}
