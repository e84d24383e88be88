package gate

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A name is an object as both ends know it: by the envelope that carried it and
// its salted digest there.
type name struct {
	envelope stix.ID
	object   mithaq.Digest
}

// A meaning is what a list of names stands for here.
type meaning struct {
	items  map[name]int64 // the store's number; 0: it came and was not kept
	absent []name         // of envelopes that are not here
}

// numbers are those of the items that were kept, ascending.
func (n *meaning) numbers() (list []int64) {
	for _, item := range n.items {
		if item != 0 {
			list = append(list, item)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// meaning finds what names stand for.
func (g *Gate) meaning(tx *store.Tx, list mithaq.CarriedAll) (*meaning, error) {
	n := &meaning{items: map[name]int64{}}
	for _, c := range list {
		in, err := g.Reach.Inside(tx, c.Envelope)
		if err != nil && !errors.Is(err, mithaq.NotFound) {
			return nil, err
		}
		if err != nil {
			in = nil
		}
		n.read(in, c)
	}
	return n, nil
}

// read takes in the names of one envelope; nil: it is not here.
func (n *meaning) read(in *Inside, c mithaq.Carried) {
	if in == nil {
		for _, d := range c.Objects {
			n.absent = append(n.absent, name{c.Envelope, d})
		}
		return
	}
	items := make(map[mithaq.Digest]int64, len(in.Objects))
	for i, d := range in.Objects {
		items[d] = in.Items[i]
	}
	for _, d := range c.Objects {
		n.items[name{c.Envelope, d}] = items[d]
	}
}

// given finds the holdings that a partner gave under a pact of what it names:
// its names of others' objects find nothing.
func (g *Gate) given(tx *store.Tx, n *meaning, by mithaq.OrgID, under stix.ID) (found map[int64][]held, err error) {
	items, err := g.Store.Fetch(tx, g.node, n.numbers())
	if err != nil {
		return nil, err
	}
	found = map[int64][]held{}
	for i := range items {
		some, err := g.reaching(tx, &items[i], func(h *mithaq.Holding) bool { return h.Giver == by && h.Under == under })
		if err != nil {
			return nil, err
		}
		if len(some) > 0 {
			found[items[i].Seq] = some
		}
	}
	return found, nil
}

// came names an item by the envelopes in which a partner gave it under a pact.
func (g *Gate) came(tx *store.Tx, item int64, from mithaq.OrgID, pact stix.ID, add func(stix.ID, mithaq.Digest)) error {
	all, err := g.Reach.Came(tx, item)
	for _, c := range all {
		if c.From == from && c.Pact == pact {
			add(c.Envelope, c.Object)
		}
	}
	return err
}

// Known are those of the objects named that are still here, by their own names.
func (g *Gate) Known(tx *store.Tx, list mithaq.CarriedAll) ([]mithaq.ItemRef, error) {
	n, err := g.meaning(tx, list)
	if err != nil {
		return nil, err
	}
	page, err := g.Store.Fetch(tx, g.node, n.numbers())
	return each(page, func(it store.Item) mithaq.ItemRef { return it.Ref }), err
}
