package gate

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Look is one request that reads many items on one snapshot, as one viewer. What
// it gives is counted, and is one entry of the own log.
type Look struct {
	g        *Gate
	tx       *store.Tx
	v        mithaq.Viewer
	items    int64
	personal []int64
}

// Look lets fn look around as a viewer, and enters what was given, under the
// words of notes, before it returns: nothing may be shown until then. It returns
// how many items were given.
func (g *Gate) Look(ctx context.Context, v mithaq.Viewer, notes map[string]string, fn func(l *Look) error) (given int64, err error) {
	l := &Look{g: g, v: v}
	err = g.read(ctx, func(tx *store.Tx) error {
		l.tx = tx
		return fn(l)
	})
	if err != nil || l.items == 0 || v.Node {
		return l.items, err
	}
	a := mithaq.Account{Counts: map[string]int64{"items": l.items, "personal": int64(len(l.personal))}, Notes: notes}
	if v.Reason != "" {
		a.Notes = with(a.Notes, "reason", v.Reason)
	}
	return l.items, g.write(ctx, func(tx *store.Tx) error { return g.enterReading(tx, v, a, l.personal) })
}

// Tx is the snapshot on which everything is read.
func (l *Look) Tx() *store.Tx { return l.tx }

// Gave counts items as given.
func (l *Look) Gave(items ...Seen) {
	for i := range items {
		l.items++
		if items[i].Personal {
			l.personal = append(l.personal, items[i].Seq)
		}
	}
}

// A Seen is the last version of an object that a viewer may read.
type Seen struct {
	store.Item
	First int64 // the number of the object's first version here, which stays the same
}

// Last is the last version in sight of each object, in the order of ids; those
// without one are left out.
func (l *Look) Last(ids ...stix.ID) ([]Seen, error) { return l.last(l.v, ids) }

// Whole is Last as the node sees it, in whatever state: for deciding what the next
// version of an object is to be, and not for showing.
func (l *Look) Whole(ids ...stix.ID) ([]Seen, error) { return l.last(l.g.node, ids) }

func (l *Look) last(v mithaq.Viewer, ids []stix.ID) (all []Seen, err error) {
	for some := range slices.Chunk(ids, perPage) {
		found, err := l.some(v, some)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (l *Look) some(v mithaq.Viewer, ids []stix.ID) (found []Seen, err error) {
	heads, err := l.g.Store.Heads(l.tx, ids)
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, 0, len(ids))
	for _, id := range ids {
		if list := heads[id]; len(list) > 0 {
			seqs = append(seqs, slices.MaxFunc(list, byOrder).Seq)
		}
	}
	items, err := l.g.Store.Fetch(l.tx, v, seqs)
	if err != nil {
		return nil, err
	}
	byID := make(map[stix.ID]store.Item, len(items))
	for _, it := range items {
		byID[it.Ref.ID] = it
	}
	for _, id := range ids {
		it, ok := byID[id]
		if !ok && len(heads[id]) > 1 { // the last is out of sight, and one before may not be
			if it, ok, err = l.before(v, id); err != nil {
				return nil, err
			}
		}
		if ok {
			found = append(found, Seen{it, slices.MinFunc(heads[id], bySeq).Seq})
		}
	}
	return found, nil
}

func byOrder(a, b store.Head) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Seq, b.Seq))
}

func bySeq(a, b store.Head) int { return cmp.Compare(a.Seq, b.Seq) }

func (l *Look) before(v mithaq.Viewer, id stix.ID) (it store.Item, ok bool, err error) {
	versions, err := l.g.Store.Versions(l.tx, v, id)
	if err != nil || len(versions) == 0 {
		return it, false, err
	}
	return versions[len(versions)-1], true, nil
}

// Page is a page of items in sight, as Store.Page gives it.
func (l *Look) Page(q store.Query) (page []store.Item, more bool, err error) {
	return l.g.Store.Page(l.tx, l.v, q)
}

// Referring is what in sight refers to an object.
func (l *Look) Referring(id stix.ID, limit int) (list []store.Neighbour, err error) {
	all, err := l.g.Store.Neighbours(l.tx, l.v, id, limit)
	for _, n := range all {
		if !n.Out {
			list = append(list, n)
		}
	}
	return list, err
}

// Numbered is the object that an item's number is of, "" where there is none. Whether
// it may be read is not said.
func (l *Look) Numbered(number string) (stix.ID, error) {
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil || seq <= 0 {
		return "", nil //nolint:nilerr // what is no number is the number of nothing
	}
	items, err := l.g.Store.Fetch(l.tx, l.g.node, []int64{seq})
	if err != nil || len(items) == 0 {
		return "", err
	}
	return items[0].Ref.ID, nil
}

// Held is the holdings of an item that the viewer may see.
func (l *Look) Held(items ...int64) ([]store.Held, error) {
	return l.g.Store.HoldingsOf(l.tx, l.v, items...)
}
