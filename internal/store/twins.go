package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
)

// Random keys spread over a big B-tree touch a page each. On SQLite they are
// therefore added to a small table, NAME_new, and folded into the big one in the
// order of keys, a slice with each batch, so that no commit pays for all of it.
// Whoever asks, asks both.

// A twin is one pair of tables.
type twin struct {
	table string
	cols  string // the first is hash
	n     int

	waiting int   // rows in the small table, about
	counted bool  // waiting was counted since the database was opened
	folding bool  // a sweep over the keys is under way
	from    int64 // where it goes on
}

type twins struct{ name, value, edge twin }

func newTwins() twins {
	return twins{
		name:  twin{table: "name", cols: "hash, seq", n: 2},
		value: twin{table: "value", cols: "hash, seq, kind, text", n: 4},
		edge:  twin{table: "edge", cols: "hash, seq, kind", n: 3},
	}
}

const (
	foldFirst = 12_500  // rows in the small table at which a sweep begins in a small store,
	foldAt    = 100_000 // and in a large one
	foldLess  = 512     // rows a slice moves at least
)

// full is when a sweep begins. A large small table is written all over by each
// batch, and a small one makes the sweeps touch a page of the big one for every
// few rows: what is best grows with the store.
func full(tx *Tx) (n int, err error) {
	var pages int
	if err := tx.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		return 0, err
	}
	return min(max(pages/2, foldFirst), foldAt), nil
}

// small is the table that takes new rows.
func (t *twin) small(postgres bool) string {
	if postgres {
		return t.table
	}
	return t.table + "_new"
}

// add inserts n rows, which are new and come in the order of their hashes, and moves the sweep on.
func (t *twin) add(tx *Tx, n int, row func(args []any, i int) []any) error {
	if n == 0 {
		return nil
	}
	pg := tx.Postgres()
	if err := tx.add(t.small(pg), t.cols, n, row); err != nil || pg {
		return err
	}
	if err := t.count(tx); err != nil {
		return err
	}
	t.waiting += n
	most, err := full(tx)
	if err != nil || !t.folding && t.waiting < most {
		return err
	}
	return t.fold(tx, max(3*n, foldLess))
}

// count counts the small table, once after opening.
func (t *twin) count(tx *Tx) error {
	if t.counted {
		return nil
	}
	t.counted = true
	return tx.QueryRow("SELECT count(*) FROM " + t.small(false)).Scan(&t.waiting)
}

// fold moves about n rows from where the sweep is. When the transaction is taken
// back the rows are left to the next sweep.
func (t *twin) fold(tx *Tx, n int) error {
	if !t.folding {
		t.folding, t.from = true, math.MinInt64
	}
	until, last, err := t.slice(tx, n)
	if err != nil {
		return err
	}
	_, err = tx.exec(fmt.Sprintf("INSERT INTO %s(%s) SELECT %s FROM %s_new WHERE hash >= ? AND hash <= ? ORDER BY hash, seq ON CONFLICT DO NOTHING",
		t.table, t.cols, t.cols, t.table), []any{t.from, until})
	if err != nil {
		return err
	}
	moved, err := tx.exec("DELETE FROM "+t.table+"_new WHERE hash >= ? AND hash <= ?", []any{t.from, until})
	if err != nil {
		return err
	}
	t.waiting = max(0, t.waiting-int(moved))
	t.folding = !last
	if !last {
		t.from = until + 1
	}
	return nil
}

// slice is the last hash of the next n rows.
func (t *twin) slice(tx *Tx, n int) (until int64, last bool, err error) {
	err = tx.QueryRow("SELECT hash FROM "+t.table+"_new WHERE hash >= ? ORDER BY hash LIMIT 1 OFFSET ?", t.from, n).Scan(&until)
	if errors.Is(err, sql.ErrNoRows) || until == math.MaxInt64 {
		return math.MaxInt64, true, nil
	}
	return until, false, err
}

// lookup calls row with cols of all rows under hashes, in both tables.
func (tx *Tx) lookup(t *twin, hashes []int64, row func(r *Rows) error) error {
	query, times := "SELECT "+t.cols+" FROM "+t.table+" WHERE hash IN (%s)", 1
	if !tx.Postgres() {
		query += " UNION ALL SELECT " + t.cols + " FROM " + t.table + "_new WHERE hash IN (%s)"
		times = 2
	}
	return tx.each(query, times, distinct(hashes), row)
}

// remove takes rows of one item out of both tables.
func (t *twin) remove(tx *Tx, seq int64, hashes []int64) error {
	for _, hash := range distinct(hashes) {
		if _, err := tx.exec("DELETE FROM "+t.table+" WHERE hash = ? AND seq = ?", []any{hash, seq}); err != nil {
			return err
		}
		if tx.Postgres() {
			continue
		}
		if _, err := tx.exec("DELETE FROM "+t.table+"_new WHERE hash = ? AND seq = ?", []any{hash, seq}); err != nil {
			return err
		}
	}
	return nil
}
