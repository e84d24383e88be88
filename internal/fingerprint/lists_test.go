package fingerprint

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// letters are those a list is written with, and letters from least to most.
var alphabets = map[string]struct {
	letters     string
	least, most int
}{
	"ar": {"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي", 3, 7},
	"fr": {"abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûü", 3, 9},
	"en": {"abcdefghijklmnopqrstuvwxyz", 3, 9},
	"tr": {"abcçdefgğhıijklmnoöprsştuüvyz", 3, 9},
}

func TestEachListHasItsWords(t *testing.T) {
	for _, lang := range Languages {
		text, err := os.ReadFile("words/" + lang + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != Size || !slices.Equal(lines, lists()[lang]) {
			t.Errorf("%s: %d lines, want %d of one word each", lang, len(lines), Size)
		}
	}
}

func TestWordsAreWrittenInTheirAlphabet(t *testing.T) {
	for lang, a := range alphabets {
		for i, w := range lists()[lang] {
			n := utf8.RuneCountInString(Normal(w))
			if rest := strings.Trim(w, a.letters); rest != "" {
				t.Errorf("%s %d: %q has %q", lang, i, w, rest)
			}
			if n < a.least || n > a.most {
				t.Errorf("%s %d: %q has %d letters, want %d to %d", lang, i, w, n, a.least, a.most)
			}
		}
	}
}

func TestNoArabicWordBeginsLikeAnArticle(t *testing.T) {
	for i, w := range lists()["ar"] {
		if strings.HasPrefix(Normal(w), "ال") {
			t.Errorf("%d: %q", i, w)
		}
	}
}

func TestOneSpellingMeansOneValue(t *testing.T) {
	seen := map[string]place{}
	for _, lang := range Languages {
		for i, w := range lists()[lang] {
			if at, twice := seen[Normal(w)]; twice {
				t.Errorf("%q: %s %d and %s %d", w, at.lang, at.index, lang, i)
			}
			seen[Normal(w)] = place{lang, i}
		}
	}
}

func TestFirstFourLettersTellWordsApart(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		seen := map[string]string{}
		for _, w := range lists()[lang] {
			n := Normal(w)
			start := n[:min(4, len(n))]
			if other, twice := seen[start]; twice {
				t.Errorf("%s: %q and %q", lang, w, other)
			}
			seen[start] = w
		}
	}
}

func TestWordsDifferByTwoLetters(t *testing.T) {
	for _, lang := range Languages {
		folded := make([][]rune, 0, Size)
		for _, w := range lists()[lang] {
			folded = append(folded, []rune(Normal(w)))
		}
		for i, a := range folded {
			for _, b := range folded[:i] {
				if withinOne(a, b) {
					t.Errorf("%s: %q and %q", lang, string(a), string(b))
				}
			}
		}
	}
}

// withinOne says whether the Damerau–Levenshtein distance is at most one: what
// is left between the common start and the common end is nothing, one letter
// of either or each, or two exchanged.
func withinOne(a, b []rune) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	swapped := len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
	return len(a) <= 1 && len(b) <= 1 || swapped
}

func TestWithinOne(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"lamp", "lamp", true},
		{"lamp", "lump", true},
		{"lamp", "lamps", true},
		{"lamp", "amp", true},
		{"lamp", "lapm", true},
		{"lamp", "lime", false},
		{"lamp", "plum", false},
		{"abcd", "badc", false},
	} {
		if got := withinOne([]rune(row.a), []rune(row.b)); got != row.want {
			t.Errorf("%q %q: %v", row.a, row.b, got)
		}
	}
}
