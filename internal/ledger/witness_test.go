package ledger

import (
	"context"
	"errors"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// accused is a log whose keys the test holds, and what it shows to a witness.
type accused struct {
	t   *testing.T
	key testKey
	v   *Verifier
}

func newAccused(t *testing.T) *accused {
	key, pub := newKey(t)
	return &accused{t, key, logVerifier(t, testOrigin, pub)}
}

func (a *accused) note(m *memory, size int64) []byte {
	return signed(a.t, a.key, Checkpoint{testOrigin, m.tree(a.t, size)})
}

func (a *accused) request(m *memory, old, size int64) *AddCheckpoint {
	add := &AddCheckpoint{Old: old, Checkpoint: a.note(m, size)}
	if old > 0 && old < size {
		path, err := tlog.ProveTree(size, old, m)
		if err != nil {
			a.t.Fatal(err)
		}
		add.Proof = digestsOf(path)
	}
	return add
}

// forked is the reference tree with another leaf at one place.
func forked(t *testing.T, n, at int64) *memory {
	m := &memory{}
	for i := range n {
		leaf := testOpening(i).Leaf()
		if i == at {
			leaf = testLeaf(999)
		}
		m.add(t, i, leaf)
	}
	return m
}

func TestWitnessCosignsOneHistory(t *testing.T) {
	w, a := newWorld(t), newAccused(t)
	honest, fork := reference(t, 40), forked(t, 40, 12)
	cosign := func(add *AddCheckpoint) (lines string, err error) {
		body, _ := add.MarshalText() // as it travels
		var got AddCheckpoint
		if err := got.UnmarshalText(body); err != nil {
			t.Fatal(err)
		}
		err = w.s.Write(context.Background(), func(tx *store.Tx) error {
			lines, err = w.w.Cosign(tx, &got, a.v)
			return err
		})
		return lines, err
	}
	good := func(what string, size int64, add *AddCheckpoint) {
		t.Helper()
		lines, err := cosign(add)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := VerifyCosignature(Checkpoint{testOrigin, honest.tree(t, size)}, lines, w.verifier()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	refuse := func(what string, want error, add *AddCheckpoint) {
		t.Helper()
		if lines, err := cosign(add); !errors.Is(err, want) || lines != "" {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	good("the first", 5, a.request(honest, 0, 5))
	good("the same again", 5, a.request(honest, 5, 5))
	good("a larger one", 20, a.request(honest, 5, 20))

	refuse("an old size that is not the last", mithaq.Conflict, a.request(honest, 5, 30))
	_, err := cosign(a.request(honest, 5, 30))
	if b, ok := errors.AsType[*Behind](err); !ok || b.Size != 20 {
		t.Errorf("the size cosigned last is not told: %v", err)
	}
	refuse("an earlier tree", mithaq.Conflict, a.request(honest, 5, 10))
	refuse("a smaller tree than the old size", mithaq.Invalid, a.request(honest, 20, 10))
	refuse("another history", ErrInconsistent, a.request(fork, 20, 30))
	stripped := a.request(honest, 20, 30)
	text, lines, _ := cutNote(stripped.Checkpoint)
	stripped.Checkpoint = []byte(text + "\n" + lines[:len(lines)/20])
	stripped.Checkpoint = append([]byte(text+"\n"), firstLine(lines)...)
	refuse("one signature of two", ErrSignature, stripped)

	_, err = cosign(a.request(fork, 20, 20))
	caught, ok := errors.AsType[*Caught](err)
	if !ok {
		t.Fatalf("two roots of one size: %v", err)
	}
	if err := VerifyEquivocation(caught.Evidence, a.v); err != nil {
		t.Errorf("the evidence does not convince: %v", err)
	}
	good("the honest log goes on", 40, a.request(honest, 20, 40))
}

func firstLine(lines string) string {
	i := slices.Index([]byte(lines), '\n')
	return lines[:i+1]
}

func TestWitnessCosignsWhatItHolds(t *testing.T) {
	w := newWorld(t)
	var id LogID
	const lane = "anatolia.example/mithaq/0123456789abcdef/bulk"
	write(t, w.s, func(tx *store.Tx) (err error) {
		id, err = OpenLog(tx, lane, Shared)
		return err
	})
	for n := range int64(5) {
		write(t, w.s, func(tx *store.Tx) error {
			o := testOpening(n)
			if _, _, err := Append(tx, id, o.Leaf(), o); err != nil {
				return err
			}
			cp, lines, err := w.w.CosignHeld(tx, id)
			if err != nil {
				return err
			}
			if cp.Tree != reference(t, n+1).tree(t, n+1) {
				t.Errorf("cosigned %v", cp)
			}
			_, err = VerifyCosignature(cp, lines, w.verifier())
			return err
		})
	}
	// Our copy goes back in time: the witness does not.
	err := w.s.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec("UPDATE log SET size = 0, root = ?, frontier = x'' WHERE id = ?", emptyRoot[:], int64(id)); err != nil {
			return err
		}
		_, _, err := w.w.CosignHeld(tx, id)
		return err
	})
	if !errors.Is(err, ErrInconsistent) {
		t.Errorf("a copy that lost its end: %v", err)
	}
}

func TestNoticeMakesEvidence(t *testing.T) {
	s, a := openStore(t), newAccused(t)
	honest, fork := reference(t, 600), forked(t, 600, 12)
	notice := func(note []byte) (*Equivocation, error) {
		err := s.Write(context.Background(), func(tx *store.Tx) error {
			_, err := Notice(tx, note, a.v)
			return err
		})
		if caught, ok := errors.AsType[*Caught](err); ok {
			return caught.Evidence, nil
		}
		return nil, err
	}
	convinces := func(what string, note []byte) {
		t.Helper()
		e, err := notice(note)
		if err != nil || e == nil {
			t.Fatalf("%s: not caught, %v", what, err)
		}
		if err := VerifyEquivocation(e, a.v); err != nil {
			t.Errorf("%s: the evidence does not convince: %v", what, err)
		}
	}
	if e, err := notice(a.note(honest, 20)); err != nil || e != nil {
		t.Fatal(e, err)
	}
	if e, err := notice(a.note(fork, 30)); err != nil || e != nil { // nothing to compare with yet
		t.Fatal(e, err)
	}
	convinces("two roots of one size", a.note(fork, 20))

	// With a mirror of the log, sizes need not be equal.
	m := &Mirrored{Hashes: leafHashes(fork, 600), Checkpoint: a.note(fork, 600)}
	write(t, s, func(tx *store.Tx) error {
		_, err := AddMirror(tx, m, a.v)
		return err
	})
	convinces("an earlier tree that the later one does not hold", a.note(honest, 400))
	if e, err := notice(a.note(fork, 400)); err != nil || e != nil {
		t.Error("an earlier tree that fits:", e, err)
	}
	read(t, s, func(tx *store.Tx) error {
		note, err := NewestSeen(tx, testOrigin)
		if err != nil {
			return err
		}
		if cp, err := ReadCheckpoint(note); err != nil || cp.Size != 600 {
			t.Errorf("newest seen: %v, %v", cp, err)
		}
		if _, err := NewestSeen(tx, "nobody"); !errors.Is(err, mithaq.NotFound) {
			t.Error("a log nobody showed:", err)
		}
		return nil
	})
}

func leafHashes(m *memory, n int64) (hashes []mithaq.Digest) {
	for i := range n {
		hashes = append(hashes, mithaq.Digest(m.stored[tlog.StoredHashIndex(0, i)]))
	}
	return hashes
}

func TestAddCheckpointRefusesOtherForms(t *testing.T) {
	a := newAccused(t)
	body, _ := a.request(reference(t, 9), 5, 9).MarshalText()
	for _, bad := range []string{"", "old 5", "old 5\n\n", "old 05" + string(body[5:]), "old -1" + string(body[5:]), "new" + string(body[3:]), "old 5\nAAAA\n\n" + string(body)} {
		var add AddCheckpoint
		err := add.UnmarshalText([]byte(bad))
		if bad == "old 5\n\n" { // an empty note is refused when its signatures are looked for
			continue
		}
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func FuzzAddCheckpoint(f *testing.F) {
	f.Add([]byte("old 0\n\nexample.com/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— x AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var add AddCheckpoint
		if add.UnmarshalText(body) != nil {
			return
		}
		if again, _ := add.MarshalText(); string(again) != string(body) {
			t.Errorf("%q becomes %q", body, again)
		}
		_, _ = ReadCheckpoint(add.Checkpoint)
	})
}

func FuzzCheckProof(f *testing.F) {
	key, pub := newKey(f)
	v := logVerifier(f, testOrigin, pub)
	m := newMemory(f, 5)
	path, _ := tlog.ProveRecord(5, 2, m)
	f.Add(FormatProof(2, path, signed(f, key, Checkpoint{testOrigin, m.tree(f, 5)}), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := CheckProof(data, testLeaf(2), v)
		if err == nil && (p.Index != 2 || p.Tree != m.tree(t, 5)) {
			t.Errorf("a proof of something else: %+v", p)
		}
	})
}
