package psi

import (
	"fmt"
	"math/bits"

	"github.com/mithaq-hub/mithaq"
)

// MaxSet bounds the rows of a set, dummies among them.
const MaxSet = 1 << 26

const kindSet = "psi-set"

// A Header commits to the rows of a set. It travels signed and is entered in
// both ledgers before questions are asked; the rows may come by any way.
type Header struct {
	Version  int           `json:"v"`
	Kind     string        `json:"kind"`
	Info     Info          `json:"info"`
	Serial   int64         `json:"serial"` // from 1, within one info
	At       mithaq.Time   `json:"at"`
	Count    int64         `json:"count"` // rows, a power of two
	Root     mithaq.Digest `json:"root"`  // over the rows in their order
	Previous mithaq.Digest `json:"previous,omitzero"`
}

// ReadHeader reads and checks the canonical form.
func ReadHeader(raw []byte) (h Header, err error) {
	if err := readHeader(raw, &h); err != nil {
		return h, fmt.Errorf("set: %w", err)
	}
	return h, h.Check()
}

// Bytes is the canonical form.
func (h Header) Bytes() []byte { return canonical(h) }

// Digest names the set.
func (h Header) Digest() mithaq.Digest { return mithaq.DigestOf(h.Bytes()) }

// Check says what is wrong with the header, if anything.
func (h Header) Check() error {
	if err := wantVersion(h.Version, h.Kind, kindSet); err != nil {
		return fmt.Errorf("set: %w", err)
	}
	switch {
	case h.Serial < 1 || h.Serial > maxSerial || h.At.IsZero() || h.Root.IsZero():
		return fmt.Errorf("set without serial, time or root: %w", Malformed)
	case h.Count < 1 || h.Count > MaxSet || h.Count&(h.Count-1) != 0:
		return fmt.Errorf("set of %d rows, want a power of two up to %d: %w", h.Count, MaxSet, WrongCount)
	case (h.Serial == 1) != h.Previous.IsZero():
		return fmt.Errorf("set %d: the first has no previous, all others have: %w", h.Serial, Malformed)
	}
	return h.Info.Check()
}

const maxSerial = 1<<32 - 1

// Within holds the set to the number of identifiers that the pact allows.
func (h Header) Within(most int64) error {
	if h.Count > padded(most) {
		return fmt.Errorf("a set of %d rows, the pact allows %d identifiers in %d: %w", h.Count, most, padded(most), SetTooLarge)
	}
	return nil
}

// Follows says whether this set may come after another under the same info.
// A second set of one serial is a conflict to keep as evidence.
func (h Header) Follows(before Header) error {
	switch {
	case h.Info.Is(before.Info) != nil:
		return h.Info.Is(before.Info)
	case h.Serial != before.Serial+1 || h.Previous != before.Digest():
		return fmt.Errorf("set %d does not follow set %d: %w", h.Serial, before.Serial, SetChanged)
	case h.At.Before(before.At.Time) || h.Count < before.Count:
		return fmt.Errorf("set %d is older or smaller than set %d: %w", h.Serial, before.Serial, SetChanged)
	}
	return nil
}

// padded is the next power of two, at least 1.
func padded(n int64) int64 {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len64(uint64(n-1))
}
