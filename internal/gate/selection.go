package gate

import (
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Selection says which items are meant: those named, or those with a holding
// that fits. What the viewer may not read is not in it.
type Selection struct {
	Items []int64      // the store's numbers
	IDs   []stix.ID    // the last version of each
	Types []stix.Type  // any where empty
	Giver mithaq.OrgID // any where empty
	Under stix.ID      // of a source profile or pact; any where empty
	Case  stix.ID      // any where empty
	All   bool         // every version, not the last alone
	After int64        // numbers above
}

func (s *Selection) empty() bool {
	return len(s.Items)+len(s.IDs) == 0 && s.Giver == "" && s.Under == "" && s.Case == "" && len(s.Types) == 0
}

const perPage = 1000

// pages goes through the items of a selection, in the order of their numbers.
func (g *Gate) pages(tx *store.Tx, v mithaq.Viewer, s *Selection, visit func([]store.Item) error) error {
	if s.empty() {
		return invalid("gate.empty-selection")
	}
	if len(s.Items) > 0 {
		return g.named(tx, v, s, visit)
	}
	q := store.Query{After: s.After, Limit: perPage, IDs: s.IDs, Types: s.Types, Giver: s.Giver, Under: s.Under}
	if !s.All && len(s.IDs) > 0 {
		q.Which = store.LastVersion
	}
	for {
		page, more, err := g.Store.Page(tx, v, q)
		if err != nil {
			return err
		}
		if len(page) > 0 {
			if err := visit(page); err != nil {
				return err
			}
			q.After = page[len(page)-1].Seq
		}
		if !more || len(page) == 0 {
			return nil
		}
	}
}

func (g *Gate) named(tx *store.Tx, v mithaq.Viewer, s *Selection, visit func([]store.Item) error) error {
	for some := range slices.Chunk(s.Items, perPage) {
		page, err := g.Store.Fetch(tx, v, some)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			continue
		}
		if err := visit(page); err != nil {
			return err
		}
	}
	return nil
}

// newest remembers, of many items, the last version of each object.
type newest struct {
	all  bool
	last map[stix.ID]version
}

type version struct{ order, seq int64 }

func (n *newest) add(it *store.Item) {
	if n.last == nil {
		n.last = map[stix.ID]version{}
	}
	was, ok := n.last[it.Ref.ID]
	if !ok || was.order < it.Order || was.order == it.Order && was.seq < it.Seq {
		n.last[it.Ref.ID] = version{it.Order, it.Seq}
	}
}

func (n *newest) has(it *store.Item) bool { return n.all || n.last[it.Ref.ID].seq == it.Seq }

// byItem groups holdings, which come in the order of their items.
func byItem(held []store.Held) map[int64][]store.Held {
	groups := make(map[int64][]store.Held, len(held))
	for from := 0; from < len(held); {
		to := from + 1
		for to < len(held) && held[to].Item == held[from].Item {
			to++
		}
		groups[held[from].Item] = held[from:to]
		from = to
	}
	return groups
}
