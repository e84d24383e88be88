package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
)

// A move copies everything from one database to another, whichever engines keep
// them, and leaves the first sealed: it holds the same logs, and two nodes that
// went on from it would each sign another history.
//
// The target holds a note until all of it is there and was compared; with that
// note it opens for nothing but another move, which begins anew. The source is
// sealed before the target opens. So a move that was broken off is run again.

const (
	moving    = "a move" // value of noteRestore in the target
	noteMoved = "moved"  // in the source, where to
)

// Moved says what a move brought over.
type Moved struct {
	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
	Items  int64 `json:"items"`
}

// Same compares what the store does not know of, such as logs. It is asked twice:
// after the copy, and once more before the source is sealed.
type Same func(from, to *Tx) error

// Move copies the database of from to that of to, which is empty or holds a move
// that was broken off. Every row of every table is compared. Busy: a process
// serves one of them. Conflict: the target holds something else.
func Move(ctx context.Context, from, to Config, same Same) (Moved, error) {
	m := &move{ctx: ctx, same: same, sums: map[string]sum{}}
	from.moving, to.moving = true, true
	err := m.open(from, to)
	for _, step := range []func() error{m.alone, m.prepare, m.copy, m.compare, m.seal} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		err = fmt.Errorf("move: %w", err)
	}
	return m.done, errors.Join(err, m.close())
}

type move struct {
	ctx      context.Context
	same     Same
	from, to *Store
	sums     map[string]sum // of each table, as it was read
	clock    int64          // of the source, in the snapshot that was copied
	finished bool           // the copy was complete in an earlier run
	done     Moved
}

func (m *move) open(from, to Config) (err error) {
	if m.from, err = Open(m.ctx, from); err == nil {
		m.to, err = Open(m.ctx, to)
	}
	return err
}

func (m *move) close() (err error) {
	for _, s := range []*Store{m.from, m.to} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// Serving is the name that each process holds beside the others while it serves.
const Serving = "serving"

// alone wants nobody to serve either of them, until the move is over.
func (m *move) alone() error {
	for _, s := range []*Store{m.from, m.to} {
		if _, ok, err := s.TryAlone(m.ctx, Serving); err != nil || !ok {
			return errors.Join(err, mithaq.Refuse(mithaq.Busy, "node.served"))
		}
	}
	return nil
}

// prepare empties the target, unless it holds what is not to be lost.
func (m *move) prepare() error {
	return m.to.Write(m.ctx, func(tx *Tx) error {
		note, err := tx.Noted(noteRestore)
		if err != nil {
			return err
		}
		if note != moving {
			fresh, err := tx.fresh()
			if err != nil {
				return err
			}
			if !fresh {
				return m.wasFinished()
			}
		}
		if err := tx.emptyTables(); err != nil {
			return err
		}
		return tx.Note(noteRestore, moving)
	})
}

// wasFinished is for a target with something in it: from an earlier run that came
// to its end but for the last step, or from something else.
func (m *move) wasFinished() error {
	return m.from.Read(m.ctx, func(tx *Tx) error {
		to, err := tx.Noted(noteMoved)
		if err == nil && to != m.to.cfg.where() {
			err = mithaq.Refuse(mithaq.Conflict, "node.not-empty")
		}
		m.finished = err == nil
		return err
	})
}

// fresh reports whether nothing was ever kept in a database.
func (tx *Tx) fresh() (bool, error) {
	for _, table := range []string{"item", "change", "word", "meta"} {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n > 0 {
			return false, err
		}
	}
	return true, nil
}

// copy reads one snapshot of the source and writes it to the target, some rows at a time.
func (m *move) copy() error {
	return m.from.Read(m.ctx, func(tx *Tx) error {
		if err := tx.QueryRow("SELECT value FROM clock WHERE id = 1").Scan(&m.clock); err != nil {
			return err
		}
		tables, err := tx.tables()
		if err != nil {
			return err
		}
		for _, t := range tables {
			if !t.moves() {
				continue
			}
			if err := m.table(tx, t); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		return nil
	})
}

// moves says whether a table has rows of its own: not those of the migrations,
// which the target has, nor the small twins, which go with the large ones.
func (t *table) moves() bool {
	return t.name != "migration" && !builtApart[t.name] && (!strings.HasSuffix(t.name, "_new") || !notInBody[t.name])
}

// rows is the query for the rows that move, both twins together.
func (tx *Tx) movingRows(t table) string {
	query := "SELECT " + quoted(t.cols) + " FROM " + quoted([]string{t.name})
	switch t.name {
	case "name", "value", "edge":
		if !tx.Postgres() {
			query += " UNION ALL SELECT " + quoted(t.cols) + " FROM " + quoted([]string{t.name + "_new"})
		}
		query += " ORDER BY 1, 2" // as the target has them
	case "meta":
		query += " WHERE name NOT IN ('" + noteRestore + "', '" + noteMoved + "')"
	}
	return query
}

func (m *move) table(from *Tx, t table) error {
	var rows [][]any
	var s sum
	flush := func() error {
		if len(rows) == 0 || m.finished {
			rows = rows[:0]
			return nil
		}
		err := m.to.Write(m.ctx, func(tx *Tx) error {
			return tx.add(t.name, strings.Join(t.cols, ", "), len(rows), func(args []any, i int) []any { return append(args, rows[i]...) })
		})
		rows = rows[:0]
		return err
	}
	err := from.stream(from.movingRows(t), func(vals []any) error {
		if err := s.add(vals); err != nil {
			return err
		}
		if rows = append(rows, rowOf(vals)); len(rows) < fillRows {
			return nil
		}
		return flush()
	})
	m.sums[t.name] = s
	m.done.Tables++
	m.done.Rows += s.rows
	if t.name == "item" {
		m.done.Items = s.rows
	}
	return errors.Join(err, flush())
}

// rowOf is a copy of a row in which empty bytes are not taken for NULL.
func rowOf(vals []any) []any {
	row := slices.Clone(vals)
	for i, v := range row {
		if b, ok := v.([]byte); ok && b == nil {
			row[i] = []byte{}
		}
	}
	return row
}

// compare reads the target again, every row, and what the caller compares.
func (m *move) compare() error {
	return m.to.Read(m.ctx, func(to *Tx) error {
		tables, err := to.tables()
		if err != nil {
			return err
		}
		for _, t := range tables {
			if !t.moves() {
				continue
			}
			var s sum
			if err := to.stream(to.movingRows(t), s.add); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			if s != m.sums[t.name] {
				return fmt.Errorf("table %s: %d rows were read, and %d that are not the same were kept", t.name, m.sums[t.name].rows, s.rows)
			}
		}
		return m.from.Read(m.ctx, func(from *Tx) error { return m.same(from, to) })
	})
}

// seal leaves a note in the source, by which it opens no more, and only then
// takes that of the target away.
func (m *move) seal() error {
	err := m.from.Write(m.ctx, func(from *Tx) error {
		var clock int64
		if err := from.QueryRow("SELECT value FROM clock WHERE id = 1").Scan(&clock); err != nil {
			return err
		}
		if clock != m.clock {
			return mithaq.Refuse(mithaq.Busy, "node.served")
		}
		if err := m.to.Read(m.ctx, func(to *Tx) error { return m.same(from, to) }); err != nil {
			return err
		}
		return from.Note(noteMoved, m.to.cfg.where())
	})
	if err != nil {
		return err
	}
	return m.to.Write(m.ctx, func(tx *Tx) error { return tx.Unnote(noteRestore) })
}

// where names a database without its password.
func (c Config) where() string {
	kind, where, _ := c.place()
	if kind == "sqlite" {
		return where
	}
	return withoutPassword(where)
}

// A sum stands for the rows of a table, in whatever order: how many there are, and
// the sum of their SHA-256 modulo 2^256.
type sum struct {
	rows int64
	of   [4]uint64
}

func (s *sum) add(vals []any) error {
	row, err := appendRow(nil, vals)
	if err != nil {
		return err
	}
	h := sha256.Sum256(row)
	var carry uint64
	for i := 3; i >= 0; i-- {
		s.of[i], carry = bits.Add64(s.of[i], binary.BigEndian.Uint64(h[8*i:]), carry)
	}
	s.rows++
	return nil
}
