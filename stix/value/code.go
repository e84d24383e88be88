package value

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// cve takes CVE-YYYY-N…, at least four digits and no zero in front of more.
func cve(s string) (string, error) {
	s = strings.ToUpper(s)
	rest, ok := strings.CutPrefix(s, "CVE-")
	year, number, _ := strings.Cut(rest, "-")
	switch {
	case !ok || len(year) != 4 || !allOf(year, isDigit) || !allOf(number, isDigit) || len(number) < 4 || len(number) > 19:
		return "", flaw("want CVE, a year and at least four digits, with hyphens between")
	case year < "1999":
		return "", flaw("the first year is 1999")
	case len(number) > 4 && number[0] == '0':
		return "", flaw("a number of more than four digits has no leading zero")
	}
	return s, nil
}

// mac takes six octets with colons, hyphens, Cisco's dots or nothing between.
func mac(s string) (string, error) {
	const why = flaw("want six octets in hexadecimal")
	var group int
	var between byte
	switch {
	case len(s) == 12:
		group = 12
	case len(s) == 17 && (s[2] == ':' || s[2] == '-'):
		group, between = 2, s[2]
	case len(s) == 14 && s[4] == '.':
		group, between = 4, '.'
	default:
		return "", why
	}
	b := make([]byte, 0, 18)
	for i, digits := 0, 0; i < len(s); i++ {
		if i%(group+1) == group {
			if s[i] != between {
				return "", why
			}
			continue
		}
		if !isHex(s[i]) {
			return "", why
		}
		b = append(b, s[i]|0x20)
		if digits++; digits%2 == 0 && digits < 12 {
			b = append(b, ':')
		}
	}
	return keep(s, string(b)), nil
}

// asn takes N, ASN or AS before it, and the dotted form of RFC 5396, 2.
func asn(s string) (string, error) {
	digits := strings.ToUpper(s)
	digits = strings.TrimPrefix(digits, "AS")
	digits = strings.TrimSpace(strings.TrimPrefix(digits, "N"))
	high, low, dotted := strings.Cut(digits, ".")
	n, ok := decimal(digits, 32)
	if dotted {
		h, okHigh := decimal(high, 16)
		l, okLow := decimal(low, 16)
		n, ok = h<<16|l, okHigh && okLow
	}
	if !ok {
		return "", flaw("want AS and a number up to 4294967295")
	}
	return keep(s, "AS"+strconv.FormatUint(n, 10)), nil
}

// decimal reads digits alone, without a sign.
func decimal(s string, bits int) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, bits)
	return n, err == nil && isDigit(s[0])
}

// cpe takes a formatted string of version 2.3: thirteen parts.
func cpe(s string) (string, error) {
	s = strings.ToLower(s)
	parts := 1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ':':
			parts++
		}
	}
	if !strings.HasPrefix(s, "cpe:2.3:") || parts != 13 || strings.IndexFunc(s, isSpaceOrControl) >= 0 {
		return "", flaw("want cpe:2.3: and eleven parts with colons between")
	}
	return s, nil
}

var betweenOctets = strings.NewReplacer(":", "", "-", "", " ", "")

// certificateSerial reads hexadecimal, with colons, hyphens or spaces between
// octets or 0x in front; a decimal serial cannot be told from it.
func certificateSerial(s string) (string, error) {
	digits := betweenOctets.Replace(strings.ToLower(s))
	digits = strings.TrimPrefix(digits, "0x")
	if digits == "" || !allOf(digits, isHex) {
		return "", flaw("want hexadecimal digits")
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	octets, _ := hex.DecodeString(digits)
	for len(octets) > 1 && octets[0] == 0 {
		octets = octets[1:]
	}
	return keep(s, hex.EncodeToString(octets)), nil
}
