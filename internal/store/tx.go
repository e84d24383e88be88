package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

type insideKey struct{}

// A Tx is a transaction in the hands of the function given to Write or Read,
// valid until that function returns, in one goroutine.
//
// Placeholders are written ?. Arguments are integers, floats, booleans (kept as
// 0 and 1), strings, []byte, nil, named types of these, and driver.Valuer.
type Tx struct {
	s   *Store
	w   *writer // nil in a Read
	c   conn
	ctx context.Context
	now time.Time

	args     []driver.NamedValue
	open     []*Rows
	failed   error // the first failed statement of a Write
	over     bool
	onCommit []func()
	after    []func(ctx context.Context) error
	topics   []string
	told     []string // to other processes
	streams  int
	first    int64            // the first number it gave out
	learnt   map[string]int64 // words met, not yet shared
}

func (s *Store) newWriteTx(w *writer, ctx context.Context) *Tx {
	return &Tx{s: s, w: w, c: w.c, ctx: context.WithValue(ctx, insideKey{}, s), now: s.now()}
}

// Now is the time of the transaction: one for all it writes.
func (tx *Tx) Now() time.Time { return tx.now }

// Context is the context of the Write or Read.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Postgres reports whether PostgreSQL runs the statements, for the few places where the dialects differ.
func (tx *Tx) Postgres() bool { return tx.s.eng.postgres() }

// OnCommit runs f once the transaction is durable, in the order of commits,
// before Write returns. f is quick, and does not call the store. It does not
// run when the commit failed, even if it happened.
func (tx *Tx) OnCommit(f func()) { tx.onCommit = append(tx.onCommit, f) }

// AfterCommit runs f once the transaction is durable, in the goroutine of Write
// and before it returns, which waits for it: f may take its time and may call the
// store. Its error is Write's, a *Kept.
func (tx *Tx) AfterCommit(f func(ctx context.Context) error) { tx.after = append(tx.after, f) }

var (
	errOver     = errors.New("store: transaction used after its end")
	errReadOnly = errors.New("store: a Read cannot write")
)

// Exec runs a statement that returns no rows.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	n, err := tx.exec(query, args)
	return driver.RowsAffected(n), err
}

func (tx *Tx) exec(query string, args []any) (int64, error) {
	if tx.w == nil {
		return 0, errReadOnly
	}
	if err := tx.usable(); err != nil {
		return 0, err
	}
	vals, err := tx.values(args)
	if err != nil {
		return 0, err
	}
	n, err := tx.c.exec(query, vals)
	return n, tx.note(err)
}

// Query runs a statement that returns rows. Close them, or read them to the end, before the function returns;
// on PostgreSQL they are all read at once, so ask in pages.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	if err := tx.usable(); err != nil {
		return nil, err
	}
	vals, err := tx.values(args)
	if err != nil {
		return nil, err
	}
	src, err := tx.c.query(query, vals)
	if err != nil {
		return nil, tx.note(err)
	}
	r := &Rows{tx: tx, src: src, vals: make([]driver.Value, src.columns())}
	tx.open = append(tx.open, r)
	return r, nil
}

// QueryRow runs a statement that returns at most one row of interest; its Scan
// returns sql.ErrNoRows when there is none.
func (tx *Tx) QueryRow(query string, args ...any) *Row {
	rows, err := tx.Query(query, args...)
	return &Row{rows, err}
}

// usable refuses a transaction that has ended, was cancelled, or has failed
// already: PostgreSQL would refuse it, so SQLite does too.
func (tx *Tx) usable() error {
	switch {
	case tx.over:
		return errOver
	case tx.failed != nil:
		return fmt.Errorf("after a failed statement: %w", tx.failed)
	}
	if err := tx.ctx.Err(); err != nil {
		return tx.note(err)
	}
	if tx.w != nil {
		return tx.note(tx.s.cfg.Faults.at(AtStatement))
	}
	return nil
}

func (tx *Tx) note(err error) error {
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
	return err
}

// end closes what the function left open, and the transaction with it.
func (tx *Tx) end() {
	for len(tx.open) > 0 {
		_ = tx.open[0].Close() // which takes it off the list
	}
	tx.over = true
}

// committed runs what waited for the commit.
func (tx *Tx) committed() {
	for _, f := range tx.onCommit {
		f()
	}
	tx.s.wakes.ring(tx.topics)
}

// values turns arguments into what drivers take, in a buffer used again by the next statement.
func (tx *Tx) values(args []any) ([]driver.NamedValue, error) {
	tx.args = tx.args[:0]
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, fmt.Errorf("store: argument %d: %w", i+1, err)
		}
		tx.args = append(tx.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return tx.args, nil
}

func value(a any) (driver.Value, error) {
	switch v := a.(type) {
	case nil, int64, string, []byte, float64:
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		return truth(v), nil
	}
	v, err := driver.DefaultParameterConverter.ConvertValue(a)
	if b, ok := v.(bool); ok {
		return truth(b), err
	}
	if _, ok := v.(time.Time); ok {
		return nil, errors.New("a time: give microseconds, or text")
	}
	return v, err
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
