package stix

import (
	"bytes"
	"net/netip"
	"strings"
)

// The forms of the strings of cyber-observable objects. STIX 2.1, 6

// ipv4 is an address or a block in CIDR notation. STIX 2.1, 6.8.1
func ipv4(c *checker, i int) {
	if c.isKind(i, kindString, "6.8.1") && !isIP(string(c.o.bytes(i)), false) {
		c.must(i, RuleFormat, "6.8.1", "not an IPv4 address or CIDR block")
	}
}

// ipv6 is an address or a block in CIDR notation. STIX 2.1, 6.9.1
func ipv6(c *checker, i int) {
	if c.isKind(i, kindString, "6.9.1") && !isIP(string(c.o.bytes(i)), true) {
		c.must(i, RuleFormat, "6.9.1", "not an IPv6 address or CIDR block")
	}
}

func isIP(s string, six bool) bool {
	host, size, block := strings.Cut(s, "/")
	if six {
		host, _, _ = strings.Cut(host, "%") // a zone
	}
	a, err := netip.ParseAddr(host)
	if err != nil || a.Is6() != six {
		return false
	}
	return !block || isPrefixSize(size, a.BitLen())
}

func isPrefixSize(s string, most int) bool {
	if s == "" || len(s) > 3 || len(s) > 1 && s[0] == '0' || !allDigits([]byte(s)) {
		return false
	}
	n := 0
	for _, d := range s {
		n = n*10 + int(d-'0')
	}
	return n <= most
}

// macAddress is six pairs in lower case between colons. STIX 2.1, 6.10.1
func macAddress(c *checker, i int) {
	if c.isKind(i, kindString, "6.10.1") && !isMAC(c.o.bytes(i)) {
		c.must(i, RuleFormat, "6.10.1", "not a MAC-48 address in lower case with colons")
	}
}

func isMAC(b []byte) bool {
	if len(b) != 17 {
		return false
	}
	for i, d := range b {
		if i%3 == 2 && d != ':' || i%3 != 2 && hexClass[d] != 1 {
			return false
		}
	}
	return true
}

// domainName has labels of 63 at most. Underscores and letters beyond ASCII
// are let through: both occur in what is observed. STIX 2.1, 6.4.1
func domainName(c *checker, i int) {
	if c.isKind(i, kindString, "6.4.1") && !isDomain(c.o.bytes(i)) {
		c.must(i, RuleFormat, "6.4.1", "not a domain name")
	}
}

func isDomain(b []byte) bool {
	if bytes.ContainsAny(b, " \t\r\n/@:?#\\\"<>[]()") {
		return false
	}
	b = bytes.TrimSuffix(b, []byte("."))
	if len(b) == 0 || len(b) > 4*253 {
		return false
	}
	for label := range bytes.SplitSeq(b, []byte(".")) {
		if len(label) == 0 || isASCII(label) && len(label) > 63 {
			return false
		}
	}
	return !isASCII(b) || len(b) <= 253
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// emailAddress is an address without a display name. STIX 2.1, 6.5.1
func emailAddress(c *checker, i int) {
	if !c.isKind(i, kindString, "6.5.1") {
		return
	}
	b := c.o.bytes(i)
	at := bytes.LastIndexByte(b, '@')
	switch {
	case bytes.HasSuffix(b, []byte(">")):
		c.must(i, RuleFormat, "6.5.1", "an address with a display name")
	case at < 1 || at == len(b)-1:
		c.advise(i, RuleFormat, "6.5.1", "not an addr-spec of RFC 5322")
	}
}

// urlMust is a URL. RFC 3986, 3
func urlMust(section string) shape {
	return func(c *checker, i int) {
		if c.isKind(i, kindString, section) && !isURL(c.o.bytes(i)) {
			c.must(i, RuleFormat, section, "not a URL of RFC 3986")
		}
	}
}

// urlAdvice is a string that should be a URL. STIX 2.1, 2.5.1
func urlAdvice(c *checker, i int) {
	if c.isKind(i, kindString, "2.5.1") && c.should && !isURL(c.o.bytes(i)) {
		c.advise(i, RuleFormat, "2.5.1", "not a URL of RFC 3986")
	}
}

// isURL checks that there is a scheme and that each byte may stand in a URL.
// RFC 3986, 2
func isURL(b []byte) bool {
	scheme, rest, ok := bytes.Cut(b, []byte(":"))
	if !ok || len(scheme) == 0 || len(rest) == 0 || scheme[0]|0x20 < 'a' || scheme[0]|0x20 > 'z' {
		return false
	}
	for _, c := range scheme {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.') {
			return false
		}
	}
	for i, c := range rest {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
		if c == '%' && (i+2 >= len(rest) || hexClass[rest[i+1]] == 0 || hexClass[rest[i+2]] == 0) {
			return false
		}
	}
	return true
}

// mimeType is a type and a subtype. STIX 2.1, 6.1.1
func mimeType(c *checker, i int) {
	if !c.isKind(i, kindString, "6.1.1") || !c.should {
		return
	}
	major, minor, ok := strings.Cut(string(c.o.bytes(i)), "/")
	if !ok || minor == "" || !mediaTypes.words[major] {
		c.advise(i, RuleFormat, "6.1.1", "not a media type")
	}
}

var mediaTypes = words("media types", "6.1.1", "application audio font image message model multipart text video")

// charset is the name of a character set. STIX 2.1, 3.9.1
func charset(c *checker, i int) {
	if c.isKind(i, kindString, "3.9.1") && !isCharset(c.o.bytes(i)) {
		c.must(i, RuleFormat, "3.9.1", "not the name of a character set")
	}
}

func isCharset(b []byte) bool {
	if len(b) < 2 || len(b) > 250 {
		return false
	}
	for _, c := range b {
		if !isAlphanumeric(string(rune(c))) && strings.IndexByte("/.+_:-", c) < 0 {
			return false
		}
	}
	return true
}

// cpe is a name of CPE 2.3: thirteen fields between colons. STIX 2.1, 6.14.1
func cpe(c *checker, i int) {
	if c.isKind(i, kindString, "6.14.1") && !isCPE(string(c.o.bytes(i))) {
		c.must(i, RuleFormat, "6.14.1", "not a CPE 2.3 name")
	}
}

func isCPE(s string) bool {
	rest, ok := strings.CutPrefix(s, "cpe:2.3:")
	if !ok {
		return false
	}
	var fields []string
	start := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case ':':
			fields = append(fields, rest[start:i])
			start = i + 1
		}
	}
	fields = append(fields, rest[start:])
	if len(fields) != 11 || len(fields[0]) != 1 || strings.IndexByte("aho*-", fields[0][0]) < 0 {
		return false
	}
	for _, f := range fields {
		if f == "" || strings.ContainsAny(f, " \t\r\n") {
			return false
		}
	}
	return true
}

// registryKey begins with a hive written in full. STIX 2.1, 6.17.1
func registryKey(c *checker, i int) {
	if !c.isKind(i, kindString, "6.17.1") {
		return
	}
	hive, _, _ := strings.Cut(string(c.o.bytes(i)), `\`)
	switch strings.ToUpper(hive) {
	case "HKLM", "HKCC", "HKCR", "HKCU", "HKU":
		c.must(i, RuleFormat, "6.17.1", "the hive is not written in full")
	}
}
