package pattern_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/stix/pattern"
)

func TestEveryProductionIsReadAndPrinted(t *testing.T) {
	for production, rows := range valid {
		t.Run(production, func(t *testing.T) {
			for _, r := range rows {
				want := r.print
				if want == "" {
					want = r.in
				}
				p, err := pattern.Parse(r.in)
				if err != nil {
					t.Errorf("%s: %v", r.in, err)
					continue
				}
				if got := p.String(); got != want {
					t.Errorf("%s\n prints %s\n   want %s", r.in, got, want)
				}
				again, err := pattern.Parse(p.String())
				if err != nil || !p.Same(again) {
					t.Errorf("%s: printing and parsing again gives %v, %v", r.in, again, err)
				}
			}
		})
	}
}

func TestAnErrorSaysWhereAndWhatWasWanted(t *testing.T) {
	for production, rows := range invalid {
		t.Run(production, func(t *testing.T) {
			for _, r := range rows {
				p, err := pattern.Parse(r.in)
				if err == nil {
					t.Errorf("%q is taken as %s", r.in, p)
					continue
				}
				if want := "pattern: line " + r.print; !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%q\n says %s\n want %s", r.in, err, want)
				}
				if _, ok := errors.AsType[*pattern.Error](err); !ok {
					t.Errorf("%q: %T is no *pattern.Error", r.in, err)
				}
			}
		})
	}
}

func TestDifferentTreesAreNotTheSame(t *testing.T) {
	texts := []string{
		"[a:b = 1]", "[a:b = 1.0]", "[a:b = '1']", "[a:b = true]", "[a:b = h'31']", "[a:b = b'MTEx']", "[a:b != 1]",
		"[a:b NOT = 1]", "[a:c = 1]", "[c:b = 1]", "[a:b[0] = 1]", "[a:b[1] = 1]", "[a:b[*] = 1]", "[a:b IN (1)]",
		"[a:b IN ()]", "[a:b IN (1, 2)]", "[EXISTS a:b]", "[NOT EXISTS a:b]", "[a:b = 1 AND a:c = 1]",
		"[a:b = 1 OR a:c = 1]", "[a:b = 1] AND [a:c = 1]", "[a:b = 1] OR [a:c = 1]", "[a:b = 1] FOLLOWEDBY [a:c = 1]",
		"[a:b = 1] WITHIN 1 SECONDS", "[a:b = 1] WITHIN 1.0 SECONDS", "[a:b = 1] REPEATS 1 TIMES", "[a:b = 1] REPEATS 2 TIMES",
		"[a:b = 1] START t'2016-06-01T00:00:00Z' STOP t'2016-06-02T00:00:00Z'",
		"[a:b = 1] FOLLOWEDBY [a:b = 2] FOLLOWEDBY [a:b = 3]", "[a:b = 1] FOLLOWEDBY ([a:b = 2] FOLLOWEDBY [a:b = 3])",
	}
	for i, a := range texts {
		for j, b := range texts {
			if got := parse(t, a).Same(parse(t, b)); got != (i == j) {
				t.Errorf("%s and %s: same = %v", a, b, got)
			}
		}
	}
}

func TestNodesKnowWhereTheyStood(t *testing.T) {
	text := "([a:b = 1] AND\n [x:y NOT IN (2)]) WITHIN 5 SECONDS"
	var at []int
	for c := range parse(t, text).Comparisons() {
		at = append(at, c.Offset())
	}
	if !slices.Equal(at, []int{2, 17}) {
		t.Fatalf("offsets %v", at)
	}
	if line, column := pattern.Position(text, at[1]); line != 2 || column != 3 {
		t.Errorf("line %d, column %d", line, column)
	}
}

func TestEqualitiesAreThoseThePatternAsserts(t *testing.T) {
	p := parse(t, `[a:v = 'one' AND a:v != 'no' AND a:v NOT = 'no' AND a:v IN ('two', 3) OR a:v NOT IN ('no')]
		FOLLOWEDBY ([EXISTS a:v OR a:v LIKE 'no'] AND [a:b.c[*] = 'four']) WITHIN 5 SECONDS`)
	var got []string
	for path, v := range p.Equalities() {
		switch v := v.(type) {
		case pattern.String:
			got = append(got, path.String()+" "+string(v))
		case pattern.Int:
			got = append(got, path.String()+" int")
		}
	}
	want := []string{"a:v one", "a:v two", "a:v int", "a:b.c[*] four"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for range p.Equalities() {
		break // stopping early must not panic
	}
}

func TestTimestampsAreInstants(t *testing.T) {
	for text, want := range map[pattern.Timestamp]time.Time{
		"2016-06-01T01:30:00Z":               time.Date(2016, 6, 1, 1, 30, 0, 0, time.UTC),
		"2016-06-01T01:30:00.12Z":            time.Date(2016, 6, 1, 1, 30, 0, 120e6, time.UTC),
		"2016-06-01T01:30:00.1234567899999Z": time.Date(2016, 6, 1, 1, 30, 0, 123456789, time.UTC),
		"2016-12-31T23:59:60Z":               time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := text.Time(); !got.Equal(want) {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestTheOldDialectPrintsAsTheNew(t *testing.T) {
	old := `[file:extensions.windows-pebinary-ext.sections[*].entropy > 7.0] START '2016-06-01T00:00:00Z' STOP '2016-07-01T00:00:00Z'`
	want := `[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0] START t'2016-06-01T00:00:00Z' STOP t'2016-07-01T00:00:00Z'`
	p, err := pattern.Parse20(old)
	if err != nil || p.String() != want {
		t.Fatalf("%v, %v", p, err)
	}
	if _, err := pattern.Parse(old); err == nil {
		t.Error("STIX 2.1 takes the old dialect")
	}
	if _, err := pattern.Parse20("[a:b = 1] START 'soon' STOP 'late'"); err == nil {
		t.Error("STIX 2.0 takes a string that is no time")
	}
}

func TestHostileInputEndsSoon(t *testing.T) {
	const deep = pattern.MaxDepth
	nest := func(n int) string { return strings.Repeat("(", n) + "[a:b = 1]" + strings.Repeat(")", n) }
	inner := func(n int) string { return "[" + strings.Repeat("(", n) + "a:b = 1" + strings.Repeat(")", n) + "]" }
	qualified := func(n int) string { return "([a:b = 1])" + strings.Repeat(" WITHIN 1 SECONDS REPEATS 1 TIMES", n) }
	for name, c := range map[string]struct{ ok, bad string }{
		"observations": {nest(deep), nest(deep + 1)},
		"comparisons":  {inner(deep), inner(deep + 1)},
		"qualifiers":   {qualified(deep / 2), qualified(deep/2 + 1)},
		"length":       {"[a:b = 1]" + strings.Repeat(" ", pattern.MaxLength-9), "[a:b = 1]" + strings.Repeat(" ", pattern.MaxLength-8)},
		"open":         {"[a:b = 1]", strings.Repeat("(", 1<<19)},
	} {
		if p, err := pattern.Parse(c.ok); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if again, err := pattern.Parse(p.String()); err != nil || !again.Same(p) {
			t.Errorf("%s: not the same again: %v", name, err)
		}
		if _, err := pattern.Parse(c.bad); err == nil {
			t.Errorf("%s: no limit", name)
		}
	}
	wide := "[a:b = 1" + strings.Repeat(" OR a:b = 1", 50_000) + "]"
	if got := parse(t, wide).String(); got != wide {
		t.Error("a long pattern does not print as it was")
	}
}

func parse(t testing.TB, text string) *pattern.Pattern {
	t.Helper()
	p, err := pattern.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func FuzzParse(f *testing.F) {
	for _, table := range []map[string][]row{valid, invalid} {
		for _, rows := range table {
			for _, r := range rows {
				f.Add(r.in)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pattern.Parse(text)
		if err != nil {
			if _, ok := errors.AsType[*pattern.Error](err); !ok {
				t.Fatalf("%T", err)
			}
			return
		}
		p.Faults()
		printed := p.String()
		again, err := pattern.Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if !p.Same(again) || again.String() != printed {
			t.Fatalf("%q prints as %q, then as %q", text, printed, again)
		}
		if old, err := pattern.Parse20(text); err != nil || !old.Same(p) {
			t.Fatalf("%q is another pattern in STIX 2.0: %v", text, err)
		}
	})
}

const typical = `[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f' OR ipv4-addr:value IN ('198.51.100.1', '203.0.113.33')] WITHIN 300 SECONDS`

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(typical)))
	for b.Loop() {
		if _, err := pattern.Parse(typical); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkString(b *testing.B) {
	p := parse(b, typical)
	b.ReportAllocs()
	for b.Loop() {
		_ = p.String()
	}
}
