package store

import (
	"cmp"
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq"
)

// A Text is a page of a collection as the bytes of its items alone: nearly all that
// tools read is read so, and what an item costs is then copied bytes.
type Text struct {
	Objects     []byte  // the items' bytes, with commas between
	Items       int64   // how many
	Personal    []int64 // the numbers of those that concern a person
	First, Last int64   // places
}

const (
	maxText   = 8 << 20 // bytes after which a page ends, however few items it has
	firstText = 1 << 20 // bytes that are made ready at most for a page
)

// errFull ends the reading of a page that has enough.
var errFull = errors.New("the page is full")

// ShownText is Shown as a Text. A page ends early when its items are long.
func (s *Store) ShownText(tx *Tx, v mithaq.Viewer, c Collection, q Query) (t Text, more bool, err error) {
	l, err := s.look(tx, v, c, q)
	if err != nil {
		return t, false, err
	}
	runs, err := l.runs()
	if err != nil || len(runs) == 0 {
		return t, false, err
	}
	limit := cmp.Or(q.Limit, 100)
	query, args := l.merged(runs, "i.personal * i.seq, i.raw", limit+1)
	err = tx.rows(query, args, func(r *Rows) error {
		if t.Items == int64(limit) || len(t.Objects) >= maxText {
			return errFull
		}
		return t.take(r, limit)
	})
	if errors.Is(err, errFull) {
		return t, true, nil
	}
	return t, false, err
}

// take puts a row at the end.
func (t *Text) take(r *Rows, limit int) error {
	var at, personal int64
	var raw []byte
	if err := r.Scan(&at, &personal, &raw); err != nil {
		return err
	}
	if t.Items == 0 {
		t.First = at
		t.Objects = slices.Grow(t.Objects, min(limit*(len(raw)+len(raw)/8), max(firstText, len(raw))))
	} else {
		t.Objects = append(t.Objects, ',')
	}
	t.Objects = append(t.Objects, raw...)
	t.Items, t.Last = t.Items+1, at
	if personal != 0 {
		t.Personal = append(t.Personal, personal)
	}
	return nil
}
