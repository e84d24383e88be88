package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var (
	habits = []string{"ar", "ar", "fr", "fr", "en", "en", "tr", "table"}
	tables = []string{"ala-lc", "bgn-pcgn", "plain", "french"}
)

func pick[T any](m *maker, from []T) T { return from[m.rand.IntN(len(from))] }

func (m *maker) chance(percent int) bool { return m.rand.IntN(100) < percent }

// write spells a lexeme by a habit, with the nearest habit where it has none.
func (m *maker) write(x *lexeme, habit string) string {
	if habit == "table" && !x.turkish() {
		return m.article(m.words.tables[pick(m, tables)].Replace(x.scholarly))
	}
	for _, h := range []string{habit, "tr", "en", "fr"} {
		if forms := x.forms[h]; len(forms) > 0 {
			return m.dress(x, pick(m, forms), h)
		}
	}
	return ""
}

// dress gives a spelling its article and the small accidents of its script.
func (m *maker) dress(x *lexeme, s, habit string) string {
	switch {
	case habit == "ar":
		return m.arabic(s)
	case habit == "tr" && m.chance(40):
		return asciiTurkish.Replace(s) // a passport's machine-readable zone, a Latin keyboard
	case habit != "tr" && strings.HasPrefix(x.scholarly, "al-") && m.chance(45):
		return m.prefix(x.scholarly[3:]) + s
	}
	return s
}

var asciiTurkish = strings.NewReplacer("ş", "s", "Ş", "S", "ı", "i", "İ", "I", "ğ", "g", "Ğ", "G",
	"ç", "c", "Ç", "C", "ö", "o", "Ö", "O", "ü", "u", "Ü", "U", "â", "a", "Â", "A")

// prefix is an article as registers write it: el, al, and with sun letters er-, as-.
func (m *maker) prefix(stem string) string {
	if sun := sunLetter(stem); sun != "" && m.chance(25) {
		return pick(m, []string{"A", "E"}) + sun + pick(m, []string{"-", " "})
	}
	return pick(m, []string{"El ", "El ", "El-", "Al ", "Al-", "El", "al-", "el "})
}

func sunLetter(stem string) string {
	for _, s := range []string{"sh", "th", "dh", "t", "d", "r", "z", "s", "n"} {
		if strings.HasPrefix(strings.ToLower(plain(stem)), s) {
			return s
		}
	}
	return ""
}

func (m *maker) article(s string) string {
	switch m.rand.IntN(4) {
	case 0:
		return strings.TrimPrefix(s, "al-")
	case 1:
		return strings.Replace(s, "al-", "Al ", 1)
	}
	return s
}

// arabic drops hamzas, dots and the article, and adds tatweel and vowel marks, now and then.
func (m *maker) arabic(s string) string {
	if m.chance(12) {
		s = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا", "ى", "ي", "ة", "ه").Replace(s)
	}
	if m.chance(10) && strings.HasPrefix(s, "ال") && len([]rune(s)) > 4 {
		s = s[len("ال"):]
	}
	runes := []rune(s)
	if at := 1 + m.rand.IntN(len(runes)); at < len(runes)-1 && runes[at] != ' ' && runes[at-1] != ' ' && m.chance(6) {
		mark := pick(m, []rune{'ـ', 'َ', 'ُ', 'ِ', 'ّ'})
		s = string(runes[:at]) + string(mark) + string(runes[at:])
	}
	return s
}

// typo drops, doubles or swaps one inner letter of a long Latin word.
func (m *maker) typo(s string) string {
	r := []rune(s)
	if len(r) < 6 {
		return s
	}
	at := 2 + m.rand.IntN(len(r)-3)
	switch m.rand.IntN(3) {
	case 0:
		return string(r[:at]) + string(r[at+1:])
	case 1:
		return string(r[:at]) + string(r[at]) + string(r[at:])
	}
	r[at], r[at-1] = r[at-1], r[at]
	return string(r)
}

// plain is a text in lower case without marks, hamzas, articles' hyphens or spaces.
func plain(s string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		if unicode.IsLetter(r) && r != 'ـ' {
			out.WriteRune(r)
		}
	}
	return strings.NewReplacer("ı", "i", "ة", "ه", "ى", "ي").Replace(out.String())
}

// mayBe says whether a spelling could stand for a lexeme, by any habit or table.
func (m *maker) mayBe(s string, x *lexeme) bool {
	s = bare(s)
	for _, forms := range x.forms {
		for _, f := range forms {
			if bare(f) == s {
				return true
			}
		}
	}
	for _, t := range m.words.tables {
		if bare(t.Replace(x.scholarly)) == s {
			return true
		}
	}
	return false
}

// bare is plain without an article and without doubled letters.
func bare(s string) string {
	low := strings.ToLower(s)
	for _, p := range []string{"al-", "el-", "al ", "el ", "ال"} {
		low = strings.TrimPrefix(low, p)
	}
	var out []rune
	for _, r := range plain(low) {
		if len(out) == 0 || out[len(out)-1] != r {
			out = append(out, r)
		}
	}
	return string(out)
}
