package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

const testOrigin = "atlas.example/mithaq/0123456789abcdef/case"

func openStore(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Config{Dir: t.TempDir(), Migrations: []store.Migration{Migrations()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// write and read run fn in a transaction that must succeed.
func write(t testing.TB, s *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, s *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// testOpening is the opening of entry i in the tests: always the same.
func testOpening(i int64) *Opening {
	o := &Opening{Account: fmt.Appendf(nil, `{"at":"2030-06-05T04:03:02.000Z","kind":"release","counts":{"objects":%d}}`, i)}
	r := rand.New(rand.NewPCG(uint64(i), 1))
	for _, b := range [][]byte{o.AccountSalt[:], o.ContentRoot[:], o.ContentSalt[:]} {
		for k := range b {
			b[k] = byte(r.Uint32())
		}
	}
	return o
}

// filledLog is a store with a log of n entries.
func filledLog(t testing.TB, kind LogKind, n int64) (*store.Store, LogID) {
	t.Helper()
	s := openStore(t)
	var id LogID
	write(t, s, func(tx *store.Tx) (err error) {
		id, err = OpenLog(tx, testOrigin, kind)
		return err
	})
	fill64(t, s, id, 0, n)
	return s, id
}

func fill64(t testing.TB, s *store.Store, id LogID, from, to int64) {
	t.Helper()
	for from < to {
		write(t, s, func(tx *store.Tx) error {
			for end := min(from+1000, to); from < end; from++ {
				o := testOpening(from)
				if _, _, err := Append(tx, id, o.Leaf(), o); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// reference is the tree of x/mod over the same leaves.
func reference(t testing.TB, n int64) *memory {
	m := &memory{}
	for i := range n {
		m.add(t, i, testOpening(i).Leaf())
	}
	return m
}

func TestEveryProofOfARandomLogVerifies(t *testing.T) {
	const most = 700
	s, id := filledLog(t, Kept, most)
	m := reference(t, most)
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Int64Range(1, most).Draw(rt, "size")
		index := rapid.Int64Range(0, size-1).Draw(rt, "index")
		old := rapid.Int64Range(0, size).Draw(rt, "old")
		if err := s.Read(context.Background(), func(tx *store.Tx) error {
			tree, before := m.tree(t, size), m.tree(t, old)
			got, err := TreeAt(tx, id, size)
			if err != nil || got != tree {
				return fmt.Errorf("tree %v, want %v: %w", got, tree, err)
			}
			path, err := InclusionProof(tx, id, index, size)
			if err != nil {
				return err
			}
			leaf := testOpening(index).Leaf()
			if err := CheckInclusion(tree, index, leaf, path); err != nil {
				return err
			}
			if CheckInclusion(tree, index, testLeaf(0), path) == nil {
				return errors.New("another leaf was taken")
			}
			path, err = ConsistencyProof(tx, id, old, size)
			if err != nil {
				return err
			}
			if old > 0 && CheckConsistency(tree, mithaq.Tree{Size: old, Root: testLeaf(1)}, path) == nil {
				return errors.New("another history was taken")
			}
			return CheckConsistency(tree, before, path)
		}); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestAppendIsPartOfTheCallersTransaction(t *testing.T) {
	s, id := filledLog(t, Kept, 255)
	stop := errors.New("stop")
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		for i := int64(255); i < 600; i++ {
			o := testOpening(i)
			if _, _, err := Append(tx, id, o.Leaf(), o); err != nil {
				return err
			}
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	fill64(t, s, id, 255, 258)
	read(t, s, func(tx *store.Tx) error {
		tree, err := TreeOf(tx, id)
		if want := reference(t, 258).tree(t, 258); tree != want {
			t.Errorf("tree %v, want %v", tree, want)
		}
		return err
	})
}

func TestAppendRefuses(t *testing.T) {
	s, id := filledLog(t, Kept, 3)
	check := func(what string, want error, fn func(tx *store.Tx) error) {
		t.Helper()
		if err := s.Write(t.Context(), fn); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	check("an opening of another leaf", mithaq.Invalid, func(tx *store.Tx) error {
		_, _, err := Append(tx, id, testLeaf(1), testOpening(3))
		return err
	})
	check("a log that is not there", mithaq.NotFound, func(tx *store.Tx) error {
		o := testOpening(3)
		_, _, err := Append(tx, id+1, o.Leaf(), o)
		return err
	})
	check("a log under another kind", mithaq.Conflict, func(tx *store.Tx) error {
		_, err := OpenLog(tx, testOrigin, Shared)
		return err
	})
	check("an origin with a space", mithaq.Invalid, func(tx *store.Tx) error {
		_, err := OpenLog(tx, "atlas example", Kept)
		return err
	})
}

func TestErasedContentLeavesTheAccountOpen(t *testing.T) {
	s, id := filledLog(t, Kept, 5)
	write(t, s, func(tx *store.Tx) error {
		if err := EraseContent(tx, id, 2); err != nil {
			return err
		}
		return EraseContent(tx, id, 2)
	})
	read(t, s, func(tx *store.Tx) error {
		e, err := EntryAt(tx, id, 2)
		if err != nil {
			return err
		}
		if !e.Erased() || e.ContentRoot != (mithaq.Digest{}) || e.ContentSalt != (mithaq.CommitmentSalt{}) {
			t.Error("the content half is still there")
		}
		if !e.Opens() || string(e.Account) != string(testOpening(2).Account) {
			t.Error("the account does not open any more")
		}
		path, err := InclusionProof(tx, id, 2, 5)
		if err != nil {
			return err
		}
		return CheckInclusion(reference(t, 5).tree(t, 5), 2, e.Opening.Leaf(), path)
	})
}

// The frontier of one log is not touched by another's.
func TestLogsAreApart(t *testing.T) {
	s, id := filledLog(t, Kept, 10)
	write(t, s, func(tx *store.Tx) error {
		other, err := OpenLog(tx, "najd.example/mithaq/own", Shared)
		if err != nil {
			return err
		}
		if tree, err := TreeOf(tx, other); err != nil || tree != EmptyTree() {
			t.Errorf("a new log has %v, %v", tree, err)
		}
		o := testOpening(0)
		_, tree, err := Append(tx, other, o.Leaf(), o)
		if tree.Root != mithaq.Digest(tlog.RecordHash(testLeafOf(o))) {
			t.Errorf("root of one leaf: %v", tree)
		}
		return err
	})
	read(t, s, func(tx *store.Tx) error {
		tree, err := TreeOf(tx, id)
		if tree != reference(t, 10).tree(t, 10) {
			t.Error("the first log changed")
		}
		return err
	})
}

func testLeafOf(o *Opening) []byte { l := o.Leaf(); return l[:] }

func BenchmarkAppendAloneInOneTransaction(b *testing.B) {
	s, id := filledLog(b, Kept, 10_000)
	n := int64(10_000)
	// The openings are made before: their random salts cost as much as an entry.
	openings := make([]*Opening, 4096)
	for i := range openings {
		openings[i] = testOpening(int64(i))
	}
	b.ResetTimer()
	if err := s.Write(context.Background(), func(tx *store.Tx) error {
		for range b.N {
			o := openings[n%4096]
			n++
			if _, _, err := Append(tx, id, o.Leaf(), o); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkAppendDurable(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) { benchmarkDurable(b, writers) })
	}
}

func benchmarkDurable(b *testing.B, writers int) {
	s, id := filledLog(b, Kept, 10_000)
	openings := make([]*Opening, 4096)
	for i := range openings {
		openings[i] = testOpening(int64(i))
	}
	work := make(chan int64, writers)
	done := make(chan error, writers)
	b.ResetTimer()
	began := time.Now()
	for range writers {
		go func() {
			var failed error
			for i := range work {
				o := openings[i%4096]
				leaf := o.Leaf()
				if err := s.Write(context.Background(), func(tx *store.Tx) error {
					_, _, err := Append(tx, id, leaf, o)
					return err
				}); err != nil {
					failed = err
				}
			}
			done <- failed
		}()
	}
	for i := range b.N {
		work <- int64(i)
	}
	close(work)
	for range writers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "entries/s")
}
