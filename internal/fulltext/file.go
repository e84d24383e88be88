package fulltext

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// fileVersion is raised when words are made in another way; the index is then built anew.
const fileVersion = 1

// fileSchema: FTS5 with detail=none keeps which words an item has, not where, and
// no text (SQLite FTS5, 4.4.2 and 4.6). Words come ready, so that its simplest tokenizer cuts them at blanks alone.
const fileSchema = `
CREATE VIRTUAL TABLE words USING fts5(word, content='', contentless_delete=1, detail=none, tokenize='ascii');
CREATE TABLE place (id INTEGER PRIMARY KEY CHECK (id = 1), items INTEGER NOT NULL, erased INTEGER NOT NULL) STRICT;
INSERT INTO place VALUES (1, 0, 0);
`

// A file is an index beside SQLite.
type file struct {
	path string
	db   *sql.DB
}

func openFile(ctx context.Context, dir string, log *slog.Logger) (*file, error) {
	f := &file{path: filepath.Join(dir, "text.db")}
	err := f.open(ctx)
	if err == nil {
		return f, nil
	}
	log.Warn("the index of words is begun anew", "err", err)
	return f, f.reset(ctx)
}

var errOther = errors.New("of another version")

func (f *file) open(ctx context.Context) error {
	made, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := made.Close(); err != nil {
		return err
	}
	if f.db, err = sql.Open("sqlite", f.dsn()); err != nil {
		return err
	}
	f.db.SetMaxIdleConns(1) // each has pages of its own in memory
	var version int
	if err := f.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case fileVersion:
		_, err = f.place(ctx)
		return err
	case 0:
		return f.make(ctx)
	}
	return fmt.Errorf("%s: %w: %d", f.path, errOther, version)
}

// dsn: what is erased is overwritten; after a power cut the last steps are done again.
func (f *file) dsn() string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "secure_delete(ON)", "trusted_schema(OFF)", "temp_store(MEMORY)"}}
	return "file:" + (&url.URL{Path: filepath.ToSlash(f.path)}).EscapedPath() + "?" + q.Encode()
}

func (f *file) make(ctx context.Context) error {
	return f.step(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, fileSchema+fmt.Sprintf("PRAGMA user_version = %d", fileVersion))
		return err
	})
}

func (f *file) step(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (f *file) place(ctx context.Context) (p place, err error) {
	err = f.db.QueryRowContext(ctx, "SELECT items, erased FROM place").Scan(&p.items, &p.erased)
	return p, err
}

func (f *file) add(ctx context.Context, docs []doc, upTo int64) error {
	return f.step(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, "INSERT INTO words(rowid, word) VALUES(?, ?)")
		if err != nil {
			return err
		}
		defer func() { _ = put.Close() }()
		for _, d := range docs {
			if len(d.words) == 0 {
				continue
			}
			if _, err := put.ExecContext(ctx, d.item, strings.Join(d.words, " ")); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE place SET items = ?", upTo)
		return err
	})
}

// drop takes items out and purges their words: merging the whole index is what
// makes FTS5 forget them, and the log is folded in, so that no file has them.
func (f *file) drop(ctx context.Context, items []int64, upTo int64) error {
	err := f.step(ctx, func(tx *sql.Tx) error {
		for _, item := range items {
			if _, err := tx.ExecContext(ctx, "DELETE FROM words WHERE rowid = ?", item); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO words(words) VALUES('optimize')"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE place SET erased = ?", upTo)
		return err
	})
	if err != nil {
		return err
	}
	_, err = f.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (f *file) find(ctx context.Context, q Query, below int64, limit int) ([]int64, error) {
	query, args := "SELECT rowid FROM words WHERE words MATCH ?", []any{q.fts()}
	if below > 0 {
		query, args = query+" AND rowid < ?", append(args, below)
	}
	rows, err := f.db.QueryContext(ctx, query+" ORDER BY rowid DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []int64
	for rows.Next() {
		var item int64
		if err := rows.Scan(&item); err != nil {
			return nil, err
		}
		found = append(found, item)
	}
	return found, rows.Err()
}

func (f *file) reset(ctx context.Context) error {
	if err := f.close(); err != nil {
		return err
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.path + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return f.open(ctx)
}

func (f *file) close() error {
	if f.db == nil {
		return nil
	}
	return f.db.Close()
}
