package fulltext_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/fulltext"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// A world is a store and its index.
type world struct {
	*testing.T
	store *store.Store
	index *fulltext.Index
	dir   string
	n     int
}

func each(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		cfg := fresh(t)
		cfg.Migrations = append(cfg.Migrations, fulltext.Migration())
		w := &world{T: t, store: storetest.Open(t, cfg)}
		if cfg.DSN == "" {
			w.dir = t.TempDir()
		}
		w.open()
		t.Cleanup(func() { w.must(w.index.Close()) })
		test(w)
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) open() {
	var err error
	w.index, err = fulltext.Open(w.Context(), fulltext.Config{Store: w.store, Dir: w.dir, Log: slog.New(slog.DiscardHandler)})
	w.must(err)
}

// put keeps objects of a type, one for each name, and returns their numbers.
func (w *world) put(kind string, names ...string) (seqs []int64) {
	w.Helper()
	w.must(w.store.Write(w.Context(), func(tx *store.Tx) error {
		var items []store.NewItem
		for _, name := range names {
			w.n++
			id := stix.ID(fmt.Sprintf("%s--%08d-0000-4000-8000-000000000000", kind, w.n))
			items = append(items, store.NewItem{Raw: fmt.Appendf(nil, `{"type":%q,"id":%q,"name":%q}`, kind, id, name), ID: id})
		}
		puts, err := w.store.Put(tx, items, nil)
		for _, p := range puts {
			seqs = append(seqs, p.Seq)
		}
		return err
	}))
	return seqs
}

func (w *world) erase(seqs ...int64) {
	w.Helper()
	w.must(w.store.Write(w.Context(), func(tx *store.Tx) error {
		for _, seq := range seqs {
			if err := w.store.Erase(tx, seq); err != nil {
				return err
			}
		}
		return nil
	}))
}

// finds follows the store and holds what a question finds to some items, the newest first.
func (w *world) finds(question string, want ...int64) {
	w.Helper()
	w.must(w.index.Follow(w.Context()))
	found, err := w.index.Find(w.Context(), fulltext.Ask(question), 0, 100)
	w.must(err)
	if fmt.Sprint(found) != fmt.Sprint(want) {
		w.Errorf("%q finds %v, want %v", question, found, want)
	}
}

func TestWordsFindItems(t *testing.T) {
	each(t, func(w *world) {
		s := w.put("report", "Shadow campaign against ferries", "Ferries and ports", "تهديدات ضد الموانئ", "Kaçakçılık ağı")
		w.finds("ferries", s[1], s[0])
		w.finds("FERRIES shadow", s[0])
		w.finds("ferr", s[1], s[0])
		w.finds("ferr shadow") // only the last may be a beginning
		w.finds("موانى", s[2])
		w.finds("الموانئ تهديدات", s[2])
		w.finds("kacakcilik", s[3])
		w.finds("nothing of the kind")
		w.finds("")
		w.finds(`"' OR *`)
	})
}

func TestNamesAreFoundAcrossScripts(t *testing.T) {
	each(t, func(w *world) {
		s := w.put("identity", "عبد اللطيف حموشي", "Selahattin Demirtaş", "Someone Else")
		w.finds("Abdellatif Hammouchi", s[0])
		w.finds("صلاح الدين ديميرتاش", s[1])
	})
}

func TestPagesGoOnBelowANumber(t *testing.T) {
	each(t, func(w *world) {
		s := w.put("report", "ferry one", "ferry two", "ferry three", "ferry four")
		w.must(w.index.Follow(w.Context()))
		var found []int64
		for below := int64(0); ; {
			page, err := w.index.Find(w.Context(), fulltext.Ask("ferry"), below, 2)
			w.must(err)
			if len(page) == 0 {
				break
			}
			found, below = append(found, page...), page[len(page)-1]
		}
		if want := []int64{s[3], s[2], s[1], s[0]}; fmt.Sprint(found) != fmt.Sprint(want) {
			w.Fatalf("found %v, want %v", found, want)
		}
	})
}

func TestWhatIsErasedIsFoundNoMoreAndInNoFile(t *testing.T) {
	each(t, func(w *world) {
		s := w.put("report", "ferry zanzibarquux", "ferry")
		w.finds("zanzibarquux", s[0])
		w.erase(s[0])
		w.finds("zanzibarquux")
		w.finds("ferry", s[1])
		if w.dir == "" {
			return
		}
		files, err := filepath.Glob(filepath.Join(w.dir, "*"))
		w.must(err)
		if len(files) == 0 {
			w.Fatal("no file")
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			w.must(err)
			if bytes.Contains(raw, []byte("zanzibar")) {
				w.Errorf("%s has the word", filepath.Base(f))
			}
		}
	})
}

func TestWhatWasErasedBeforeItWasTakenInLeavesNothing(t *testing.T) {
	each(t, func(w *world) {
		s := w.put("report", "ferry", "ferry")
		w.erase(s[0])
		w.finds("ferry", s[1])
	})
}

func TestAnIndexIsBuiltAnew(t *testing.T) {
	each(t, func(w *world) {
		s := w.put("report", "ferry", "ferry two")
		w.finds("ferry", s[1], s[0])
		w.must(w.index.Reset(w.Context()))
		found, err := w.index.Find(w.Context(), fulltext.Ask("ferry"), 0, 10)
		if w.must(err); len(found) != 0 {
			w.Errorf("after a reset %v", found)
		}
		w.finds("ferry", s[1], s[0])
	})
}

func TestADamagedFileIsBegunAnew(t *testing.T) {
	each(t, func(w *world) {
		if w.dir == "" {
			w.Skip("the database keeps the words")
		}
		s := w.put("report", "ferry")
		w.finds("ferry", s[0])
		w.must(w.index.Close())
		w.must(os.WriteFile(filepath.Join(w.dir, "text.db"), []byte("nothing of the kind, but long enough to be looked at as a header of a hundred bytes, which it has to be, or else"), 0o600))
		w.open()
		w.finds("ferry", s[0])
	})
}

// Run takes in what comes while it runs, when it is woken.
func TestRunFollowsTheStore(t *testing.T) {
	each(t, func(w *world) {
		ctx, stop := context.WithCancel(w.Context())
		w.index.Wakes = []string{"items"}
		ended := make(chan error)
		go func() { ended <- w.index.Run(ctx) }()
		s := w.put("report", "ferry")
		w.must(w.store.Write(ctx, func(tx *store.Tx) error { return tx.Change("items", "x", nil) }))
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			found, err := w.index.Find(ctx, fulltext.Ask("ferry"), 0, 1)
			if w.must(err); len(found) == 1 && found[0] == s[0] {
				break
			}
			if time.Now().After(deadline) {
				w.Fatal("not followed within 30 s")
			}
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			w.Fatal(err)
		}
	})
}
