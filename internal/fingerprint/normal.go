package fingerprint

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// folded are the letters that people write in more than one way.
var folded = map[rune]string{
	'ı': "i", // Turkish without dot, which is typed as i on other keyboards
	'œ': "oe",
	'æ': "ae",
	'ى': "ي", // alef maksura
	'ی': "ي", // Farsi yeh, from some keyboards
	'ک': "ك", // keheh, likewise
	'ة': "ه", // teh marbuta
	'ٱ': "ا", // alef wasla
	'ء': "",  // hamza alone; those on a seat fall with the other marks
}

// Normal folds what was typed as heard: case, accents and cedillas, the dot of
// the Turkish i, hamza, diacritics and tatweel, teh marbuta and alef maksura;
// digits of any script become 0 to 9; spaces, hyphens, apostrophes and
// invisible characters go. It is used on the lists too, so that what it makes
// equal counts as one spelling.
func Normal(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "")) {
		b.WriteString(fold(unicode.ToLower(r)))
	}
	return b.String()
}

func fold(r rune) string {
	if to, ok := folded[r]; ok {
		return to
	}
	switch {
	case '٠' <= r && r <= '٩':
		return string('0' + r - '٠')
	case '۰' <= r && r <= '۹':
		return string('0' + r - '۰')
	case r == 'ـ', !unicode.IsLetter(r) && !unicode.IsDigit(r):
		return ""
	}
	return string(r)
}
