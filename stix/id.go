// Package stix reads and writes STIX 2.1.
package stix

import "strings"

// A Type is the type of a STIX object.
type Type string

// An ID is a STIX identifier, type--UUID (STIX 2.1, 2.9).
type ID string

// Type returns the part before the two hyphens.
func (id ID) Type() Type {
	typ, _, _ := strings.Cut(string(id), "--")
	return Type(typ)
}
