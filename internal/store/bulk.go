package store

import (
	"fmt"
	"strings"
	"sync"
)

// chunks are the numbers of rows one statement inserts or asks for, so that few
// statements need to be prepared.
var chunks = [...]int{64, 8, 1}

// inserts builds and keeps "INSERT INTO … VALUES (?, …), (?, …) …" for n rows.
var inserts = struct {
	sync.Mutex
	text map[string]string
}{text: map[string]string{}}

func insertText(into, tail string, cols, n int) string {
	key := fmt.Sprint(n, into, tail)
	inserts.Lock()
	defer inserts.Unlock()
	text, ok := inserts.text[key]
	if !ok {
		row := "(" + marks(cols) + ")"
		text = "INSERT INTO " + into + " VALUES " + row + strings.Repeat(","+row, n-1) + " " + tail
		inserts.text[key] = text
	}
	return text
}

// insert adds n rows of cols columns to into, "table(columns)", with few
// statements; row appends the i-th. tail follows the values, as ON CONFLICT does. It counts the rows added.
func (tx *Tx) insert(into, tail string, cols, n int, row func(args []any, i int) []any) (added int64, err error) {
	args := make([]any, 0, cols*chunks[0])
	for i := 0; i < n; {
		size := chunk(n - i)
		args = args[:0]
		for range size {
			args = row(args, i)
			i++
		}
		m, err := tx.exec(insertText(into, tail, cols, size), args)
		if err != nil {
			return added, err
		}
		added += m
	}
	return added, nil
}

// add adds n rows to a table, none of which it holds: by COPY where that is worth its round trips.
func (tx *Tx) add(table, cols string, n int, row func(args []any, i int) []any) error {
	names := strings.Split(cols, ", ")
	c, ok := tx.c.(copier)
	if !ok || n < chunks[0] {
		_, err := tx.insert(table+"("+cols+")", "", len(names), n, row)
		return err
	}
	if err := tx.usable(); err != nil {
		return err
	}
	return tx.note(c.copyIn(table, names, n, row))
}

// chunk is the largest chunk that n fills.
func chunk(n int) int {
	for _, size := range chunks {
		if n >= size {
			return size
		}
	}
	return 1
}

// each asks query, which holds one %s for the placeholders, for all keys in
// chunks, and calls row for each row of the answers. times is how often the
// keys are to be given.
func (tx *Tx) each(query string, times int, keys []int64, row func(r *Rows) error) error {
	for len(keys) > 0 {
		size := chunk(len(keys))
		args := make([]any, 0, size*times)
		for range times {
			for _, k := range keys[:size] {
				args = append(args, k)
			}
		}
		if err := tx.rows(inText(query, times, size), args, row); err != nil {
			return err
		}
		keys = keys[size:]
	}
	return nil
}

func (tx *Tx) rows(query string, args []any, row func(r *Rows) error) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func inText(query string, times, n int) string {
	key := fmt.Sprint(n, query)
	inserts.Lock()
	defer inserts.Unlock()
	text, ok := inserts.text[key]
	if !ok {
		in := make([]any, times)
		for i := range in {
			in[i] = marks(n)
		}
		text = fmt.Sprintf(query, in...)
		inserts.text[key] = text
	}
	return text
}
