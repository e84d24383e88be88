package psi

import (
	"crypto/sha512"
	"encoding/binary"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
)

// An evaluator is the PRF as the key's holder computes it by itself, under one
// info. The library does the same for one input, but hashes the info and inverts
// a scalar each time, which is a third of the work; the tests hold the two to
// each other. RFC 9497, 3.3.3
type evaluator struct {
	inverse group.Scalar // of the key tweaked by the info
	info    []byte
}

func (k *Key) under(info []byte) (*evaluator, error) {
	raw, err := k.private.MarshalBinary()
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	secret, err := readScalar(raw)
	if err != nil {
		return nil, err
	}
	tweak := suite.Group().HashToScalar(framed([]byte("Info"), info), domain("HashToScalar-"))
	tweaked := secret.Add(secret, tweak)
	if tweaked.IsZero() {
		return nil, oprf.ErrInverseZero
	}
	return &evaluator{tweaked.Inv(tweaked), info}, nil
}

// full gives the output of an input.
func (e *evaluator) full(input []byte) ([]byte, error) {
	point := suite.Group().HashToElement(input, domain("HashToGroup-"))
	unblinded, err := encode(point.Mul(point, e.inverse))
	if err != nil {
		return nil, err
	}
	text := framed(nil, input)
	text = framed(text, e.info)
	text = framed(text, unblinded[:])
	output := sha512.Sum512(append(text, "Finalize"...))
	clear(text)
	return output[:], nil
}

// forget wipes the scalar, which is as good as the key for this info.
func (e *evaluator) forget() { e.inverse.SetUint64(0) }

// framed puts a text behind its length in two bytes.
func framed(out, text []byte) []byte {
	return append(binary.BigEndian.AppendUint16(out, uint16(len(text))), text...)
}

// domain separates the hashes of this mode and suite. RFC 9497, 3.1
func domain(name string) []byte {
	return []byte(name + "OPRFV1-" + string([]byte{oprf.PartialObliviousMode}) + "-" + Suite)
}
