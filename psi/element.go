package psi

import (
	"fmt"

	"github.com/cloudflare/circl/group"
)

const elementSize = 32

// An element is the encoding of a group element. RFC 9496, 4.3.2
type element [elementSize]byte

// fieldPrime is 2^255 - 19, little-endian.
var fieldPrime = [elementSize]byte{
	0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
}

// check refuses the identity and what is not the one encoding of a field
// element that is not negative, before the library sees it. What is left may
// still be off the group; decode finds that. RFC 9496, 4.3.1
func (e element) check() error {
	switch {
	case e == element{}:
		return Identity
	case e[0]&1 == 1 || !belowPrime(e):
		return NotCanonical
	}
	return nil
}

func belowPrime(e element) bool {
	for i := len(e) - 1; i >= 0; i-- {
		if e[i] != fieldPrime[i] {
			return e[i] < fieldPrime[i]
		}
	}
	return false
}

func (e element) decode() (group.Element, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	point := suite.Group().NewElement()
	if err := point.UnmarshalBinary(e[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", NotCanonical, err)
	}
	return point, nil
}

func encode(point group.Element) (e element, err error) {
	raw, err := point.MarshalBinaryCompress()
	copy(e[:], raw)
	return e, err
}

// cutElements reads a body that is n elements long and holds each once.
func cutElements(body []byte, n int) ([]element, error) {
	if len(body) != n*elementSize {
		return nil, fmt.Errorf("%d bytes, want %d elements of %d: %w", len(body), n, elementSize, WrongCount)
	}
	seen := make(map[element]struct{}, n)
	elements := make([]element, n)
	for i := range elements {
		copy(elements[i][:], body[i*elementSize:])
		if err := elements[i].check(); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		seen[elements[i]] = struct{}{}
	}
	if len(seen) != n {
		return nil, fmt.Errorf("%d elements, of which %d differ: %w", n, len(seen), Duplicate)
	}
	return elements, nil
}

func decodeAll(elements []element) ([]group.Element, error) {
	points := make([]group.Element, len(elements))
	for i, e := range elements {
		point, err := e.decode()
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		points[i] = point
	}
	return points, nil
}

func encodeAll(points []group.Element) ([]element, error) {
	elements := make([]element, len(points))
	for i, point := range points {
		e, err := encode(point)
		if err != nil {
			return nil, err
		}
		elements[i] = e
	}
	return elements, nil
}

func appendElements(out []byte, elements []element) []byte {
	for _, e := range elements {
		out = append(out, e[:]...)
	}
	return out
}
