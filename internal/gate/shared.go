package gate

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Shared is a value that an item has in common with others.
type Shared struct {
	store.Value
	Common bool   // with too many to tell anything
	With   []With // in order of number
}

// A With is another item with the value, and who gave it under what labels.
type With struct {
	store.Item // without its bytes
	Held       []store.Held
}

// Shared is what the last version of an object that a viewer may read has in
// common with other objects, within what they may read. It is found by the values
// that intake found; nothing is built for it. More says that the object has more
// values than were looked up. NotFound when the viewer reads no such object.
func (g *Gate) Shared(ctx context.Context, v mithaq.Viewer, id stix.ID) (all []Shared, more bool, err error) {
	var read []store.Item
	err = g.read(ctx, func(tx *store.Tx) error {
		versions, err := g.Store.Versions(tx, v, id)
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			return mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
		}
		found, beyond, err := g.Store.Shared(tx, v, versions[len(versions)-1].Seq, g.Common)
		if err != nil {
			return err
		}
		more = beyond
		all, read, err = g.withHoldings(tx, v, found)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return all, more, g.logged(ctx, v, readShared, read)
}

// withHoldings says of each item who gave it; each item once among those read.
func (g *Gate) withHoldings(tx *store.Tx, v mithaq.Viewer, found []store.Shared) (all []Shared, read []store.Item, err error) {
	seen := map[int64]bool{}
	for _, f := range found {
		for _, it := range f.Items {
			if !seen[it.Seq] {
				seen[it.Seq] = true
				read = append(read, it)
			}
		}
	}
	held, err := g.Store.HoldingsOf(tx, v, each(read, func(it store.Item) int64 { return it.Seq })...)
	if err != nil {
		return nil, nil, err
	}
	groups := map[int64][]store.Held{}
	for _, h := range held {
		groups[h.Item] = append(groups[h.Item], h)
	}
	for _, f := range found {
		s := Shared{Value: f.Value, Common: f.Common}
		for _, it := range f.Items {
			s.With = append(s.With, With{it, groups[it.Seq]})
		}
		all = append(all, s)
	}
	return all, read, nil
}
