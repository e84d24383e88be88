package ledger

import (
	"context"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// counted is a Side that counts the questions.
type counted struct {
	Side
	questions int
}

func (c *counted) Tree(ctx context.Context) (mithaq.Tree, error) {
	c.questions++
	return c.Side.Tree(ctx)
}

func (c *counted) Hashes(ctx context.Context, size int64, level int, from, to int64) ([]mithaq.Digest, error) {
	c.questions++
	if to-from > tileWidth {
		return nil, errors.New("too many hashes in one question")
	}
	return c.Side.Hashes(ctx, size, level, from, to)
}

// listed is a Side made of leaf hashes.
type listed []mithaq.Digest

func (l listed) frontier(n int64) (f frontier) {
	for i, h := range hashesOf(l[:n]) {
		f = f.add(int64(i), h, nil)
	}
	return f
}

func (l listed) Tree(context.Context) (mithaq.Tree, error) {
	return mithaq.Tree{Size: int64(len(l)), Root: mithaq.Digest(l.frontier(int64(len(l))).root())}, nil
}

func (l listed) Hashes(_ context.Context, _ int64, level int, from, to int64) (out []mithaq.Digest, err error) {
	span := int64(1) << (tileHeight * level)
	for ; from < to; from++ {
		out = append(out, mithaq.Digest(l[from*span:(from+1)*span].frontier(span).root()))
	}
	return out, nil
}

// remembered is a Side that computes each answer once.
type remembered struct {
	Side
	tree   *mithaq.Tree
	hashes map[[4]int64][]mithaq.Digest
}

func (r *remembered) Tree(ctx context.Context) (mithaq.Tree, error) {
	if r.tree == nil {
		tree, err := r.Side.Tree(ctx)
		if err != nil {
			return tree, err
		}
		r.tree = &tree
	}
	return *r.tree, nil
}

func (r *remembered) Hashes(ctx context.Context, size int64, level int, from, to int64) (hashes []mithaq.Digest, err error) {
	key := [4]int64{size, int64(level), from, to}
	hashes, ok := r.hashes[key]
	if !ok {
		hashes, err = r.Side.Hashes(ctx, size, level, from, to)
		r.hashes[key] = hashes
	}
	return hashes, err
}

func TestCompareNamesEveryDifference(t *testing.T) {
	const size = 66_000 // three levels of tiles
	same := make(listed, size)
	for i := range same {
		same[i] = testLeaf(int64(i))
	}
	mine := &remembered{Side: same, hashes: map[[4]int64][]mithaq.Digest{}}
	theirs := &counted{Side: same}
	if d, err := Compare(t.Context(), mine, theirs, 10); err != nil || !d.None() || theirs.questions != 1 {
		t.Fatalf("the same: %+v after %d questions, %v", d, theirs.questions, err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		theirSize := rapid.SampledFrom([]int{0, 1, 255, 256, 65_536, size - 1, size}).Draw(rt, "size")
		other := slices.Clone(same[:theirSize])
		var want []int64
		if theirSize > 0 {
			want = rapid.SliceOfNDistinct(rapid.Int64Range(0, int64(theirSize)-1), 0, min(4, theirSize), rapid.ID).Draw(rt, "differing")
		}
		slices.Sort(want)
		for _, i := range want {
			other[i][0] ^= 1
		}
		theirs := &counted{Side: other}
		d, err := Compare(context.Background(), mine, theirs, 10)
		if err != nil || !slices.Equal(d.Entries, want) || d.More {
			rt.Fatalf("%+v, want %v: %v", d, want, err)
		}
		if from, until := d.Missing(); theirSize < size && (from != int64(theirSize) || until != size) {
			rt.Fatalf("missing %d to %d", from, until)
		}
		if most := 1 + 4 + 2*len(want); theirs.questions > most+2 {
			rt.Fatalf("%d questions for %d differences", theirs.questions, len(want))
		}
	})
	other := slices.Clone(same)
	for i := range 20 {
		other[i*3000][0] ^= 1 // twenty of them
	}
	if d, err := Compare(t.Context(), mine, other, 10); err != nil || len(d.Entries) != 10 || !d.More {
		t.Errorf("at most ten: %+v, %v", d, err)
	}
}

func TestStoresCompare(t *testing.T) {
	s, id := filledLog(t, Kept, 700)
	there, other := filledLog(t, Shared, 300)
	write(t, there, func(tx *store.Tx) error {
		o := testOpening(1)
		if _, _, err := Append(tx, other, o.Leaf(), o); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE entry SET leaf = zeroblob(32) WHERE idx = 290")
		return err
	})
	d, err := Compare(t.Context(), Local{s, id}, Local{there, other}, 10)
	if err != nil || !slices.Equal(d.Entries, []int64{290, 300}) || d.Mine.Size != 700 || d.Theirs.Size != 301 {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = Compare(t.Context(), Local{s, id}, Local{s, id}, 10)
	if err != nil || !d.None() {
		t.Errorf("with itself: %+v, %v", d, err)
	}
}

func TestMirrorHoldsWhatWasSigned(t *testing.T) {
	w := newWorld(t)
	there := openStore(t)
	add := func(m *Mirrored) error {
		return there.Write(context.Background(), func(tx *store.Tx) error {
			_, err := AddMirror(tx, m, w.checks.Log)
			return err
		})
	}
	stretch := func(from, to int64) (m *Mirrored) {
		fill64(t, w.s, w.kept, max(from, w.size()), to)
		if _, err := w.l.Checkpoint(t.Context(), w.kept); err != nil {
			t.Fatal(err)
		}
		read(t, w.s, func(tx *store.Tx) (err error) {
			m, err = MirrorOf(tx, w.kept, from, to)
			return err
		})
		return m
	}
	verify := func() (faults []Fault) {
		read(t, there, func(tx *store.Tx) error {
			log, err := FindLog(tx, testOrigin)
			if err != nil {
				return err
			}
			faults, err = Verify(tx, log.ID, Checks{Log: w.checks.Log})
			return err
		})
		return faults
	}
	at := int64(0)
	for _, to := range []int64{1, 200, 256, 700} {
		if err := add(stretch(at, to)); err != nil {
			t.Fatal(err)
		}
		if faults := verify(); len(faults) != 0 {
			t.Fatalf("at %d: %v", to, faults)
		}
		at = to
	}
	if b, ok := errors.AsType[*Behind](add(stretch(256, 700))); !ok || b.Size != 700 {
		t.Error("a stretch that was had: ", b)
	}
	bad := stretch(700, 710)
	bad.Hashes[3][0] ^= 1
	if err := add(bad); !errors.Is(err, ErrInconsistent) {
		t.Errorf("hashes that do not give the root: %v", err)
	}
	bad = stretch(700, 710)
	bad.Hashes = bad.Hashes[1:]
	if err := add(bad); !errors.Is(err, ErrMalformed) {
		t.Errorf("a hash too few: %v", err)
	}
	if faults := verify(); len(faults) != 0 {
		t.Error(faults)
	}
	write(t, there, func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0 AND n = 1")
		return err
	})
	if faults := verify(); len(faults) == 0 {
		t.Error("a wiped tile was not found")
	}
	write(t, there, func(tx *store.Tx) error {
		log, err := FindLog(tx, testOrigin)
		if err != nil {
			return err
		}
		o := testOpening(0)
		if _, _, err := Append(tx, log.ID, o.Leaf(), o); !errors.Is(err, mithaq.Conflict) {
			t.Errorf("an entry for a mirror: %v", err)
		}
		return nil
	})
}

func (w *world) size() (size int64) {
	read(w.t, w.s, func(tx *store.Tx) error {
		tree, err := TreeOf(tx, w.kept)
		size = tree.Size
		return err
	})
	return size
}
