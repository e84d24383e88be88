package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/mithaq-hub/mithaq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A commit needs the data and the file's length on disk, not its times.
var fdatasync = sync.OnceFunc(func() { _, _ = sqlite.Fdatasync(true) })

// Pages of the write-ahead log after which a commit folds it in; when idle it is folded in earlier.
const walPages = 16384

const busyTimeout = 10_000 // ms; only another process can be in the way

type sqliteEngine struct {
	write, read driver.Connector
}

func openSQLite(dir string, maxPages int) (*sqliteEngine, error) {
	fdatasync()
	file, err := prepareFolder(dir)
	if err != nil {
		return nil, err
	}
	write, err := sqlite.NewConnector(sqliteDSN(file, false, maxPages))
	if err != nil {
		return nil, err
	}
	read, err := sqlite.NewConnector(sqliteDSN(file, true, 0))
	return &sqliteEngine{write, read}, err
}

// prepareFolder makes the folder and the empty database file, and syncs both
// names, so that a power cut cannot take a file away whose bytes were synced.
func prepareFolder(dir string) (file string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file = filepath.Join(dir, "mithaq.db")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return file, syncFolders(dir, filepath.Dir(dir))
}

func syncFolders(dirs ...string) error {
	for _, dir := range dirs {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		err = d.Sync()
		_ = d.Close()
		if err != nil {
			return fmt.Errorf("sync folder %s: %w", dir, err)
		}
	}
	return nil
}

// cacheOf is how many KiB of pages a connection keeps: the one that writes goes
// over the large twins while it folds.
func cacheOf(readOnly bool) int {
	if readOnly {
		return 16 << 10
	}
	return 32 << 10
}

func sqliteDSN(file string, readOnly bool, maxPages int) string {
	q := url.Values{}
	pragma := func(format string, args ...any) { q.Add("_pragma", fmt.Sprintf(format, args...)) }
	pragma("busy_timeout(%d)", busyTimeout)
	pragma("journal_mode(WAL)")
	pragma("synchronous(FULL)")
	pragma("foreign_keys(ON)")
	pragma("wal_autocheckpoint(%d)", walPages)
	pragma("journal_size_limit(%d)", 64<<20)
	pragma("cache_size(%d)", -cacheOf(readOnly))
	pragma("temp_store(MEMORY)")
	pragma("secure_delete(ON)") // what is erased is overwritten
	pragma("trusted_schema(OFF)")
	if maxPages > 0 {
		pragma("max_page_count(%d)", maxPages)
	}
	if readOnly {
		pragma("query_only(ON)")
	}
	return "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?" + q.Encode()
}

func (e *sqliteEngine) connect(readOnly bool) (conn, error) {
	from := e.write
	if readOnly {
		from = e.read
	}
	c, err := from.Connect(context.Background())
	if err != nil {
		return nil, sqliteError(err)
	}
	return &sqliteConn{raw: c.(sqliteRaw), stmts: map[string]*sqliteStmt{}}, nil
}

func (e *sqliteEngine) postgres() bool { return false }
func (e *sqliteEngine) close() error   { return nil }

// tidy folds the write-ahead log in and empties it, so that nothing erased is
// left there, unless a reader still needs it: then the next tidying does.
func (e *sqliteEngine) tidy(c conn) error {
	return errors.Join(
		ask(c, "PRAGMA busy_timeout(0)"),
		ask(c, "PRAGMA wal_checkpoint(TRUNCATE)"),
		ask(c, fmt.Sprintf("PRAGMA busy_timeout(%d)", busyTimeout)),
	)
}

func ask(c conn, query string) error {
	rows, err := c.query(query, nil)
	if err != nil {
		return err
	}
	return rows.close()
}

// sqliteRaw is what we use of the driver's connection: database/sql is left
// out, since its locks and conversions cost as much as a small statement.
type sqliteRaw interface {
	driver.Conn
	driver.ExecerContext
	driver.ConnPrepareContext
}

type sqliteConn struct {
	raw   sqliteRaw
	stmts map[string]*sqliteStmt
}

type sqliteStmt struct {
	driver.Stmt
	busy   bool // its rows are being read
	cached bool
}

func (c *sqliteConn) begin(write bool) error {
	if write {
		_, err := c.exec("BEGIN IMMEDIATE", nil)
		return err
	}
	if _, err := c.exec("BEGIN", nil); err != nil {
		return err
	}
	_, err := c.exec("SELECT value FROM clock WHERE id = 1", nil) // the first look takes the snapshot
	return err
}

func (c *sqliteConn) commit() error   { _, err := c.exec("COMMIT", nil); return err }
func (c *sqliteConn) rollback() error { _, err := c.exec("ROLLBACK", nil); return err }
func (c *sqliteConn) broken() bool    { return false }

func (c *sqliteConn) close() error {
	for _, s := range c.stmts {
		_ = s.Close()
	}
	return c.raw.Close()
}

func (c *sqliteConn) script(sql string) error {
	_, err := c.raw.ExecContext(context.Background(), sql, nil)
	return sqliteError(err)
}

// At most this many statements stay prepared on a connection.
const maxStmts = 512

// prepare hands out a prepared statement; one whose rows are being read is not handed out twice.
func (c *sqliteConn) prepare(query string) (*sqliteStmt, error) {
	if s, ok := c.stmts[query]; ok && !s.busy {
		return s, nil
	}
	raw, err := c.raw.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", sqliteError(err), brief(query))
	}
	s := &sqliteStmt{Stmt: raw}
	if _, taken := c.stmts[query]; !taken {
		c.makeRoom()
		s.cached = true
		c.stmts[query] = s
	}
	return s, nil
}

// makeRoom forgets some statement when too many are prepared.
func (c *sqliteConn) makeRoom() {
	for query, s := range c.stmts {
		if len(c.stmts) < maxStmts {
			return
		}
		if !s.busy {
			delete(c.stmts, query)
			_ = s.Close()
		}
	}
}

func (s *sqliteStmt) done() error {
	s.busy = false
	if s.cached {
		return nil
	}
	return s.Close()
}

func (c *sqliteConn) exec(query string, args []driver.NamedValue) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Stmt.(driver.StmtExecContext).ExecContext(context.Background(), args)
	if err2 := s.done(); err == nil {
		err = err2
	}
	if err != nil {
		return 0, fmt.Errorf("%w in %s", sqliteError(err), brief(query))
	}
	return r.RowsAffected()
}

func (c *sqliteConn) query(query string, args []driver.NamedValue) (rowSource, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(context.Background(), args)
	if err != nil {
		_ = s.done()
		return nil, fmt.Errorf("%w in %s", sqliteError(err), brief(query))
	}
	s.busy = true
	return &sqliteRows{rows, s, len(rows.Columns())}, nil
}

type sqliteRows struct {
	rows driver.Rows
	stmt *sqliteStmt
	n    int
}

func (r *sqliteRows) columns() int                   { return r.n }
func (r *sqliteRows) next(dest []driver.Value) error { return sqliteError(r.rows.Next(dest)) }

func (r *sqliteRows) close() error {
	err := r.rows.Close()
	if err2 := r.stmt.done(); err == nil {
		err = err2
	}
	return sqliteError(err)
}

// sqliteError tells a full or failing disk, which may end the whole
// transaction, from a constraint, which ends the statement.
func sqliteError(err error) error {
	e, ok := err.(*sqlite.Error) //nolint:errorlint // straight from the driver
	if !ok {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return &statementError{mithaq.Conflict, err, false}
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_PROTOCOL:
		return &statementError{mithaq.Unavailable, err, true}
	}
	return err
}

// brief is the beginning of a statement, for errors.
func brief(query string) string {
	q := strings.Join(strings.Fields(query), " ")
	if len(q) > 80 {
		q = q[:80] + "…"
	}
	return "“" + q + "”"
}
