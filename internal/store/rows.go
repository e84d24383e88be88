package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
)

// Rows are the answer to a Query, one at a time.
type Rows struct {
	tx     *Tx
	src    rowSource
	vals   []driver.Value
	n      int
	err    error
	closed bool
}

// Next steps to the next row; false at the end or on an error, which Err tells.
func (r *Rows) Next() bool {
	if r.closed {
		return false
	}
	if r.n++; r.n%256 == 0 && r.tx.ctx.Err() != nil {
		r.fail(r.tx.ctx.Err())
		return false
	}
	switch err := r.src.next(r.vals); {
	case err == nil:
		return true
	case errors.Is(err, io.EOF):
		_ = r.Close()
	default:
		r.fail(err)
	}
	return false
}

func (r *Rows) fail(err error) {
	r.err = r.tx.note(err)
	_ = r.Close()
}

// Err is the error that ended the rows early, if any.
func (r *Rows) Err() error { return r.err }

// Close ends the reading; it may be called again.
func (r *Rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.tx.forget(r)
	return r.src.close()
}

func (tx *Tx) forget(r *Rows) {
	for i, o := range tx.open {
		if o == r {
			tx.open = append(tx.open[:i], tx.open[i+1:]...)
			return
		}
	}
}

// Scan copies the columns of the row into dest: pointers to integers, floats,
// booleans, strings, []byte and byte arrays, named types of these, any, a
// pointer to a pointer where a column may be NULL, or a sql.Scanner.
func (r *Rows) Scan(dest ...any) error {
	if len(dest) != len(r.vals) {
		return fmt.Errorf("store: scan of %d columns into %d places", len(r.vals), len(dest))
	}
	for i, d := range dest {
		if err := assign(d, r.vals[i]); err != nil {
			return fmt.Errorf("store: column %d: %w", i+1, err)
		}
	}
	return nil
}

// A Row is the answer to a QueryRow.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the row; sql.ErrNoRows when there is none.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer func() { _ = r.rows.Close() }()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return r.rows.Scan(dest...)
}

func assign(dest any, v driver.Value) error {
	switch d := dest.(type) {
	case *int64:
		if n, ok := v.(int64); ok {
			*d = n
			return nil
		}
	case *string:
		if s, ok := v.(string); ok {
			*d = s
			return nil
		}
	case *[]byte:
		if v == nil {
			*d = nil
			return nil
		}
		if b, ok := v.([]byte); ok {
			if *d = b; b == nil {
				*d = []byte{} // SQLite's driver has no empty bytes
			}
			return nil
		}
	case *any:
		*d = v
		return nil
	case sql.Scanner:
		return d.Scan(v)
	}
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return fmt.Errorf("want a pointer, not %T", dest)
	}
	return assignTo(p.Elem(), v)
}

// assignTo is the general case; what does not fit is an error, never cut.
func assignTo(d reflect.Value, v driver.Value) error {
	if d.Kind() == reflect.Pointer {
		if v == nil {
			d.SetZero()
			return nil
		}
		d.Set(reflect.New(d.Type().Elem()))
		return assignTo(d.Elem(), v)
	}
	switch v := v.(type) {
	case int64:
		return assignInt(d, v)
	case float64:
		if d.CanFloat() {
			d.SetFloat(v)
			return nil
		}
	case bool:
		if d.Kind() == reflect.Bool {
			d.SetBool(v)
			return nil
		}
	case string:
		if d.Kind() == reflect.String {
			d.SetString(v)
			return nil
		}
		return assignBytes(d, []byte(v))
	case []byte:
		return assignBytes(d, v)
	}
	return fmt.Errorf("%T does not fit %s", v, d.Type())
}

func assignInt(d reflect.Value, v int64) error {
	switch {
	case d.CanInt() && !d.OverflowInt(v):
		d.SetInt(v)
	case d.CanUint() && v >= 0 && !d.OverflowUint(uint64(v)):
		d.SetUint(uint64(v))
	case d.CanFloat() && math.Abs(float64(v)) < 1<<53:
		d.SetFloat(float64(v))
	case d.Kind() == reflect.Bool && (v == 0 || v == 1):
		d.SetBool(v == 1)
	default:
		return fmt.Errorf("%d does not fit %s", v, d.Type())
	}
	return nil
}

func assignBytes(d reflect.Value, v []byte) error {
	switch {
	case d.Kind() == reflect.Slice && d.Type().Elem().Kind() == reflect.Uint8:
		d.SetBytes(v)
	case d.Kind() == reflect.Array && d.Type().Elem().Kind() == reflect.Uint8 && d.Len() == len(v):
		reflect.Copy(d, reflect.ValueOf(v))
	case d.Kind() == reflect.String:
		d.SetString(string(v))
	default:
		return fmt.Errorf("%d bytes do not fit %s", len(v), d.Type())
	}
	return nil
}
