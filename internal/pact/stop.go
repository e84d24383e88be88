package pact

import (
	"encoding/json"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Suspend stops a pact for our part, whole or for one purpose, from this
// transaction on, and tells the other parties.
func (b *Book) Suspend(tx *store.Tx, v mithaq.Viewer, id stix.ID, purpose mithaq.Purpose, reason string) (*mithaq.Suspension, error) {
	t, err := b.forStop(tx, v, id)
	if err != nil {
		return nil, err
	}
	s := mithaq.NewSuspension(stix.NewID(mithaq.TypeSuspension), mithaq.At(tx.Now()), t.Pact, b.Org, purpose, reason)
	if err := s.Check(); err != nil {
		return nil, err
	}
	sig, _, err := sign.Object(b.Signer, mithaq.UseOf(mithaq.TypeSuspension), s)
	if err != nil {
		return nil, err
	}
	s.Signatures = []mithaq.Signature{sig}
	if err := b.keepStop(tx, s); err != nil {
		return nil, err
	}
	if err := b.onLane(tx, v, mithaq.MessagePactSuspend, t.Pact, s); err != nil {
		return nil, err
	}
	return s, b.enter(tx, "pact-suspend", v.Person, t.Pact)
}

func (b *Book) forStop(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Text, error) {
	if !v.MayDraft() {
		return nil, mithaq.Refuse(mithaq.Denied, "pact.may-not-suspend")
	}
	return b.InForce(tx, id)
}

func (b *Book) keepStop(tx *store.Tx, s *mithaq.Suspension) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO pact_stop(id, pact, org, purpose, since, raw) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`, string(s.ID), string(s.Pact), string(s.By), string(s.Purpose), micro(tx.Now()), raw)
	return err
}

// onLane sends one object of ours on the pact's control lane to every other peer.
func (b *Book) onLane(tx *store.Tx, v mithaq.Viewer, kind mithaq.MessageKind, p *mithaq.Pact, object any) error {
	return b.toPeers(tx, p, message.Outbound{
		Pact: p.ID, Lane: mithaq.LaneControl, Kind: kind,
		Account: mithaq.Account{Kind: string(kind), At: mithaq.At(tx.Now()), By: v.Person, About: p.ID},
	}, object)
}

// Resume takes back every suspension of ours that holds over the same purpose.
// NotFound when there is none.
func (b *Book) Resume(tx *store.Tx, v mithaq.Viewer, id stix.ID, purpose mithaq.Purpose) error {
	t, err := b.forStop(tx, v, id)
	if err != nil {
		return err
	}
	stops, err := b.stops(tx, id)
	if err != nil {
		return err
	}
	resumed := 0
	for _, s := range stops {
		if s.By != b.Org || s.Purpose != purpose {
			continue
		}
		resumed++
		if err := b.resume(tx, v, t.Pact, s); err != nil {
			return err
		}
	}
	if resumed == 0 {
		return mithaq.Refuse(mithaq.NotFound, "pact.not-suspended", string(id))
	}
	return b.enter(tx, "pact-resume", v.Person, t.Pact)
}

func (b *Book) resume(tx *store.Tx, v mithaq.Viewer, p *mithaq.Pact, s *mithaq.Suspension) error {
	r := mithaq.NewResumption(stix.NewID(mithaq.TypeResumption), mithaq.At(tx.Now()), s)
	sig, _, err := sign.Object(b.Signer, mithaq.UseOf(mithaq.TypeResumption), r)
	if err != nil {
		return err
	}
	r.Signatures = []mithaq.Signature{sig}
	if err := dropStop(tx, s.ID, b.Org); err != nil {
		return err
	}
	return b.onLane(tx, v, mithaq.MessagePactResume, p, r)
}

func dropStop(tx *store.Tx, id stix.ID, org mithaq.OrgID) error {
	_, err := tx.Exec("DELETE FROM pact_stop WHERE id = ? AND org = ?", string(id), string(org))
	return err
}

func (b *Book) stops(tx *store.Tx, id stix.ID) ([]*mithaq.Suspension, error) {
	rows, err := tx.Query("SELECT raw FROM pact_stop WHERE pact = ? ORDER BY since, id", string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*mithaq.Suspension
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		s := new(mithaq.Suspension)
		if err := json.Unmarshal(raw, s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// End leaves a pact from an instant on, not sooner than the notice its terms
// ask for, and tells the other parties.
func (b *Book) End(tx *store.Tx, v mithaq.Viewer, id stix.ID, at time.Time, reason string) (*mithaq.PactEnd, error) {
	if !v.MaySign() {
		return nil, mithaq.Refuse(mithaq.Denied, "pact.may-not-sign")
	}
	t, err := b.InForce(tx, id)
	if err != nil {
		return nil, err
	}
	if soonest := tx.Now().AddDate(0, 0, t.Pact.Terms.NoticeDays); at.Before(soonest) {
		return nil, mithaq.Refuse(mithaq.Invalid, "pact.notice", t.Pact.Terms.NoticeDays, mithaq.At(soonest).String())
	}
	e := mithaq.NewPactEnd(stix.NewID(mithaq.TypePactEnd), mithaq.At(tx.Now()), t.Pact, b.Org, mithaq.At(at), reason)
	sig, _, err := sign.Object(b.Signer, mithaq.UseOf(mithaq.TypePactEnd), e)
	if err != nil {
		return nil, err
	}
	e.Signatures = []mithaq.Signature{sig}
	if err := b.keepEnd(tx, e); err != nil {
		return nil, err
	}
	if err := b.onLane(tx, v, mithaq.MessagePactEnd, t.Pact, e); err != nil {
		return nil, err
	}
	return e, b.enter(tx, "pact-end", v.Person, t.Pact)
}

// EndedJob is the kind of due job that comes when a party's leaving takes effect;
// its key is the pact's id.
const EndedJob = "pact-ended"

func (b *Book) keepEnd(tx *store.Tx, e *mithaq.PactEnd) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO pact_end(pact, org, at, raw) VALUES (?, ?, ?, ?)
		ON CONFLICT (pact, org) DO NOTHING`, string(e.Pact), string(e.By), micro(e.At.Time), raw); err != nil {
		return err
	}
	return tx.Due(store.DueJob{Kind: EndedJob, Key: string(e.Pact), At: e.At.Time})
}

// Ends lists who leaves or has left a pact.
func (b *Book) Ends(tx *store.Tx, id stix.ID) ([]*mithaq.PactEnd, error) {
	rows, err := tx.Query("SELECT raw FROM pact_end WHERE pact = ? ORDER BY at, org", string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*mithaq.PactEnd
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		e := new(mithaq.PactEnd)
		if err := json.Unmarshal(raw, e); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, rows.Err()
}
