package names

import (
	"testing"
	"unicode/utf8"
)

func FuzzMatch(f *testing.F) {
	for _, p := range [][2]string{
		{"عبد الرحمن حموشي", "El Hammouchi, Abderrahmane"},
		{"Karaloğlu", "كارال أوغلو"},
		{"بنك الزرقاء ش.م.م", "Zarka Bank Ltd 12"},
		{"M. A. ben ben", "\xff,"},
		{"", " "},
		{"ch", "الدين"},
		{"abd el", "abu al"},
		{"王小明", "Иван"},
	} {
		f.Add(p[0], p[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		p, q := Parse(a), Parse(b)
		there, back := Match(p, q, Options{}), Match(q, p, Options{})
		if there.Value != back.Value {
			t.Errorf("%.4f there, %.4f back", there.Value, back.Value)
		}
		if there.Value < 0 || there.Value > 1 {
			t.Errorf("score %v", there.Value)
		}
		if k := Keys(p); len(k) > MaxKeys {
			t.Errorf("%d keys", len(k))
		}
		for _, k := range Keys(p) {
			if len(k) > 256 || !utf8.ValidString(string(k)) {
				t.Errorf("key %q", k)
			}
		}
		x := NewIndex()
		x.Add(p)
		x.Search(q, 1, Options{})
	})
}

func FuzzParseBorn(f *testing.F) {
	for _, s := range []string{"1971", "02/03/1971", "1971-03-02", "حوالي ١٩٧١", "vers 1970", "99999999999999999999", "1971-00-00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBorn(text)
		if err != nil && b != (Born{}) {
			t.Errorf("%q: %+v beside the error %v", text, b, err)
		}
		if b.Year != 0 && (b.Year < 1800 || b.Month > 12 || b.Day > 31) {
			t.Errorf("%q is %+v", text, b)
		}
	})
}
