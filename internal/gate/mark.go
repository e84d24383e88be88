package gate

import (
	"context"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Mark gives everything we hold of some objects a state, for the sake of the
// person they concern, and tells every partner who got them from us, and every
// one who gave them. Nothing restricted or disputed crosses or is exported.
//
// Denied: only a legal officer marks. NotFound: an object that is not here.
func (g *Gate) Mark(ctx context.Context, v mithaq.Viewer, ids []stix.ID, state mithaq.HoldingState) (told []mithaq.OrgID, err error) {
	if !v.Is(mithaq.LegalOfficer) {
		return nil, denied("gate.may-not-mark")
	}
	if !state.InUse() {
		return nil, invalid("gate.word", "state: "+state.String())
	}
	err = g.write(ctx, func(tx *store.Tx) error {
		told, err = g.mark(tx, v, ids, state)
		return err
	})
	return told, err
}

func (g *Gate) mark(tx *store.Tx, v mithaq.Viewer, ids []stix.ID, state mithaq.HoldingState) (told []mithaq.OrgID, err error) {
	items, err := g.meant(tx, &Recalling{IDs: ids})
	if err != nil {
		return nil, err
	}
	var marked []held
	for i := range items {
		some, err := g.reaching(tx, &items[i], func(h *mithaq.Holding) bool { return h.State.InUse() })
		if err != nil {
			return nil, err
		}
		marked = append(marked, some...)
	}
	if err := g.setState(tx, marked, state); err != nil {
		return nil, err
	}
	out, err := g.reached(tx, items, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := g.sources(tx, marked, out); err != nil {
		return nil, err
	}
	if told, err = g.spreadMark(tx, out, state, v.Person); err != nil {
		return nil, err
	}
	return told, g.enter(tx, v, "mark", mithaq.Account{
		Counts: map[string]int64{"items": int64(len(items)), "partners": int64(len(told))}, Notes: map[string]string{"state": state.String()},
	})
}

func (g *Gate) setState(tx *store.Tx, list []held, state mithaq.HoldingState) error {
	if _, err := g.Store.SetState(tx, each(list, func(x held) store.HoldingKey { return x.key }), state); err != nil {
		return err
	}
	return g.touch(tx)
}

// sources adds the partners who gave what is held, by their names of it.
func (g *Gate) sources(tx *store.Tx, list []held, out map[link]*gone) error {
	for _, x := range list {
		if x.key.Giver == g.Org || x.key.Under.Type() != mithaq.TypePact {
			continue
		}
		err := g.came(tx, x.item.Seq, x.key.Giver, x.key.Under, func(envelope stix.ID, object mithaq.Digest) {
			add(out, link{x.key.Giver, x.key.Under}, x.item.Ref, Given{Envelope: envelope, Object: object})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Gate) spreadMark(tx *store.Tx, out map[link]*gone, state mithaq.HoldingState, by mithaq.PersonID) (told []mithaq.OrgID, err error) {
	for _, l := range inOrder(out) {
		m := mithaq.NewMark(stix.NewID(mithaq.TypeMark), mithaq.At(tx.Now()), g.Org, l.pact, state, by, out[l].names)
		if err := m.Check(); err != nil {
			return nil, invalid("gate.word", err.Error())
		}
		raw, err := g.seal(m, mithaq.TypeMark, &m.Signatures)
		if err != nil {
			return nil, err
		}
		if err := g.keepMark(tx, m, l.to, false, raw); err != nil {
			return nil, err
		}
		if _, err := g.tell(tx, l.to, l.pact, mithaq.MessageMark, raw, mithaq.Account{By: by, About: m.ID, Counts: map[string]int64{"items": int64(len(out[l].items))}}); err != nil {
			return nil, err
		}
		if !slices.Contains(told, l.to) {
			told = append(told, l.to)
		}
	}
	return told, nil
}

func (g *Gate) keepMark(tx *store.Tx, m *mithaq.Mark, partner mithaq.OrgID, open bool, raw []byte) error {
	waits := 0
	if open {
		waits = 1
	}
	_, err := tx.Exec("INSERT INTO gate_mark(id, giver, partner, pact, state, at, open, raw) VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING",
		string(m.ID), string(m.By), string(partner), string(m.Pact), int64(m.State), tx.Now().UnixMicro(), waits, raw)
	if err != nil {
		return err
	}
	return tx.Change(TopicMark, string(m.ID), []byte(m.State.String()))
}

// applyMark gives what the marker gave us the state, and passes it on; of what we
// gave the marker it is a claim, which a legal officer of ours decides.
func (g *Gate) applyMark(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(*said[mithaq.Mark])
	m, h := s.word, in.Header
	if m.By != h.From || m.Pact != h.PactID {
		return message.Outcome{}, denied("gate.speaks-for-another", string(h.From))
	}
	if err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(mithaq.TypeMark), s.signed, m.Signatures); err != nil {
		return message.Outcome{}, err
	}
	names, err := g.meaning(tx, m.Items)
	if err != nil {
		return message.Outcome{}, err
	}
	found, err := g.given(tx, names, m.By, m.Pact)
	if err != nil {
		return message.Outcome{}, err
	}
	bound := slices.DeleteFunc(flat(found), func(x held) bool { return !g.inUse(tx, x) })
	claimed := len(names.numbers()) > len(found)
	if err := g.keepMark(tx, m, g.Org, claimed, s.raw); err != nil {
		return message.Outcome{}, err
	}
	return one, g.heedMark(tx, m, bound)
}

func (g *Gate) inUse(tx *store.Tx, x held) bool {
	all, err := g.Store.HoldingsOf(tx, g.node, x.item.Seq)
	h := drawn(all, x.key)
	return err == nil && h != nil && h.State.InUse()
}

// heedMark gives the holdings that a giver marks the state, and tells whom they
// were passed on to.
func (g *Gate) heedMark(tx *store.Tx, m *mithaq.Mark, bound []held) error {
	if len(bound) == 0 {
		return nil
	}
	if err := g.setState(tx, bound, m.State); err != nil {
		return err
	}
	out, err := g.reached(tx, each(bound, func(x held) store.Item { return x.item }), nil, drawnOn(bound))
	if err != nil {
		return err
	}
	_, err = g.spreadMark(tx, out, m.State, m.Person)
	return err
}

// A Claim is a mark by a partner on what we gave it, which waits for a legal officer.
type Claim struct {
	ID    stix.ID
	By    mithaq.OrgID
	Pact  stix.ID
	State mithaq.HoldingState
	At    time.Time
	Items []mithaq.ItemRef // those that are still here
}

// Claims are the marks of partners that wait, the oldest first.
func (g *Gate) Claims(tx *store.Tx, v mithaq.Viewer) (list []Claim, err error) {
	if !v.Is(mithaq.LegalOfficer) {
		return nil, denied("gate.may-not-mark")
	}
	all, err := storedAll[mithaq.Mark](tx, "SELECT raw FROM gate_mark WHERE open = 1 ORDER BY at, id")
	for _, m := range all {
		items, err := g.Known(tx, m.Items)
		if err != nil {
			return nil, err
		}
		list = append(list, Claim{m.ID, m.By, m.Pact, m.State, m.Created.Time, items})
	}
	return list, err
}

// SettleClaim takes a partner's mark off the list of those that wait.
func (g *Gate) SettleClaim(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	if !v.Is(mithaq.LegalOfficer) {
		return denied("gate.may-not-mark")
	}
	res, err := tx.Exec("UPDATE gate_mark SET open = 0 WHERE id = ? AND open = 1", string(id))
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.NotFound, "gate.no-claim")
	}
	return g.enter(tx, v, "mark-settled", mithaq.Account{About: id})
}
