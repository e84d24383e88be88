package names

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// Bounds of a search.
const (
	maxCandidates = 300  // names that are matched whole
	nearPart      = 0.72 // likeness from which a part counts as found
)

// A vote is what a search knows of one name before it is matched whole.
type vote struct {
	found uint16  // a bit for each part of the query
	sum   float32 // likeness of the parts found
}

// A ballot holds a vote for each name of an index, and who has one. It is used again.
type ballot struct {
	votes []vote
	cast  []int32
}

var ballots = sync.Pool{New: func() any { return new(ballot) }}

// candidates are the names with the most parts of the query, the most alike first.
func (x *Index) candidates(n Name) []ID {
	b := ballots.Get().(*ballot)
	defer b.putBack()
	if len(b.votes) < len(x.entries) {
		b.votes = make([]vote, len(x.entries))
	}
	query := x.near(n.words())
	for _, opening := range []bool{true, false} { // initials are too common to open with
		for i, words := range query {
			x.poll(b, words, uint16(1)<<i, opening)
		}
	}
	return b.best(len(query))
}

// poll has each name with one of the words, or each initial, vote for a part.
func (x *Index) poll(b *ballot, words []nearWord, bit uint16, opening bool) {
	for _, w := range words {
		if held := x.words[w.word]; opening == (held.part.Role != Initial) {
			b.poll(held.names, w.like, bit, opening)
		}
	}
}

func (b *ballot) putBack() {
	for _, id := range b.cast {
		b.votes[id] = vote{}
	}
	b.cast = b.cast[:0]
	ballots.Put(b)
}

// poll gives names their vote; only an opening one may be a name's first.
func (b *ballot) poll(names []int32, like float32, bit uint16, opening bool) {
	for _, id := range names {
		v := &b.votes[id]
		if v.found == 0 && opening {
			b.cast = append(b.cast, id)
		}
		if v.found&bit == 0 && (opening || v.found != 0) {
			v.found, v.sum = v.found|bit, v.sum+like
		}
	}
}

// A nearWord is a word of the index that is like a part of the query.
type nearWord struct {
	word int32
	like float32
}

// near finds the words that are like each part, the most alike first.
func (x *Index) near(parts []Part) (out [][]nearWord) {
	for i := range parts {
		if parts[i].Role == Initial {
			continue
		}
		out = append(out, x.nearPart(&parts[i]))
	}
	return out
}

func (x *Index) nearPart(p *Part) []nearWord {
	var out []nearWord
	seen := map[int32]bool{}
	for _, key := range append(neighbours(p.skeletons()), initialKey) {
		for _, w := range x.byKey[key] {
			if seen[w] {
				continue
			}
			seen[w] = true
			if like, _ := compare(p, &x.words[w].part); like >= nearPart {
				out = append(out, nearWord{w, float32(like)})
			}
		}
	}
	slices.SortFunc(out, func(a, b nearWord) int { return cmp.Or(cmp.Compare(b.like, a.like), cmp.Compare(a.word, b.word)) })
	return out
}

// neighbours are skeletons and those with one consonant less, where enough are left.
func neighbours(skeletons []string) []string {
	out := slices.Clone(skeletons)
	for _, s := range skeletons {
		if len(s) < 4 {
			continue
		}
		for i := range s {
			if less := s[:i] + s[i+1:]; !slices.Contains(out, less) {
				out = append(out, less)
			}
		}
	}
	return out
}

// best keeps the names with the most parts found and, among them, the most alike.
func (b *ballot) best(parts int) []ID {
	most := slices.DeleteFunc(slices.Clone(b.cast), func(id int32) bool {
		return parts > 1 && bits.OnesCount16(b.votes[id].found) < 2
	})
	slices.SortFunc(most, func(p, q int32) int {
		return cmp.Or(cmp.Compare(b.votes[q].sum, b.votes[p].sum), cmp.Compare(p, q))
	})
	var out []ID
	for _, id := range most[:min(len(most), maxCandidates)] {
		out = append(out, ID(id))
	}
	return out
}
