package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// noteReindex is set while the index tables are not whole; Put then refuses.
const noteReindex = "reindex"

// Derived is what is found in an object's bytes. Whether it concerns a person is
// not among it: that was judged at intake, by its source's profile too, and stays.
type Derived struct {
	Values []Value
	Refs   []Ref
	TLP    stix.TLP
}

const reindexPage = 500

// Reindex builds everything that is derived from items anew. derive reads the
// bytes of one; when it fails, the item stays found by its id alone. Until
// Reindex is done nothing new is kept; after an interruption it is begun anew.
// progress, when given, is called now and then. bad counts the items that could not be derived.
func (s *Store) Reindex(ctx context.Context, derive func(raw []byte) (Derived, error), progress func(done, total int64)) (bad int64, err error) {
	var total, done int64
	err = s.Write(ctx, func(tx *Tx) error {
		if err := tx.Note(noteReindex, "under way"); err != nil {
			return err
		}
		if err := s.emptyTwins(tx); err != nil {
			return err
		}
		return tx.QueryRow("SELECT count(*) FROM item").Scan(&total)
	})
	if err != nil {
		return 0, fmt.Errorf("reindex: %w", err)
	}
	for after, more := int64(-1), true; more; {
		err := s.Write(ctx, func(tx *Tx) error {
			p, b, err := s.reindexPage(tx, after, derive)
			if err != nil || len(p.items) == 0 {
				more = false
				return err
			}
			after, bad, done = p.puts[len(p.puts)-1].Seq, bad+b, done+int64(len(p.items))
			return p.refile()
		})
		if err != nil {
			return bad, fmt.Errorf("reindex: %w", err)
		}
		if progress != nil {
			progress(done, total)
		}
	}
	return bad, s.Write(ctx, func(tx *Tx) error { return tx.Unnote(noteReindex) })
}

func (s *Store) emptyTwins(tx *Tx) error {
	for _, t := range []*twin{&s.twins.name, &s.twins.value, &s.twins.edge} {
		for _, name := range slices.Compact([]string{t.small(tx.Postgres()), t.table}) {
			if _, err := tx.Exec("DELETE FROM " + name); err != nil {
				return err
			}
		}
		t.waiting, t.counted, t.folding = 0, true, false
	}
	return nil
}

// reindexPage reads the items after a number, as if they were put now.
func (s *Store) reindexPage(tx *Tx, after int64, derive func(raw []byte) (Derived, error)) (p *putting, bad int64, err error) {
	p = &putting{tx: tx, s: s}
	err = tx.rows("SELECT seq, id, personal, raw FROM item WHERE seq > ? ORDER BY seq LIMIT ?", []any{after, reindexPage}, func(r *Rows) error {
		var it NewItem
		var put Put
		if err := r.Scan(&put.Seq, &it.ID, &it.Personal, &it.Raw); err != nil {
			return err
		}
		d, err := derive(it.Raw)
		if err != nil {
			bad++
			d, it.Personal = Derived{}, true // who cannot say what it is must not show it freely
		}
		it.Values, it.Refs, it.TLP = d.Values, d.Refs, d.TLP
		p.fresh = append(p.fresh, len(p.items))
		p.items, p.puts, p.names = append(p.items, it), append(p.puts, put), append(p.names, hashName(string(it.ID)))
		return nil
	})
	return p, bad, err
}

// refile writes what is derived of a page.
func (p *putting) refile() error {
	if err := p.derive(); err != nil {
		return err
	}
	for n, i := range p.fresh {
		it := &p.items[i]
		if _, err := p.tx.Exec("UPDATE item SET name = ?, tlp = ?, personal = ?, found = ? WHERE seq = ?",
			p.names[i], int64(it.TLP), it.Personal, []byte(p.found[n]), p.puts[i].Seq); err != nil {
			return err
		}
	}
	for _, step := range []func() error{p.storeNames, p.storeValues, p.storeEdges} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// whole refuses to keep anything new while it could not be told what is kept.
func (tx *Tx) whole() error {
	noted, err := tx.Noted(noteReindex)
	if err == nil && noted != "" {
		err = fmt.Errorf("the indexes are not whole, reindex first: %w", mithaq.Unavailable)
	}
	return err
}
