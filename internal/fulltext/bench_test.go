package fulltext

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/testdata"
)

// attack are the objects of MITRE ATT&CK.
func attack(b *testing.B) (raws [][]byte) {
	testdata.Objects(b, func(file string, o map[string]json.RawMessage) {
		if strings.Contains(file, "attack") {
			raw, err := json.Marshal(o)
			if err != nil {
				b.Fatal(err)
			}
			raws = append(raws, raw)
		}
	})
	return raws
}

// One operation is one object of ATT&CK, of 28 words in the mean: read, and taken into the file.
func BenchmarkTakeIn(b *testing.B) {
	raws := attack(b)
	f, err := openFile(b.Context(), b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.close() }()
	b.ResetTimer()
	var docs []doc
	for i := range b.N {
		docs = append(docs, doc{int64(i + 1), wordsOf(raws[i%len(raws)])})
		if len(docs) == perStep || i == b.N-1 {
			if err := f.add(b.Context(), docs, int64(i+1)); err != nil {
				b.Fatal(err)
			}
			docs = docs[:0]
		}
	}
}

// BenchmarkWords is the reading alone.
func BenchmarkWords(b *testing.B) {
	raws := attack(b)
	b.ResetTimer()
	for i := range b.N {
		wordsOf(raws[i%len(raws)])
	}
}

// Questions among a million items: 50 of the newest that have a rare word, a
// common one, two, the beginning of one, and none.
func BenchmarkFindInAMillion(b *testing.B) {
	raws := attack(b)
	f, err := openFile(b.Context(), b.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.close() }()
	var all [][]string
	for _, raw := range raws {
		all = append(all, wordsOf(raw))
	}
	for step := range slices.Chunk(numbersTo(1_000_000), 5000) {
		var docs []doc
		for _, n := range step {
			docs = append(docs, doc{n, all[int(n)%len(all)]})
		}
		if err := f.add(b.Context(), docs, step[len(step)-1]); err != nil {
			b.Fatal(err)
		}
	}
	x := &Index{engine: f}
	for _, question := range []string{"turla", "the", "powershell credentials", "cred", "nothing like it", "حموشي"} {
		b.Run(strings.ReplaceAll(question, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				if _, err := x.Find(b.Context(), Ask(question), 0, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func numbersTo(n int64) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i + 1)
	}
	return list
}
