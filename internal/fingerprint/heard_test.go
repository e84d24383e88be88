package fingerprint

import (
	"slices"
	"testing"
)

func TestWhatIsHeardMayBeTypedInManyWays(t *testing.T) {
	for _, row := range []struct {
		lang, word string
		typed      []string
	}{
		{"ar", "إبرة", []string{"ابره", "أبرة", "إِبْرَةٌ", "إبـــرة", "الإبرة", " الابره ", "\u200fإبرة\u200e"}},
		{"ar", "أقصى", []string{"اقصي", "أقصی", "اقصى"}},
		{"ar", "سؤال", []string{"سوال", "سؤ ال"}},
		{"ar", "بائع", []string{"بايع", "البائع", "ﺑﺎﺋﻊ"}},
		{"fr", "œuf", []string{"oeuf", "ŒUF", "Oeuf "}},
		{"fr", "académie", []string{"academie", "ACADÉMIE", "acade\u0301mie", "aca-démie"}},
		{"tr", "içerik", []string{"İÇERİK", "ICERIK", "icerik", "i\u0307çerik"}},
		{"tr", "ağırlık", []string{"AĞIRLIK", "agirlik", "ağirlik"}},
		{"en", "router", []string{"Router", " ROUTER\n", "r o u t e r"}},
	} {
		want := slices.Index(lists()[row.lang], row.word)
		if want < 0 {
			t.Fatalf("%s: %q is no longer in the list", row.lang, row.word)
		}
		for _, typed := range append(row.typed, row.word) {
			if got, ok := ParseWord(typed); !ok || got != want {
				t.Errorf("%q: %d %v, want %d", typed, got, ok, want)
			}
		}
	}
}

func TestDigitsAreReadInAnyScript(t *testing.T) {
	for _, typed := range []string{"1546", "1 5 4 6", "١٥٤٦", "۱۵۴۶", "15-46", "１５４６", "\u200e1546"} {
		if got, ok := ParseWord(typed); !ok || got != 1546 {
			t.Errorf("%q: %d %v", typed, got, ok)
		}
	}
	if got, ok := ParseWord("0007"); !ok || got != 7 {
		t.Errorf("0007: %d %v", got, ok)
	}
}

func TestWhatIsNotAWordIsNotGuessedAt(t *testing.T) {
	for _, typed := range []string{"", " ", "2048", "9999", "154", "15460", "1e03", "router1", "rooter", "ال", "الال", "routerrouter"} {
		if got, ok := ParseWord(typed); ok {
			t.Errorf("%q: %d", typed, got)
		}
	}
}

func TestMatchWantsTheLanguageAndThePosition(t *testing.T) {
	p := Of(vectorKeys())
	said := p.Words("tr")[2]
	for _, row := range []struct {
		lang     string
		position int
		heard    string
		want     bool
	}{
		{"tr", 3, said, true},
		{"tr", 2, said, false},
		{"fr", 3, said, false},
		{AsDigits, 3, said, false},
		{AsDigits, 3, p.Digits()[2], true},
		{"ar", 12, p.Words("ar")[11], true},
		{"tr", 0, said, false},
		{"tr", 13, said, false},
		{"", 3, said, false},
	} {
		if got := p.Match(row.lang, row.position, row.heard); got != row.want {
			t.Errorf("%+v: %v", row, got)
		}
	}
}

func TestCheckTakesEachPositionInItsOwnLanguage(t *testing.T) {
	p := Of(vectorKeys())
	ok, wrong := p.Check(map[int]string{
		12: p.Digits()[11],
		1:  p.Words("ar")[0],
		7:  p.Words("fr")[6],
		3:  p.Words("en")[3], // another position's
		5:  "unheard of",
		13: p.Words("en")[0],
	})
	if !slices.Equal(ok, []int{1, 7, 12}) || !slices.Equal(wrong, []int{3, 5, 13}) {
		t.Error(ok, wrong)
	}
}

// Nothing typed breaks the reader, and what it reads is a value of a word.
func FuzzParseWord(f *testing.F) {
	for _, s := range []string{"إبرة", "œuf", "İÇERİK", "١٥٤٦", "\xff", "ال"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		index, ok := ParseWord(s)
		if index < 0 || index >= Size {
			t.Fatalf("%q: %d", s, index)
		}
		if Normal(Normal(s)) != Normal(s) {
			t.Fatalf("%q folds to %q and on to %q", s, Normal(s), Normal(Normal(s)))
		}
		if again, still := ParseWord(Normal(s)); ok && (!still || again != index) {
			t.Fatalf("%q: %d, folded %d %v", s, index, again, still)
		}
	})
}
