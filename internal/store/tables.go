package store

import (
	"fmt"
	"slices"
	"strings"
)

// A table of the database as it is, with its columns in their order.
type table struct {
	name string
	cols []string
	kind []string // the type of each column, as the engine names it
	refs []string // tables it refers to
}

// tables reads the schema: every table, so that those it refers to come before it.
func (tx *Tx) tables() ([]table, error) {
	var all []table
	query := `SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.cid`
	if tx.Postgres() {
		query = `SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c
			WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position`
	}
	err := tx.rows(query, nil, func(r *Rows) error {
		var name, col, kind string
		if err := r.Scan(&name, &col, &kind); err != nil {
			return err
		}
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		t := &all[len(all)-1]
		t.cols, t.kind = append(t.cols, col), append(t.kind, strings.ToUpper(kind))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := tx.foreign(all); err != nil {
		return nil, err
	}
	return inOrder(all)
}

// foreign notes which tables refer to which.
func (tx *Tx) foreign(all []table) error {
	query := `SELECT t.name, f."table" FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`
	if tx.Postgres() {
		query = `SELECT c.conrelid::regclass::text, c.confrelid::regclass::text FROM pg_constraint c
			WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace`
	}
	return tx.rows(query, nil, func(r *Rows) error {
		var from, to string
		if err := r.Scan(&from, &to); err != nil {
			return err
		}
		for i := range all {
			if all[i].name == from && from != to {
				all[i].refs = append(all[i].refs, to)
			}
		}
		return nil
	})
}

// inOrder sorts tables so that each comes after those it refers to.
func inOrder(all []table) ([]table, error) {
	var sorted []table
	done := map[string]bool{}
	for len(sorted) < len(all) {
		before := len(sorted)
		for _, t := range all {
			ready := !slices.ContainsFunc(t.refs, func(to string) bool { return !done[to] })
			if !done[t.name] && ready {
				sorted = append(sorted, t)
				done[t.name] = true
			}
		}
		if len(sorted) == before {
			return nil, fmt.Errorf("store: tables refer to each other in a circle")
		}
	}
	return sorted, nil
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = `"` + strings.ReplaceAll(n, `"`, `""`) + `"`
	}
	return strings.Join(list, ", ")
}

// stream calls row with each row of a query, a few hundred at a time on PostgreSQL, so that a table of any size fits in memory.
func (tx *Tx) stream(query string, row func(vals []any) error) error {
	if !tx.Postgres() {
		return tx.rows(query, nil, func(r *Rows) error { return row(anys(r)) })
	}
	tx.streams++ // a statement is prepared for each name, and keeps its columns
	name := fmt.Sprintf("streaming_%d", tx.streams)
	if err := tx.c.script("DECLARE " + name + " NO SCROLL CURSOR FOR " + query); err != nil {
		return tx.note(err)
	}
	for n := 1; n > 0; {
		n = 0
		err := tx.rows("FETCH 500 FROM "+name, nil, func(r *Rows) error { n++; return row(anys(r)) })
		if err != nil {
			return err
		}
	}
	return tx.note(tx.c.script("CLOSE " + name))
}

func anys(r *Rows) []any {
	list := make([]any, len(r.vals))
	for i, v := range r.vals {
		list[i] = v
	}
	return list
}
