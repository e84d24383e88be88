package fingerprint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/vector.txt anew")

// The vector's keys: bytes 0, 1, 2 ... and 255, 254, 253 ...
func vectorKeys() (ed, mldsa []byte) {
	for i := range 32 {
		ed = append(ed, byte(i))
	}
	for i := range 1952 {
		mldsa = append(mldsa, byte(255-i%256))
	}
	return ed, mldsa
}

func TestVector(t *testing.T) {
	p := Of(vectorKeys())
	lines := []string{"print " + hex.EncodeToString(p[:]), "digits " + p.String()}
	for _, lang := range Languages {
		lines = append(lines, lang+" "+strings.Join(p.Words(lang), " "))
	}
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile("testdata/vector.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/vector.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestOfHashesTheDocumentedBytes(t *testing.T) {
	b := append([]byte("mithaq/v1/fingerprint"), 0)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 2, 'e', 'd')
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 3, 'm', 'l', 'd')
	if got := Of([]byte("ed"), []byte("mld")); got != Print(sha256.Sum256(b)) {
		t.Error(got)
	}
	if Of([]byte("edm"), []byte("ld")) == Of([]byte("ed"), []byte("mld")) {
		t.Error("a byte moved from one key to the other makes no difference")
	}
}

func TestMostSignificantBitsComeFirst(t *testing.T) {
	p := Print{0b1111_1111, 0b1110_0000, 0b0000_0100}
	p[16] = 0b0001_1111 // bits 128 to 135: the last four of word 12 are 0001
	got := p.Digits()
	if got[0] != "2047" || got[1] != "0001" || got[11] != "0001" || got[5] != "0000" {
		t.Error(got)
	}
}

func TestWordsAndDigitsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Print
		copy(p[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "print"))
		lang := rapid.SampledFrom(append([]string{AsDigits}, Languages...)).Draw(t, "lang")
		said := p.Digits()
		if lang != AsDigits {
			said = p.Words(lang)
		}
		if back := pack(t, said); !bytes.Equal(back[:16], p[:16]) || back[16] != p[16]&0xf0 {
			t.Fatalf("%x came back as %x", p[:17], back)
		}
	})
}

// pack puts the values of twelve words into 132 bits.
func pack(t *rapid.T, said []string) [17]byte {
	var out [17]byte
	for w, word := range said {
		index, ok := ParseWord(word)
		if !ok {
			t.Fatalf("%q is not understood", word)
		}
		for b := range bits {
			at := w*bits + b
			out[at/8] |= byte(index>>(bits-1-b)&1) << (7 - at%8)
		}
	}
	return out
}

func TestUnknownLanguageHasNoWords(t *testing.T) {
	if w := (Print{}).Words("de"); w != nil {
		t.Error(w)
	}
}
