package gate

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Narrow makes the handling of items of ours stricter, here and with every
// partner who got them. It cannot widen: where a label given is weaker than the
// one held, the one held stays. Denied: the viewer may not. NotFound: an item
// that is not here.
func (g *Gate) Narrow(ctx context.Context, v mithaq.Viewer, items []mithaq.ItemRef, to mithaq.Handling) error {
	if !v.MayRecall() {
		return denied("gate.may-not-recall")
	}
	return g.write(ctx, func(tx *store.Tx) error { return g.narrow(tx, v, items, to) })
}

func (g *Gate) narrow(tx *store.Tx, v mithaq.Viewer, refs []mithaq.ItemRef, to mithaq.Handling) error {
	items, err := g.meant(tx, &Recalling{Items: refs})
	if err != nil {
		return err
	}
	for i := range items {
		found, err := g.reaching(tx, &items[i], func(h *mithaq.Holding) bool { return h.Giver == g.Org })
		if err != nil {
			return err
		}
		if err := g.stricter(tx, found, to); err != nil {
			return err
		}
	}
	if err := g.spreadNarrowing(tx, items, to, v.Person, nil); err != nil {
		return err
	}
	return g.enter(tx, v, "narrow", mithaq.Account{Counts: map[string]int64{"items": int64(len(items))}})
}

// stricter joins labels to those of holdings.
func (g *Gate) stricter(tx *store.Tx, list []held, to mithaq.Handling) error {
	for _, x := range list {
		all, err := g.Store.HoldingsOf(tx, g.node, x.item.Seq)
		if err != nil {
			return err
		}
		h := drawn(all, x.key)
		if h == nil {
			continue
		}
		labels := mithaq.Strictest(h.Handling, to)
		class, err := g.Store.Class(tx, labels)
		if err != nil {
			return err
		}
		now := h.Holding(x.item.Ref)
		now.Handling = labels
		until := now.ExpiresAt().Time
		if !h.Until.IsZero() && (until.IsZero() || h.Until.Before(until)) {
			until = h.Until
		}
		if _, err := g.Store.SetHandling(tx, []store.HoldingKey{x.key}, class, until); err != nil {
			return err
		}
		if !until.IsZero() {
			if err := g.retainUntil(tx, map[int64]bool{until.UnixMicro(): true}); err != nil {
				return err
			}
		}
	}
	return g.touch(tx)
}

func (g *Gate) spreadNarrowing(tx *store.Tx, items []store.Item, to mithaq.Handling, by mithaq.PersonID, on map[store.HoldingKey]bool) error {
	reached, err := g.reached(tx, items, nil, on)
	if err != nil {
		return err
	}
	for _, l := range inOrder(reached) {
		n := mithaq.NewNarrowing(stix.NewID(mithaq.TypeNarrowing), mithaq.At(tx.Now()), g.Org, l.pact, to, by, reached[l].names)
		if err := n.Check(); err != nil {
			return invalid("gate.word", err.Error())
		}
		raw, err := g.seal(n, mithaq.TypeNarrowing, &n.Signatures)
		if err != nil {
			return err
		}
		if err := g.spread(tx, mithaq.MessageNarrow, n.ID, l, raw, by, len(reached[l].items)); err != nil {
			return err
		}
	}
	return nil
}

// applyNarrowing makes what a giver gave stricter here, and passes it on to
// whom we gave it.
func (g *Gate) applyNarrowing(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(*said[mithaq.Narrowing])
	n, h := s.word, in.Header
	if n.By != h.From || n.Pact != h.PactID {
		return message.Outcome{}, denied("gate.speaks-for-another", string(h.From))
	}
	if err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(mithaq.TypeNarrowing), s.signed, n.Signatures); err != nil {
		return message.Outcome{}, err
	}
	if err := g.keepRecall(tx, mithaq.MessageNarrow, n.ID, n.By, g.Org, n.Pact, s.raw, tx.Now()); err != nil {
		return message.Outcome{}, err
	}
	return one, g.heed(tx, n)
}

// heed makes stricter what a narrowing names.
func (g *Gate) heed(tx *store.Tx, n *mithaq.Narrowing) error {
	names, err := g.meaning(tx, n.Items)
	if err != nil {
		return err
	}
	reached, err := g.given(tx, names, n.By, n.Pact)
	if err != nil {
		return err
	}
	found := flat(reached)
	if err := g.stricter(tx, found, n.Handling); err != nil {
		return err
	}
	items := each(found, func(f held) store.Item { return f.item })
	return g.spreadNarrowing(tx, items, n.Handling, n.Person, drawnOn(found))
}
