package web

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func refusal(err error) *mithaq.Refusal {
	r, _ := errors.AsType[*mithaq.Refusal](err)
	return r
}

type releasesPage struct {
	Waiting []desk.Release // for a second person
	Rest    []desk.Release // the newest first
	New     string         // the one just made
}

// releaseLines are how many releases a list shows.
const releaseLines = 100

func (s *site) releases(v *visit) error {
	all, err := s.Desk.Releases(v.r.Context(), v.viewer, "")
	if err != nil {
		return err
	}
	slices.Reverse(all)
	p := releasesPage{New: v.r.URL.Query().Get("new")}
	for _, r := range all {
		if r.State == "proposed" {
			p.Waiting = append(p.Waiting, r)
		} else if len(p.Rest) < releaseLines {
			p.Rest = append(p.Rest, r)
		}
	}
	return v.show("releases", v.say.T("web.releases"), p)
}

type releasePage struct {
	R        desk.Release
	Rows     []row
	More     bool
	Proposer string
	Approved []string // names of who approved
	May      bool     // this person may approve it, or refuse
	Own      bool     // they proposed it, and may take it back
	Approve  string   // the command that approves
	Signing  signing
	Review   review
	Pact     *mithaq.Pact
}

// listed are how many items of a release a page shows.
const listed = 100

func (s *site) release(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	r, err := s.Desk.Release(v.r.Context(), v.viewer, id)
	if err != nil {
		return err
	}
	p := releasePage{R: r, Approve: s.command("--as", "…", "release", "approve", string(id))}
	if err := s.fillRelease(v, &p); err != nil {
		return err
	}
	if p.Signing, err = s.signing(v); err != nil {
		return err
	}
	if v.viewer.MayAssess() {
		if err := s.fillReview(v, &p); err != nil {
			return err
		}
	}
	return v.show("release", v.say.T("web.release"), p)
}

// fillReview lists what is in it, beside what the partner had before.
func (s *site) fillReview(v *visit, p *releasePage) error {
	all, err := s.Desk.Gate.Beside(v.r.Context(), v.viewer, p.R.Release.ID, 0, listed)
	if err != nil {
		return err
	}
	items := make([]store.Item, len(all))
	for i := range all {
		items[i] = all[i].Item
	}
	p.Review, p.More = reviewOf(all), p.R.Release.Count > listed
	p.Rows, err = s.rows(v.r.Context(), v, items)
	return err
}

func (s *site) fillRelease(v *visit, p *releasePage) error {
	return s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		p.May = p.R.State == "proposed" && v.viewer.MayApprove(p.R.Release.Person, mithaq.At(tx.Now()))
		p.Own = p.R.State == "proposed" && p.R.Release.Person == v.viewer.Person
		p.Proposer = s.personName(tx, p.R.Release.Person)
		for i := range p.R.Approvals {
			p.Approved = append(p.Approved, s.personName(tx, p.R.Approvals[i].Person))
		}
		t, err := s.Desk.Pacts.Text(tx, p.R.Release.Terms)
		if err == nil {
			p.Pact = t.Pact
		}
		return err
	})
}

// personName is who somebody of ours is; a closed account leaves the pseudonym.
func (s *site) personName(tx *store.Tx, id mithaq.PersonID) string {
	p, err := s.Desk.Accounts.Person(tx, id)
	if err != nil {
		return string(id)
	}
	return p.Name
}

// refuse is a second person's no.
func (s *site) refuse(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	id, why := stix.ID(v.r.PathValue("id")), v.field("why")
	if why == "" {
		return mithaq.Refuse(mithaq.Invalid, "web.say-why")
	}
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Gate.RefuseRelease(tx, v.viewer, id, why) })
	if err != nil {
		return err
	}
	return v.to("/releases/" + string(id))
}
