package value

import (
	"strings"

	"golang.org/x/net/idna"
)

// names maps as a browser does before it asks the DNS (UTS 46, 4), but leaves
// the check of characters to checkLabels: underscores and "--" are in use.
var names = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.Transitional(false),
	idna.ValidateLabels(true),
	idna.CheckHyphens(false),
	idna.CheckJoiners(true),
	idna.StrictDomainName(false),
)

const tooLong = flaw("longer than 253 characters")

// domain gives A-labels in lower case.
// RFC 5890, 2.3.2.1
func domain(s string) (string, error) {
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	if len(s) > 1024 { // 253 characters are at most 1012 bytes, and Punycode is slow
		return "", tooLong
	}
	if !plainName(s) {
		a, err := names.ToASCII(s)
		if err != nil {
			return "", flaw("not a domain name under UTS 46")
		}
		s = strings.TrimSuffix(a, ".")
	}
	return s, checkLabels(s)
}

// plainName says whether the mapping would change nothing: ASCII without upper
// case and without A-labels.
func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return !strings.Contains(s, "xn--")
}

// checkLabels holds a name to the lengths and characters of RFC 1035, 2.3.1,
// with digits in first place and underscores added.
func checkLabels(s string) error {
	if len(s) > 253 {
		return tooLong
	}
	for rest := s; ; {
		label, after, more := strings.Cut(rest, ".")
		if err := checkLabel(label); err != nil {
			return err
		}
		if !more {
			return checkLast(label)
		}
		rest = after
	}
}

func checkLabel(label string) error {
	switch {
	case label == "":
		return flaw("a label is empty")
	case len(label) > 63:
		return flaw("a label is longer than 63 characters")
	case label[0] == '-' || label[len(label)-1] == '-':
		return flaw("a label begins or ends with a hyphen")
	}
	for i := range len(label) {
		if c := label[i]; !isLower(c) && !isDigit(c) && c != '-' && c != '_' {
			return flaw("a label holds something other than letters, digits, hyphens and underscores")
		}
	}
	return nil
}

// checkLast refuses what programs would read as a number of an IPv4 address.
func checkLast(label string) error {
	if allOf(label, isDigit) || strings.HasPrefix(label, "0x") && allOf(label[2:], isHex) {
		return flaw("ends in a number, as an IPv4 address would")
	}
	return nil
}

func allOf(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
