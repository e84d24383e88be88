package bench

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// A database is an empty schema on a PostgreSQL server, dropped in the end.
type database struct {
	server string
	schema string
	pid    int // of the server, where it runs on this machine
}

const postgresTarget = 50.0 // µs of processor time an object, the server's included

func newDatabase(ctx context.Context, server string) (*database, error) {
	d := &database{server: server, schema: fmt.Sprintf("mithaq_bench_%d_%d", os.Getpid(), time.Now().UnixNano())}
	err := d.ask(ctx, func(c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "CREATE SCHEMA "+d.schema); err != nil {
			return err
		}
		var backend int
		if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
			return err
		}
		d.pid = parentOf(backend)
		return nil
	})
	return d, err
}

func (d *database) ask(ctx context.Context, f func(c *pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, d.server)
	if err != nil {
		return fmt.Errorf("--postgres: %w", err)
	}
	defer func() { _ = c.Close(ctx) }()
	return f(c)
}

func (d *database) drop() error {
	ctx := context.Background()
	return d.ask(ctx, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "DROP SCHEMA "+d.schema+" CASCADE")
		return err
	})
}

// url names the schema.
func (d *database) url() (string, error) {
	u, err := url.Parse(d.server)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("search_path", d.schema)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// size is what the schema takes, in bytes.
func (d *database) size(ctx context.Context) (sum float64, err error) {
	err = d.ask(ctx, func(c *pgx.Conn) error {
		return c.QueryRow(ctx, `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 FROM pg_class c
			WHERE c.relkind = 'r' AND c.relnamespace = $1::regnamespace`, d.schema).Scan(&sum)
	})
	return sum, err
}

// cpu is the processor time of the server and of all that it started, those that
// ended too, in ticks of 10 ms; zero where the server is on another machine.
func (d *database) cpu() time.Duration {
	if d == nil || d.pid == 0 {
		return 0
	}
	ticks := ticksOf(d.pid, 4)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if pid != d.pid && parentOf(pid) == d.pid {
			ticks += ticksOf(pid, 2)
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// statOf are the fields of /proc/PID/stat after the name. proc(5)
func statOf(pid int) []string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	return strings.Fields(rest)
}

func parentOf(pid int) int {
	if f := statOf(pid); len(f) > 1 {
		n, _ := strconv.Atoi(f[1])
		return n
	}
	return 0
}

// ticksOf adds up utime, stime and, of four, cutime and cstime.
func ticksOf(pid, fields int) (sum int64) {
	if f := statOf(pid); len(f) > 11+fields {
		for _, text := range f[11 : 11+fields] {
			n, _ := strconv.ParseInt(text, 10, 64)
			sum += n
		}
	}
	return sum
}
