package seal

import (
	"bytes"
	"crypto/hpke"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
)

func keyPair(t testing.TB, b byte) (seed, pub []byte) {
	t.Helper()
	seed = bytes.Repeat([]byte{b}, SeedSize)
	k, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	return seed, k.PublicKey().Bytes()
}

func sealed(t testing.TB, message []byte, pubs ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := To(&out, message, pubs...); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func identity(t testing.TB, seed []byte) age.Identity {
	t.Helper()
	id, err := Identity(seed)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestEachRecipientOpensAndNobodyElse(t *testing.T) {
	seedA, pubA := keyPair(t, 1)
	seedB, pubB := keyPair(t, 2)
	seedC, _ := keyPair(t, 3)
	for _, size := range []int{0, 1, 17, 70_000} {
		message := bytes.Repeat([]byte("م"), size)
		file := sealed(t, message, pubA, pubB)
		for _, seed := range [][]byte{seedA, seedB} {
			if got, err := Open(bytes.NewReader(file), identity(t, seed), 1<<20); err != nil || !bytes.Equal(got, message) {
				t.Fatal(size, err)
			}
		}
		if _, err := Open(bytes.NewReader(file), identity(t, seedC), 1<<20); !errors.Is(err, mithaq.Unauthenticated) {
			t.Fatal(err)
		}
	}
}

func TestNoByteIsGivenBeforeTheEndIsRead(t *testing.T) {
	seed, pub := keyPair(t, 1)
	file := sealed(t, bytes.Repeat([]byte("x"), 200_000), pub)
	check := func(what string, raw []byte, limit int64, kind mithaq.Kind) {
		t.Helper()
		if got, err := Open(bytes.NewReader(raw), identity(t, seed), limit); !errors.Is(err, kind) || got != nil {
			t.Errorf("%s: %d bytes, %v", what, len(got), err)
		}
	}
	damaged := bytes.Clone(file)
	damaged[len(damaged)-1] ^= 1
	check("last chunk damaged", damaged, 1<<20, mithaq.Invalid)
	check("cut off", file[:len(file)-1000], 1<<20, mithaq.Invalid)
	check("cut at a chunk", file[:len(file)-len(file)%65552], 1<<20, mithaq.Invalid)
	check("something after", append(bytes.Clone(file), 0), 1<<20, mithaq.Invalid)
	check("too long", file, 100_000, mithaq.TooLarge)
	check("not a sealed file", []byte("PK\x03\x04"), 1<<20, mithaq.Unauthenticated)
}

// The age program can open what we seal, with the identity's text form: our
// Bech32 is its own, and it seals for us likewise.
func TestWhatAgeItselfSealsOpens(t *testing.T) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	// age prints the key; reading its print back as raw bytes must print the same
	raw := unbech32(t, strings.ToLower(id.String()))
	if got := strings.ToUpper(bech32("age-secret-key-pq-", raw)); got != id.String() {
		t.Fatalf("%s is not %s", got, id)
	}
	pub := unbech32(t, id.Recipient().String())
	if len(pub) != mithaq.SizeMLKEMX25519 || bech32("age1pq", pub) != id.Recipient().String() {
		t.Fatal(len(pub))
	}
	file := sealed(t, []byte("hello"), pub)
	r, err := age.Decrypt(bytes.NewReader(file), id)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil || !bytes.HasPrefix(plain, []byte("mithaq/1\x00\x00\x00\x00\x00\x00\x00\x05hello")) {
		t.Fatalf("%q %v", plain, err)
	}
}

func unbech32(t *testing.T, s string) []byte {
	t.Helper()
	text := s[strings.LastIndex(s, "1")+1:]
	var out []byte
	var acc, bits uint
	for _, c := range text[:len(text)-6] {
		acc, bits = acc<<5|uint(strings.IndexRune(charset, c)), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	return out
}

func TestPadding(t *testing.T) {
	last := 0
	for n := range 100_000 {
		p := Padded(n)
		if p < n || p < last || (n > 100 && float64(p-n) > 0.12*float64(n)) || Padded(p) != p {
			t.Fatal(n, p)
		}
		last = p
	}
	sizes := map[int]bool{}
	for n := 1; n < 1<<20; n++ {
		sizes[Padded(n)] = true
	}
	if len(sizes) > 320 {
		t.Fatalf("%d sizes below a megabyte", len(sizes))
	}
	for _, plain := range [][]byte{pad(nil), pad([]byte("abc")), pad(make([]byte, 5000))} {
		if _, err := unpad(plain); err != nil {
			t.Fatal(err)
		}
		for _, bad := range [][]byte{append(bytes.Clone(plain), 0), plain[:len(plain)-1], plain[:3], append(bytes.Clone(plain), 1)} {
			if _, err := unpad(bad); !errors.Is(err, mithaq.Invalid) {
				t.Fatalf("%d of %d bytes taken", len(bad), len(plain))
			}
		}
	}
	hidden := pad(make([]byte, 5000))
	hidden[len(hidden)-1] = 1
	if _, err := unpad(hidden); !errors.Is(err, mithaq.Invalid) {
		t.Fatal("bytes hidden in the padding")
	}
}

func TestHPKE(t *testing.T) {
	seed, pub := keyPair(t, 4)
	k, _ := hpke.MLKEM768X25519().NewPrivateKey(seed)
	box, err := HPKE(pub, Info("a"), []byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenHPKE(k, Info("a"), box); err != nil || string(got) != "m" {
		t.Fatal(err)
	}
	if _, err := OpenHPKE(k, Info("a", ""), box); !errors.Is(err, mithaq.Unauthenticated) {
		t.Fatal(err)
	}
	if _, err := HPKE(pub[:10], nil, nil); !errors.Is(err, mithaq.Invalid) {
		t.Fatal(err)
	}
}

func TestASealedFileHasNoTellingName(t *testing.T) {
	seed, pub := keyPair(t, 5)
	dir := t.TempDir()
	path, err := Write(dir, []byte("m"), pub)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[0-9a-f]{32}\.age$`).MatchString(filepath.Base(path)) {
		t.Fatal(path)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := Open(f, identity(t, seed), 100); err != nil || string(got) != "m" {
		t.Fatal(err)
	}
}
