package misp

import (
	"crypto/sha1" //nolint:gosec // UUIDv5 is defined over SHA-1
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// The fixed identifiers of this package.
const (
	// Extension is the property extension that carries what has no place in
	// STIX, and says which part of an event an object is.
	Extension stix.ID = "extension-definition--46a73751-66df-43db-a285-24abc56cd6af"
	// CustomObjects defines the types x-misp-attribute, x-misp-object and
	// x-misp-galaxy-cluster.
	CustomObjects stix.ID = "extension-definition--3ba40097-48d7-4b3d-8e62-1d0de65d405c"
	// Maker is the identity that both extension definitions are by.
	Maker stix.ID = "identity--2d223c26-9931-4953-bdf8-c73d1a85239b"
)

// namespace is that of the identifiers that are derived.
var namespace = [16]byte{
	0x4b, 0xa3, 0xd5, 0x1c, 0x2b, 0x1a, 0x41, 0xc2,
	0xb8, 0xaf, 0xb8, 0x19, 0x2a, 0xe6, 0x49, 0x4c,
}

// uuid5 derives a UUID from parts of a name. RFC 9562, 5.5
func uuid5(parts ...string) string {
	h := sha1.New()
	h.Write(namespace[:])
	for _, p := range parts {
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	var u [sha1.Size]byte
	h.Sum(u[:0])
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	b := make([]byte, 36)
	hex.Encode(b, u[:4])
	hex.Encode(b[9:], u[4:6])
	hex.Encode(b[14:], u[6:8])
	hex.Encode(b[19:], u[8:10])
	hex.Encode(b[24:], u[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b)
}

// usable tells whether a UUID of MISP can stand in an identifier of STIX as it
// is written. STIX 2.1, 2.9
func usable(uuid string) bool {
	return uuid == strings.ToLower(uuid) && stix.ID("note--"+uuid).Valid()
}

const (
	toMillis  = "2006-01-02T15:04:05.000Z"
	toSeconds = "2006-01-02T15:04:05Z"
)

// unix is a time in MISP's usual spelling, seconds since 1970.
func unix(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n > 253402300799 { // the year 9999
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}

func unixText(t stix.Timestamp) string { return strconv.FormatInt(t.Time().Unix(), 10) }
