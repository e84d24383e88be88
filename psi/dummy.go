package psi

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"io"
)

// Dummies make the rows of one set that stand for nobody. A dummy's tag is
// AES-256 of 8 zero bytes, the set's serial and a number, under a key that only
// the answerer has: to all others it is random, and the answerer, or its
// auditor, can tell the dummies of a set without keeping a list.
type dummies struct {
	block  cipher.Block
	random io.Reader
}

func (k *Key) dummies(info Info, random io.Reader) (dummies, error) {
	block, err := k.dummyCipher(info.Bytes())
	return dummies{block, random}, err
}

// make gives dummy n of a set of that serial.
func (d dummies) make(serial, n uint32) (r row, err error) {
	var plain tag
	binary.BigEndian.PutUint32(plain[8:], serial)
	binary.BigEndian.PutUint32(plain[12:], n)
	d.block.Encrypt(r[:tagSize], plain[:])
	_, err = io.ReadFull(d.random, r[tagSize:])
	return r, err
}

// each gives dummies 0 to n - 1 of a set.
func (d dummies) each(serial uint32, n int, add func(row) error) error {
	for i := range n {
		r, err := d.make(serial, uint32(i))
		if err != nil {
			return fmt.Errorf("randomness: %w", err)
		}
		if err := add(r); err != nil {
			return err
		}
	}
	return nil
}

// has says whether a tag is that of a dummy. It errs for one in 2^64 others.
func (d dummies) has(t tag) bool {
	var plain tag
	d.block.Decrypt(plain[:], t[:])
	return [8]byte(plain[:8]) == [8]byte{}
}
