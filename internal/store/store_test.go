package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
)

// notes is a small capability with one table, to write into.
var notes = Migration{Capability: "notes", FS: fstest.MapFS{"0001_note.sql": {Data: []byte(`
	CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;`)}}}

func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	if cfg.Dir == "" && cfg.DSN == "" {
		cfg.Dir = t.TempDir()
	}
	if cfg.Migrations == nil {
		cfg.Migrations = []Migration{notes}
	}
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func add(text string) func(tx *Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO note(text) VALUES(?)", text)
		return err
	}
}

func texts(t testing.TB, s *Store) string {
	t.Helper()
	var all []string
	err := s.Read(t.Context(), func(tx *Tx) error {
		rows, err := tx.Query("SELECT text FROM note ORDER BY text")
		if err != nil {
			return err
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			all = append(all, text)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWriteIsSeenAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	must(t, s.Write(t.Context(), add("one")))
	must(t, s.Close())
	want(t, "texts", texts(t, open(t, Config{DSN: "sqlite:" + dir})), "one")
}

func TestOnlyTheFailingFunctionIsTakenBack(t *testing.T) {
	s := open(t, Config{})
	sorry := errors.New("sorry")
	first := make(chan struct{})
	var wg sync.WaitGroup
	results := make([]error, 4)
	write := func(i int, fn func(tx *Tx) error) {
		wg.Go(func() { results[i] = s.Write(t.Context(), fn) })
	}
	write(0, func(tx *Tx) error {
		close(first)
		time.Sleep(20 * time.Millisecond) // the others queue up behind
		return add("a")(tx)
	})
	<-first
	write(1, func(tx *Tx) error { return errors.Join(add("b")(tx), sorry) })
	write(2, add("c"))
	wg.Go(func() {
		defer func() { want(t, "panic", recover(), any("help")) }()
		_ = s.Write(t.Context(), func(tx *Tx) error {
			must(t, add("d")(tx))
			panic("help")
		})
	})
	wg.Wait()
	want(t, "first", results[0], nil)
	want(t, "failing", errors.Is(results[1], sorry), true)
	want(t, "third", results[2], nil)
	want(t, "texts", texts(t, s), "a c")
}

func TestAFailedStatementIsNotPassedOver(t *testing.T) {
	s := open(t, Config{})
	must(t, s.Write(t.Context(), add("a")))
	err := s.Write(t.Context(), func(tx *Tx) error {
		must(t, add("b")(tx))
		_ = add("a")(tx)
		return nil
	})
	want(t, "conflict", errors.Is(err, mithaq.Conflict), true)
	want(t, "texts", texts(t, s), "a")
}

func TestManyWritersShareCommits(t *testing.T) {
	s := open(t, Config{})
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := s.Write(context.Background(), add(fmt.Sprintf("%03d", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want(t, "count", len(strings.Fields(texts(t, s))), 200)
}

func TestReadSeesOneSnapshot(t *testing.T) {
	s := open(t, Config{})
	must(t, s.Read(t.Context(), func(tx *Tx) error {
		must(t, s.Write(t.Context(), add("first"))) // before anything was looked at
		count := func() (n int) {
			must(t, tx.QueryRow("SELECT count(*) FROM note").Scan(&n))
			return n
		}
		want(t, "since it began", count(), 0)
		before := count()
		must(t, s.Write(t.Context(), add("a")))
		want(t, "within the snapshot", count(), before)
		_, err := tx.Exec("DELETE FROM note")
		want(t, "a Read cannot write", errors.Is(err, errReadOnly), true)
		return nil
	}))
	want(t, "after", texts(t, s), "a first")
}

func TestRowsLeftOpenAreClosed(t *testing.T) {
	s := open(t, Config{Readers: 1})
	must(t, s.Write(t.Context(), func(tx *Tx) error { return errors.Join(add("a")(tx), add("b")(tx)) }))
	leave := func(tx *Tx) error {
		rows, err := tx.Query("SELECT text FROM note")
		must(t, err)
		want(t, "a row", rows.Next(), true)
		return nil
	}
	var kept *Tx
	for range 3 {
		must(t, s.Read(t.Context(), leave))
		must(t, s.Write(t.Context(), func(tx *Tx) error { kept = tx; return leave(tx) }))
	}
	_, err := kept.Exec("DELETE FROM note")
	want(t, "used after its end", errors.Is(err, errOver), true)
	must(t, s.Write(t.Context(), add("c")))
	want(t, "after", texts(t, s), "a b c")
}

func TestNestedWriteIsRefused(t *testing.T) {
	s := open(t, Config{})
	err := s.Write(t.Context(), func(tx *Tx) error { return s.Write(tx.Context(), add("a")) })
	want(t, "nested", errors.Is(err, errNested), true)
}

func TestNoRows(t *testing.T) {
	s := open(t, Config{})
	must(t, s.Write(t.Context(), func(tx *Tx) error {
		var text string
		err := tx.QueryRow("SELECT text FROM note WHERE id = ?", 7).Scan(&text)
		want(t, "no rows", errors.Is(err, sql.ErrNoRows), true)
		return nil
	}))
}

func TestWorksInABubble(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := open(t, Config{Dir: t.TempDir()})
		before := time.Now()
		for i := range 3 {
			must(t, s.Write(t.Context(), add(fmt.Sprint(i))))
			time.Sleep(6 * time.Hour)
		}
		want(t, "virtual time", time.Since(before), 18*time.Hour)
		want(t, "texts", texts(t, s), "0 1 2")
		must(t, s.Close())
	})
}

func TestChangedMigrationIsRefused(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, Config{Dir: dir}).Close())
	changed := Migration{Capability: "notes", FS: fstest.MapFS{"0001_note.sql": {Data: []byte("CREATE TABLE note (id INTEGER PRIMARY KEY) STRICT;")}}}
	_, err := Open(t.Context(), Config{Dir: dir, Migrations: []Migration{changed}})
	want(t, "changed", err != nil && strings.Contains(err.Error(), "notes 0001_note was changed"), true)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	newer := fstest.MapFS{"0002_more.sql": {Data: []byte("CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;")}}
	newer["0001_note.sql"] = notes.FS.(fstest.MapFS)["0001_note.sql"]
	must(t, open(t, Config{Dir: dir, Migrations: []Migration{{Capability: "notes", FS: newer}}}).Close())
	_, err := Open(t.Context(), Config{Dir: dir, Migrations: []Migration{notes}})
	want(t, "newer", err != nil && strings.Contains(err.Error(), "newer Mithaq: migration notes 0002_more"), true)
	must(t, open(t, Config{Dir: dir, Migrations: []Migration{{Capability: "notes", FS: newer}}}).Close())
}

func TestAFailingMigrationLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	bad := fstest.MapFS{"0001_bad.sql": {Data: []byte("CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; CREATE nonsense;")}}
	_, err := Open(t.Context(), Config{Dir: dir, Migrations: []Migration{{Capability: "bad", FS: bad}}})
	want(t, "failing", err != nil && strings.Contains(err.Error(), "migration bad 0001_bad"), true)
	s := open(t, Config{Dir: dir})
	must(t, s.Read(t.Context(), func(tx *Tx) error {
		var n int
		must(t, tx.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").Scan(&n))
		want(t, "tables left", n, 0)
		return nil
	}))
}

func TestMigrationNumbersHaveNoGap(t *testing.T) {
	gap := Migration{Capability: "gap", FS: fstest.MapFS{"0002_x.sql": {Data: []byte(";")}}}
	_, err := gap.steps()
	want(t, "gap", err != nil && strings.Contains(err.Error(), "want number 1"), true)
	var _ fs.FS = gap.FS
}
