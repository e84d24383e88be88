package names

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A pair is one line of testdata/pairs.tsv.
type pair struct {
	id, split, class string
	kind             Kind
	same             bool
	a, b             Name
}

func readPairs(t testing.TB) []pair {
	t.Helper()
	text, err := os.ReadFile("testdata/pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []pair
	for _, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n")[1:] {
		f := strings.Split(line, "\t")
		p := pair{id: f[0], split: f[1], kind: Person, same: f[3] == "same", class: f[4]}
		if f[2] == "org" {
			p.kind = Organisation
		}
		p.a, p.b = nameOf(t, p.kind, f[5], f[6]), nameOf(t, p.kind, f[7], f[8])
		out = append(out, p)
	}
	return out
}

func nameOf(t testing.TB, kind Kind, text, born string) Name {
	t.Helper()
	n := ParsePerson(text)
	if kind == Organisation {
		n = ParseOrganisation(text)
	}
	var err error
	if n.Born, err = ParseBorn(born); err != nil {
		t.Fatal(err)
	}
	return n
}

// figures are counts of a classification.
type figures struct{ hit, miss, wrong, right int }

func (f *figures) add(same, found bool) {
	switch {
	case same && found:
		f.hit++
	case same:
		f.miss++
	case found:
		f.wrong++
	default:
		f.right++
	}
}

func (f figures) precision() float64 { return float64(f.hit) / float64(f.hit+f.wrong) }
func (f figures) recall() float64    { return float64(f.hit) / float64(f.hit+f.miss) }
func (f figures) f1() float64 {
	return 2 * float64(f.hit) / float64(2*f.hit+f.miss+f.wrong)
}

func (f figures) String() string {
	return fmt.Sprintf("precision %.3f recall %.3f F1 %.3f", f.precision(), f.recall(), f.f1())
}
