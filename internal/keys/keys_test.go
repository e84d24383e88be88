package keys_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/keys/keystest"
	"github.com/mithaq-hub/mithaq/internal/seal"
)

var (
	noon  = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	quick = keys.Sealing{Secret: keys.Fixed("correct horse battery"), Work: 4}
	wrong = keys.Sealing{Secret: keys.Fixed("correct horse batterz"), Work: 4}
)

func TestTheOrganisationKeyComesBackWithItsPassphraseOnly(t *testing.T) {
	o, err := keys.NewOrganisation("atlas.example")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys", "organisation.key")
	if err := o.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	got, err := keys.LoadOrganisation(path, quick)
	if err != nil || got.Org != o.Org || got.Pair.KeyID() != o.Pair.KeyID() {
		t.Fatal(err)
	}
	if _, err := keys.LoadOrganisation(path, wrong); !errors.Is(err, mithaq.Unauthenticated) {
		t.Fatal(err)
	}
	if _, err := keys.LoadNode(path, quick); !errors.Is(err, mithaq.Invalid) {
		t.Fatal("taken for node keys:", err)
	}
}

func TestNoKeyLiesInClearAndOthersCannotRead(t *testing.T) {
	n, err := keys.NewNode("atlas.example", noon)
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
	for _, seed := range keys.Seeds(n) {
		if bytes.Contains(raw, seed) || bytes.Contains(raw, []byte(base64.StdEncoding.EncodeToString(seed))) || allZero(seed) {
			t.Fatal("a key in clear, or wiped by saving")
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
	if _, err := keys.LoadNode(path, quick); err == nil || !strings.Contains(err.Error(), "not-private") {
		t.Errorf("read though others may: %v", err)
	}
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func TestDamagedFilesAreRefused(t *testing.T) {
	n, _ := keys.NewNode("atlas.example", noon)
	path := filepath.Join(t.TempDir(), "node.key")
	os.Chmod(filepath.Dir(path), 0o700)
	if err := n.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadFile(path)
	for _, damaged := range [][]byte{whole[:len(whole)-1], append(slices.Clone(whole), 0), flip(whole, len(whole)-20), flip(whole, 60), nil} {
		os.WriteFile(path, damaged, 0o600)
		if _, err := keys.LoadNode(path, quick); !errors.Is(err, mithaq.Invalid) && !errors.Is(err, mithaq.Unauthenticated) {
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
	o, _ := keys.NewOrganisation("atlas.example")
	path := filepath.Join(t.TempDir(), "k", "o")
	if err := o.Save(path, keys.Sealing{Secret: keys.Fixed("short"), Work: 4}); !errors.Is(err, mithaq.Invalid) {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("written all the same")
	}
}

// loaded saves a ring and opens it again, and is what every use is tried on.
func loaded(t *testing.T) *keys.Node {
	t.Helper()
	n, err := keys.NewNode("atlas.example", noon)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys", "node.key")
	if err := n.Save(path, quick); err != nil {
		t.Fatal(err)
	}
	got, err := keys.LoadNode(path, quick)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestEachKeyDoesItsUse(t *testing.T) { keystest.Try(t, loaded(t)) }

func TestAnOldSealKeyStillOpensUntilForgotten(t *testing.T) {
	n := loaded(t)
	old := keystest.Public(t, n, mithaq.KeySeal)
	var file bytes.Buffer
	if err := seal.To(&file, []byte("x"), old.MLKEM768X25519); err != nil {
		t.Fatal(err)
	}
	fresh, err := n.Add(mithaq.KeySeal, noon)
	if err != nil || keystest.Public(t, n, mithaq.KeySeal).ID != fresh.ID {
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
		s, err := keys.ParseSecret(spec)
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
	got, err := keys.Prompt(r, &shown)("passphrase of it")
	if err != nil || got != "typed" || !strings.Contains(shown.String(), "passphrase of it") {
		t.Fatal(got, err)
	}
}
