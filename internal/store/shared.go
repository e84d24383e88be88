package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
)

// A Shared is a value of an item, and the newest other objects in which it was
// found, as far as the viewer may read them.
type Shared struct {
	Value
	// Common says that the viewer may read more of them than the cut: such a value
	// says nothing about what has it in common, and Items is empty.
	Common bool
	Items  []Item // without their bytes, in order of number
}

// Bounds of Shared.
const (
	maxShared  = 256    // values of an item that are looked up
	maxSharing = 10_000 // the newest items with a value that are looked at, in sight or not
)

// Shared is what an item shares with other objects by value, by what was found
// when they were taken in; only values that somebody shares are in it. More says
// that the item has values beyond those looked up.
//
// What the viewer may not read counts nowhere: not among Items, and not towards
// Common. Of a value that more than 10,000 items have, the newest 10,000 are
// looked at. NotFound: the viewer may not read the item.
func (s *Store) Shared(tx *Tx, v mithaq.Viewer, seq int64, cut int) (all []Shared, more bool, err error) {
	items, err := s.Fetch(tx, v, []int64{seq})
	if err != nil {
		return nil, false, err
	}
	if len(items) == 0 {
		return nil, false, fmt.Errorf("item %d: %w", seq, mithaq.NotFound)
	}
	values, more, err := s.valuesOf(tx, seq)
	if err != nil {
		return nil, false, err
	}
	g, err := tx.sight(v)
	if err != nil {
		return nil, false, err
	}
	for _, x := range values {
		with, err := s.sharing(tx, g, x, &items[0], cut+1)
		switch {
		case err != nil:
			return nil, false, err
		case len(with) > cut:
			all = append(all, Shared{Value: x.Value, Common: true})
		case len(with) > 0:
			all = append(all, Shared{Value: x.Value, Items: with})
		}
	}
	return all, more, nil
}

// A valued is a value as the index has it.
type valued struct {
	Value
	hash, kind int64
}

// valuesOf reads the values that were found in an item.
func (s *Store) valuesOf(tx *Tx, seq int64) (all []valued, more bool, err error) {
	var f []byte
	if err := tx.QueryRow("SELECT found FROM item WHERE seq = ?", seq).Scan(&f); err != nil {
		return nil, false, err
	}
	entries, _, err := found(f).entries()
	if err != nil {
		return nil, false, err
	}
	if len(entries) > maxShared {
		entries, more = entries[:maxShared], true
	}
	for _, e := range entries {
		err := tx.rows(tx.twinned("SELECT kind, text FROM %s WHERE hash = ? AND seq = ?"), tx.twice(e.hash, seq), func(r *Rows) error {
			x := valued{hash: e.hash}
			err := r.Scan(&x.kind, &x.Text)
			all = append(all, x)
			return err
		})
		if err != nil {
			return nil, false, err
		}
	}
	for i := range all {
		if all[i].Kind, err = tx.text(all[i].kind); err != nil {
			return nil, false, err
		}
	}
	return all, more, nil
}

// twinned asks a query of the values in both of their tables; %s stands for the
// table. twice gives its arguments as often.
func (tx *Tx) twinned(query string) string {
	one := strings.ReplaceAll(query, "%s", "value")
	if tx.Postgres() {
		return one
	}
	return one + " UNION ALL " + strings.ReplaceAll(query, "%s", "value_new")
}

func (tx *Tx) twice(args ...any) []any {
	if tx.Postgres() {
		return args
	}
	return slices.Concat(args, args)
}

// sharing is the newest items in sight, other than versions of it, that have a
// value. Few are looked at first, which is enough for most values and for those
// that everything has.
func (s *Store) sharing(tx *Tx, g sight, x valued, it *Item, limit int) (items []Item, err error) {
	for _, look := range []int{4 * limit, maxSharing} {
		seqs, err := s.having(tx, x, look)
		if err != nil {
			return nil, err
		}
		if items, err = inSightOf(tx, g, seqs, it, limit); err != nil || len(items) == limit || len(seqs) < look {
			return items, err
		}
	}
	return items, nil
}

// having is the numbers of the newest items with a value, in sight or not, the
// newest first.
func (s *Store) having(tx *Tx, x valued, most int) (seqs []int64, err error) {
	newest := tx.twinned("SELECT seq FROM (SELECT seq FROM %s WHERE hash = ? AND kind = ? AND text = ? ORDER BY seq DESC LIMIT ?) AS newest_%s")
	query := "SELECT seq FROM (" + newest + ") AS t ORDER BY seq DESC LIMIT ?"
	err = tx.rows(query, append(tx.twice(x.hash, x.kind, x.Text, most), most), func(r *Rows) error {
		var seq int64
		err := r.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	})
	return seqs, err
}

// inSightOf is those of the numbered items that are in sight and no version of
// it, the newest at most, in order of number.
func inSightOf(tx *Tx, g sight, seqs []int64, it *Item, limit int) (items []Item, err error) {
	for chunk := range slices.Chunk(seqs, 256) {
		a := &asking{tx: tx, g: g, bare: true}
		a.among("i.seq", chunk)
		a.where("i.id <> ?", string(it.Ref.ID))
		if err := a.inSight(Query{}); err != nil {
			return nil, err
		}
		some, err := a.run(0)
		if err != nil {
			return nil, err
		}
		items = append(some, items...)
		if len(items) >= limit {
			break
		}
	}
	return items[max(0, len(items)-limit):], nil
}
