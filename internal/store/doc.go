// Package store keeps what a node must not lose: one SQL database, in a folder
// (SQLite) or on a server (PostgreSQL), with the same words for both.
//
// One writer, many readers. Write runs a function in a transaction that is
// durable when Write returns nil; functions that wait at the same time share
// one commit and one fsync, each in a savepoint of its own. Read runs a
// function on a snapshot, on a connection of its own.
//
// Layout of a folder:
//
//	mithaq.db        the database
//	mithaq.db-wal    its write-ahead log, folded in when the node is idle
//
// Each capability brings its own numbered migrations and owns its tables; the
// store owns those in schema/: items and what is found in them, holdings,
// changes, due jobs, interned words and the notes in meta. SQL is written once,
// in the dialect of SQLite with ? placeholders; translate.go turns schemas, and
// rewrite in dialect.go turns queries, into PostgreSQL's.
package store
