package stix

import (
	"crypto/sha1" //nolint:gosec // UUIDv5 is defined over SHA-1
	"errors"
	"fmt"
	"slices"

	"github.com/gowebpki/jcs"
)

// ErrNoID says that nothing in an object contributes to a deterministic id:
// its type defines none, or has none of the properties. Such an object takes a
// random id. STIX 2.1, 2.9
var ErrNoID = errors.New("stix: no properties contribute to a deterministic id")

// The namespace of deterministic ids,
// 00abedb4-aa42-466c-9c01-fed23315a9b7. STIX 2.1, 2.9
var scoNamespace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}

// SCOID is the deterministic id of a cyber-observable object: a UUIDv5 over
// the canonical JSON of the contributing properties. Of several hashes one
// contributes: MD5, SHA-1, SHA-256, SHA-512 in that order of preference, else
// the first by name. Values contribute as they are written, a timestamp with
// all its digits. The id that o has is not looked at. STIX 2.1, 3.4 / STIX 2.1, 2.9
func SCOID(o *Object) (ID, error) {
	d := definitions[o.Type()]
	if d == nil || d.class != sco {
		return "", fmt.Errorf("stix: %q: %w", o.Type(), ErrNoID)
	}
	name, err := o.contribution(d)
	if err != nil {
		return "", err
	}
	return idOf(d.name, uuid5(scoNamespace, name), 5), nil
}

func uuid5(space [16]byte, name []byte) (u [16]byte) {
	h := sha1.New()
	h.Write(space[:])
	h.Write(name)
	copy(u[:], h.Sum(nil))
	return u
}

// contribution is the canonical JSON of the contributing properties. RFC 8785, 3.2
func (o *Object) contribution(d *definition) ([]byte, error) {
	b := []byte{'{'}
	canonical := true
	for _, name := range slices.Sorted(slices.Values(d.contributing)) {
		v := o.member(0, name)
		if v == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), `":`...)
		if name == "hashes" && o.nodes[v].kind == kindObject {
			b = o.appendHash(b, v)
			canonical = false
			continue
		}
		b = append(b, o.json(v)...)
		canonical = canonical && o.nodes[v].canonical()
	}
	if len(b) == 1 {
		return nil, ErrNoID
	}
	if b = append(b, '}'); canonical {
		return b, nil
	}
	b, err := jcs.Transform(b)
	if err != nil {
		return nil, fmt.Errorf("stix: canonical JSON: %w", err)
	}
	return b, nil
}

// canonical tells of simple values that their bytes are already canonical, as
// the single value of most observables is.
func (n node) canonical() bool { return n.kind == kindString && n.flags&escaped == 0 }

func (o *Object) appendHash(b []byte, i int) []byte {
	k := o.idHash(i)
	b = append(b, '{')
	if k != 0 {
		b = append(append(append(b, o.json(k)...), ':'), o.json(k+1)...)
	}
	return append(b, '}')
}
