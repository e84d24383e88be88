package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

var (
	noon  = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	quick = Sealing{Secret: Fixed("correct horse battery"), Work: 4}
	wrong = Sealing{Secret: Fixed("correct horse batterz"), Work: 4}
)

func TestTheOrganisationKeyComesBackWithItsPassphraseOnly(t *testing.T) {
	o, err := NewOrganisation("atlas.example")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys", "organisation.key")
	if err := o.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	got, err := LoadOrganisation(path, quick)
	if err != nil || got.Org != o.Org || got.Pair.KeyID() != o.Pair.KeyID() {
		t.Fatal(err)
	}
	if _, err := LoadOrganisation(path, wrong); !errors.Is(err, mithaq.Unauthenticated) {
		t.Fatal(err)
	}
	if _, err := LoadNode(path, quick); !errors.Is(err, mithaq.Invalid) {
		t.Fatal("taken for node keys:", err)
	}
}

func TestNoKeyLiesInClearAndOthersCannotRead(t *testing.T) {
	n, err := NewNode("atlas.example", noon)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "keys")
	path := filepath.Join(dir, "node.key")
	if err := n.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range n.keys {
		seed := k.file().Seed
		if bytes.Contains(raw, seed) || bytes.Contains(raw, []byte(base64.StdEncoding.EncodeToString(seed))) || allZero(seed) {
			t.Fatalf("%s key in clear, or wiped by saving", k.public().Use)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Fatalf("left behind: %v", entries)
	}
	for p, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
		if info, _ := os.Stat(p); info.Mode().Perm() != want {
			t.Errorf("%s: %o", p, info.Mode().Perm())
		}
	}
	os.Chmod(path, 0o640)
	if _, err := LoadNode(path, quick); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("read though others may: %v", err)
	}
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func TestDamagedFilesAreRefused(t *testing.T) {
	n, _ := NewNode("atlas.example", noon)
	path := filepath.Join(t.TempDir(), "node.key")
	os.Chmod(filepath.Dir(path), 0o700)
	if err := n.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	for _, damaged := range [][]byte{whole[:len(whole)-1], append(slices.Clone(whole), 0), flip(whole, len(whole)-20), flip(whole, 60), nil} {
		os.WriteFile(path, damaged, 0o600)
		if _, err := LoadNode(path, quick); !errors.Is(err, mithaq.Invalid) && !errors.Is(err, mithaq.Unauthenticated) {
			t.Errorf("%d bytes: %v", len(damaged), err)
		}
	}
}

func flip(b []byte, i int) []byte {
	c := slices.Clone(b)
	c[i] ^= 1
	return c
}

func TestShortPassphrasesAreRefused(t *testing.T) {
	o, _ := NewOrganisation("atlas.example")
	path := filepath.Join(t.TempDir(), "k", "o")
	if err := o.Save(path, Sealing{Secret: Fixed("short"), Work: 4}); !errors.Is(err, mithaq.Invalid) {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("written all the same")
	}
}

// loaded saves a ring and opens it again, and is what every use is tried on.
func loaded(t *testing.T) *Node {
	t.Helper()
	n, err := NewNode("atlas.example", noon)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys", "node.key")
	if err := n.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	got, err := LoadNode(path, quick)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func public(t *testing.T, r Ring, use mithaq.KeyUse) mithaq.PublicKey {
	t.Helper()
	for _, k := range slices.Backward(r.Public()) {
		if k.Use == use {
			return k
		}
	}
	t.Fatalf("no %s key", use)
	return mithaq.PublicKey{}
}

func TestEachKeyDoesItsUse(t *testing.T) { tryRing(t, loaded(t)) }

// tryRing holds any Ring to what its public halves promise.
func tryRing(t *testing.T, r Ring) {
	t.Helper()
	for _, k := range r.Public() {
		k.ValidFrom, k.ValidUntil = mithaq.At(noon), mithaq.At(noon.Add(time.Hour))
		if err := k.Check(); err != nil {
			t.Error(err)
		}
	}
	tryMessages(t, r)
	tryTLS(t, r)
	for _, use := range []mithaq.KeyUse{mithaq.KeyLog, mithaq.KeyWitness, mithaq.KeyMirror} {
		tryNotes(t, r, use)
	}
	trySeal(t, r)
	if _, err := r.Notes(mithaq.KeySeal); err == nil {
		t.Error("a seal key signs notes")
	}
}

func tryMessages(t *testing.T, r Ring) {
	t.Helper()
	m, err := r.Message()
	if err != nil {
		t.Fatal(err)
	}
	k := public(t, r, mithaq.KeyMessage)
	pub, err := sign.ParsePublic(k.Ed25519, k.MLDSA65)
	if err != nil || m.KeyID() != k.ID {
		t.Fatal(err)
	}
	sig, err := m.Sign(mithaq.UseReceipt, []byte("x"))
	if err != nil || pub.Verify(mithaq.UseReceipt, []byte("x"), &sig) != nil {
		t.Error("message:", err)
	}
	hop, err := m.SignHop([]byte("base"))
	if err != nil || !ed25519.Verify(k.Ed25519, []byte("base"), hop) {
		t.Error("hop:", err)
	}
}

func tryTLS(t *testing.T, r Ring) {
	t.Helper()
	s, err := r.TLS()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("handshake"))
	sig, err := s.Sign(rand.Reader, sum[:], hashSHA256)
	pub, perr := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public(t, r, mithaq.KeyTLS).P256)
	if err != nil || perr != nil || !ecdsa.VerifyASN1(pub, sum[:], sig) || !pub.Equal(s.Public()) {
		t.Error("tls:", err, perr)
	}
}

func tryNotes(t *testing.T, r Ring, use mithaq.KeyUse) {
	t.Helper()
	n, err := r.Notes(use)
	if err != nil {
		t.Fatal(err)
	}
	k := n.Public()
	if k.ID != public(t, r, use).ID {
		t.Fatal("another key")
	}
	ed, err := n.SignEd25519([]byte("note"))
	if err != nil || !ed25519.Verify(k.Ed25519, []byte("note"), ed) {
		t.Error(use, err)
	}
	m, err := n.SignMLDSA44([]byte("note"), "c")
	pub, _ := mldsa.NewPublicKey(mldsa.MLDSA44(), k.MLDSA44)
	if err != nil || mldsa.Verify(pub, []byte("note"), m, &mldsa.Options{Context: "c"}) != nil {
		t.Error(use, err)
	}
}

func trySeal(t *testing.T, r Ring) {
	t.Helper()
	k := public(t, r, mithaq.KeySeal).MLKEM768X25519
	id, err := r.Identity()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := seal.To(&file, []byte("on a stick"), k); err != nil {
		t.Fatal(err)
	}
	if got, err := seal.Open(&file, id, 1<<20); err != nil || string(got) != "on a stick" {
		t.Error("file:", err)
	}
	info := seal.Info("test", "a")
	sealed, err := seal.HPKE(k, info, []byte("in other hands"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.OpenHPKE(info, sealed); err != nil || string(got) != "in other hands" {
		t.Error("hpke:", err)
	}
	if _, err := r.OpenHPKE(seal.Info("test", "b"), sealed); !errors.Is(err, mithaq.Unauthenticated) {
		t.Error("another use opened it:", err)
	}
}

func TestAnOldSealKeyStillOpensUntilForgotten(t *testing.T) {
	n := loaded(t)
	old := public(t, n, mithaq.KeySeal)
	var file bytes.Buffer
	if err := seal.To(&file, []byte("x"), old.MLKEM768X25519); err != nil {
		t.Fatal(err)
	}
	fresh, err := n.Add(mithaq.KeySeal, noon)
	if err != nil || public(t, n, mithaq.KeySeal).ID != fresh.ID {
		t.Fatal(err)
	}
	id, _ := n.Identity()
	if _, err := seal.Open(bytes.NewReader(file.Bytes()), id, 100); err != nil {
		t.Fatal(err)
	}
	n.Forget(old.ID)
	if _, err := seal.Open(bytes.NewReader(file.Bytes()), id, 100); !errors.Is(err, mithaq.Unauthenticated) {
		t.Fatal(err)
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pass")
	os.WriteFile(file, []byte("from a file\r\nnot this"), 0o600)
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	t.Setenv("MITHAQ_PASS", "from the environment")
	check := func(spec, want string) {
		t.Helper()
		s, err := ParseSecret(spec)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", spec, err)
			}
			return
		}
		got, err := s("passphrase")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q %v", spec, got, err)
		}
	}
	check("file:"+file, "from a file")
	check("credential:pass", "from a file")
	check("env:MITHAQ_PASS", "from the environment")
	check("credential:none", "")
	check("credential:../pass", "")
	check("env:MITHAQ_NONE", "")
	check("clear:text", "")
	check("", "")
	os.Chmod(file, 0o644)
	check("file:"+file, "")
}

func TestAPromptReadsOneLine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.WriteString("typed\n")
	w.Close()
	var shown bytes.Buffer
	got, err := Prompt(r, &shown)("passphrase of it")
	if err != nil || got != "typed" || !strings.Contains(shown.String(), "passphrase of it") {
		t.Fatal(got, err)
	}
}
