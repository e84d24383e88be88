package say

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestControlCharactersAreShown(t *testing.T) {
	for in, want := range map[string]string{
		"najd.example":        "najd.example",
		"مركز الرباط":         "مركز الرباط",
		"\x1b[31mred":         "␛[31mred",
		"a\r\nb\tc\x00":       "a␍␊b␉c␀",
		"\x7f":                "␡",
		"\u009b2J":            "<U+009B>2J",
		"gpj\u202e.exe":       "gpj<U+202E>.exe",
		"\u2066a\u2069":       "<U+2066>a<U+2069>",
		"a\u200fb\u200e":      "a<U+200F>b<U+200E>",
		"a\u2028b\u2029":      "a<U+2028>b<U+2029>",
		"pay\u00adpal\ufeff":  "pay<U+00AD>pal<U+FEFF>",
		"x\U000E0041":         "x<U+E0041>",
		"می\u200cخواهم":       "می\u200cخواهم",
		"👩\u200d🚒":            "👩\u200d🚒",
		"bad\xff\xc3(":        "bad<0xFF><0xC3>(",
		"the \ufffd sign":     "the \ufffd sign",
		"\ufffd\xfe":          "\ufffd<0xFE>",
		"é, ş, ı and ␛ alike": "é, ş, ı and ␛ alike",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestForeignNamesAreSetApart(t *testing.T) {
	for _, row := range []struct{ lang, in, want string }{
		{"en", "Lyon", "Lyon"},
		{"en", "10.0.0.1:443", "10.0.0.1:443"},
		{"tr", "الرباط", "\u2068الرباط\u2069"},
		{"fr", "port ٣", "\u2068port ٣\u2069"},
		{"ar", "Lyon", "\u2068Lyon\u2069"},
		{"ar", "الرباط", "\u2068الرباط\u2069"},
		{"ar", "\u2068Lyon\u2069", "\u2068Lyon\u2069"},
		{"ar", "Ly\u2069\u202eon", "\u2068Ly<U+2069><U+202E>on\u2069"}, // cannot break out
		{"ar", "\u2068Lyon", "\u2068Lyon\u2069"},
		{"ar", "\u2068\u2068x\u2069\u2069", "\u2068<U+2068>x<U+2069>\u2069"},
	} {
		p := For(row.lang)
		if got := p.Iso(row.in); got != row.want {
			t.Errorf("%s %q: %q, want %q", row.lang, row.in, got, row.want)
		}
		if once := p.Iso(row.in); p.Iso(once) != once {
			t.Errorf("%s %q: twice is %q", row.lang, row.in, p.Iso(once))
		}
	}
}

// Whatever comes in, nothing that a terminal obeys comes out.
func FuzzClean(f *testing.F) {
	f.Add("\x1b]0;title\x07")
	f.Add("gpj\u202e.exe\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q: %q", s, got)
		}
		if Clean(got) != got {
			t.Fatalf("%q: %q and then %q", s, got, Clean(got))
		}
		for _, lang := range []string{"ar", "en"} {
			in := strings.TrimSuffix(strings.TrimPrefix(For(lang).Iso(s), isolate), endIsolate)
			if strings.Contains(in, isolate) || strings.Contains(in, endIsolate) {
				t.Fatalf("%q breaks out of its isolation: %q", s, in)
			}
		}
	})
}
