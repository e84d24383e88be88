package store

import "database/sql/driver"

// An engine opens connections of one dialect.
type engine interface {
	connect(readOnly bool) (conn, error)
	postgres() bool
	// tidy does what is best done while nobody waits; it runs on the writer's connection.
	tidy(c conn) error
	close() error
}

// A conn is one connection, used by one goroutine at a time.
type conn interface {
	begin(write bool) error
	commit() error
	rollback() error
	exec(query string, args []driver.NamedValue) (affected int64, err error)
	query(query string, args []driver.NamedValue) (rowSource, error)
	script(sql string) error // several statements, no arguments
	broken() bool            // the connection must be replaced
	close() error
}

// A rowSource yields rows; next returns io.EOF after the last.
type rowSource interface {
	columns() int
	next(dest []driver.Value) error
	close() error
}

// An announcer is a conn that tells other processes, with the commit, what changed.
type announcer interface {
	announce(text string)
}

// A copier is a conn with a faster way for many rows that are all new.
type copier interface {
	copyIn(table string, cols []string, n int, row func(args []any, i int) []any) error
}
