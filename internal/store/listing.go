package store

import (
	"cmp"
	"strings"

	"github.com/mithaq-hub/mithaq"
)

// A listing is a named, append-only sequence of items, such as what a collection
// shows. Each entry has a number of its own, so that a reader who remembers the
// last one seen misses nothing: what becomes visible later is listed at the end,
// and what is listed again moves there.

// A Listed is an item at its place in a listing.
type Listed struct {
	At int64 // the entry's number: microseconds since 1970, unique
	Item
}

// List puts items at the end of a listing, in the order given.
func (s *Store) List(tx *Tx, listing string, items ...int64) error {
	list, err := tx.word(listing)
	if err != nil {
		return err
	}
	seqs := make([]int64, len(items))
	for i := range items {
		if seqs[i], err = tx.Seq(); err != nil {
			return err
		}
	}
	_, err = tx.insert("listing(list, seq, item)", "ON CONFLICT(list, item) DO UPDATE SET seq = excluded.seq", 3, len(items),
		func(args []any, i int) []any { return append(args, list, seqs[i], items[i]) })
	return err
}

// Unlist takes items off a listing.
func (s *Store) Unlist(tx *Tx, listing string, items ...int64) error {
	list, err := tx.known(listing)
	if err != nil || list == 0 {
		return err
	}
	for _, item := range items {
		if _, err := tx.Exec("DELETE FROM listing WHERE list = ? AND item = ?", list, item); err != nil {
			return err
		}
	}
	return nil
}

// Listing is the entries of a listing after a number that the viewer may read,
// at most q.Limit (100 when zero), in order; more says that others are behind.
// q narrows as for Page; its After and Until are numbers of entries.
func (s *Store) Listing(tx *Tx, v mithaq.Viewer, listing string, q Query) (page []Listed, more bool, err error) {
	list, err := tx.known(listing)
	if err != nil || list == 0 {
		return nil, false, err
	}
	a, err := tx.asking(v, q.Audit)
	if err != nil {
		return nil, false, err
	}
	a.list = list
	a.where("l.list = ? AND l.seq > ?", list, q.After)
	if q.Until > 0 {
		a.where("l.seq <= ?", q.Until)
	}
	for _, narrow := range []func(Query) error{a.ofIDs(s), a.ofTypes, a.inSight, a.ofVersions} {
		if err := narrow(q); err != nil {
			return nil, false, err
		}
	}
	limit := cmp.Or(q.Limit, 100)
	page, err = a.runListing(limit + 1)
	if len(page) > limit {
		return page[:limit], true, err
	}
	return page, false, err
}

// runListing asks, in the order of entries.
func (a *asking) runListing(limit int) (page []Listed, err error) {
	cols := "l.seq, " + fullCols
	if a.bare {
		cols = "l.seq, " + headCols
	}
	var query strings.Builder
	query.WriteString("SELECT " + cols + " FROM listing l JOIN item i ON i.seq = l.item WHERE TRUE")
	for _, c := range a.conds {
		query.WriteString(" AND " + c)
	}
	err = a.tx.rows(query.String()+" ORDER BY l.seq LIMIT ?", append(a.args, limit), func(r *Rows) error {
		var l Listed
		l.Item, err = scanItem(r, a.bare, &l.At)
		page = append(page, l)
		return err
	})
	return page, err
}
