package bench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

func TestMadeSetIsTheSameEachTimeAndValid(t *testing.T) {
	a, b := newMaker(), newMaker()
	seen := map[stix.ID]bool{}
	for i := range 2000 {
		raw := a.next()
		if again := b.next(); !bytes.Equal(raw, again) {
			t.Fatalf("object %d differs: %s and %s", i, raw, again)
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			t.Fatalf("object %d: %v: %s", i, err, raw)
		}
		for _, p := range stix.Validate(o, stix.Options{}) {
			t.Errorf("object %d: %v: %s", i, p, raw)
		}
		if seen[o.ID()] {
			t.Errorf("object %d has the id of another", i)
		}
		seen[o.ID()] = true
	}
}

func TestMediansAreOfEachFigure(t *testing.T) {
	round := func(a, b float64) []Figure {
		return []Figure{{Name: "a", Value: a, Target: 5}, {Name: "b", Value: b}}
	}
	got := Medians([][]Figure{round(9, 1), round(3, 3), round(4, 2)})
	if got[0].Value != 4 || got[1].Value != 2 {
		t.Errorf("medians %v and %v, want 4 and 2", got[0].Value, got[1].Value)
	}
	if !got[0].Met() || (&Figure{Value: 6, Target: 5}).Met() {
		t.Error("4 meets 5, and 6 does not")
	}
}

func TestTableNamesWhatIsMissed(t *testing.T) {
	f := Figure{Part: "import", Name: "time", Value: 120, Unit: "µs", Target: 80}
	f.beside("JSON alone", 60)
	var out strings.Builder
	if err := Table(&out, []Figure{f}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"120 µs", "≤ 80", "MISSED", "2× JSON alone (60 µs)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}

func TestTenthsCompareTheEndToTheBeginning(t *testing.T) {
	c := &course{}
	for i := range 11 {
		p := point{objects: int64(i) * 10, pace: micro(float64(i))}
		if i > 0 {
			p.cpu = c.at[i-1].cpu + micro(100)
		}
		if i == 10 {
			p.cpu += micro(50) // the last ten cost half as much again
		}
		c.at = append(c.at, p)
	}
	list := c.tenths(100)
	if first, last, ratio := list[0].Value, list[1].Value, list[2].Value; first != 10 || last != 15 || ratio != 1.5 {
		t.Errorf("first %v, last %v, ratio %v; want 10, 15, 1.5", first, last, ratio)
	}
	if at := list[3].Value; at != 1.5 {
		t.Errorf("at one pace %v, want 1.5: the pace was the same", at)
	}
}

// Each part does what it measures, in the small.
func TestPartsMeasureWhatHappened(t *testing.T) {
	o := Options{Dir: t.TempDir(), Size: 1200, Releases: 2}
	for part, want := range map[string]struct {
		name  string
		value float64
	}{
		"import":  {"objects", 1200},
		"share":   {"objects that crossed", 1200},
		"decide":  {"allocations", 0},
		"release": {"releases of 10 objects", 2},
	} {
		t.Run(part, func(t *testing.T) {
			list, err := Run(context.Background(), part, o)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range list {
				found = found || f.Name == want.name && f.Value == want.value
				if f.Target > 0 && f.Value <= 0 && f.Unit != "%" {
					t.Errorf("%s is %v", f.Name, f.Value)
				}
			}
			if !found {
				t.Errorf("no figure %q of %v in %+v", want.name, want.value, list)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(o.Dir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestNoSuchPart(t *testing.T) {
	if _, err := Run(context.Background(), "else", Options{}); err == nil {
		t.Error("measured something that is not there")
	}
}

func micro(us float64) time.Duration { return time.Duration(us * float64(time.Microsecond)) }

func TestMatchingMeasuresRealMatches(t *testing.T) {
	list, err := Run(t.Context(), "match", Options{Dir: t.TempDir(), Identifiers: 400})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 11 {
		t.Errorf("%d figures", len(list))
	}
	for i := range list {
		if list[i].Value <= 0 {
			t.Errorf("%s: %v %s", list[i].Name, list[i].Value, list[i].Unit)
		}
	}
}

func TestMatchingBetweenNodesMeasuresRealMatches(t *testing.T) {
	dir, err := os.MkdirTemp("", "mb") // a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	list, err := Run(t.Context(), "match-nodes", Options{Dir: dir, Identifiers: 300})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if f.Value <= 0 {
			t.Errorf("%s: %v", f.Name, f.Value)
		}
	}
}
