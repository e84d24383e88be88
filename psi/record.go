package psi

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"

	"github.com/mithaq-hub/mithaq"
)

const recordSize = 64

// MaxDesk bounds a record's desk, in bytes.
const MaxDesk = 44

// A Reference names an offer to one asker. It is random, made anew for each
// asker, and an inquiry after a hit quotes it.
type Reference [16]byte

// A Record is what the asker learns of a hit: whom to ask, and about what.
type Record struct {
	Reference Reference
	Class     mithaq.Subjects // one category; mithaq.SubjectNone where nobody is concerned
	Desk      string          // at most 44 bytes
}

// neverOffered are the categories that no set may have, whatever a pact says.
const neverOffered = mithaq.Protected | mithaq.SubjectUnknown

// Check says what is wrong with the record, if anything. Whether the pact
// allows the class is for the caller.
func (r Record) Check() error {
	switch {
	case r.Reference == Reference{}:
		return fmt.Errorf("record without a reference: %w", BadRecord)
	case bits.OnesCount16(uint16(r.Class)) != 1 || r.Class > mithaq.SubjectUnknown:
		return fmt.Errorf("record of %d categories, want one: %w", len(r.Class.Words()), BadRecord)
	case r.Class&neverOffered != 0:
		return fmt.Errorf("record of a %s, who is never offered: %w", strings.Join(r.Class.Words(), " "), BadRecord)
	case !isSentence(r.Desk, MaxDesk):
		return fmt.Errorf("record: want a desk of at most %d bytes without control characters: %w", MaxDesk, BadRecord)
	}
	return nil
}

// bytes: version 1 · class 2 · reference 16 · length of desk 1 · desk 44,
// zeros at the end.
func (r Record) bytes() (b [recordSize]byte) {
	b[0] = Version
	binary.BigEndian.PutUint16(b[1:], uint16(r.Class))
	copy(b[3:19], r.Reference[:])
	b[19] = byte(len(r.Desk))
	copy(b[20:], r.Desk)
	return b
}

// readRecord takes the one form of a record.
func readRecord(b []byte) (r Record, err error) {
	if len(b) != recordSize || b[0] != Version || b[19] > MaxDesk {
		return r, fmt.Errorf("record: %w", BadRecord)
	}
	r.Class = mithaq.Subjects(binary.BigEndian.Uint16(b[1:]))
	copy(r.Reference[:], b[3:19])
	r.Desk = string(b[20 : 20+int(b[19])])
	if r.bytes() != [recordSize]byte(b) {
		return r, fmt.Errorf("record with something after its end: %w", BadRecord)
	}
	return r, r.Check()
}
