package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"
	flog "github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

var testTime = time.Date(2030, 6, 5, 4, 3, 2, 0, time.UTC)

// testKey is a Key in memory.
type testKey struct {
	ed25519.PrivateKey
	lattice *mldsa.PrivateKey
}

func (k testKey) Public() mithaq.PublicKey {
	classic, _ := k.PrivateKey.Public().(ed25519.PublicKey)
	return mithaq.PublicKey{Ed25519: classic, MLDSA44: k.lattice.PublicKey().Bytes()}
}

func (k testKey) SignEd25519(msg []byte) ([]byte, error) { return ed25519.Sign(k.PrivateKey, msg), nil }

func (k testKey) SignMLDSA44(msg []byte, context string) ([]byte, error) {
	return k.lattice.Sign(nil, msg, &mldsa.Options{Context: context})
}

// newKey makes a key pair and its public half.
func newKey(t testing.TB) (testKey, *mithaq.PublicKey) {
	t.Helper()
	_, classic, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	lattice, err := mldsa.GenerateKey(mldsa.MLDSA44())
	if err != nil {
		t.Fatal(err)
	}
	key := testKey{classic, lattice}
	pub := key.Public()
	return key, &pub
}

func logVerifier(t testing.TB, origin string, keys ...*mithaq.PublicKey) *Verifier {
	t.Helper()
	v, err := LogVerifier(origin, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func witnessVerifier(t testing.TB, name string, keys ...*mithaq.PublicKey) *Verifier {
	t.Helper()
	v, err := WitnessVerifier(name, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func signed(t testing.TB, key Key, cp Checkpoint) []byte {
	t.Helper()
	b, err := SignCheckpoint(key, cp, testTime)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testLeaf is the data of leaf i in the tests.
func testLeaf(i int64) mithaq.Digest {
	return mithaq.Digest(tlog.RecordHash(fmt.Appendf(nil, "leaf %d", i)))
}

// memory is a tree as x/mod keeps it, to compare with.
type memory struct{ stored []tlog.Hash }

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hs []tlog.Hash
	for _, i := range indexes {
		hs = append(hs, m.stored[i])
	}
	return hs, nil
}

func (m *memory) add(t testing.TB, n int64, leaf mithaq.Digest) {
	t.Helper()
	hs, err := tlog.StoredHashes(n, leaf[:], m)
	if err != nil {
		t.Fatal(err)
	}
	m.stored = append(m.stored, hs...)
}

func (m *memory) tree(t testing.TB, n int64) mithaq.Tree {
	t.Helper()
	h, err := tlog.TreeHash(n, m)
	if err != nil {
		t.Fatal(err)
	}
	return mithaq.Tree{Size: n, Root: mithaq.Digest(h)}
}

func newMemory(t testing.TB, n int64) *memory {
	m := &memory{}
	for i := range n {
		m.add(t, i, testLeaf(i))
	}
	return m
}

func TestFrontierGrowsTheTreeOfRFC6962(t *testing.T) {
	m := &memory{}
	var f frontier
	for n := range int64(600) {
		if got, want := mithaq.Digest(f.root()), m.tree(t, n).Root; got != want {
			t.Fatalf("root at %d: %v, want %v", n, got, want)
		}
		m.add(t, n, testLeaf(n))
		f = f.add(n, leafHash(testLeaf(n)), func(level int, index int64, h tlog.Hash) {
			if want := m.stored[tlog.StoredHashIndex(level, index)]; h != want {
				t.Fatalf("node %d/%d is %v, want %v", level, index, h, want)
			}
		})
		back, err := parseFrontier(n+1, f.bytes())
		if err != nil || !slices.Equal(back, f) {
			t.Fatalf("frontier at %d does not read back: %v", n+1, err)
		}
	}
}

func TestTilePathsAreThoseOfTheSpecification(t *testing.T) {
	check := func(level int, n int64, width int, want string) {
		t.Helper()
		if got := tilePath(level, n, width); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	check(4, 1234067, 256, "tile/4/x001/x234/067")
	check(0, 0, 1, "tile/0/000.p/1")
	check(1, 1000, 255, "tile/1/x001/000.p/255")
	check(-1, 273, 112, "tile/entries/273.p/112")

	// The example of C2SP tlog-tiles, Partial Tiles.
	for level, want := range map[int][2]int64{0: {273, 112}, 1: {1, 17}, 2: {0, 1}, 3: {0, 0}} {
		if got := widthAt(70_000, level, want[0]); got != int(want[1]) {
			t.Errorf("level %d: width %d, want %d", level, got, want[1])
		}
	}
}

func TestCheckpointWantsBothSignatures(t *testing.T) {
	const origin = "atlas.example/mithaq/own"
	key, pub := newKey(t)
	cp := Checkpoint{Origin: origin, Tree: newMemory(t, 5).tree(t, 5)}
	whole := signed(t, key, cp)
	v := logVerifier(t, origin, pub)

	got, at, err := VerifyCheckpoint(whole, v)
	if err != nil || got != cp || !at.Equal(testTime) {
		t.Fatalf("got %v at %v, %v", got, at, err)
	}
	text, lines, _ := cutNote(whole)
	for i, line := range slices.Collect(strings.Lines(lines)) {
		if _, _, err := VerifyCheckpoint([]byte(text+"\n"+line), v); !errors.Is(err, ErrSignature) {
			t.Errorf("with line %d alone: %v", i, err)
		}
		if _, _, err := VerifyCheckpoint([]byte(text+"\n"+line+line), v); !errors.Is(err, ErrSignature) {
			t.Errorf("with line %d twice: %v", i, err)
		}
	}
	if _, err := note.Open([]byte(text+"\n"+strings.SplitAfter(lines, "\n")[0]), v.list()); err != nil {
		t.Errorf("note.Open was expected to take one line of two: %v", err)
	}
}

func TestHalvesOfTwoKeysDoNotMakeOne(t *testing.T) {
	const origin = "atlas.example/mithaq/own"
	one, pubOne := newKey(t)
	two, pubTwo := newKey(t)
	cp := Checkpoint{Origin: origin, Tree: newMemory(t, 5).tree(t, 5)}
	v := logVerifier(t, origin, pubOne, pubTwo)

	mixed := signed(t, testKey{one.PrivateKey, two.lattice}, cp)
	if _, _, err := VerifyCheckpoint(mixed, v); !errors.Is(err, ErrSignature) {
		t.Errorf("one half of each key: %v", err)
	}
	if _, _, err := VerifyCheckpoint(signed(t, two, cp), v); err != nil {
		t.Errorf("the second key after a rotation: %v", err)
	}
}

func TestCheckpointRefusesWhatItDoesNotCover(t *testing.T) {
	const origin = "atlas.example/mithaq/own"
	key, pub := newKey(t)
	cp := Checkpoint{Origin: origin, Tree: newMemory(t, 5).tree(t, 5)}
	v := logVerifier(t, origin, pub)
	lines := logLines(key, origin, testTime)
	refuse := func(what, text string) {
		t.Helper()
		b, err := note.Sign(&note.Note{Text: text}, lines[0])
		if err != nil {
			t.Fatal(err)
		}
		// The ML-DSA-44 line does not cover such additions, so it is taken from the good note.
		_, good, _ := cutNote(signed(t, key, cp))
		b = append(b, strings.SplitAfter(good, "\n")[1]...)
		if _, _, err := VerifyCheckpoint(b, v); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	refuse("an extension line", cp.Text()+"extension\n")
	refuse("a leading zero", strings.Replace(cp.Text(), "\n5\n", "\n05\n", 1))
	refuse("a plus sign", strings.Replace(cp.Text(), "\n5\n", "\n+5\n", 1))
	if _, _, err := VerifyCheckpoint(signed(t, key, cp), logVerifier(t, "najd.example/mithaq/own", pub)); !errors.Is(err, ErrSignature) {
		t.Errorf("another log's checkpoint: %v", err)
	}
	if _, err := SignCheckpoint(key, Checkpoint{Origin: strings.Repeat("a", 256)}, testTime); !errors.Is(err, ErrMalformed) {
		t.Errorf("an origin of 256 bytes: %v", err)
	}
}

// The formats of transparency-dev are a second implementation of C2SP signed-note and tlog-cosignature.
func TestOthersReadOurCheckpointsAndCosignatures(t *testing.T) {
	const origin, name = "atlas.example/mithaq/own", "najd.example/mithaq/witness"
	key, pub := newKey(t)
	wkey, wpub := newKey(t)
	cp := Checkpoint{Origin: origin, Tree: newMemory(t, 5).tree(t, 5)}
	lines, err := CosignLines(wkey, name, cp, testTime)
	if err != nil {
		t.Fatal(err)
	}
	whole := AddLines(signed(t, key, cp), lines)

	var others []note.Verifier
	for _, vkey := range VerifierKeys(origin, pub) {
		v, err := fnote.NewVerifier(vkey)
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, v)
	}
	for _, vkey := range []string{verifierKey(name, lineCosignature, wpub.Ed25519), verifierKey(name, lineMLDSA44, wpub.MLDSA44)} {
		v, err := fnote.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, v)
	}
	got, rest, n, err := flog.ParseCheckpoint(whole, origin, others[0], others[1:]...)
	if err != nil || len(n.Sigs) != 4 || len(rest) != 0 || got.Size != 5 {
		t.Fatalf("read %v with %d signatures: %v", got, len(n.Sigs), err)
	}
}

func TestCosignatureWantsBothSignatures(t *testing.T) {
	const origin, name = "atlas.example/mithaq/own", "najd.example/mithaq/witness"
	key, pub := newKey(t)
	wkey, wpub := newKey(t)
	cp := Checkpoint{Origin: origin, Tree: newMemory(t, 5).tree(t, 5)}
	lines, err := CosignLines(wkey, name, cp, testTime)
	if err != nil {
		t.Fatal(err)
	}
	v, w := logVerifier(t, origin, pub), witnessVerifier(t, name, wpub)
	if at, err := VerifyCosignature(cp, lines, w); err != nil || !at.Equal(testTime) {
		t.Fatalf("cosigned at %v: %v", at, err)
	}
	if _, err := VerifyCosigned(AddLines(signed(t, key, cp), lines), v, w); err != nil {
		t.Fatal(err)
	}
	for i, line := range slices.Collect(strings.Lines(lines)) {
		if _, err := VerifyCosigned(AddLines(signed(t, key, cp), line), v, w); !errors.Is(err, ErrSignature) {
			t.Errorf("with line %d alone: %v", i, err)
		}
	}
	other := cp
	other.Size = 6
	if _, err := VerifyCosignature(other, lines, w); !errors.Is(err, ErrSignature) {
		t.Errorf("over another checkpoint: %v", err)
	}
}

func TestProofsOpenOffLine(t *testing.T) {
	const origin = "atlas.example/mithaq/own"
	key, pub := newKey(t)
	m := newMemory(t, 300)
	cp := Checkpoint{Origin: origin, Tree: m.tree(t, 300)}
	path, err := tlog.ProveRecord(300, 7, m)
	if err != nil {
		t.Fatal(err)
	}
	v := logVerifier(t, origin, pub)
	data := FormatProof(7, path, signed(t, key, cp), []byte("hint"))
	got, err := CheckProof(data, testLeaf(7), v)
	if err != nil || got.Index != 7 || got.Checkpoint != cp || string(got.Extra) != "hint" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := CheckProof(data, testLeaf(8), v); !errors.Is(err, ErrInconsistent) {
		t.Errorf("another leaf: %v", err)
	}
	if _, err := CheckProof(FormatProof(8, path, signed(t, key, cp), nil), testLeaf(7), v); !errors.Is(err, ErrInconsistent) {
		t.Errorf("another index: %v", err)
	}
	if _, err := CheckProof([]byte(strings.ReplaceAll(string(data), "index 7", "index 07")), testLeaf(7), v); !errors.Is(err, ErrMalformed) {
		t.Errorf("a leading zero: %v", err)
	}
	_, w := newKey(t)
	if _, err := CheckProof(data, testLeaf(7), v, witnessVerifier(t, "najd.example/mithaq/witness", w)); !errors.Is(err, ErrSignature) {
		t.Errorf("without the witness: %v", err)
	}
}

func TestEquivocationConvinces(t *testing.T) {
	const origin = "atlas.example/mithaq/own"
	key, pub := newKey(t)
	v := logVerifier(t, origin, pub)
	honest, forged := newMemory(t, 20), newMemory(t, 9)
	forged.add(t, 9, testLeaf(99))
	for n := int64(10); n < 20; n++ {
		forged.add(t, n, testLeaf(n))
	}
	note := func(m *memory, n int64) string {
		return string(signed(t, key, Checkpoint{Origin: origin, Tree: m.tree(t, n)}))
	}
	evidence := func(first, second string) *Equivocation {
		return &Equivocation{Type: equivocationType, Origin: origin, First: first, Second: second}
	}
	with := func(e *Equivocation, m *memory, size, at int64) *Equivocation {
		path, err := tlog.ProveTree(size, at, m)
		if err != nil {
			t.Fatal(err)
		}
		e.Proof, e.Prefix = digestsOf(path), &[]mithaq.Digest{m.tree(t, at).Root}[0]
		return e
	}
	check := func(what string, e *Equivocation, want error) {
		t.Helper()
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back Equivocation
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if err := VerifyEquivocation(&back, v); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	check("two roots of one size", evidence(note(honest, 20), note(forged, 20)), nil)
	check("one root of one size", evidence(note(honest, 20), note(honest, 20)), errNoContradiction)
	check("a later tree that had another root", with(evidence(note(honest, 15), note(forged, 20)), forged, 20, 15), nil)
	check("a later tree that had the same root", with(evidence(note(honest, 9), note(forged, 20)), forged, 20, 9), errNoContradiction)
	check("a later tree without a proof", evidence(note(honest, 15), note(forged, 20)), errNoContradiction)
	check("a proof for another tree", with(evidence(note(honest, 15), note(forged, 20)), honest, 20, 15), errNoContradiction)
	made := with(evidence(note(honest, 15), note(honest, 20)), honest, 20, 15)
	made.Prefix = &[]mithaq.Digest{forged.tree(t, 15).Root}[0]
	check("a made-up prefix", made, errNoContradiction)

	text, lines, _ := cutNote([]byte(note(forged, 20)))
	check("half-signed", evidence(note(honest, 20), text+"\n"+strings.SplitAfter(lines, "\n")[0]), ErrSignature)
}
