package say

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/text/feature/plural"
)

func TestNumbersChooseTheirForm(t *testing.T) {
	for _, row := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 0, "Imported 0 objects."},
		{"en", 1, "Imported 1 object."},
		{"en", 24771, "Imported 24,771 objects."},
		{"fr", 0, "0 objet importé."},
		{"fr", 1, "1 objet importé."},
		{"fr", 2, "2 objets importés."},
		{"fr", 24771, "24\u202f771 objets importés."},
		{"tr", 1, "1 nesne içe aktarıldı."},
		{"tr", 24771, "24.771 nesne içe aktarıldı."},
		{"ar", 0, "لم يُستورد أي كائن."},
		{"ar", 1, "استُورد كائن واحد."},
		{"ar", 2, "استُورد كائنان."},
		{"ar", 3, "استُوردت 3 كائنات."},
		{"ar", 10, "استُوردت 10 كائنات."},
		{"ar", 11, "استُورد 11 كائنًا."},
		{"ar", 99, "استُورد 99 كائنًا."},
		{"ar", 100, "استُورد 100 كائن."},
		{"ar", -3, "استُوردت -3 كائنات."},
		{"ar", 103, "استُوردت 103 كائنات."},
	} {
		if got := For(row.lang).N("import.imported", row.n); got != row.want {
			t.Errorf("%s %d: %q, want %q", row.lang, row.n, got, row.want)
		}
	}
}

func TestArgumentsStandWhereALanguageWantsThem(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "Article 3 of the pact daily",
		"fr": "Article 3 du pacte daily",
		"tr": "daily anlaşmasının 3. maddesi",
		"ar": "المادة 3 من الميثاق \u2068daily\u2069",
	} {
		if got := For(lang).T("pact.article", 3, "daily"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

type (
	stamp struct{ time.Time }
	count uint32
)

func TestArgumentsAreWrittenByTheirType(t *testing.T) {
	at := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	p := For("en")
	for _, row := range []struct {
		arg  any
		want string
	}{
		{"a\x1b[2Jb", "a␛[2Jb"},
		{errors.New("no\nroad"), "no␊road"},
		{Text("\u2068ours\u2069"), "\u2068ours\u2069"},
		{time.Hour, "1h0m0s"},
		{24771, "24,771"},
		{int64(-5000), "-5,000"},
		{uint64(7), "7"},
		{at, "24 November 2026"},
		{stamp{at}, "24 November 2026 06:00 UTC"},
		{count(1200), "1,200"},
		{nil, "<nil>"},
	} {
		if got := p.T("backup.written", row.arg); got != "Backup written to "+row.want+"." {
			t.Errorf("%v: %q", row.arg, got)
		}
	}
}

func TestWhatIsMissingStopsNobody(t *testing.T) {
	if got := For("tr").T("no.such.key", 1); got != "no.such.key" {
		t.Errorf("missing key: %q", got)
	}
	if got := For("ar").N("no.such.key", 3); got != "no.such.key" {
		t.Errorf("missing key: %q", got)
	}
	if got := For("en").T("pact.in-force", "daily"); got != "The pact daily is in force since {1}." {
		t.Errorf("missing argument: %q", got)
	}
	if got := For("en").T("import.imported"); got != "Imported {n} objects." {
		t.Errorf("missing number: %q", got)
	}
	if got := For("en").N("config.good", 4); got != "The configuration is in order." {
		t.Errorf("a number too many: %q", got)
	}
}

func TestAMissingSentenceIsSaidInEnglish(t *testing.T) {
	all := catalogs()
	lost := all["ar"]["import.imported"]
	delete(all["ar"], "import.imported")
	defer func() { all["ar"]["import.imported"] = lost }()
	if got := For("ar").N("import.imported", 2); got != "Imported 2 objects." {
		t.Errorf("%q", got)
	}
	all["ar"]["import.imported"] = entry{forms: map[plural.Form]string{plural.Other: "{n}!"}, counts: true}
	if got := For("ar").N("import.imported", 2); got != "2!" {
		t.Errorf("missing form: %q", got)
	}
}

func TestLocalesChooseLanguageAndStyle(t *testing.T) {
	for locale, want := range map[string]struct {
		lang  string
		style Style
	}{
		"":               {"en", Style{}},
		"C":              {"en", Style{}},
		"POSIX":          {"en", Style{}},
		"de_DE.UTF-8":    {"en", Style{}},
		"fr":             {"fr", Style{}},
		"FR_ca":          {"fr", Style{}},
		"tr_TR.UTF-8":    {"tr", Style{}},
		"ar":             {"ar", Style{}},
		"ar-MA":          {"ar", Style{Months: Morocco}},
		"ar_TN.UTF-8":    {"ar", Style{Months: Maghreb}},
		"ar_LB@calendar": {"ar", Style{Months: Levantine}},
		"ar-Arab-SA":     {"ar", Style{Hijri: true}},
		"../../etc":      {"en", Style{}},
	} {
		p := For(locale)
		if p.Lang() != want.lang || p.Style() != want.style {
			t.Errorf("%q: %s %+v", locale, p.Lang(), p.Style())
		}
	}
	if For("ar").Dir() != "rtl" || For("tr").Dir() != "ltr" {
		t.Error("direction")
	}
}

func TestTheEnvironmentIsReadAsPOSIXOrdersIt(t *testing.T) {
	for _, row := range []struct{ flag, all, messages, lang, want string }{
		{"", "", "", "", "en"},
		{"", "", "", "tr_TR", "tr"},
		{"", "", "fr_FR", "tr_TR", "fr"},
		{"", "ar_SA", "fr_FR", "tr_TR", "ar"},
		{"en", "ar_SA", "fr_FR", "tr_TR", "en"},
		{"", "C", "fr_FR", "tr_TR", "en"},
	} {
		t.Setenv("LC_ALL", row.all)
		t.Setenv("LC_MESSAGES", row.messages)
		t.Setenv("LANG", row.lang)
		if got := FromEnv(row.flag).Lang(); got != row.want {
			t.Errorf("%+v: %s", row, got)
		}
	}
}
