package say

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// complaints says what is wrong with the catalogues, taken together.
func complaints(all map[string]catalog) []string {
	var out []string
	for _, key := range allKeys(all) {
		for _, lang := range Languages {
			for _, what := range complaintsOf(all, lang, key) {
				out = append(out, lang+" "+key+": "+what)
			}
		}
	}
	return out
}

func allKeys(all map[string]catalog) []string {
	keys := map[string]bool{}
	for _, c := range all {
		for key := range c {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

func complaintsOf(all map[string]catalog, lang, key string) (out []string) {
	e, ok := all[lang][key]
	if !ok {
		return []string{"is missing"}
	}
	english, ok := all[fallback][key]
	if ok && e.counts != english.counts {
		return []string{"has plural forms in one language and none in another"}
	}
	if e.counts && !slices.Equal(slices.Sorted(maps.Keys(e.forms)), formsOf(lang)) {
		out = append(out, "has not the plural forms of its language")
	}
	if got, want := arguments(e), arguments(english); ok && !slices.Equal(got, want) {
		out = append(out, "has the arguments "+strings.Join(got, " ")+", English "+strings.Join(want, " "))
	}
	for f, sentence := range e.forms {
		out = append(out, complaintsAbout(lang, f, sentence, arguments(e))...)
	}
	return out
}

func complaintsAbout(lang string, f plural.Form, s string, args []string) (out []string) {
	if s != strings.TrimSpace(s) || s == "" {
		out = append(out, "is empty or has spaces around it")
	}
	if Clean(s) != s {
		out = append(out, "has invisible characters")
	}
	if strings.ContainsAny(places.ReplaceAllString(s, ""), "{}") {
		out = append(out, "has a brace that is no argument")
	}
	if lang == "ar" && !strings.ContainsFunc(places.ReplaceAllString(s, ""), func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) &&
		strings.ContainsFunc(places.ReplaceAllString(s, ""), unicode.IsLetter) {
		out = append(out, "is not in Arabic")
	}
	if lang == "fr" && regexp.MustCompile(` [:;?!]`).MatchString(s) {
		out = append(out, "wants a space that does not break before : ; ? !")
	}
	if f == plural.Other { // the other forms may say their number in a word
		for _, a := range args {
			if !strings.Contains(s, a) {
				out = append(out, "lacks "+a+" in the form other")
			}
		}
	}
	return out
}

// arguments returns the places of all forms, sorted.
func arguments(e entry) []string {
	found := map[string]bool{}
	for _, s := range e.forms {
		for _, a := range places.FindAllString(s, -1) {
			found[a] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// formsOf returns the forms that whole numbers take in a language.
func formsOf(lang string) []plural.Form {
	found := map[plural.Form]bool{}
	for n := range 1001 {
		found[form(language.MustParse(lang), n)] = true
	}
	found[form(language.MustParse(lang), 1_000_000)] = true
	return slices.Sorted(maps.Keys(found))
}

func TestEverySentenceIsThereInEveryLanguage(t *testing.T) {
	for _, what := range complaints(catalogs()) {
		t.Error(what)
	}
	for lang := range catalogs() {
		if !slices.Contains(Languages, lang) {
			t.Errorf("catalogue of an unknown language %q", lang)
		}
	}
}

func TestLanguagesHaveTheirForms(t *testing.T) {
	for lang, want := range map[string]int{"ar": 6, "fr": 2, "en": 2, "tr": 2} {
		if got := len(formsOf(lang)); got < want {
			t.Errorf("%s: %d forms, want %d", lang, got, want)
		}
	}
}

func TestTheGuardSeesWhatIsWrong(t *testing.T) {
	good := map[string]string{
		"en": `{"a": "Give {0}.", "b": {"one": "{n} day", "other": "{n} days"}}`,
		"fr": `{"a": "Donnez {0}.", "b": {"one": "{n} jour", "other": "{n} jours"}}`,
		"tr": `{"a": "{0} verin.", "b": {"one": "{n} gün", "other": "{n} gün"}}`,
		"ar": `{"a": "أعط {0}.", "b": {"zero": "ولا يوم", "one": "يوم", "two": "يومان", "few": "{n} أيام", "many": "{n} يومًا", "other": "{n} يوم"}}`,
	}
	for _, row := range []struct{ name, lang, old, new, want string }{
		{"nothing", "en", "", "", ""},
		{"missing", "fr", `"a": "Donnez {0}.", `, "", "fr a: is missing"},
		{"argument", "tr", "{0} verin", "{1} verin", "tr a: has the arguments"},
		{"form", "ar", `"two": "يومان", `, "", "ar b: has not the plural forms"},
		{"too many forms", "en", `"one": "{n} day"`, `"one": "{n} day", "few": "{n} days"`, "en b: has not the plural forms"},
		{"no forms", "fr", `{"one": "{n} jour", "other": "{n} jours"}`, `"{n} jours"`, "fr b: has plural forms in one"},
		{"number lost", "ar", `"other": "{n} يوم"`, `"other": "يوم"`, "ar b: lacks {n}"},
		{"brace", "en", "Give {0}.", "Give {0}} .", "brace"},
		{"spaces", "en", "Give {0}.", "Give {0}. ", "spaces around"},
		{"breaking space", "fr", "Donnez {0}.", "Donnez {0} !", "does not break"},
		{"not Arabic", "ar", "أعط {0}.", "Give {0}.", "not in Arabic"},
		{"override", "ar", "أعط {0}.", "أعط \u202e{0}.", "invisible"},
	} {
		files := fstest.MapFS{}
		for lang, text := range good {
			if lang == row.lang {
				text = strings.Replace(text, row.old, row.new, 1)
			}
			files["catalog/x."+lang+".json"] = &fstest.MapFile{Data: []byte(text)}
		}
		all, err := load(files)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		got := strings.Join(complaints(all), "\n")
		if !strings.Contains(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestCataloguesAreReadStrictly(t *testing.T) {
	for name, text := range map[string]string{
		"no sentence":  `{"a": 1}`,
		"unknown form": `{"a": {"lots": "many"}}`,
		"no object":    `["a"]`,
	} {
		if _, err := load(fstest.MapFS{"catalog/en.json": {Data: []byte(text)}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := load(fstest.MapFS{"catalog/en.json": {Data: []byte(`{"a": "x"}`)}, "catalog/y.en.json": {Data: []byte(`{"a": "x"}`)}})
	if err == nil {
		t.Error("a key in two files: no error")
	}
}

// encoding/json keeps the last of two equal names and says nothing.
func TestNoKeyIsWrittenTwice(t *testing.T) {
	names, err := fs.Glob(files, "catalog/*.json")
	if err != nil || len(names) < len(Languages) {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range writtenTwice(t, data) {
			t.Errorf("%s: %q is written twice", name, key)
		}
	}
	if got := writtenTwice(t, []byte(`{"a": {"one": "x"}, "b": "y", "a": "z"}`)); !slices.Equal(got, []string{"a"}) {
		t.Error(got)
	}
}

func writtenTwice(t *testing.T, data []byte) (twice []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		if seen[key] {
			twice = append(twice, key.(string))
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return twice
}
