package names

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/keys.tsv anew; a change to a line there needs a new KeyVersion")

// The vectors are what partners compare with: another implementation must make the same bytes.
func TestKeysAreStable(t *testing.T) {
	const file = "testdata/keys.tsv"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if f[0] == "kind" {
			out.WriteString(line)
			continue
		}
		made := strings.Join([]string{f[0], f[1], f[2], vector(t, f[0], f[1], f[2])}, "\t")
		if out.WriteString(made + "\n"); !*update && made != strings.Join(f, "\t") {
			t.Errorf("made %q\nheld %q", made, strings.Join(f, "\t"))
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func vector(t *testing.T, kind, text, born string) string {
	t.Helper()
	n := nameOf(t, Kind(kind), text, born)
	if kind == string(Organisation) {
		n = ParseOrganisation(text)
	}
	var keys []string
	for _, k := range append(Keys(n), BornKeys(n)...) {
		keys = append(keys, string(k))
	}
	return strings.Join(keys, " ")
}

func TestSpellingsShareAKey(t *testing.T) {
	for _, spellings := range [][]string{
		{"عبد اللطيف حموشي", "Abdellatif Hammouchi", "Abdul Latif Al-Hamoushi", "HAMOUCHI, Abdelatif", "Abdüllatif Hammuşi"},
		{"Mehmet Demirtaş", "محمد ديميرتاش", "DEMIRTAS Mohamed", "محمّد دمرتاش"},
		{"رمضان القاضي", "Ramazan Kadı", "Ramadan El Kadi", "Ramadhan al-Qadhi"},
	} {
		for _, s := range spellings[1:] {
			if a, b := Keys(ParsePerson(spellings[0])), Keys(ParsePerson(s)); !shareKey(a, b) {
				t.Errorf("%s %v and %s %v share no key", spellings[0], a, s, b)
			}
		}
	}
}

func TestDatesNarrowKeys(t *testing.T) {
	keys := func(born string) []Key { return BornKeys(nameOf(t, Person, "سمير حداد", born)) }
	for _, pair := range []struct {
		a, b  string
		share bool
	}{
		{"1971-03-02", "1971-02-03", true},
		{"1971-03-02", "1971", true},
		{"around 1970", "1971-03-02", true},
		{"1971-01-01", "1971-09-14", true},
		{"1971", "1972", false},
		{"around 1970", "1975", false},
	} {
		if got := shareKey(keys(pair.a), keys(pair.b)); got != pair.share {
			t.Errorf("%s and %s: a key in common is %v", pair.a, pair.b, got)
		}
	}
	if keys("") != nil {
		t.Error("a name without a date of birth has keys with one")
	}
}
