package psi

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
)

const (
	tagSize   = 16
	nonceSize = 12
	sealSize  = 16

	// RowSize is the size of a row of a set, in bytes.
	RowSize = tagSize + nonceSize + recordSize + sealSize
)

const tagRow = "mithaq/v1/psi/row"

// A tag is where an identifier's row stands.
type tag [tagSize]byte

func (t tag) compare(other tag) int { return bytes.Compare(t[:], other[:]) }

// A row is a tag, a nonce and a sealed record, or a dummy that looks like one.
type row [RowSize]byte

func (r *row) tag() tag { return tag(r[:tagSize]) }

// rowKeys makes of a PRF output where its row stands and what it is sealed with.
// RFC 5869, 2
func rowKeys(output []byte) (t tag, seal cipher.AEAD, err error) {
	both, err := hkdf.Key(sha512.New, output, nil, tagRow, tagSize+32)
	if err != nil {
		return t, nil, err
	}
	defer clear(both)
	block, err := aes.NewCipher(both[tagSize:])
	if err != nil {
		return t, nil, err
	}
	seal, err = cipher.NewGCM(block)
	return tag(both), seal, err
}

// bound is what a row is authenticated with beside its record.
func bound(t tag, epoch int64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, tagSize+8), t[:]...), uint64(epoch))
}

// sealRow makes the row of a PRF output. A nonce is never used twice: within an
// epoch a record may change under the same key.
func sealRow(output []byte, nonce [nonceSize]byte, record Record, epoch int64) (r row, err error) {
	t, seal, err := rowKeys(output)
	if err != nil {
		return r, err
	}
	plain := record.bytes()
	copy(r[:], t[:])
	copy(r[tagSize:], nonce[:])
	seal.Seal(r[:tagSize+nonceSize], nonce[:], plain[:], bound(t, epoch))
	return r, nil
}

// unseal opens the row that a PRF output leads to.
func (r *row) unseal(seal cipher.AEAD, epoch int64) (Record, error) {
	plain, err := seal.Open(nil, r[tagSize:tagSize+nonceSize], r[tagSize+nonceSize:], bound(r.tag(), epoch))
	if err != nil {
		return Record{}, fmt.Errorf("row %x: %w", r.tag(), BadRow)
	}
	return readRecord(plain)
}
