package stix

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Type is the name of an object type, such as "indicator".
type Type string

// An ID identifies an object: its type, two hyphens and a UUID.
// STIX 2.1, 2.9
type ID string

// ParseID checks that s is an identifier.
func ParseID(s string) (ID, error) {
	if _, ok := splitID([]byte(s)); !ok {
		return "", fmt.Errorf("stix: %q is not an identifier", s)
	}
	return ID(s), nil
}

// NewID makes an identifier with a random UUID. STIX 2.1, 2.9
func NewID(t Type) ID {
	var u [16]byte
	rand.Read(u[:])
	return idOf(t, u, 4)
}

// Type is what stands before the UUID, "" if id is not an identifier.
func (id ID) Type() Type {
	t, _, ok := strings.Cut(string(id), "--")
	if !ok {
		return ""
	}
	return Type(t)
}

// UUID is the part after the type, "" if id is not an identifier.
func (id ID) UUID() string {
	_, u, _ := strings.Cut(string(id), "--")
	return u
}

// Valid tells whether id has the form of an identifier.
func (id ID) Valid() bool {
	_, ok := splitID([]byte(id))
	return ok
}

// idOf writes an identifier; u becomes a UUID of the version. RFC 4122, 4.1
func idOf(t Type, u [16]byte, version byte) ID {
	u[6] = u[6]&0x0f | version<<4
	u[8] = u[8]&0x3f | 0x80
	b := make([]byte, 0, len(t)+2+uuidLen)
	b = append(append(b, t...), "--"...)
	b = hex.AppendEncode(b, u[:4])
	for _, part := range [][]byte{u[4:6], u[6:8], u[8:10], u[10:]} {
		b = hex.AppendEncode(append(b, '-'), part)
	}
	return ID(b)
}

const uuidLen = 36

// An idParts is what a well-formed identifier is made of.
type idParts struct {
	typeLen int
	version byte // of the UUID, 1 to 5
	upper   bool // the UUID has upper-case digits
}

// splitID reads an identifier. STIX 2.1, 2.9
func splitID(b []byte) (idParts, bool) {
	n := len(b) - uuidLen - 2
	if n < 3 || b[n] != '-' || b[n+1] != '-' || !isTypeName(b[:n]) {
		return idParts{}, false
	}
	version, upper, ok := splitUUID(b[n+2:])
	return idParts{typeLen: n, version: version, upper: upper}, ok
}

// splitUUID reads a UUID of the RFC 4122 variant. RFC 4122, 3
func splitUUID(b []byte) (version byte, upper, ok bool) {
	if len(b) != uuidLen || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return 0, false, false
	}
	var cases byte
	for i, c := range b {
		switch class := hexClass[c]; {
		case class != 0:
			cases |= class
		case i != 8 && i != 13 && i != 18 && i != 23:
			return 0, false, false
		}
	}
	version = b[14] - '0'
	variant := b[19] | 0x20 // digits have that bit already
	ok = version >= 1 && version <= 5 && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b')
	return version, cases&2 != 0, ok
}

// hexClass is 1 for lower-case hexadecimal digits and 2 for upper-case ones.
var hexClass = func() (t [256]byte) {
	for c := range t {
		if hexDigit(byte(c)) >= 0 {
			t[c] = 1
			if c >= 'A' && c <= 'F' {
				t[c] = 2
			}
		}
	}
	return t
}()

// isTypeName checks the form of a type name: words of lower-case letters and
// digits, joined by single hyphens. STIX 2.1, 3.1 / STIX 2.1, 11.2.1
func isTypeName(b []byte) bool {
	if len(b) < 3 || len(b) > 250 || b[0] < 'a' || b[0] > 'z' || b[len(b)-1] == '-' {
		return false
	}
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		case c != '-' || b[i-1] == '-':
			return false
		}
	}
	return true
}

// isPropertyName checks the form of a property name. STIX 2.1, 3.1 / STIX 2.1, 11.1.1
func isPropertyName(b []byte) bool {
	if len(b) < 3 || len(b) > 250 || b[0] < 'a' || b[0] > 'z' {
		return false
	}
	for _, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}
