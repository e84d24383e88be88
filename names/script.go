package names

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Script is what a part is written in.
type Script string

// Scripts that the package reads.
const (
	Latin  Script = "latin"
	Arabic Script = "arabic"
	Digits Script = "digits"
	Other  Script = "other"
)

func scriptOf(word string) Script {
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r):
			return Arabic
		case unicode.Is(unicode.Latin, r):
			return Latin
		case unicode.IsDigit(r):
			return Digits
		}
	}
	return Other
}

// fold gives a text one spelling: compatibility forms, lower case, Arabic letters
// without hamza, tatweel and vowel marks, Latin letters without marks except
// those that change a Turkish sound, ASCII digits.
func fold(s string) string {
	s = norm.NFC.String(norm.NFKC.String(s))
	var out strings.Builder
	for _, r := range s {
		foldRune(&out, r)
	}
	return out.String()
}

// letters that have one spelling of their own here, because their marks carry sound or to join variants.
var letters = map[rune]string{
	'İ': "i", 'I': "i", 'ı': "i", 'ş': "ş", 'Ş': "ş", 'ç': "ç", 'Ç': "ç", 'ğ': "ğ", 'Ğ': "ğ", 'ö': "ö", 'Ö': "ö", 'ü': "ü", 'Ü': "ü",
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ł': "l",
	'أ': "ا", 'إ': "ا", 'آ': "ا", 'ٱ': "ا", 'ؤ': "و", 'ء': "", 'ى': "ى", 'ک': "ك", 'ی': "ي", 'ۀ': "ة", 'ە': "ە", 'ھ': "ه", 'ہ': "ه",
	'ʿ': "", 'ʾ': "", 'ʻ': "", 'ʼ': "", '’': "", '‘': "", '\'': "", '`': "", '´': "", '·': "",
}

func foldRune(out *strings.Builder, r rune) {
	if s, ok := letters[r]; ok {
		out.WriteString(s)
		return
	}
	switch {
	case unicode.IsDigit(r):
		out.WriteByte(byte('0' + digit(r)))
	case unicode.IsLetter(r) && unicode.Is(unicode.Latin, r):
		out.WriteString(bareLatin(unicode.ToLower(r)))
	case unicode.IsLetter(r) && r != 'ـ':
		out.WriteRune(unicode.ToLower(r))
	case unicode.IsMark(r), r == 'ـ', unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner:
	default:
		out.WriteRune(separator(r))
	}
}

// zeroWidthNonJoiner stands between the parts of a Persian compound.
const zeroWidthNonJoiner = '\u200c'

// bareLatin drops the marks of a letter: ḥ and ḩ are h.
func bareLatin(r rune) string {
	var out strings.Builder
	for _, d := range norm.NFD.String(string(r)) {
		if !unicode.IsMark(d) {
			out.WriteRune(d)
		}
	}
	return out.String()
}

// digit is the value of a decimal digit of any script: their blocks begin at zero.
func digit(r rune) int {
	d := 0
	for d < 9 && unicode.IsDigit(r-1) && r > '0' {
		r--
		d++
		if zeroes[r] {
			break
		}
	}
	return d
}

// zeroes are the first digits of the blocks seen in names and dates.
var zeroes = map[rune]bool{'0': true, '٠': true, '۰': true, '०': true, '０': true}

// separator keeps what parsing needs to know: commas, full stops, and blanks for all else.
func separator(r rune) rune {
	switch r {
	case ',', '،', '，', ';', '؛':
		return ','
	case '.':
		return '.'
	case '&':
		return '&'
	}
	return ' '
}
