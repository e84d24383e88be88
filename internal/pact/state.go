package pact

import (
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Standing is a pact as a decision about one partner needs it.
type Standing struct {
	*Text
	State mithaq.State
}

// Standing says where a pact stands between us and a partner at the
// transaction's time: what is in force, and every suspension that holds there.
func (b *Book) Standing(tx *store.Tx, id stix.ID, partner mithaq.OrgID) (*Standing, error) {
	t, err := b.InForce(tx, id)
	if err != nil {
		return nil, err
	}
	s := &Standing{Text: t, State: mithaq.State{Status: t.Status}}
	if err := b.addStops(tx, s, partner); err != nil {
		return nil, err
	}
	ends, err := b.Ends(tx, id)
	if err != nil {
		return nil, err
	}
	if ended(ends, []mithaq.OrgID{b.Org, partner}, t.Pact, tx.Now()) {
		s.State.Status = mithaq.Ended
	}
	return s, nil
}

func (b *Book) addStops(tx *store.Tx, s *Standing, partner mithaq.OrgID) error {
	stops, err := b.stops(tx, s.Pact.ID)
	for _, stop := range stops {
		party := s.Pact.Party(stop.By) != nil // who left the pact stops others no more
		if stop.By == b.Org || stop.By == partner || s.Pact.Terms.SuspendAll && party {
			s.State.Suspended = append(s.State.Suspended, mithaq.Stop{By: stop.By, Purpose: stop.Purpose})
		}
	}
	return err
}

// ended reports whether one of the two ends of a link has left the pact.
func ended(ends []*mithaq.PactEnd, link []mithaq.OrgID, p *mithaq.Pact, now time.Time) bool {
	return slices.ContainsFunc(ends, func(e *mithaq.PactEnd) bool {
		return !now.Before(e.At.Time) && (slices.Contains(link, e.By) || len(p.Peers()) == 2 && p.Party(e.By) != nil)
	})
}

// Current is the digest of the version of a pact that is in force.
func (b *Book) Current(tx *store.Tx, id stix.ID) (mithaq.Digest, error) {
	t, err := b.InForce(tx, id)
	if err != nil {
		return mithaq.Digest{}, err
	}
	return t.Digest, nil
}

// Check says whether a link carries a message now: nil if it does.
//
// Busy: the version is not held, or not yet in force here. Denied: not a party,
// suspended, ended, outside its dates, or a version that was superseded
// before the message was made. What passes a suspension passes an end, too.
func (b *Book) Check(tx *store.Tx, id stix.ID, version mithaq.Digest, partner mithaq.OrgID, kind mithaq.MessageKind, purpose mithaq.Purpose, created time.Time) error {
	t, err := b.Text(tx, version)
	if isNotFound(err) || (err == nil && t.Since.IsZero()) {
		return mithaq.Refuse(mithaq.Busy, "pact.version-not-in-force", version.String())
	}
	if err != nil {
		return err
	}
	if t.Pact.ID != id || t.Pact.Party(partner) == nil || t.Pact.Party(b.Org) == nil {
		return mithaq.Refuse(mithaq.Denied, "pact.no-party", string(partner))
	}
	if kind.PassesSuspension() {
		return nil
	}
	if !t.Replaced.IsZero() && created.After(t.Replaced) {
		return mithaq.Refuse(mithaq.Denied, "pact.superseded", version.String())
	}
	return b.checkOpen(tx, t, partner, purpose)
}

func (b *Book) checkOpen(tx *store.Tx, t *Text, partner mithaq.OrgID, purpose mithaq.Purpose) error {
	s, err := b.Standing(tx, t.Pact.ID, partner)
	if err != nil {
		return err
	}
	now := mithaq.At(tx.Now())
	terms := &t.Pact.Terms
	switch {
	case s.State.Status == mithaq.Ended:
		return mithaq.Refuse(mithaq.Denied, "pact.ended", string(t.Pact.ID))
	case now.Before(terms.From.Time):
		return mithaq.Refuse(mithaq.Denied, "pact.not-yet", terms.From.String())
	case !now.Before(terms.Until.Time):
		return mithaq.Refuse(mithaq.Denied, "pact.expired", terms.Until.String())
	}
	for _, stop := range s.State.Suspended {
		if stop.Purpose == "" || stop.Purpose == purpose {
			return mithaq.Refuse(mithaq.Denied, "pact.suspended", string(stop.By))
		}
	}
	return nil
}

// Suspended lists every suspension of a pact that holds, by whichever party.
func (b *Book) Suspended(tx *store.Tx, id stix.ID) ([]mithaq.Stop, error) {
	stops, err := b.stops(tx, id)
	list := make([]mithaq.Stop, 0, len(stops))
	for _, s := range stops {
		list = append(list, mithaq.Stop{By: s.By, Purpose: s.Purpose})
	}
	return list, err
}
