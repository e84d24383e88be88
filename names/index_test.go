package names

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// A register makes names at random: given names of the lexicon in all spellings,
// common ones oftener, and family names of random Arabic roots in both scripts.
type register struct {
	rand            *rand.Rand
	given, families []string
}

func newRegister(t testing.TB) *register {
	t.Helper()
	text, err := os.ReadFile("testdata/lexicon/given.tsv")
	if err != nil {
		t.Fatal(err)
	}
	r := &register{rand: rand.New(rand.NewPCG(1, 2))}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		for _, field := range strings.Split(line, "\t")[3:] {
			r.given = append(r.given, strings.Split(field, "|")...)
		}
	}
	for range 100_000 {
		r.families = append(r.families, r.root())
	}
	return r
}

var (
	roots  = strings.Fields("b t j h d r z s sh gh f k l m n w y kh")
	arabic = strings.Fields("ب ت ج ح د ر ز س ش غ ف ك ل م ن و ي خ")
)

// root is a name of three or four root letters, one in five in Arabic script.
func (r *register) root() string {
	var latin, ar strings.Builder
	n := 3 + r.rand.IntN(2)
	for i := range n {
		k := r.rand.IntN(len(roots))
		latin.WriteString(roots[k])
		ar.WriteString(arabic[k])
		if i < n-1 {
			latin.WriteString([]string{"a", "i", "ou", "e"}[r.rand.IntN(4)])
		}
	}
	if r.rand.IntN(5) == 0 {
		return ar.String() + []string{"", "ي"}[r.rand.IntN(2)]
	}
	return latin.String() + []string{"", "i", "a"}[r.rand.IntN(3)]
}

// common is an index below n, small ones oftener: the square of a uniform number.
func (r *register) common(n int) int {
	u := r.rand.Float64()
	return int(u * u * float64(n))
}

// name has one to three given names and a family.
func (r *register) name() string {
	var parts []string
	family := r.families[r.common(len(r.families))]
	for range 1 + r.rand.IntN(3) {
		parts = append(parts, r.given[r.common(len(r.given))])
	}
	return strings.Join(append(parts, family), " ")
}

func (r *register) index(n int) *Index {
	x := NewIndex()
	for range n {
		x.Add(ParsePerson(r.name()))
	}
	return x
}

func TestSearchFindsWhatMatchFinds(t *testing.T) {
	x := newRegister(t).index(20_000)
	var found, all int
	for _, p := range readPairs(t) {
		if !p.same || p.split != "dev" || p.kind != Person || !Match(p.a, p.b, Options{}).Match {
			continue
		}
		id := x.Add(p.b)
		all++
		was := found
		for _, f := range x.Search(p.a, 100, Options{}) {
			if f.ID == id {
				found++
			}
		}
		if was == found {
			t.Logf("missed %s, %s", p.a.Text, p.b.Text)
		}
	}
	if share := float64(found) / float64(all); share < 0.95 {
		t.Errorf("a search finds %d of %d names that match", found, all)
	} else {
		t.Logf("a search finds %d of %d names that match (%.3f)", found, all, share)
	}
}

func TestAddAndSearchAtOnce(t *testing.T) {
	x, q := NewIndex(), ParsePerson("Abdellatif Hammouchi")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 50 {
				x.Add(ParsePerson("عبد اللطيف حموشي"))
				if len(x.Search(q, 1, Options{})) != 1 {
					t.Error("a name that was added is not found")
				}
			}
		})
	}
	wait.Wait()
	if got := len(x.Search(q, 1000, Options{})); x.Len() != 200 || got != 200 {
		t.Errorf("%d names, %d found", x.Len(), got)
	}
}

// BenchmarkMatch parses once and compares; BenchmarkParse reads.
func BenchmarkMatch(b *testing.B) {
	p, q := ParsePerson("عبد الرحمن بن علي حموشي"), ParsePerson("El Hammouchi, Abderrahmane")
	b.ReportAllocs()
	for b.Loop() {
		Match(p, q, Options{})
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParsePerson("El Hammouchi, Abderrahmane")
	}
}

func BenchmarkBornKeys(b *testing.B) {
	p := ParsePerson("عبد الرحمن بن علي حموشي")
	p.Born = Born{Year: 1971, Month: 3, Day: 2}
	b.ReportAllocs()
	for b.Loop() {
		BornKeys(p)
	}
}

// BenchmarkSearch finds one name among many, by processor time.
func BenchmarkSearch(b *testing.B) {
	for _, size := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("names=%d", size), func(b *testing.B) { benchSearch(b, size) })
	}
}

func benchSearch(b *testing.B, size int) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := newRegister(b)
	x := r.index(size)
	runtime.GC()
	runtime.ReadMemStats(&after)
	queries := []Name{ParsePerson("محمد بن علي حموشي"), ParsePerson("Mohamed Ahmed Hassan"), ParsePerson("Selahattin Demirtaş"), ParsePerson(r.name())}
	for len(queries) < 40 {
		queries = append(queries, ParsePerson(r.name()))
	}
	var worst, total time.Duration
	found, n := 0, 0
	b.ResetTimer()
	for b.Loop() {
		q := queries[n%len(queries)]
		start := cpuTime()
		found += len(x.Search(q, 20, Options{}))
		spent := cpuTime() - start
		total, worst, n = total+spent, max(worst, spent), n+1
	}
	b.ReportMetric(float64(total.Microseconds())/float64(n)/1000, "cpu-ms/search")
	b.ReportMetric(float64(worst.Microseconds())/1000, "cpu-ms/worst")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(size), "B/name")
	b.ReportMetric(float64(len(x.words)), "words")
	b.ReportMetric(float64(found)/float64(n), "found/search")
}
