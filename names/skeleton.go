package names

import "slices"

// A skeleton is a word's consonants in classes that no habit tells apart:
//
//	b  b p                     t  t d, and th dh ḍ ẓ
//	s  s z sh ş, and th dh ḍ ẓ j  j dj ç tch c, and Latin g
//	k  k q g gh, and c before a o u
//	h  ḥ h kh                  f l m n r  themselves
//
// Vowels, w, v, y and ʿayn are left out, and of two neighbours of one class one. A letter of two
// classes gives two skeletons. KeyVersion counts changes to this table.
var classes = map[uint32]byte{
	cB: 'b', cP: 'b', cT: 't', cD: 't', cS: 's', cZ: 's', cSh: 's', cJ: 'j', cCh: 'j', cZh: 'j',
	cK: 'k', cQ: 'k', cG: 'k', cGh: 'k', cH: 'h', cKh: 'h', cF: 'f', cL: 'l', cM: 'm', cN: 'n', cR: 'r',
}

// maxSkeletons bounds how many ways one part is written.
const maxSkeletons = 6

// skeletons of a sequence of sounds, at most maxSkeletons.
func skeletons(word []sound) []string {
	out := [][]byte{nil}
	for i, s := range word {
		out = extend(out, classesOf(s, i == len(word)-1))
	}
	var texts []string
	for _, b := range out {
		if !slices.Contains(texts, string(b)) {
			texts = append(texts, string(b))
		}
	}
	return texts
}

// extend writes each of the classes, 0 for nothing, behind each skeleton.
func extend(all [][]byte, next []byte) [][]byte {
	if len(next) == 0 {
		return all
	}
	if len(all)*len(next) > maxSkeletons {
		next = next[:1]
	}
	var out [][]byte
	for _, b := range all {
		for _, c := range next {
			grown := slices.Clone(b)
			if c != 0 && (len(b) == 0 || b[len(b)-1] != c) {
				grown = append(grown, c)
			}
			out = append(out, grown)
		}
	}
	return out
}

// classesOf a sound; none where it is never written in a skeleton.
func classesOf(s sound, last bool) []byte {
	switch {
	case s.cons == 0 || s.cons&(cW|cY) != 0:
		return nil
	case last && s.cons == cH: // ه for ة, ah for a
		return nil
	case s.cons == cT && s.vowel != 0: // ة
		return nil
	case s.cons&cT != 0 && s.weak > 0: // a t that may be silent
		return []byte{'t', 0}
	case s.cons&cGh != 0 && s.weak > 0: // ğ
		return []byte{'k', 0}
	}
	if out, ok := twoClasses[s.cons]; ok {
		return out
	}
	return []byte{classes[s.cons&-s.cons]}
}

// twoClasses are letters of two classes, the likelier first.
var twoClasses = map[uint32][]byte{
	cDh: {'t', 's'}, cDh | cZ: {'t', 's'}, cD | cDh | cZ: {'t', 's'}, cTh | cT | cS: {'t', 's'}, cTh | cT: {'t', 's'}, cTh: {'t', 's'},
	cG: {'k', 'j'}, cK | cJ | cCh: {'k', 'j'}, cS | cJ | cCh: {'s', 'j'}, cJ | cG: {'j'}, cSh | cCh | cKh: {'s'}, cCh | cS: {'j', 's'}, cCh: {'j'},
	cK | cG: {'k'}, cQ | cK | cG: {'k'}, cGh | cG: {'k'}, cGh | cR: {'k', 'r'}, cV | cW: nil, cV: nil, cF | cV: {'f'},
}
