package names

import "strings"

// A spelling reads some letters of a folded Latin word as sounds.
type spelling struct {
	text   string
	sounds []sound
}

var (
	soundA  = sound{vowel: vA}
	soundE  = sound{vowel: vE}
	soundI  = sound{vowel: vI}
	soundU  = sound{vowel: vU | vO, long: true}
	soundAi = sound{cons: cY, vowel: vA | vE | vI, long: true}
	soundW  = sound{cons: cW | cV, vowel: vU | vO}
	mute    = sound{vowel: vE, weak: 0.06}
)

// latinSpellings, longest first, are the habits of French (ou, ch, dj, gu, ï),
// English (sh, oo, ee, kh) and Turkish (ş, ç, c, ğ, ı). Where habits disagree (ch,
// j, c, g) a spelling stands for all its sounds.
var latinSpellings = []spelling{
	{"tch", cons(cCh)},
	{"tsh", cons(cCh)},
	{"sch", cons(cSh)},
	{"dsh", cons(cJ)},
	{"sh", cons(cSh)},
	{"ch", cons(cSh | cCh | cKh)},
	{"kh", cons(cKh)},
	{"gh", cons(cGh)},
	{"dj", cons(cJ)},
	{"dh", cons(cDh | cD | cZ)},
	{"th", cons(cTh | cT)},
	{"ph", cons(cF)},
	{"zh", cons(cZh | cJ)},
	{"ck", cons(cK)},
	{"qu", cons(cK)},
	{"oo", []sound{soundU}},
	{"ou", []sound{soundU}},
	{"ee", []sound{{vowel: vI, long: true}}},
	{"aa", []sound{{vowel: vA, long: true}}},
	{"ei", []sound{soundAi}},
	{"ai", []sound{soundAi}},
	{"ay", []sound{soundAi}},
	{"ey", []sound{soundAi}},
	{"aw", []sound{{cons: cW | cV, vowel: vA | vO | vU, long: true}}},
	{"au", []sound{{vowel: vA | vO | vU, long: true}}},
	{"oe", []sound{{vowel: vOe}}},
	{"ue", []sound{{vowel: vOe | vU}}},
	{"a", []sound{soundA}},
	{"e", []sound{soundE}},
	{"i", []sound{soundI}},
	{"o", []sound{{vowel: vO}}},
	{"u", []sound{{vowel: vU}}},
	{"ö", []sound{{vowel: vOe}}},
	{"ü", []sound{{vowel: vOe}}},
	{"b", cons(cB)},
	{"p", cons(cP | cB)},
	{"t", cons(cT)},
	{"d", cons(cD)},
	{"j", cons(cJ | cZh)},
	{"ç", cons(cCh | cS)},
	{"ş", cons(cSh)},
	{"c", cons(cK | cJ | cCh)},
	{"f", cons(cF)},
	{"g", cons(cG)},
	{"k", cons(cK)},
	{"l", cons(cL)},
	{"m", cons(cM)},
	{"n", cons(cN)},
	{"q", cons(cQ)},
	{"r", cons(cR)},
	{"s", cons(cS)},
	{"z", cons(cZ)},
	{"v", []sound{{cons: cV | cW}}},
	{"x", []sound{{cons: cK}, {cons: cS}}},
	{"h", []sound{{cons: cH}}},
	{"w", []sound{soundW}},
	{"y", []sound{{cons: cY, vowel: vI}}},
	{"ğ", []sound{{cons: cGh | cG, vowel: vI | vU, weak: 0.15}}},
}

func cons(set uint32) []sound { return []sound{{cons: set}} }

var latinByFirst = byFirst(latinSpellings)

func byFirst(all []spelling) map[byte][]spelling {
	m := map[byte][]spelling{}
	for _, s := range all {
		m[s.text[0]] = append(m[s.text[0]], s)
	}
	return m
}

// latinSounds reads a folded Latin word.
func latinSounds(word string) []sound {
	var out []sound
	for at := 0; at < len(word) && len(out) < maxSounds; {
		read, n := latinAt(word, at)
		if !doubled(word, at, n) {
			out = append(out, read...)
		}
		at += n
	}
	return out
}

// doubled says that a letter repeats the one before it; صّ is written ss, s or ṣṣ.
func doubled(word string, at, n int) bool {
	return at >= n && word[at:at+n] == word[at-n:at] && !strings.ContainsAny(word[at:at+n], "aeiou")
}

func latinAt(word string, at int) (read []sound, n int) {
	rest := word[at:]
	if read, n := special(word, at, rest); n > 0 {
		return read, n
	}
	for _, s := range latinByFirst[rest[0]] {
		if strings.HasPrefix(rest, s.text) {
			return s.sounds, len(s.text)
		}
	}
	return nil, runeLen(rest)
}

// special reads letters whose sound hangs on their neighbours.
func special(word string, at int, rest string) ([]sound, int) {
	end := at+1 == len(word)
	switch {
	case rest == "e" && at > 1 && word[at-1] == 'n':
		return []sound{mute}, 1
	case rest == "t" && at > 2 && word[at-1] == 'e': // Turkish -et is Arabic ة
		return []sound{{cons: cT, weak: 0.5}}, 1
	case (rest == "t" || rest == "d") && at > 3 && (word[at-1] == 'n' || word[at-1] == 'r'): // Dupont, Bernard
		return []sound{{cons: cT | cD, weak: 0.45}}, 1
	case strings.HasPrefix(rest, "iy"):
		return []sound{{cons: cY, vowel: vI}}, 2
	case rest[0] == 'i' && !end && isVowel(rest[1]):
		return []sound{{cons: cY, vowel: vI}}, 1
	case rest == "h" && at > 0 && isVowel(word[at-1]):
		return []sound{{cons: cH, weak: 0.1}}, 1
	case rest[0] == 'c' && !end && (rest[1] == 'e' || rest[1] == 'i' || rest[1] == 'y'):
		return cons(cS | cJ | cCh), 1
	case strings.HasPrefix(rest, "gu") && len(rest) > 2 && (rest[2] == 'e' || rest[2] == 'i'):
		return cons(cG), 2
	case at == 0 && strings.HasPrefix(rest, "rh"):
		return cons(cGh | cR), 2
	case strings.HasPrefix(rest, "ou") && (len(rest) > 2 && isVowel(rest[2]) || at > 0 && isVowel(word[at-1])):
		return []sound{soundW}, 2
	case strings.HasPrefix(rest, "ai") || strings.HasPrefix(rest, "ay") || strings.HasPrefix(rest, "ei") || strings.HasPrefix(rest, "ey"):
		return glide(rest)
	}
	return nil, 0
}

// glide reads ay before a vowel as a and y.
func glide(rest string) ([]sound, int) {
	if len(rest) > 2 && isVowel(rest[2]) {
		return []sound{soundA, {cons: cY, vowel: vI}}, 2
	}
	return nil, 0
}

func isVowel(b byte) bool {
	return b == 'a' || b == 'e' || b == 'i' || b == 'o' || b == 'u' || b == 'y'
}

func runeLen(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
