package value

import (
	"strconv"
	"strings"
)

// hexOf makes the rule of a hash of n hexadecimal digits.
func hexOf(n int) func(string) (string, error) {
	why := flaw("want " + strconv.Itoa(n) + " hexadecimal digits")
	return func(s string) (string, error) {
		if len(s) != n || !allOf(s, isHex) {
			return "", why
		}
		return strings.ToLower(s), nil
	}
}

// algorithms names the kinds as STIX does, folded by hashKind.
// STIX 2.1, 10.7
var algorithms = map[string]Kind{
	"md5": MD5, "sha1": SHA1, "sha224": SHA224, "sha256": SHA256, "sha384": SHA384, "sha512": SHA512,
	"sha3224": SHA3_224, "sha3256": SHA3_256, "sha3384": SHA3_384, "sha3512": SHA3_512,
	"ripemd160": RIPEMD160, "whirlpool": Whirlpool, "ssdeep": SSDEEP, "tlsh": TLSH, "imphash": ImpHash,
}

// hashKind reads the name of an algorithm whatever its case, hyphens and underscores.
func hashKind(name string) (Kind, bool) {
	var buffer [16]byte
	b := buffer[:0]
	for i := range len(name) {
		c := name[i]
		if c == '-' || c == '_' {
			continue
		}
		if len(b) == cap(b) {
			return "", false
		}
		if isUpper(c) {
			c |= 0x20
		}
		b = append(b, c)
	}
	kind, ok := algorithms[string(b)]
	return kind, ok
}

const wantSSDEEP = flaw(`want block size, colon, hash, colon, hash`)

// ssdeep takes size:hash:hash, with or without ,"file name" after it. The block
// size is 3 times a power of two.
func ssdeep(s string) (string, error) {
	if i := strings.Index(s, `,"`); i >= 0 {
		s = s[:i]
	}
	size, rest, _ := strings.Cut(s, ":")
	one, two, ok := strings.Cut(rest, ":")
	n, err := strconv.ParseUint(size, 10, 32)
	third := n / 3
	if !ok || err != nil || size[0] == '0' || size[0] == '+' || n%3 != 0 || third&(third-1) != 0 {
		return "", wantSSDEEP
	}
	if len(one) > 64 || len(two) > 64 || one == "" && two == "" || !allOf(one, isBase64) || !allOf(two, isBase64) {
		return "", wantSSDEEP
	}
	return s, nil
}

func isBase64(c byte) bool {
	return isLower(c) || isUpper(c) || isDigit(c) || c == '+' || c == '/'
}

// tlsh takes the digest with or without its version mark T1.
func tlsh(s string) (string, error) {
	digits := strings.ToUpper(s)
	if len(digits) == 72 {
		digits = strings.TrimPrefix(digits, "T1")
	}
	if len(digits) != 70 || !allOf(digits, isHex) {
		return "", flaw("want T1 and 70 hexadecimal digits")
	}
	return keep(s, "T1"+digits), nil
}
