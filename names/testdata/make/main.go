// Command make writes pairs.tsv, the test set of package names, from the word
// lists in ../lexicon and the hand-written pairs in ../hand.tsv. It knows
// nothing of the matcher. The same lists give the same bytes:
//
//	go run ./names/testdata/make -dir names/testdata
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A Pair is one line of pairs.tsv.
type Pair struct {
	Split, Kind, Label, Class string
	A, BornA, B, BornB        string
}

func (p Pair) String() string {
	return strings.Join([]string{p.Split, p.Kind, p.Label, p.Class, p.A, p.BornA, p.B, p.BornB}, "\t")
}

func main() {
	dir := flag.String("dir", "names/testdata", "folder of the lexicon and of pairs.tsv")
	flag.Parse()
	if err := run(*dir); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	words, err := load(filepath.Join(dir, "lexicon"))
	if err != nil {
		return err
	}
	pairs, err := handPairs(filepath.Join(dir, "hand.tsv"))
	if err != nil {
		return err
	}
	for i, split := range []string{"dev", "test"} {
		m := &maker{split: split, words: words, rand: rand.New(rand.NewPCG(20261124, uint64(i)))}
		pairs = append(pairs, m.all()...)
	}
	return write(filepath.Join(dir, "pairs.tsv"), pairs)
}

// write leaves out a pair that was drawn before: one text has one label.
func write(file string, pairs []Pair) error {
	var out strings.Builder
	out.WriteString("id\tsplit\tkind\tlabel\tclass\ta\tborn_a\tb\tborn_b\n")
	seen := map[string]bool{}
	for _, p := range pairs {
		key := strings.Join([]string{p.A, p.BornA, p.B, p.BornB}, "\t")
		if !seen[key] {
			seen[key] = true
			fmt.Fprintf(&out, "%d\t%s\n", len(seen), p)
		}
	}
	return os.WriteFile(file, []byte(out.String()), 0o644)
}
