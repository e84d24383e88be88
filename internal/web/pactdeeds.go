package web

import (
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// deeds are what the viewer may do about a text now.
type deeds struct {
	Propose, Change, Sign, Suspend, End bool
	Stops                               []mithaq.Stop // of ours, to take back
	Soonest                             string        // the first day on which we may leave
}

func (s *site) deeds(tx *store.Tx, v *visit, l *pactLine) deeds {
	signed := slices.ContainsFunc(l.Signed, func(o signedText) bool { return o.Org == s.Desk.Org })
	force := l.Status == mithaq.InForce && v.viewer.MaySign()
	d := deeds{
		Propose: v.viewer.MayDraft() && l.Status == mithaq.Drafted,
		Change:  v.viewer.MayDraft() && (l.Status == mithaq.Drafted || l.Status == mithaq.Proposed || l.Status == mithaq.InForce),
		Sign:    v.viewer.MaySign() && l.Status == mithaq.Proposed && !signed,
		Suspend: force, End: force,
		Soonest: tx.Now().AddDate(0, 0, l.Pact.Terms.NoticeDays+1).Format(time.DateOnly),
	}
	for _, stop := range l.Suspended {
		if force && stop.By == s.Desk.Org {
			d.Stops = append(d.Stops, stop)
		}
	}
	return d
}

// settle does one step about the text or the pact that the address names.
func (s *site) settle(v *visit, step func(tx *store.Tx, name string) error) error {
	name := v.r.PathValue("pact")
	if err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return step(tx, name) }); err != nil {
		return err
	}
	return v.to("/pacts/" + name)
}

// proposePact sends a draft to the other parties.
func (s *site) proposePact(v *visit) error {
	return s.settle(v, func(tx *store.Tx, name string) error {
		d, err := mithaq.ParseDigest(name)
		if err != nil {
			return err
		}
		return s.Desk.Pacts.Propose(tx, v.viewer, d)
	})
}

// signPact signs a text for us, once its person has confirmed it.
func (s *site) signPact(v *visit) error {
	if !v.viewer.MaySign() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-sign")
	}
	if done, err := v.again("/pacts/" + v.r.PathValue("pact")); !done {
		return err
	}
	return s.settle(v, func(tx *store.Tx, name string) error {
		d, err := mithaq.ParseDigest(name)
		if err != nil {
			return err
		}
		return s.Desk.Pacts.Sign(tx, v.viewer, d)
	})
}

// suspendPact stops a pact for our part at once: nothing is asked before.
func (s *site) suspendPact(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	return s.settle(v, func(tx *store.Tx, name string) error {
		_, err := s.Desk.Pacts.Suspend(tx, v.viewer, stix.ID(name), mithaq.Purpose(v.field("purpose")), v.field("reason"))
		return err
	})
}

// resumePact takes our suspension back, once its person has confirmed it.
func (s *site) resumePact(v *visit) error {
	if !v.viewer.MaySign() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-sign")
	}
	if done, err := v.again("/pacts/" + v.r.PathValue("pact")); !done {
		return err
	}
	return s.settle(v, func(tx *store.Tx, name string) error {
		return s.Desk.Pacts.Resume(tx, v.viewer, stix.ID(name), mithaq.Purpose(v.field("purpose")))
	})
}

// endPact leaves a pact, once its person has confirmed it.
func (s *site) endPact(v *visit) error {
	if !v.viewer.MaySign() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-sign")
	}
	if done, err := v.again("/pacts/" + v.r.PathValue("pact")); !done {
		return err
	}
	at, err := time.Parse(time.DateOnly, v.field("at"))
	if err != nil {
		return mithaq.Refuse(mithaq.Invalid, "web.pact.end.when")
	}
	return s.settle(v, func(tx *store.Tx, name string) error {
		_, err := s.Desk.Pacts.End(tx, v.viewer, stix.ID(name), at, v.field("reason"))
		return err
	})
}

// before is the text that another one changes, and what it changes, clause by clause.
func (s *site) before(tx *store.Tx, p *mithaq.Pact) (*pact.Text, []mithaq.ClauseChange, error) {
	if p.Previous.IsZero() {
		return nil, nil, nil
	}
	t, err := s.Desk.Pacts.Text(tx, p.Previous)
	if err != nil {
		return nil, nil, err
	}
	return t, mithaq.Diff(t.Pact, p), nil
}

// A happening is one moment in the life of a pact.
type happening struct {
	At     time.Time
	Text   *pact.Text
	Said   string // a key
	Org    mithaq.OrgID
	Reason string
}

// happenings are all that happened to pacts, the newest first.
func (s *site) happenings(tx *store.Tx, texts []*pact.Text) (list []happening, err error) {
	seen := map[stix.ID]bool{}
	for _, t := range texts {
		list = append(list, happening{At: t.Pact.Modified.Time, Text: t, Said: "written", Org: t.Drafter})
		signed, err := s.Desk.Pacts.Signatures(tx, t.Digest)
		if err != nil {
			return nil, err
		}
		for _, one := range signed {
			list = append(list, happening{At: one.At, Text: t, Said: "signed", Org: one.Org})
		}
		if !t.Since.IsZero() {
			list = append(list, happening{At: t.Since, Text: t, Said: "force"})
		}
		if !t.Replaced.IsZero() {
			list = append(list, happening{At: t.Replaced, Text: t, Said: "replaced"})
		}
		if seen[t.Pact.ID] {
			continue
		}
		seen[t.Pact.ID] = true
		ends, err := s.Desk.Pacts.Ends(tx, t.Pact.ID)
		if err != nil {
			return nil, err
		}
		for _, e := range ends {
			list = append(list, happening{At: e.Created.Time, Text: t, Said: "leaves", Org: e.By, Reason: e.Reason})
		}
	}
	slices.SortStableFunc(list, func(a, b happening) int { return b.At.Compare(a.At) })
	return list[:min(len(list), happened)], nil
}

// happened is how many moments the page shows.
const happened = 60
