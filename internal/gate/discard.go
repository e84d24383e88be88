package gate

import (
	"context"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Discarding is a tool's wish to have versions of an object out of a
// collection.
type Discarding struct {
	Source  Source
	Queries []store.Query // which versions: of one object, and without a bound
	Profile stix.ID       // under which the tool itself takes in
	Owner   mithaq.Viewer // the person who answers for the tool
}

// Discard takes something out of a collection. What the tool itself took in is
// taken back as by its owner, here and from every partner who got it out of that
// holding; what partners gave is hidden from that collection alone. The ledger
// keeps all of it.
//
// NotFound: nothing the tool may read there. Denied: it is ours, and the tool did
// not take it in, or its owner may not recall: that is for a person.
func (g *Gate) Discard(ctx context.Context, v mithaq.Viewer, d Discarding) error {
	if !v.MayImport() {
		return denied("gate.may-not-import")
	}
	return g.write(ctx, func(tx *store.Tx) error {
		found, _, err := g.found(tx, v, d.Source, d.Queries)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return mithaq.Refuse(mithaq.NotFound, "shelf.not-there")
		}
		x := &discard{g: g, tx: tx, v: v, Discarding: d, on: map[store.HoldingKey]bool{}}
		for i := range found {
			x.items = append(x.items, found[i].Item)
		}
		return x.all()
	})
}

// A discard is one Discarding under way.
type discard struct {
	Discarding
	g     *Gate
	tx    *store.Tx
	v     mithaq.Viewer
	items []store.Item
	on    map[store.HoldingKey]bool // what is taken back
	keys  []store.HoldingKey        // the same, in order
	hide  []int64                   // what partners gave
	words []int64                   // last words about what was taken back before
	taken int                       // how many partners were told
}

func (x *discard) all() error {
	for _, step := range []func() error{x.sort, x.recall, x.conceal, x.enter} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// sort tells what the tool took in from what partners gave.
func (x *discard) sort() error {
	held, err := x.g.Store.HoldingsOf(x.tx, x.v, each(x.items, func(it store.Item) int64 { return it.Seq })...)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for i := range held {
		h := &held[i]
		seen[h.Item] = true
		switch {
		case h.Giver != x.g.Org:
			if !slices.Contains(x.hide, h.Item) {
				x.hide = append(x.hide, h.Item)
			}
		case h.Under != x.Profile:
			return denied("shelf.not-the-tools")
		case !x.Owner.MayRecall():
			return denied("shelf.owner-may-not-recall")
		default:
			x.on[h.HoldingKey] = true
			x.keys = append(x.keys, h.HoldingKey)
		}
	}
	for i := range x.items {
		if !seen[x.items[i].Seq] {
			x.words = append(x.words, x.items[i].Seq)
		}
	}
	return nil
}

// recall takes back what the tool took in.
func (x *discard) recall() error {
	if len(x.keys) == 0 {
		return nil
	}
	taken, err := x.g.takeBack(x.tx, x.items, &Recalling{Reason: mithaq.NoLongerNeeded}, x.Owner.Person, x.on)
	if err != nil {
		return err
	}
	x.taken = len(taken)
	if _, err := x.g.Store.SetState(x.tx, x.keys, mithaq.Recalled); err != nil {
		return err
	}
	last, err := x.g.withdraw(x.tx, x.items)
	if err != nil {
		return err
	}
	x.words = append(x.words, last...)
	return nil
}

// conceal hides what partners gave from all readers of the collection, and last
// words from the tool alone: it asked for nothing to be left there, and knows.
func (x *discard) conceal() error {
	if err := x.g.Store.Hide(x.tx, x.Source.Name, x.v.Token, x.words...); err != nil {
		return err
	}
	return x.g.Store.Hide(x.tx, x.Source.Name, "", x.hide...)
}

func (x *discard) enter() error {
	return x.g.Enter(x.tx, mithaq.Account{
		Kind: "discard", At: mithaq.At(x.tx.Now()), By: x.Owner.Person, Purpose: x.v.Purpose, Basis: x.v.Basis,
		Notes:  map[string]string{"token": x.v.Token, "collection": x.Source.Name},
		Counts: map[string]int64{"items": int64(len(x.items)), "recalled": int64(len(x.keys)), "hidden": int64(len(x.hide)), "partners": int64(x.taken)},
	})
}
