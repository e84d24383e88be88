// Package storetest opens stores for tests: a real one on SQLite always, and one
// on PostgreSQL where the environment names a server:
//
//	MITHAQ_TEST_POSTGRES=postgres://user:password@127.0.0.1:5432/database
//
// Each test on PostgreSQL gets a schema of its own, dropped afterwards.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// Env names the variable that holds the URL of a PostgreSQL server for tests.
const Env = "MITHAQ_TEST_POSTGRES"

// Each runs test on every engine there is, with an empty database each time it asks for one.
func Each(t *testing.T, test func(t *testing.T, fresh func(t testing.TB) store.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func(t testing.TB) store.Config { return store.Config{Dir: t.TempDir()} })
	})
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv(Env) == "" {
			t.Skip("no PostgreSQL: set " + Env + " to the URL of a server")
		}
		test(t, func(t testing.TB) store.Config { return store.Config{DSN: Schema(t)} })
	})
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// Schema makes an empty schema on the server that Env names and returns a DSN that uses it.
func Schema(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv(Env)
	name := "test_" + strings.ToLower(rand.Text())
	run(t, dsn, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, dsn, "DROP SCHEMA "+name+" CASCADE") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("%s: not a URL", Env)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func run(t testing.TB, dsn, sql string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("%s: %v", Env, err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}

// Engine names the variable by which a whole suite that asks Place runs on
// PostgreSQL: MITHAQ_TEST_ENGINE=postgres.
const Engine = "MITHAQ_TEST_ENGINE"

// Place is an empty database of the engine that the environment names, SQLite
// where it names none.
func Place(t testing.TB) store.Config {
	t.Helper()
	if os.Getenv(Engine) != "postgres" {
		return store.Config{Dir: t.TempDir()}
	}
	if os.Getenv(Env) == "" {
		t.Skip("no PostgreSQL: set " + Env + " to the URL of a server")
	}
	return store.Config{DSN: Schema(t)}
}
