package value

import (
	"strings"
	"unicode"
)

// phone takes an international number; see PhoneIn.
func phone(s string) (string, error) { return phoneIn(s, numbering{}) }

// PhoneIn is Normalise for Phone that also takes numbers as they are dialled
// within a region, which is an ISO 3166-1 code such as "TR": the region's trunk
// prefix is dropped and its calling code put in front. What else a region changes
// between home and abroad, as the 15 and the 9 of Argentine mobile numbers, is
// not known here. The error is an *Error.
func PhoneIn(s, region string) (string, error) {
	n, ok := regions[strings.ToUpper(region)]
	if !ok {
		return "", &Error{Kind: Phone, Why: "no calling code is known for the region"}
	}
	if len(s) > MaxLength {
		return "", &Error{Kind: Phone, Why: "longer than 8192 bytes"}
	}
	text, err := phoneIn(strings.TrimSpace(s), n)
	if err != nil {
		return "", &Error{Kind: Phone, Why: err.Error()}
	}
	return text, nil
}

func phoneIn(s string, home numbering) (string, error) {
	digits, plus, err := phoneDigits(strings.TrimPrefix(s, "tel:"))
	switch {
	case err != nil:
		return "", err
	case plus:
	case strings.HasPrefix(digits, "00"):
		digits = digits[2:]
	case home.code == "":
		return "", flaw("want + or 00 and the calling code in front")
	default:
		national := strings.TrimPrefix(digits, home.trunk)
		digits = home.code + national
	}
	return keepNumber(s, digits)
}

// keepNumber checks the length against the calling code.
// ITU-T E.164, 6
func keepNumber(s, digits string) (string, error) {
	n, ok := numberingOf(digits)
	if !ok {
		return "", flaw("no such calling code is assigned")
	}
	if rest := len(digits) - len(n.code); rest < n.least || rest > n.most {
		return "", flaw("the length is not that of numbers under +" + n.code)
	}
	return keep(s, "+"+digits), nil
}

// phoneDigits folds all decimal digits to ASCII and passes over what people put
// between them. (0) after a calling code is the trunk prefix, which is not
// dialled from abroad, but in Italy, San Marino and the Vatican it is.
func phoneDigits(s string) (digits string, plus bool, err error) {
	var b [24]byte
	out := b[:0]
	s, dropped := dropTrunk(s)
	for _, r := range s {
		switch d, ok := digitOf(r); {
		case ok && len(out) == cap(out):
			return "", false, flaw("too many digits")
		case ok:
			out = append(out, d)
		case (r == '+' || r == '＋') && len(out) == 0 && !plus:
			plus = true
		case !isBetween(r):
			return "", false, flaw("holds something other than digits and separators")
		}
	}
	if dropped && italian(string(out)) {
		return "", false, flaw("(0) is ambiguous in a country that dials the zero from abroad")
	}
	return string(out), plus, nil
}

func dropTrunk(s string) (string, bool) {
	before, after, ok := strings.Cut(s, "(0)")
	if !ok || !strings.ContainsAny(before, "0123456789") {
		return s, false
	}
	return before + after, true
}

func italian(digits string) bool {
	digits = strings.TrimPrefix(digits, "00")
	return strings.HasPrefix(digits, "39") || strings.HasPrefix(digits, "378") || strings.HasPrefix(digits, "379")
}

// digitOf reads a decimal digit of the scripts in which numbers are given.
func digitOf(r rune) (byte, bool) {
	switch {
	case r < 0x80:
		return byte(r), r >= '0' && r <= '9'
	case r >= 0x660 && r <= 0x669: // Arabic-Indic
		return byte(r-0x660) + '0', true
	case r >= 0x6f0 && r <= 0x6f9: // Persian and Urdu
		return byte(r-0x6f0) + '0', true
	case r >= 0x966 && r <= 0x96f: // Devanagari
		return byte(r-0x966) + '0', true
	case r >= 0x9e6 && r <= 0x9ef: // Bengali
		return byte(r-0x9e6) + '0', true
	case r >= 0xff10 && r <= 0xff19: // full width
		return byte(r-0xff10) + '0', true
	}
	return 0, false
}

// isBetween says whether a character separates digits or steers direction.
func isBetween(r rune) bool {
	switch r {
	case ' ', '-', '.', '(', ')', '/', '\u00a0', '\u2007', '\u202f', '\u2010', '\u2011', '\u2012', '\u2013', '\u2212':
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}
