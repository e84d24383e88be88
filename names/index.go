package names

import (
	"cmp"
	"slices"
	"sync"
)

// An Index finds the names nearest to one among a million. It keeps each
// different part once, under its skeletons, with the names in which it occurs;
// a search compares the query's parts with the parts under near skeletons alone, and
// matches whole names only where enough of their parts agree.
//
// Add and Search may be called at once by several goroutines.
type Index struct {
	mu      sync.RWMutex
	words   []word
	byText  map[string]int32
	byKey   map[string][]int32 // skeleton → words
	parts   []int32            // word of each part of each name
	entries []entry
}

// A word is one part as it occurs in names.
type word struct {
	part  Part
	names []int32
}

// An entry is a name: where its parts begin, and what else Match reads.
type entry struct {
	at   uint32
	born packedBorn
	kind byte
}

type packedBorn struct {
	year               int16
	month, day, around int8
}

// An ID is the number that Add gave a name, from 0.
type ID int32

// Found is one name that a search found.
type Found struct {
	ID    ID
	Score Score
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{byText: map[string]int32{}, byKey: map[string][]int32{}}
}

// Len is how many names the index holds.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.entries)
}

// Add puts a name in the index. What Name.Text says beyond the parts is not kept.
func (x *Index) Add(n Name) ID {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := ID(len(x.entries))
	x.entries = append(x.entries, entry{uint32(len(x.parts)), pack(n.Born), n.Kind.code()})
	for _, p := range n.words() {
		w := x.word(p)
		x.parts = append(x.parts, w)
		if held := x.words[w].names; len(held) == 0 || held[len(held)-1] != int32(id) {
			x.words[w].names = append(held, int32(id))
		}
	}
	return id
}

// word is the number of a part, which is made if it is new.
func (x *Index) word(p Part) int32 {
	text := string(p.Role) + "\x00" + fold(p.Text)
	if w, ok := x.byText[text]; ok {
		return w
	}
	w := int32(len(x.words))
	p.readings = slices.Clone(p.readings)
	x.words, x.byText[text] = append(x.words, word{part: p}), w
	for _, s := range p.indexKeys() {
		x.byKey[s] = append(x.byKey[s], w)
	}
	return w
}

// initialKey is where all initials stand: they are few.
const initialKey = "\x00initial"

// indexKeys are the skeletons of a part; an initial has one key.
func (p Part) indexKeys() []string {
	if p.Role == Initial {
		return []string{initialKey}
	}
	return p.skeletons()
}

func (k Kind) code() byte {
	if k == Organisation {
		return 1
	}
	return 0
}

func pack(b Born) packedBorn {
	return packedBorn{int16(b.Year), int8(b.Month), int8(b.Day), int8(b.Around)}
}

func (b packedBorn) born() Born {
	return Born{int(b.year), int(b.month), int(b.day), int(b.around)}
}

// name builds again the name that Add was given, its parts alone.
func (x *Index) name(id ID) Name {
	e := x.entries[id]
	end := uint32(len(x.parts))
	if int(id)+1 < len(x.entries) {
		end = x.entries[id+1].at
	}
	n := Name{Kind: Person, Born: e.born.born()}
	if e.kind == 1 {
		n.Kind = Organisation
	}
	for _, w := range x.parts[e.at:end] {
		n.Parts = append(n.Parts, x.words[w].part)
	}
	return n
}

// Search returns the names that match, best first, at most limit of them. It finds
// parts whose skeleton is that of the query's part, or that with one consonant less, and
// names of which two parts were found, or the only one of the query. So it finds a
// little less than Match would: docs/names.md says how much.
func (x *Index) Search(n Name, limit int, o Options) []Found {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var out []Found
	for _, id := range x.candidates(n) {
		if s := Match(n, x.name(id), o); s.Match {
			out = append(out, Found{id, s})
		}
	}
	slices.SortFunc(out, func(a, b Found) int {
		return cmp.Or(cmp.Compare(b.Score.Value, a.Score.Value), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(limit, len(out))]
}
