package say

import (
	"testing"
	"time"
)

func TestDatesAreWrittenAsEachLanguageDoes(t *testing.T) {
	first := time.Date(2026, time.January, 1, 9, 5, 0, 0, time.UTC)
	august := time.Date(2026, time.August, 20, 21, 40, 0, 0, time.UTC)
	for _, row := range []struct {
		p    *Printer
		at   time.Time
		want string
	}{
		{For("fr"), first, "1er janvier 2026"},
		{For("fr"), august, "20 août 2026"},
		{For("en"), first, "1 January 2026"},
		{For("tr"), august, "20 Ağustos 2026"},
		{For("ar"), first, "1 يناير 2026"},
		{For("ar-MA"), august, "20 غشت 2026"},
		{For("ar-DZ"), august, "20 أوت 2026"},
		{For("ar-SY"), first, "1 كانون الثاني 2026"},
		{For("ar").With(Style{Digits: ArabicIndic}), august, "٢٠ أغسطس ٢٠٢٦"},
		{For("ar-SA"), august, "20 أغسطس 2026 م (7 ربيع الأول 1448 هـ)"},
		{For("en").With(Style{Hijri: true}), august, "20 August 2026 (7 Rabi' I 1448 AH)"},
		{For("fr").With(Style{Hijri: true}), first, "1er janvier 2026 (12 rajab 1447 H)"},
		{For("tr").With(Style{Hijri: true}), first, "1 Ocak 2026 (12 Recep 1447 H)"},
	} {
		if got := row.p.Date(row.at); got != row.want {
			t.Errorf("%s: %q, want %q", row.p.Lang(), got, row.want)
		}
	}
}

func TestEveryMonthHasItsName(t *testing.T) {
	for _, lang := range Languages {
		for _, months := range []Months{Common, Morocco, Maghreb, Levantine} {
			p := For(lang).With(Style{Months: months, Hijri: true})
			seen := map[string]bool{}
			for m := range 12 {
				seen[p.day(time.Date(2026, time.Month(m+1), 5, 0, 0, 0, 0, time.UTC))] = true
				seen[nth(hijriMonths[lang], m+1)] = true
			}
			if len(seen) != 24 {
				t.Errorf("%s %q: %d names, want 24", lang, months, len(seen))
			}
		}
	}
}

func TestTimesNameTheirZone(t *testing.T) {
	at := time.Date(2026, time.November, 24, 22, 7, 0, 0, time.FixedZone("+03", 3*60*60))
	if got := For("en").DateTime(at); got != "24 November 2026 22:07 +03" {
		t.Error(got)
	}
	if got := For("ar").With(Style{Digits: ArabicIndic}).DateTime(at.UTC()); got != "٢٤ نوفمبر ٢٠٢٦ ١٩:٠٧ UTC" {
		t.Error(got)
	}
}

func TestThousandsAreParted(t *testing.T) {
	arabic := For("ar").With(Style{Digits: ArabicIndic})
	for n, want := range map[int]string{0: "٠", 999: "٩٩٩", 1000: "١٬٠٠٠", -1234567: "-١٬٢٣٤٬٥٦٧"} {
		if got := arabic.Number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for lang, want := range map[string]string{"ar": "1,234,567", "fr": "1\u202f234\u202f567", "en": "1,234,567", "tr": "1.234.567"} {
		if got := For(lang).Number(1234567); got != want {
			t.Errorf("%s: %s", lang, got)
		}
	}
}

func TestHijri(t *testing.T) {
	for _, row := range []struct{ gy, gm, gd, y, m, d int }{
		// Umm al-Qura
		{1945, 12, 5, 1365, 1, 1},
		{1962, 7, 5, 1382, 2, 3},
		{1979, 11, 20, 1400, 1, 1},
		{1999, 12, 31, 1420, 9, 23},
		{2008, 2, 29, 1429, 2, 22},
		{2024, 3, 11, 1445, 9, 1},
		{2024, 7, 7, 1446, 1, 1},
		{2025, 6, 26, 1447, 1, 1},
		{2026, 2, 18, 1447, 9, 1},
		{2026, 11, 24, 1448, 6, 14},
		{2034, 12, 12, 1456, 10, 1},
		{2050, 6, 15, 1472, 9, 25},
		{2077, 11, 16, 1500, 12, 30},
		// civil arithmetic
		{622, 7, 19, 1, 1, 1},
		{623, 7, 8, 2, 1, 1},
		{624, 6, 26, 2, 12, 30}, // the second year is a leap year
		{624, 6, 27, 3, 1, 1},
		{651, 8, 27, 31, 1, 1}, // a cycle has 10,631 days
		{622, 7, 18, 0, 12, 29},
	} {
		y, m, d := Hijri(time.Date(row.gy, time.Month(row.gm), row.gd, 23, 59, 0, 0, time.UTC))
		if y != row.y || m != row.m || d != row.d {
			t.Errorf("%d-%d-%d: %d-%d-%d, want %d-%d-%d", row.gy, row.gm, row.gd, y, m, d, row.y, row.m, row.d)
		}
	}
}

func TestHijriDaysFollowEachOther(t *testing.T) {
	for _, start := range []int{610, 1900, 2060} {
		day := time.Date(start, 1, 1, 12, 0, 0, 0, time.UTC)
		y, m, d := Hijri(day)
		for range 60 * 366 {
			day = day.AddDate(0, 0, 1)
			y2, m2, d2 := Hijri(day)
			next := y2 == y && m2 == m && d2 == d+1
			turns := d2 == 1 && (d == 29 || d == 30) && (y2 == y && m2 == m+1 || y2 == y+1 && m2 == 1 && m == 12)
			if !next && !turns && !seam(day) {
				t.Fatalf("%s: %d-%d-%d after %d-%d-%d", day.Format(time.DateOnly), y2, m2, d2, y, m, d)
			}
			y, m, d = y2, m2, d2
		}
	}
}

// seam is a day on which one calendar takes over from the other; they may
// differ there by a day.
func seam(day time.Time) bool {
	s := day.Format(time.DateOnly)
	return s == "1945-12-05" || s == "2077-11-17"
}

func TestTheDayIsThatOfTheTimeZone(t *testing.T) {
	at := time.Date(2024, time.March, 10, 22, 0, 0, 0, time.UTC)
	_, m, d := Hijri(at.In(time.FixedZone("+03", 3*60*60)))
	if m != 9 || d != 1 {
		t.Errorf("in Riyadh: month %d day %d, want 1 Ramadan", m, d)
	}
	if _, m, _ := Hijri(at); m != 8 {
		t.Errorf("in Greenwich: month %d, want 8", m)
	}
}
