package value

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Detect reads one token of unknown kind, whole or defanged: an address, domain,
// URL, e-mail address, hash, phone number, IBAN, crypto address, CVE, MAC, AS
// number or registry key. Kinds that any word could be are never guessed; of
// hashes with equal length the most used is. It returns none or one.
func Detect(s string) []Value { return detect(nil, s) }

const (
	maxToken = 2048        // longer tokens are data, and not looked at
	shortest = len("a.tk") // what is shorter is none of the kinds
)

func detect(out []Value, s string) []Value {
	whole := strings.TrimSpace(s)
	if len(whole) > maxToken {
		return out
	}
	text := Refang(whole)
	if len(text) < shortest {
		return out
	}
	for _, kind := range guess(text) {
		normal, err := normalise(kind, text)
		if err != nil || kind == Domain && text == whole && !publicName(normal) {
			continue
		}
		return append(out, Value{Kind: kind, Text: normal, As: s, Person: rules[kind].person})
	}
	return out
}

// guess names the kinds whose shape the text has, the likeliest first.
func guess(s string) []Kind {
	if kind, ok := hexKinds[len(s)]; ok && allOf(s, isHex) {
		return kind
	}
	switch {
	case strings.Contains(s, "://"):
		return []Kind{URL}
	case hasPrefixFold(s, "mailto:"), hasPrefixFold(s, "magnet:"):
		return []Kind{URL}
	case strings.Contains(s, "@"):
		return mailKinds(s)
	case hasPrefixFold(s, "cve-"):
		return []Kind{CVE}
	case hasPrefixFold(s, "hkey_"), hasPrefixFold(s, `hklm\`), hasPrefixFold(s, `hkcu\`):
		return []Kind{RegistryKey}
	case s[0] == '+' || s[0] == '(' || strings.HasPrefix(s, "00") || strings.HasPrefix(s, "＋"):
		return phoneKinds
	}
	return guessByMarks(s)
}

var (
	hexKinds = map[int][]Kind{
		32: {MD5}, 40: {SHA1}, 56: {SHA224}, 64: {SHA256}, 96: {SHA384}, 128: {SHA512}, 70: {TLSH},
	}
	phoneKinds   = []Kind{Phone, IPv6, IPv6CIDR, MAC}
	colonKinds   = []Kind{IPv6, IPv6CIDR, MAC, SSDEEP}
	dotKinds     = []Kind{IPv4, IPv4CIDR, MAC, Domain}
	plainKinds   = []Kind{CryptoAddress, IBAN, TLSH}
	hyphenedMAC  = []Kind{MAC}
	numberedKind = []Kind{ASN}
)

// mailKinds wants a dot in the domain: user@host is too often something else.
func mailKinds(s string) []Kind {
	if strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
		return []Kind{Email}
	}
	return nil
}

func guessByMarks(s string) []Kind {
	switch {
	case strings.Contains(s, ":"):
		return colonKinds
	case strings.ContainsAny(s, ".。．"):
		return dotKinds
	case len(s) == 17 && s[2] == '-':
		return hyphenedMAC
	case strings.HasPrefix(s, "AS") && allOf(s[2:], isDigit):
		return numberedKind
	case len(s) >= 15:
		return plainKinds
	}
	return nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// fileEndings are top-level domains that are oftener the end of a file name.
var fileEndings = map[string]bool{
	"zip": true, "mov": true, "sh": true, "py": true, "md": true, "rs": true, "pl": true, "ps": true, "cc": true, "so": true,
}

// publicName says whether a domain that nobody defanged is one: its ending must
// be delegated, and not be that of a file. A defanged one needs no such proof.
func publicName(name string) bool {
	suffix, listed := publicsuffix.PublicSuffix(name)
	last := suffix[strings.LastIndexByte(suffix, '.')+1:]
	return listed && suffix != name && (!fileEndings[last] || strings.HasPrefix(name, "www."))
}
