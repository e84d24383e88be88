package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

// The engine's promises, held by both.

var numbers = store.Migration{Capability: "numbers", FS: fstest.MapFS{"0001_number.sql": {Data: []byte(`
	-- INTEGER in a comment stays
	CREATE TABLE number (
		n    INTEGER PRIMARY KEY,
		text TEXT NOT NULL DEFAULT 'BLOB ? TEXT',
		raw  BLOB NOT NULL DEFAULT x'00ff',
		half REAL NOT NULL DEFAULT 0.5
	) STRICT;
	CREATE TABLE pair (a INTEGER NOT NULL, b INTEGER NOT NULL REFERENCES number(n), PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
	CREATE TABLE original (item INTEGER PRIMARY KEY, raw BLOB NOT NULL) STRICT;`)}}, Sealed: map[string]string{"original": "item"}}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func each(t *testing.T, test func(t *testing.T, s *store.Store, cfg store.Config)) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		cfg := fresh(t)
		cfg.Migrations = []store.Migration{numbers}
		test(t, storetest.Open(t, cfg), cfg)
	})
}

func write(t testing.TB, s *store.Store, fn func(tx *store.Tx)) {
	t.Helper()
	must(t, s.Write(t.Context(), func(tx *store.Tx) error { fn(tx); return nil }))
}

func read(t testing.TB, s *store.Store, fn func(tx *store.Tx)) {
	t.Helper()
	must(t, s.Read(t.Context(), func(tx *store.Tx) error { fn(tx); return nil }))
}

func insert(n int) func(tx *store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO number(n) VALUES(?)", n)
		return err
	}
}

func count(t testing.TB, s *store.Store) (n int) {
	t.Helper()
	read(t, s, func(tx *store.Tx) { must(t, tx.QueryRow("SELECT count(*) FROM number").Scan(&n)) })
	return n
}

func TestTypesComeBackAsTheyWent(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		type label string
		write(t, s, func(tx *store.Tx) {
			must(t, insert(1)(tx))
			_, err := tx.Exec("INSERT INTO number(n, text, raw, half) VALUES(?, ?, ?, ?)", uint8(2), label("ميثاق ?"), []byte{}, 1.25)
			must(t, err)
		})
		read(t, s, func(tx *store.Tx) {
			var text label
			var raw []byte
			var pair [2]byte
			var half float64
			var yes bool
			must(t, tx.QueryRow("SELECT text, raw, half FROM number WHERE n = ? AND text <> '?'", 2).Scan(&text, &raw, &half))
			want(t, "text", text, "ميثاق ?")
			want(t, "half", half, 1.25)
			want(t, "raw", raw != nil && len(raw) == 0, true)
			must(t, tx.QueryRow("SELECT text, raw FROM number WHERE n = 1").Scan(&text, &pair))
			want(t, "default text", text, "BLOB ? TEXT")
			want(t, "default raw", pair, [2]byte{0, 0xff})
			must(t, tx.QueryRow("SELECT n FROM number WHERE n = 1").Scan(&yes))
			want(t, "bool", yes, true)
			var tiny int8
			var none *int64
			must(t, tx.QueryRow("SELECT sum(n), NULL FROM number").Scan(&tiny, &none))
			want(t, "sum", tiny, 3)
			want(t, "null", none == nil, true)
			err := tx.QueryRow("SELECT n * 1000 FROM number WHERE n = 1").Scan(&tiny)
			want(t, "what does not fit is an error", err != nil, true)
		})
	})
}

func TestStatementsWhileRowsAreOpen(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		write(t, s, func(tx *store.Tx) {
			for n := range 3 {
				must(t, insert(n)(tx))
			}
			rows, err := tx.Query("SELECT n FROM number ORDER BY n")
			must(t, err)
			for rows.Next() {
				var n, m int
				must(t, rows.Scan(&n))
				must(t, tx.QueryRow("SELECT n FROM number WHERE n = ?", n).Scan(&m))
				_, err := tx.Exec("INSERT INTO pair(a, b) VALUES(?, ?)", m, n)
				must(t, err)
			}
			must(t, rows.Err())
			must(t, tx.QueryRow("SELECT count(*) FROM pair").Scan(new(int)))
		})
	})
}

func TestOneBatchOneFailing(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		write(t, s, func(tx *store.Tx) { must(t, insert(1)(tx)) })
		errs := make([]error, 40)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				errs[i] = s.Write(context.Background(), func(tx *store.Tx) error {
					if err := insert(100 + i)(tx); err != nil {
						return err
					}
					if i%4 == 0 {
						return insert(1)(tx) // a conflict
					}
					return nil
				})
			})
		}
		wg.Wait()
		for i, err := range errs {
			want(t, fmt.Sprintf("%d conflicts", i), errors.Is(err, mithaq.Conflict), i%4 == 0)
		}
		want(t, "kept", count(t, s), 1+30)
	})
}

func TestForeignKeysHold(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO pair(a, b) VALUES(1, 99)")
			return err
		})
		want(t, "conflict", errors.Is(err, mithaq.Conflict), true)
	})
}

func TestSequenceIsTheOrderOfCommits(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, cfg store.Config) {
		other := storetest.Open(t, cfg) // another process would be no different
		var mu sync.Mutex
		var order []int64
		var wg sync.WaitGroup
		for i := range 60 {
			in := s
			if i%2 == 1 {
				in = other
			}
			wg.Go(func() {
				must(t, in.Write(context.Background(), func(tx *store.Tx) error {
					n, err := tx.Seq()
					if err != nil {
						return err
					}
					if err := insert(i)(tx); err != nil {
						return err
					}
					mu.Lock()
					defer mu.Unlock()
					order = append(order, n)
					return nil
				}))
			})
		}
		wg.Wait()
		want(t, "given out in order", slices.IsSorted(order), true)
		want(t, "each once", len(slices.Compact(order)), 60)
	})
}

func TestReopening(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, cfg store.Config) {
		write(t, s, func(tx *store.Tx) { must(t, insert(7)(tx)) })
		must(t, s.Close())
		err := s.Write(t.Context(), insert(8))
		want(t, "closed", err != nil, true)
		want(t, "count", count(t, storetest.Open(t, cfg)), 1)
	})
}

func TestFaults(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		sorry := errors.New("sorry")
		for point, happened := range map[store.Point]int{store.AtStatement: 0, store.BeforeCommit: 0, store.AfterCommit: 1} {
			t.Run(string(point), func(t *testing.T) {
				var broken bool
				cfg := fresh(t)
				cfg.Migrations = []store.Migration{numbers}
				cfg.Faults = func(p store.Point) error {
					if broken && p == point {
						return sorry
					}
					return nil
				}
				s := storetest.Open(t, cfg)
				committed := false
				broken = true
				err := s.Write(t.Context(), func(tx *store.Tx) error {
					tx.OnCommit(func() { committed = true })
					_ = insert(1)(tx)
					return nil // as careless code would
				})
				broken = false
				want(t, "an error", errors.Is(err, sorry), true)
				_, unknown := errors.AsType[*store.CommitUnknown](err)
				want(t, "may have happened", unknown, point != store.AtStatement)
				want(t, "nothing is told as committed", committed, false)
				want(t, "kept", count(t, s), happened)
				write(t, s, func(tx *store.Tx) { must(t, insert(2)(tx)) })
				want(t, "works again", count(t, s), happened+1)
			})
		}
	})
}

func TestAllInAFailedCommitAreTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		cfg := fresh(t)
		cfg.Migrations = []store.Migration{numbers}
		broken := false
		cfg.Faults = func(p store.Point) error {
			if broken && p == store.BeforeCommit {
				return errors.New("sorry")
			}
			return nil
		}
		s := storetest.Open(t, cfg)
		broken = true
		begun := make(chan struct{})
		errs := make([]error, 10)
		var wg sync.WaitGroup
		wg.Go(func() {
			errs[0] = s.Write(context.Background(), func(tx *store.Tx) error {
				close(begun)
				time.Sleep(20 * time.Millisecond)
				return insert(0)(tx)
			})
		})
		<-begun
		for i := 1; i < len(errs); i++ {
			wg.Go(func() { errs[i] = s.Write(context.Background(), insert(i)) })
		}
		wg.Wait()
		for _, err := range errs {
			want(t, "unavailable", errors.Is(err, mithaq.Unavailable), true)
		}
		want(t, "kept", count(t, s), 0)
	})
}

func TestCancelledWhileWaiting(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		want(t, "cancelled", errors.Is(s.Write(ctx, insert(1)), context.Canceled), true)
		ctx, cancel = context.WithCancel(t.Context())
		err := s.Write(ctx, func(tx *store.Tx) error {
			must(t, insert(1)(tx))
			cancel()
			return insert(2)(tx)
		})
		want(t, "cancelled within", errors.Is(err, context.Canceled), true)
		want(t, "kept", count(t, s), 0)
	})
}

// A connection cut by the server fails what was under way, and no more.
func TestCutConnectionIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		if !s.Postgres() {
			t.Skip("SQLite has no connection to cut")
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			must(t, insert(1)(tx))
			_, err := tx.Exec("SELECT pg_terminate_backend(pg_backend_pid())")
			return err
		})
		want(t, "unavailable", errors.Is(err, mithaq.Unavailable), true)
		write(t, s, func(tx *store.Tx) { must(t, insert(2)(tx)) })
		err = s.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow("SELECT pg_terminate_backend(pg_backend_pid())").Scan(new(bool))
		})
		want(t, "unavailable", errors.Is(err, mithaq.Unavailable), true)
		want(t, "kept", count(t, s), 1)
	})
}
