package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// world is a ledger with its own log, a log we keep and a witness.
type world struct {
	t      testing.TB
	s      *store.Store
	l      *Ledger
	pub    *mithaq.PublicKey
	kept   LogID
	w      *Witness
	wv     *Verifier // of the witness
	checks Checks
}

const testOrg, otherOrg = mithaq.OrgID("atlas.example"), mithaq.OrgID("najd.example")

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldIn(t, openStore(t))
}

func newWorldIn(t testing.TB, s *store.Store) *world {
	t.Helper()
	key, pub := newKey(t)
	wkey, wpub := newKey(t)
	l, err := New(context.Background(), Config{Store: s, Org: testOrg, Key: func() (Key, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, s: s, l: l, pub: pub, w: &Witness{Name: WitnessName(otherOrg), Key: func() (Key, error) { return wkey, nil }}}
	write(t, s, func(tx *store.Tx) (err error) {
		w.kept, err = OpenLog(tx, testOrigin, Kept)
		return err
	})
	w.wv = witnessVerifier(t, w.w.Name, wpub)
	w.checks = Checks{Log: logVerifier(t, testOrigin, pub), Witness: func(string) *Verifier { return w.verifier() }}
	return w
}

func (w *world) verifier() *Verifier { return w.wv }

// sign makes the checkpoint of the kept log and the witness's cosignature.
func (w *world) sign() {
	w.t.Helper()
	note, err := w.l.Checkpoint(context.Background(), w.kept)
	if err != nil {
		w.t.Fatal(err)
	}
	cp, err := ReadCheckpoint(note)
	if err != nil {
		w.t.Fatal(err)
	}
	lines, err := w.w.Lines(cp, testTime)
	if err != nil {
		w.t.Fatal(err)
	}
	write(w.t, w.s, func(tx *store.Tx) error { return Attach(tx, w.kept, cp.Size, lines, w.verifier()) })
}

func (w *world) verify(id LogID, checks Checks) (faults []Fault) {
	w.t.Helper()
	read(w.t, w.s, func(tx *store.Tx) (err error) {
		faults, err = Verify(tx, id, checks)
		return err
	})
	return faults
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	write(w.t, w.s, func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

func TestVerifyFindsNothingInAnHonestLog(t *testing.T) {
	w := newWorld(t)
	for _, to := range []int64{0, 1, 255, 256, 257, 512, 700} {
		var from int64
		read(t, w.s, func(tx *store.Tx) error {
			tree, err := TreeOf(tx, w.kept)
			from = tree.Size
			return err
		})
		fill64(t, w.s, w.kept, from, to)
		w.sign()
		seen := int64(0)
		checks := w.checks
		checks.Visit = func(e *Entry) error {
			if e.Index != seen {
				t.Errorf("visited %d, want %d", e.Index, seen)
			}
			seen++
			return nil
		}
		if faults := w.verify(w.kept, checks); len(faults) != 0 || seen != to {
			t.Fatalf("at %d: %v, %d entries seen", to, faults, seen)
		}
	}
}

// Any bit flipped in the rows of entries and hashes is found, and a fault names
// the entry; a single alteration is told once.
func TestVerifyNamesAnyFlippedBit(t *testing.T) {
	const size = 256 + 80
	w := newWorld(t)
	fill64(t, w.s, w.kept, 0, size)
	w.sign()
	write(t, w.s, func(tx *store.Tx) error { return EraseContent(tx, w.kept, 300) })
	kinds := map[string]FaultKind{
		"leaf": LeafAltered, "account": OpeningAltered, "account_salt": OpeningAltered,
		"content_root": OpeningAltered, "content_salt": OpeningAltered, "content": OpeningAltered,
	}
	rapid.Check(t, func(rt *rapid.T) {
		column := rapid.SampledFrom([]string{"leaf", "account", "account_salt", "content_root", "content_salt", "content"}).Draw(rt, "column")
		index := rapid.Int64Range(0, size-1).Draw(rt, "index")
		switch erased := index == 300; {
		case column == "content":
			index = 300 // the one whose content half was erased
		case erased && strings.HasPrefix(column, "content"):
			index++
		}
		faults := w.flipped(rt, "entry", column, "idx = ?", index)
		if len(faults) != 1 || faults[0].What != kinds[column] || faults[0].Index != index || faults[0].Until != index+1 {
			rt.Fatalf("%s of entry %d: %v", column, index, faults)
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		level := rapid.SampledFrom([]int64{0, 1}).Draw(rt, "level")
		faults := w.flipped(rt, "tile", "hashes", "level = ?", level)
		if len(faults) != 1 || faults[0].What != HashAltered {
			rt.Fatalf("level %d: %v", level, faults)
		}
		if level == 0 && faults[0].Until != faults[0].Index+1 {
			rt.Fatalf("the entry is not named: %v", faults)
		}
	})
	for _, column := range []string{"root", "frontier"} {
		rapid.Check(t, func(rt *rapid.T) {
			faults := w.flipped(rt, "log", column, "id = ?", int64(w.kept))
			if len(faults) != 1 || faults[0].What != HeadAltered {
				rt.Fatalf("%s: %v", column, faults)
			}
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		table := rapid.SampledFrom([]string{"checkpoint", "cosignature"}).Draw(rt, "table")
		column := map[string]string{"checkpoint": "note", "cosignature": "lines"}[table]
		faults := w.flipped(rt, table, column, "size = ?", int64(size))
		want := map[string]FaultKind{"checkpoint": CheckpointAltered, "cosignature": CosignatureAltered}[table]
		if len(faults) != 1 || faults[0].What != want {
			rt.Fatalf("%s: %v", table, faults)
		}
	})
	if faults := w.verify(w.kept, w.checks); len(faults) != 0 {
		t.Fatalf("after the bits were flipped back: %v", faults)
	}
}

// flipped flips one bit of a column, verifies, and flips it back.
func (w *world) flipped(rt *rapid.T, table, column, where string, arg int64) []Fault {
	var was any
	logIs := "log"
	if table == "log" {
		logIs = "id"
	}
	read(w.t, w.s, func(tx *store.Tx) error {
		return tx.QueryRow("SELECT "+column+" FROM "+table+" WHERE "+logIs+" = ? AND "+where, int64(w.kept), arg).Scan(&was)
	})
	update := "UPDATE " + table + " SET " + column + " = ? WHERE " + logIs + " = ? AND " + where
	text, isText := was.(string)
	raw, _ := was.([]byte)
	if isText {
		raw = []byte(text)
	}
	bit := rapid.IntRange(0, len(raw)*8-1).Draw(rt, "bit")
	now := slices.Clone(raw)
	now[bit/8] ^= 1 << (bit % 8)
	if isText {
		w.exec(update, string(now), int64(w.kept), arg)
	} else {
		w.exec(update, now, int64(w.kept), arg)
	}
	faults := w.verify(w.kept, w.checks)
	w.exec(update, was, int64(w.kept), arg)
	return faults
}

func TestVerifyNamesWhatWasDoneByHand(t *testing.T) {
	const size = 600
	forge := func(w *world, index int64) {
		o := testOpening(index)
		o.Account = []byte(`{"kind":"forged"}`)
		leaf := o.Leaf()
		w.exec("UPDATE entry SET account = ?, leaf = ? WHERE log = ? AND idx = ?", o.Account, leaf[:], int64(w.kept), index)
	}
	check := func(name string, what FaultKind, index, until int64, do func(w *world)) {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			fill64(t, w.s, w.kept, 0, 400)
			w.sign()
			fill64(t, w.s, w.kept, 400, size)
			w.sign()
			do(w)
			faults := w.verify(w.kept, w.checks)
			if !slices.ContainsFunc(faults, func(f Fault) bool { return f.What == what && f.Index == index && f.Until == until }) {
				t.Errorf("want %s at %d to %d, have %v", what, index, until, faults)
			}
		})
	}
	check("leaf and opening rewritten together", EntryAltered, 100, 101, func(w *world) { forge(w, 100) })
	check("so among the newest", Rewritten, 400, 600, func(w *world) { forge(w, 590) })
	check("an entry deleted", EntryMissing, 100, 101, func(w *world) { w.exec("DELETE FROM entry WHERE idx = 100") })
	check("three of the newest deleted", EntryMissing, 550, 553, func(w *world) { w.exec("DELETE FROM entry WHERE idx >= 550 AND idx < 553") })
	check("the end cut off", Truncated, 590, 600, func(w *world) { w.exec("DELETE FROM entry WHERE idx >= 590") })
	check("a tile deleted", HashAltered, 0, 256, func(w *world) { w.exec("DELETE FROM tile WHERE level = 0 AND n = 0") })
	check("an entry moved far out", EntryMissing, 100, 101, func(w *world) { w.exec("UPDATE entry SET idx = 1099511627876 WHERE idx = 100") })
	check("the size lowered", HeadAltered, 88, 600, func(w *world) { w.exec("UPDATE log SET size = 88 WHERE id = ?", int64(w.kept)) })
	check("the newest checkpoint deleted", CheckpointAltered, 400, 600, func(w *world) { w.exec("DELETE FROM checkpoint WHERE size = 600") })
	check("a checkpoint of the wrong size", CheckpointAltered, 400, 599, func(w *world) { w.exec("UPDATE checkpoint SET size = 599 WHERE size = 600") })

	// Whoever makes everything fit anew is found by what was signed.
	check("the log cut off and made to fit", Truncated, 500, 600, func(w *world) {
		w.rebuild(500, nil)
	})
	check("an entry rewritten and everything made to fit", Rewritten, 400, 600, func(w *world) {
		o := testOpening(450)
		o.Account = []byte(`{"kind":"forged"}`)
		w.rebuild(size, map[int64]*Opening{450: o})
	})
}

// rebuild writes the kept log anew, with other openings at some places.
func (w *world) rebuild(size int64, other map[int64]*Opening) {
	w.t.Helper()
	write(w.t, w.s, func(tx *store.Tx) error {
		for _, q := range []string{"DELETE FROM entry WHERE log = ?", "DELETE FROM tile WHERE log = ?", "UPDATE log SET size = 0, frontier = x'' WHERE id = ?"} {
			if _, err := tx.Exec(q, int64(w.kept)); err != nil {
				return err
			}
		}
		for i := range size {
			o := testOpening(i)
			if other[i] != nil {
				o = other[i]
			}
			if _, _, err := Append(tx, w.kept, o.Leaf(), o); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestVerifyHoldsTheOwnLogsColumnsToTheAccount(t *testing.T) {
	w := newWorld(t)
	write(t, w.s, func(tx *store.Tx) error {
		for i := range 5 {
			if _, _, err := w.l.Own(tx, mithaq.Account{Kind: "read", By: mithaq.PersonID(fmt.Sprint("p", i))}); err != nil {
				return err
			}
		}
		return nil
	})
	own := Checks{Log: logVerifier(t, mithaq.OwnOrigin(testOrg), w.pub)}
	if faults := w.verify(w.l.OwnLog(), own); len(faults) != 0 {
		t.Fatal(faults)
	}
	for _, set := range []string{"kind = 'write'", "person = 'p9'", "at = at + 1", "kind = NULL, person = NULL, at = NULL"} {
		w.exec("UPDATE entry SET " + set + " WHERE idx = 3")
		faults := w.verify(w.l.OwnLog(), own)
		if len(faults) != 1 || faults[0].What != ColumnsAltered || faults[0].Index != 3 {
			t.Errorf("%s: %v", set, faults)
		}
		w.exec("UPDATE entry SET kind = 'read', person = 'p3', at = (SELECT at FROM entry WHERE idx = 2) WHERE idx = 3")
	}
}

func TestFindGoesByKindPersonAndTime(t *testing.T) {
	w := newWorld(t)
	began := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	write(t, w.s, func(tx *store.Tx) error {
		for i := range 300 {
			a := mithaq.Account{
				Kind: []string{"read", "refusal", "role"}[i%3],
				By:   mithaq.PersonID(fmt.Sprint("p", i%5)),
				At:   mithaq.Time{Time: began.Add(time.Duration(i) * time.Minute)},
			}
			if _, _, err := w.l.Own(tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	check := func(f Filter, want ...int64) {
		t.Helper()
		read(t, w.s, func(tx *store.Tx) error {
			all, err := Find(tx, w.l.OwnLog(), f)
			var got []int64
			for _, e := range all {
				got = append(got, e.Index)
				if !e.Opens() {
					t.Errorf("entry %d does not open", e.Index)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: got %v, want %v", f, got, want)
			}
			return err
		})
	}
	check(Filter{Kind: "role", Limit: 3}, 2, 5, 8)
	check(Filter{Kind: "role", After: 6, Limit: 2}, 8, 11)
	check(Filter{Person: "p4", Kind: "read", Limit: 2}, 9, 24)
	check(Filter{From: began.Add(10 * time.Minute), Until: began.Add(13 * time.Minute)}, 10, 11, 12)
	check(Filter{Kind: "unheard"})
}
