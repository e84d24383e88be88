package store

import (
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// Config says where the database is and what it is to hold.
type Config struct {
	// Dir is a folder for SQLite, made when missing. Exactly one of Dir and DSN is given.
	Dir string
	// DSN is "sqlite:DIR" or "postgres://…" (a URL as pgx reads it; search_path names the schema).
	DSN string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log receives what is worth a line; nothing when nil.
	Log *slog.Logger
	// Migrations of the capabilities, in the order in which they depend on each other. The store's own come first by themselves.
	Migrations []Migration
	// Readers is the number of read connections; 4 when zero.
	Readers int
	// MaxPages bounds the SQLite file, in pages of 4 KiB; zero for no bound. A full database refuses writes as Unavailable.
	MaxPages int
	// Faults is for tests: it can make statements and commits fail.
	Faults Faults

	only   []MigrationHead // for Restore: apply these and no others
	moving bool            // for Move: open what a move left unfinished, or sealed
}

// A Migration is the numbered schema files of one capability: FS holds
// 0001_name.sql, 0002_name.sql … at its root, in SQLite's dialect. A file
// 0001_name.pg.sql beside one replaces its translation on PostgreSQL.
type Migration struct {
	Capability string
	FS         fs.FS
	// Sealed names tables that hold content of an item, each with the column
	// that holds the item's number: in a backup their rows lie under the item's
	// key, and are lost with it.
	Sealed map[string]string
}

// Embedded is the migration of a capability whose files a package embeds in its
// folder schema.
func Embedded(capability string, files embed.FS) Migration {
	dir, err := fs.Sub(files, "schema")
	if err != nil {
		panic(err) // "schema" is a valid path, of which alone Sub asks
	}
	return Migration{Capability: capability, FS: dir}
}

// A Point is a place where Faults may strike.
type Point string

const (
	AtStatement  Point = "statement"     // before a statement of a Write: it fails, and did not happen
	BeforeCommit Point = "before-commit" // the commit fails, and did not happen
	AfterCommit  Point = "after-commit"  // the commit is reported as failed, but happened
)

// Faults returns an error for the points that should fail, nil for the others.
type Faults func(Point) error

func (f Faults) at(p Point) error {
	if f == nil {
		return nil
	}
	return f(p)
}

// withoutPassword is a URL that can be shown.
func withoutPassword(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "postgres://"
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}

// place says which engine keeps the data and where.
func (c Config) place() (kind, where string, err error) {
	switch {
	case (c.Dir == "") == (c.DSN == ""):
		return "", "", fmt.Errorf("store: want either a folder or a DSN")
	case c.Dir != "":
		return "sqlite", c.Dir, nil
	case strings.HasPrefix(c.DSN, "sqlite:"):
		return "sqlite", filepath.FromSlash(strings.TrimPrefix(c.DSN, "sqlite:")), nil
	case strings.HasPrefix(c.DSN, "postgres://"), strings.HasPrefix(c.DSN, "postgresql://"):
		return "postgres", c.DSN, nil
	}
	return "", "", fmt.Errorf("store: DSN: want sqlite:DIR or postgres://…")
}
