package store

import (
	"database/sql/driver"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// A sequence gives out the numbers that order everything a node keeps:
// microseconds since 1970, which is also the date_added of TAXII 2.1, strictly
// increasing in the order of commits. The steps are random, so that gaps count
// nothing. The highest number is kept in meta, in the same transaction, so that
// a clock set back or another process cannot give one out again.
//
// TAXII 2.1, 3
type sequence struct {
	last, loaded int64
	known        bool
}

const maxStep = 16 // microseconds

func (q *sequence) reset() { *q = sequence{} }

func (q *sequence) next(c conn, now time.Time) (int64, error) {
	if !q.known {
		if err := q.load(c); err != nil {
			return 0, err
		}
	}
	q.last = max(q.last, now.UnixMicro()) + 1 + rand.Int64N(maxStep)
	return q.last, nil
}

func (q *sequence) load(c conn) error {
	rows, err := c.query("SELECT value FROM clock WHERE id = 1", nil)
	if err != nil {
		return err
	}
	v := make([]driver.Value, 1)
	err = rows.next(v)
	if err2 := rows.close(); err == nil {
		err = err2
	}
	if err == io.EOF { //nolint:errorlint // straight from the driver
		return fmt.Errorf("store: the sequence is missing")
	}
	if err != nil {
		return err
	}
	q.last = v[0].(int64)
	q.loaded, q.known = q.last, true
	return nil
}

func (q *sequence) save(c conn) error {
	if !q.known || q.last == q.loaded {
		return nil
	}
	_, err := c.exec("UPDATE clock SET value = ? WHERE id = 1", []driver.NamedValue{{Ordinal: 1, Value: q.last}})
	return err
}

// Seq gives out the next sequence number: microseconds since 1970, higher than
// all before in the order of commits.
func (tx *Tx) Seq() (int64, error) {
	if tx.w == nil {
		return 0, errReadOnly
	}
	if err := tx.usable(); err != nil {
		return 0, err
	}
	n, err := tx.w.seq.next(tx.c, tx.now)
	if tx.first == 0 {
		tx.first = n
	}
	return n, tx.note(err)
}
