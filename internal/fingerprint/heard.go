package fingerprint

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ParseWord understands one word in any of the languages, or four digits, as
// somebody typed it, and returns its value from 0 to 2047. An Arabic word may
// carry its article. What stands in no list is not guessed at.
func ParseWord(heard string) (index int, ok bool) {
	p, ok := find(heard)
	return p.index, ok
}

func find(heard string) (place, bool) {
	folded := Normal(heard)
	if p, ok := places()[folded]; ok {
		return p, true
	}
	if bare, ok := strings.CutPrefix(folded, "ال"); ok {
		p, ok := places()[bare]
		return p, ok
	}
	return digits(folded)
}

func digits(s string) (place, bool) {
	if len(s) != 4 || strings.Trim(s, "0123456789") != "" {
		return place{}, false
	}
	n, err := strconv.Atoi(s)
	if err != nil || n >= Size {
		return place{}, false
	}
	return place{AsDigits, n}, true
}

// Match says whether what was heard is this fingerprint's word at a position
// from 1 to 12, in one language of Languages or AsDigits.
func (p Print) Match(lang string, position int, heard string) bool {
	got, ok := find(heard)
	return ok && got.lang == lang && p.has(position, got.index)
}

func (p Print) has(position, index int) bool {
	return 1 <= position && position <= Positions && p.indices()[position-1] == index
}

// Check compares what was typed, by position from 1 to 12, in whichever
// language or digits each was typed. What stands in no list, or at no position,
// is wrong. Both answers are in order; it is for the caller to ask for at least
// MinPositions and to accept nothing while one is wrong.
func (p Print) Check(heard map[int]string) (ok, wrong []int) {
	for _, position := range slices.Sorted(maps.Keys(heard)) {
		index, known := ParseWord(heard[position])
		if known && p.has(position, index) {
			ok = append(ok, position)
		} else {
			wrong = append(wrong, position)
		}
	}
	return ok, wrong
}
