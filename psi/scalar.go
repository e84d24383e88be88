package psi

import (
	"bytes"
	"fmt"
	"io"

	"github.com/cloudflare/circl/group"
)

const scalarSize = 32

const tagBlind = "mithaq/v1/psi/blind"

// drawScalar makes a uniform scalar of 64 random bytes. The library draws from
// the system alone; here randomness is given.
func drawScalar(random io.Reader) (group.Scalar, error) {
	var seed [64]byte
	defer clear(seed[:])
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return suite.Group().HashToScalar(seed[:], []byte(tagBlind)), nil
}

// readScalar takes the one encoding of a scalar that is not zero.
func readScalar(raw []byte) (group.Scalar, error) {
	s := suite.Group().NewScalar()
	if err := s.UnmarshalBinary(raw); err != nil {
		return nil, fmt.Errorf("scalar: %w: %w", NotCanonical, err)
	}
	if s.IsZero() {
		return nil, fmt.Errorf("scalar zero: %w", Identity)
	}
	if again, err := s.MarshalBinary(); err != nil || !bytes.Equal(again, raw) {
		return nil, fmt.Errorf("scalar: %w", NotCanonical)
	}
	return s, nil
}
