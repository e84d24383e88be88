package gate

import (
	"context"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// What a read is, in the own log.
const (
	readItem    = "item"
	readPage    = "page"
	readSearch  = "search"
	readAround  = "neighbours"
	readShared  = "shared values"
	readRelease = "release"
)

// Page is the items after a number that a viewer may read. What was read is an
// entry of the own log before it is given; an empty page is none.
func (g *Gate) Page(ctx context.Context, v mithaq.Viewer, q store.Query) (page []store.Item, more bool, err error) {
	return g.PageOf(ctx, v, "", q)
}

// PageOf is Page for what lists items as a collection; the entry names it, and
// the number after which it was read.
func (g *Gate) PageOf(ctx context.Context, v mithaq.Viewer, collection string, q store.Query) (page []store.Item, more bool, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		page, more, err = g.Store.Page(tx, v, q)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	notes := map[string]string{"read": readPage}
	if collection != "" {
		notes["collection"], notes["after"] = collection, strconv.FormatInt(q.After, 10)
	}
	return page, more, g.loggedAs(ctx, v, notes, page)
}

// Item is the last version of an object that a viewer may read, with the
// holdings they may see. NotFound when there is none.
func (g *Gate) Item(ctx context.Context, v mithaq.Viewer, id stix.ID) (versions []store.Item, held []store.Held, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		if versions, err = g.Store.Versions(tx, v, id); err != nil {
			return err
		}
		if len(versions) == 0 {
			return mithaq.Refuse(mithaq.NotFound, "gate.no-item", string(id))
		}
		held, err = g.Store.HoldingsOf(tx, v, each(versions, func(it store.Item) int64 { return it.Seq })...)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return versions, held, g.logged(ctx, v, readItem, versions)
}

// mostLooked is how many candidates of a search one call looks at.
const mostLooked = 20_000

// A Candidates gives the numbers of items that may be what is looked for, the
// newest first: those below a number, or all where it is 0, at most limit.
type Candidates func(ctx context.Context, below int64, limit int) ([]int64, error)

// Found is what a search found, the newest first.
type Found struct {
	Items []store.Item
	Next  int64 // candidates below it were not looked at; 0 when there are none
}

// Find is the newest of the candidates that a viewer may read and that fit the
// query, at most q.Limit. What somebody may not read leaves no trace in what they
// get, but that a search may end early: it looks at so many candidates at most.
func (g *Gate) Find(ctx context.Context, v mithaq.Viewer, candidates Candidates, q store.Query) (f Found, err error) {
	const step = 256
	below, more := q.Until, true
	if below > 0 {
		below++
	}
	for looked := 0; more && looked < mostLooked && len(f.Items) < q.Limit; looked += step {
		var seqs []int64
		if seqs, err = candidates(ctx, below, step); err != nil {
			return f, err
		}
		if more = len(seqs) == step; len(seqs) == 0 {
			break
		}
		fits := q
		fits.Seqs, fits.Until, fits.Newest, fits.Limit = seqs, 0, true, q.Limit-len(f.Items)
		var page []store.Item
		full := false
		err = g.read(ctx, func(tx *store.Tx) error {
			page, full, err = g.Store.Page(tx, v, fits)
			return err
		})
		if err != nil {
			return f, err
		}
		f.Items, below = append(f.Items, page...), seqs[len(seqs)-1]
		if full {
			below, more = page[len(page)-1].Seq, true
		}
	}
	if more {
		f.Next = below
	}
	return f, g.logged(ctx, v, readSearch, f.Items)
}

// Listed is the items of a release that a viewer may read, from a place on.
func (g *Gate) Listed(ctx context.Context, v mithaq.Viewer, release stix.ID, after, limit int) (found []store.Item, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		found, err = g.Listing(tx, v, release, after, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, g.logged(ctx, v, readRelease, found)
}

// Neighbours is the items one reference away.
func (g *Gate) Neighbours(ctx context.Context, v mithaq.Viewer, id stix.ID, limit int) (found []store.Neighbour, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		found, err = g.Store.Neighbours(tx, v, id, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, g.logged(ctx, v, readAround, each(found, func(n store.Neighbour) store.Item { return n.Item }))
}

// logged enters a read, with its reason, before the first byte is given.
func (g *Gate) logged(ctx context.Context, v mithaq.Viewer, what string, items []store.Item) error {
	return g.loggedAs(ctx, v, map[string]string{"read": what}, items)
}

func (g *Gate) loggedAs(ctx context.Context, v mithaq.Viewer, notes map[string]string, items []store.Item) error {
	if len(items) == 0 || v.Node {
		return nil
	}
	personal := personalOf(items)
	a := mithaq.Account{Counts: map[string]int64{"items": int64(len(items)), "personal": int64(len(personal))}, Notes: notes}
	if v.Reason != "" {
		a.Notes["reason"] = v.Reason
	}
	return g.write(ctx, func(tx *store.Tx) error { return g.enterReading(tx, v, a, personal) })
}

// Original is the STIX 2.0 bytes that an item was made of. NotFound when it
// came as STIX 2.1, or the viewer may not read it.
func (g *Gate) Original(ctx context.Context, v mithaq.Viewer, item int64) (raw []byte, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		items, err := g.Store.Fetch(tx, v, []int64{item})
		if err != nil {
			return err
		}
		rows, err := tx.Query("SELECT raw FROM gate_original WHERE item = ?", item)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := rows.Scan(&raw); err != nil {
				return err
			}
		}
		if raw == nil || len(items) == 0 {
			raw = nil
			return mithaq.Refuse(mithaq.NotFound, "gate.no-original", item)
		}
		return rows.Err()
	})
	return raw, err
}

// Raw is the bytes of items for messages that have not been delivered yet: nil
// for those that nobody may use any more.
func (g *Gate) Raw(tx *store.Tx, items []int64) ([][]byte, error) {
	page, err := g.Store.Fetch(tx, g.node, items)
	if err != nil {
		return nil, err
	}
	held, err := g.Store.HoldingsOf(tx, g.node, items...)
	if err != nil {
		return nil, err
	}
	used := map[int64]bool{}
	for i := range held {
		used[held[i].Item] = used[held[i].Item] || held[i].State.InUse()
	}
	bytes := map[int64][]byte{}
	for i := range page {
		if used[page[i].Seq] {
			bytes[page[i].Seq] = page[i].Raw
		}
	}
	return each(items, func(seq int64) []byte { return bytes[seq] }), nil
}
