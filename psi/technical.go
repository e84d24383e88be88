package psi

import (
	"errors"
	"strings"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// A flaw is the reason alone, before Read adds the type.
type flaw string

func (f flaw) Error() string { return string(f) }

// address takes one IPv4 or IPv6 address; a block is no identifier. An
// IPv4-mapped address is the IPv4 address.
func address(text string) (string, error) {
	four, err := value.Normalise(value.IPv4, text)
	if err == nil {
		return four, nil
	}
	six, err := value.Normalise(value.IPv6, text)
	if err != nil {
		return "", flaw("no IPv4 and no IPv6 address")
	}
	return six, nil
}

// hashesByLength are the algorithms that a bare hash is taken for; others are
// named in front.
var hashesByLength = map[int]value.Kind{
	32: value.MD5, 40: value.SHA1, 64: value.SHA256, 96: value.SHA384, 128: value.SHA512,
}

var hashesByName = map[string]value.Kind{
	"md5": value.MD5, "sha1": value.SHA1, "sha256": value.SHA256, "sha384": value.SHA384, "sha512": value.SHA512,
	"sha3256": value.SHA3_256, "sha3512": value.SHA3_512,
}

// fileHash takes algorithm:digits, or digits whose length tells the algorithm,
// and gives the algorithm as value.Kind writes it, a colon, and the digits.
func fileHash(text string) (string, error) {
	name, digits, named := strings.Cut(strings.TrimSpace(text), ":")
	k, ok := hashesByName[strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))]
	if !named {
		digits = name
		k, ok = hashesByLength[len(digits)]
	}
	if !ok {
		return "", flaw("want MD5, SHA-1, SHA-256, SHA-384, SHA-512, SHA3-256 or SHA3-512")
	}
	normal, err := value.Normalise(k, digits)
	if err != nil {
		if e, ok := errors.AsType[*value.Error](err); ok {
			return "", flaw(e.Why)
		}
		return "", err
	}
	return string(k) + ":" + normal, nil
}
