package names

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// The development part is what the matcher was tuned on; the test part is what counts.
func TestSetFigures(t *testing.T) {
	pairs := readPairs(t)
	for split, want := range map[string]float64{"dev": 0.96, "test": 0.93} {
		t.Run(split, func(t *testing.T) {
			figures := atThreshold(pairs, split, DefaultThreshold)
			if figures.f1() < want {
				t.Errorf("%s: %v, F1 of at least %.2f wanted", split, figures, want)
			}
			report(t, pairs, split)
			t.Logf("%s, threshold %.1f, without the table of known names: %v", split, DefaultThreshold, atThreshold(unknown(t), split, DefaultThreshold))
		})
	}
}

// The set is what its lists and its generator make, so nobody can have mended a pair.
func TestTheSetIsWhatIsGenerated(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(dir, "pairs.tsv")
	if err := os.Remove(made); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "run", "./testdata/make", "-dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := os.ReadFile("testdata/pairs.tsv"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("pairs.tsv is not what the generator makes (%v)", err)
	}
}

// unknown reads the set with no name known.
func unknown(t *testing.T) []pair {
	t.Helper()
	defer func(m map[string]int) { known = m }(known)
	known = nil
	return readPairs(t)
}

func atThreshold(pairs []pair, split string, threshold float64) (f figures) {
	for _, p := range pairs {
		if p.split == split {
			f.add(p.same, Match(p.a, p.b, Options{Threshold: threshold}).Match)
		}
	}
	return f
}

// report logs what docs/names.md shows: figures at thresholds, by kind and by class, and of the keys.
func report(t *testing.T, pairs []pair, split string) {
	t.Helper()
	for _, threshold := range []float64{0.4, 0.5, 0.6, 0.7, 0.8, 0.9} {
		t.Logf("%s, threshold %.1f: %v", split, threshold, atThreshold(pairs, split, threshold))
	}
	byClass := map[string]figures{}
	var keys figures
	for _, p := range pairs {
		if p.split != split {
			continue
		}
		found := Match(p.a, p.b, Options{}).Match
		for _, class := range []string{"kind " + string(p.kind), scripts(p), p.class} {
			f := byClass[class]
			f.add(p.same, found)
			byClass[class] = f
		}
		keys.add(p.same, shareKey(Keys(p.a), Keys(p.b)))
	}
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		t.Logf("%s, %s: %s", split, class, right(byClass[class]))
	}
	t.Logf("%s, a key in common: %v", split, keys)
}

// scripts says whether the two names of a pair are of one script.
func scripts(p pair) string {
	arabic := func(n Name) bool {
		return slices.ContainsFunc(n.Parts, func(p Part) bool { return p.Script == Arabic })
	}
	if arabic(p.a) != arabic(p.b) {
		return "kind two scripts"
	}
	return "kind one script"
}

func right(f figures) string {
	return fmt.Sprintf("%d of %d right (%v)", f.hit+f.right, f.hit+f.right+f.miss+f.wrong, f)
}

func shareKey(a, b []Key) bool {
	return slices.ContainsFunc(a, func(k Key) bool { return slices.Contains(b, k) })
}
