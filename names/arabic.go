package names

// arabicLetters are the sounds of folded Arabic letters, those of Persian,
// Kurdish and Turkish words among them. ج is g in Egypt, ق is g in the Gulf and
// the Sahara, ك stands for a Turkish or Persian g.
var arabicLetters = map[rune]sound{
	'ا': {vowel: vA, long: true, weak: 0.65}, 'ب': {cons: cB | cP}, 'ت': {cons: cT}, 'ث': {cons: cTh | cT | cS}, 'ج': {cons: cJ | cG}, 'ح': {cons: cH},
	'خ': {cons: cKh}, 'د': {cons: cD}, 'ذ': {cons: cDh | cZ}, 'ر': {cons: cR}, 'ز': {cons: cZ}, 'س': {cons: cS}, 'ش': {cons: cSh}, 'ص': {cons: cS},
	'ض': {cons: cD | cDh | cZ}, 'ط': {cons: cT}, 'ظ': {cons: cZ | cDh | cD}, 'ع': {vowel: vA | vE | vI | vO | vU, weak: 0.15}, 'غ': {cons: cGh | cG},
	'ف': {cons: cF | cV}, 'ق': {cons: cQ | cK | cG}, 'ك': {cons: cK | cG}, 'ل': {cons: cL}, 'م': {cons: cM}, 'ن': {cons: cN}, 'ه': {cons: cH},
	'و': {cons: cW | cV, vowel: vU | vO | vOe}, 'ي': {cons: cY, vowel: vI}, 'ة': {cons: cT, vowel: vA | vE}, 'ى': {vowel: vA | vI, weak: 0.9}, 'ئ': {cons: cY, vowel: vI | vE, weak: 0.3},
	'پ': {cons: cP}, 'چ': {cons: cCh}, 'ژ': {cons: cZh}, 'گ': {cons: cG}, 'ڤ': {cons: cV}, 'ڭ': {cons: cG}, 'ە': {vowel: vE | vA}, 'ۆ': {vowel: vO, long: true}, 'ێ': {vowel: vE, long: true},
	'ڕ': {cons: cR}, 'ڵ': {cons: cL},
}

// anyVowel is an alif or ʿayn at the head of a word: its vowel is not written.
var anyVowel = sound{vowel: vA | vE | vI | vO | vU | vOe, weak: 0.35}

// arabicSounds reads a folded Arabic word.
func arabicSounds(word string) []sound {
	runes := []rune(word)
	var out []sound
	for i := 0; i < len(runes) && len(out) < maxSounds; i++ {
		s, ok := arabicAt(runes, i)
		if ok {
			out = append(out, s)
		}
		if runes[i] == 'ت' && i+1 < len(runes) && runes[i+1] == 'ش' { // تش is Turkish ç, English ch
			i++
		}
	}
	return out
}

func arabicAt(runes []rune, i int) (sound, bool) {
	r, last := runes[i], i == len(runes)-1
	switch {
	case i == 0 && (r == 'ا' || r == 'ع'):
		return anyVowel, true
	case r == 'ت' && !last && runes[i+1] == 'ش':
		return sound{cons: cCh}, true
	case last && i > 1 && r == 'ه': // ه is often ة without its dots
		return sound{cons: cH, vowel: vA | vE}, true
	case i == 1 && runes[0] == 'ا' && (r == 'و' || r == 'ي'): // او, اي write one vowel
		return sound{cons: arabicLetters[r].cons, vowel: arabicLetters[r].vowel, weak: 0.2}, true
	}
	s, ok := arabicLetters[r]
	return s, ok
}
