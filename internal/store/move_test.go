package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// moves are from where to where: SQLite alone, and both ways where there is a PostgreSQL.
func moves(t *testing.T) map[string]func() (from, to store.Config) {
	sqlite := func() store.Config { return store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}} }
	all := map[string]func() (from, to store.Config){
		"sqlite to sqlite": func() (from, to store.Config) { return sqlite(), sqlite() },
	}
	if os.Getenv(storetest.Env) == "" {
		t.Log("no PostgreSQL: set " + storetest.Env + " to the URL of a server; moved between files alone")
		return all
	}
	postgres := func() store.Config {
		return store.Config{DSN: storetest.Schema(t), Migrations: []store.Migration{numbers}}
	}
	all["sqlite to postgres"] = func() (from, to store.Config) { return sqlite(), postgres() }
	all["postgres to sqlite"] = func() (from, to store.Config) { return postgres(), sqlite() }
	return all
}

func same(*store.Tx, *store.Tx) error { return nil }

// contents is what a database holds, as a reader finds it.
func contents(t *testing.T, cfg store.Config) (list []string) {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	must(t, err)
	defer s.Close()
	faults, err := s.Check(t.Context())
	must(t, err)
	want(t, "faults", len(faults), 0)
	read(t, s, func(tx *store.Tx) {
		rows, err := tx.Query("SELECT id, seq FROM item ORDER BY seq")
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var id string
			var seq int64
			must(t, rows.Scan(&id, &seq))
			list = append(list, fmt.Sprint(id, seq))
			heads, err := s.Heads(tx, []stix.ID{stix.ID(id)})
			must(t, err)
			want(t, "versions found by id", len(heads[stix.ID(id)]), 1)
		}
		must(t, rows.Err())
		var n int64
		var half float64
		var raw []byte
		must(t, tx.QueryRow("SELECT n, half, raw FROM number").Scan(&n, &half, &raw))
		list = append(list, fmt.Sprintf("%d %g %x", n, half, raw))
	})
	return list
}

func TestMoveBringsEverythingAndSealsTheOld(t *testing.T) {
	for name, places := range moves(t) {
		t.Run(name, func(t *testing.T) {
			from, to := places()
			s := storetest.Open(t, from)
			write(t, s, func(tx *store.Tx) {
				must(t, insert(7)(tx))
				must(t, tx.Due(store.DueJob{Kind: "push", Key: "without a payload", At: tx.Now()}))
			})
			for from := range 5 {
				var some []store.NewItem
				for i := range 1000 {
					some = append(some, object(1+1000*from+i, 1))
				}
				put(t, s, some...)
			}
			must(t, s.Close())
			before := contents(t, from)

			// broken off when all was copied: the old goes on, the new does not open
			broken := errors.New("the cable is pulled")
			_, err := store.Move(t.Context(), from, to, func(*store.Tx, *store.Tx) error { return broken })
			want(t, "broken off", errors.Is(err, broken), true)
			_, err = store.Open(t.Context(), to)
			want(t, "half of it opens", err == nil, false)
			want(t, "the old as before", slices.Equal(contents(t, from), before), true)

			// broken off at the very end, when the old is sealed
			times := 0
			_, err = store.Move(t.Context(), from, to, func(*store.Tx, *store.Tx) error {
				if times++; times == 2 {
					return broken
				}
				return nil
			})
			want(t, "broken off again", errors.Is(err, broken), true)

			m, err := store.Move(t.Context(), from, to, same)
			must(t, err)
			want(t, "items", m.Items, 5000)
			want(t, "the same", slices.Equal(contents(t, to), before), true)
			_, err = store.Open(t.Context(), from)
			want(t, "the old opens", err == nil || !strings.Contains(err.Error(), "was moved to"), false)
			_, err = store.Move(t.Context(), from, to, same) // its end was not heard of
			must(t, err)
		})
	}
}

func TestMoveLosesNothingThatIsThere(t *testing.T) {
	for name, places := range moves(t) {
		t.Run(name, func(t *testing.T) {
			from, to := places()
			for _, cfg := range []store.Config{from, to} {
				s := storetest.Open(t, cfg)
				write(t, s, func(tx *store.Tx) { must(t, tx.Note("a", "b")) })
				must(t, s.Close())
			}
			_, err := store.Move(t.Context(), from, to, same)
			want(t, "onto another node", errors.Is(err, mithaq.Conflict), true)
		})
	}
}

func TestMoveWaitsForNobodyWhoServes(t *testing.T) {
	dsn, all := several(t, 1)
	done, err := all[0].Beside(context.Background(), store.Serving)
	must(t, err)
	to := store.Config{Dir: t.TempDir(), Migrations: []store.Migration{numbers}}
	_, err = store.Move(t.Context(), store.Config{DSN: dsn, Migrations: []store.Migration{numbers}}, to, same)
	want(t, "while it is served", errors.Is(err, mithaq.Busy), true)
	done()
}
