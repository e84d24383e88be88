package names

import "math/bits"

func lowest(set uint32) int { return bits.TrailingZeros32(set) }

// exchange is the cost of reading sound a for sound b: 0 where they may be one, 1 where they never are.
func exchange(a, b sound) float32 {
	best := float32(1.1)
	if a.cons != 0 && b.cons != 0 {
		best = cheapest(a.cons, b.cons)
	}
	if a.vowel != 0 && b.vowel != 0 {
		best = min(best, written(a, b)*cheapestVowel(a.vowel, b.vowel)+length(a, b))
	}
	return best
}

func cheapest(a, b uint32) float32 {
	if a&b != 0 {
		return 0
	}
	best := float32(1)
	for x := a; x != 0; x &= x - 1 {
		for y := b; y != 0; y &= y - 1 {
			best = min(best, consCost[lowest(x)][lowest(y)])
		}
	}
	return best
}

func cheapestVowel(a, b uint8) float32 {
	if a&b != 0 {
		return 0
	}
	best := float32(1)
	for x := uint32(a); x != 0; x &= x - 1 {
		for y := uint32(b); y != 0; y &= y - 1 {
			best = min(best, vowelCost[lowest(x)][lowest(y)])
		}
	}
	return best
}

// written makes a vowel that has a letter of its own count for more: ي is not a.
func written(a, b sound) float32 {
	if a.cons|b.cons != 0 {
		return 1.5
	}
	return 1
}

// length is what a long vowel costs for a short one.
func length(a, b sound) float32 {
	if a.long != b.long {
		return 0.04
	}
	return 0
}

// A place is where in a word a sound stands.
type place uint8

const (
	inner place = iota
	first
	final
	lastVowel // the vowel before the last consonant, where Arabic seldom has a short u
)

// absence is the cost of a sound that the other spelling lacks; abjad says that
// the other spelling leaves short vowels unwritten.
func absence(s sound, at place, abjad bool) float32 {
	switch {
	case s.weak > 0:
		return s.weak
	case s.vowel == 0:
		return 1
	case s.cons != 0:
		return mixedAbsence(s, at, abjad)
	case abjad:
		return unwritten(s, at)
	}
	return vowelAbsence(s, at)
}

// mixedAbsence is for w, y, و, ي and ei.
func mixedAbsence(s sound, at place, abjad bool) float32 {
	switch {
	case at == final:
		return 0.9
	case s.long:
		return 0.5
	case abjad:
		return 0.55
	}
	return 0.6
}

// unwritten is a Latin vowel for which Arabic script writes nothing.
func unwritten(s sound, at place) float32 {
	switch {
	case at == final:
		return 0.9
	case at == first:
		return 0.4
	case at == lastVowel && s.vowel&(vU|vO) != 0 && s.long:
		return 0.5
	case s.long:
		return 0.15
	case s.vowel&(vI|vU) != 0:
		return 0.06
	}
	return 0.02
}

func vowelAbsence(s sound, at place) float32 {
	switch {
	case at == final:
		return 0.9
	case at == first:
		return 0.4
	case s.long:
		return 0.45
	case s.vowel&vE != 0:
		return 0.15
	}
	return 0.25
}
