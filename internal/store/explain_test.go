package store

import (
	"database/sql/driver"
	"errors"
	"io"
	"strings"
)

// explaining is a connection that notes how each query would be answered.
type explaining struct {
	conn
	plans *[]string
}

func (e *explaining) query(query string, args []driver.NamedValue) (rowSource, error) {
	rows, err := e.conn.query("EXPLAIN QUERY PLAN "+query, args)
	if err != nil {
		return nil, err
	}
	v := make([]driver.Value, rows.columns())
	for {
		err := rows.next(v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		*e.plans = append(*e.plans, v[3].(string)+" in "+strings.Join(strings.Fields(query), " "))
	}
	if err := rows.close(); err != nil {
		return nil, err
	}
	return e.conn.query(query, args)
}
