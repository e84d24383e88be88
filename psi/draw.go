package psi

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/mithaq-hub/mithaq"
)

// Drawn is how many entries of an accreditation list are opened.
const Drawn = 30

const tagDraw = "mithaq/v1/psi/draw"

// A Challenge is drawn by the answerer once it has all questions of a list, and
// never before.
type Challenge [32]byte

// MarshalText writes the challenge in base64.
func (c Challenge) MarshalText() ([]byte, error) { return writeBase64(c[:]), nil }

// UnmarshalText reads the challenge from base64.
func (c *Challenge) UnmarshalText(text []byte) error { return readBase64(c[:], text) }

// Draw gives the entries to open, in order: thirty, or all of a shorter list. The
// numbers are the first eight bytes of SHA-256(tag ‖ 0x00 ‖ challenge ‖ root ‖
// uint64be(i)), i = 0, 1, …, big-endian; one that would favour small
// remainders, or that was drawn already, is passed over.
func Draw(challenge Challenge, c Commitment) []int {
	number := uint64(c.Number)
	var drawn []int
	for i := uint64(0); len(drawn) < min(Drawn, c.Number); i++ {
		x := drawNumber(challenge, c.Root, i)
		if x < -number%number { // 2^64 mod number
			continue
		}
		if index := int(x % number); !slices.Contains(drawn, index) {
			drawn = append(drawn, index)
		}
	}
	slices.Sort(drawn)
	return drawn
}

func drawNumber(challenge Challenge, root mithaq.Digest, i uint64) uint64 {
	b := append([]byte(tagDraw), 0)
	b = append(b, challenge[:]...)
	b = append(b, root[:]...)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, i))
	return binary.BigEndian.Uint64(sum[:])
}
