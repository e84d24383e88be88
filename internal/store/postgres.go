package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/mithaq-hub/mithaq"
)

// On PostgreSQL several processes may share a database. Each Write holds an
// advisory lock until its commit, so that there is one writer at a time as on
// SQLite, and the order of sequence numbers is the order of commits.

type pgEngine struct {
	cfg     *pgx.ConnConfig
	schema  string
	rewrite sync.Map // query with ? → query with $n
}

const connectWithin = 15 * time.Second

func openPostgres(ctx context.Context, dsn string) (*pgEngine, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("store: DSN: not a PostgreSQL URL") // the error would show the password
	}
	cfg.StatementCacheCapacity = maxStmts
	cfg.RuntimeParams["application_name"] = "mithaq"
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["client_min_messages"] = "warning"
	// The server finds out within seconds that a machine is gone, and lets go of what it held.
	cfg.RuntimeParams["tcp_keepalives_idle"] = "2"
	cfg.RuntimeParams["tcp_keepalives_interval"] = "1"
	cfg.RuntimeParams["tcp_keepalives_count"] = "2"
	cfg.RuntimeParams["tcp_user_timeout"] = "4000"
	e := &pgEngine{cfg: cfg}
	c, err := e.connect(true) // fail now rather than at the first use
	if err != nil {
		return nil, err
	}
	err = c.(*pgConn).c.QueryRow(ctx, "SELECT current_schema()::text").Scan(&e.schema)
	return e, errors.Join(err, ctx.Err(), c.close())
}

// channel is where the processes that share a schema notify each other, within
// the 63 bytes of an identifier.
func (e *pgEngine) channel() string { return fmt.Sprintf("mithaq_%016x", uint64(hashName(e.schema))) }

// lock is the number of the advisory lock of a name in the schema.
func (e *pgEngine) lock(name string) int64 { return hashName(e.schema + "\x00" + name) }

// handOver is how long the writer's transaction may stand still: a process that
// is stopped, and not dead, gives way to the others too.
const handOver = 4 * time.Second

func (e *pgEngine) connect(readOnly bool) (conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	defer cancel()
	cfg := e.cfg.Copy()
	if !readOnly {
		cfg.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(handOver.Milliseconds(), 10)
	}
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, pgError(err)
	}
	return &pgConn{e: e, c: c}, nil
}

func (e *pgEngine) postgres() bool  { return true }
func (e *pgEngine) tidy(conn) error { return nil }
func (e *pgEngine) close() error    { return nil }

// text is a query with PostgreSQL's placeholders.
func (e *pgEngine) text(query string) string {
	if t, ok := e.rewrite.Load(query); ok {
		return t.(string)
	}
	t := rewrite(query)
	e.rewrite.Store(query, t)
	return t
}

type pgConn struct {
	e    *pgEngine
	c    *pgx.Conn
	args []any
	tell string // notified with the next commit
}

var background = context.Background()

func (c *pgConn) begin(write bool) error {
	if !write {
		return c.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	}
	return c.script("BEGIN; SELECT pg_advisory_xact_lock(7885616, hashtext(current_schema()))")
}

// commit checks what PostgreSQL answers: it answers ROLLBACK, and no error, when a statement had failed.
func (c *pgConn) commit() error {
	all, err := c.c.PgConn().Exec(background, c.notifying()+"COMMIT").ReadAll()
	if err != nil {
		return pgError(err)
	}
	if tag := all[len(all)-1].CommandTag.String(); tag != "COMMIT" {
		return pgError(fmt.Errorf("commit: the server answered %s", tag))
	}
	return nil
}

// announce has the other processes notified if the transaction commits.
func (c *pgConn) announce(text string) { c.tell = text }

func (c *pgConn) notifying() string {
	if c.tell == "" {
		return ""
	}
	text := strings.ReplaceAll(c.tell, "'", "''")
	c.tell = ""
	return "SELECT pg_notify('" + c.e.channel() + "', '" + text + "'); "
}

func (c *pgConn) rollback() error {
	c.tell = ""
	_, err := c.c.Exec(background, "ROLLBACK")
	return pgError(err)
}
func (c *pgConn) broken() bool { return c.c.IsClosed() }

func (c *pgConn) close() error {
	ctx, cancel := context.WithTimeout(background, connectWithin)
	defer cancel()
	return c.c.Close(ctx)
}

func (c *pgConn) script(sql string) error {
	_, err := c.c.PgConn().Exec(background, sql).ReadAll()
	return pgError(err)
}

func (c *pgConn) values(args []driver.NamedValue) []any {
	c.args = c.args[:0]
	for _, a := range args {
		c.args = append(c.args, a.Value)
	}
	return c.args
}

func (c *pgConn) exec(query string, args []driver.NamedValue) (int64, error) {
	tag, err := c.c.Exec(background, c.e.text(query), c.values(args)...)
	if err != nil {
		return 0, c.fault(err, query)
	}
	return tag.RowsAffected(), nil
}

// fault is the error of a statement. What the driver itself refuses, such as an
// argument of the wrong type, never reached the server.
func (c *pgConn) fault(err error, query string) error {
	if _, said := errors.AsType[*pgconn.PgError](err); said || c.c.IsClosed() {
		err = pgError(err)
	}
	return fmt.Errorf("%w in %s", err, brief(query))
}

// query reads all rows at once, so that another statement can follow while they are looked at.
func (c *pgConn) query(query string, args []driver.NamedValue) (rowSource, error) {
	rows, err := c.c.Query(background, c.e.text(query), c.values(args)...)
	if err != nil {
		return nil, c.fault(err, query)
	}
	defer rows.Close()
	got := &pgRows{n: len(rows.FieldDescriptions())}
	for rows.Next() {
		vals, err := rows.Values()
		if err != nil {
			return nil, pgError(err)
		}
		got.rows = append(got.rows, vals)
	}
	if err := rows.Err(); err != nil {
		return nil, c.fault(err, query)
	}
	got.n = len(rows.FieldDescriptions())
	return got, nil
}

// copyIn adds n rows with COPY, whose rows must all be new.
func (c *pgConn) copyIn(table string, cols []string, n int, row func(args []any, i int) []any) error {
	i, vals := -1, []any(nil)
	_, err := c.c.CopyFrom(background, pgx.Identifier{table}, cols, pgx.CopyFromFunc(func() ([]any, error) {
		if i++; i >= n {
			return nil, nil
		}
		vals = row(vals[:0], i)
		for k, v := range vals {
			if b, ok := v.(bool); ok {
				vals[k] = truth(b)
			}
		}
		return vals, nil
	}))
	if err != nil {
		return fmt.Errorf("%w in copy to %s", pgError(err), table)
	}
	return nil
}

type pgRows struct {
	n    int
	rows [][]any
	at   int
}

func (r *pgRows) columns() int { return r.n }
func (r *pgRows) close() error { r.rows = nil; return nil }

func (r *pgRows) next(dest []driver.Value) error {
	if r.at >= len(r.rows) {
		return io.EOF
	}
	for i, v := range r.rows[r.at] {
		n, err := pgValue(v)
		if err != nil {
			return err
		}
		dest[i] = n
	}
	r.rows[r.at] = nil
	r.at++
	return nil
}

// pgValue brings PostgreSQL's types to those that SQLite has.
func pgValue(v any) (driver.Value, error) {
	switch v := v.(type) {
	case nil, int64, string, []byte, float64, bool:
		return v, nil
	case int32:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case uint32:
		return int64(v), nil
	case pgtype.Numeric: // sums of integers
		n, err := v.Int64Value()
		return n.Int64, err
	}
	return nil, fmt.Errorf("store: a column of Go type %T", v)
}

// pgError tells a constraint from a server that cannot answer now.
func pgError(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return &statementError{mithaq.Unavailable, err, true} // the connection
	}
	if e.Code == "25P03" { // it stood still for too long
		return &statementError{mithaq.Unavailable, err, true}
	}
	switch e.Code[:2] {
	case "23":
		return &statementError{mithaq.Conflict, err, false}
	case "08", "40", "53", "55", "57", "58", "XX":
		return &statementError{mithaq.Unavailable, err, true}
	}
	return err
}
