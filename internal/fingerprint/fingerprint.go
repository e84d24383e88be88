// Package fingerprint turns an organisation's two public keys into twelve
// words that two people compare by telephone.
//
// The fingerprint is
//
//	SHA-256("mithaq/v1/fingerprint" 00 len64 ed25519 len64 mldsa65)
//
// where len64 is the length of the key that follows as a big-endian 64-bit
// number. Its first 132 bits, most significant first, are read as twelve
// numbers of eleven bits; each is the place of a word in a list of 2,048. There
// is a list in Arabic, French, English and Turkish, and the numbers themselves
// as groups of four digits, 0000 to 2047:
//
//	position   1     2     3    ...   12
//	bits      0–10 11–21 22–32     121–131
//	digits    1546  0408  0591  ...  0693
//
// All five say the same value at the same position, so somebody who reads
// Arabic words and somebody who types digits can check each other. The words
// are not translations: only the places agree. No spelling, as Normal folds it,
// stands in two lists or twice in one, and within a list any two differ by at
// least two letters, so that one slip of hand or ear gives no other word.
//
// To pass for another organisation in all twelve words, a forger has to try
// about 2^132 keys. Fewer positions are worth 11 bits each, and only if the one
// who checks picks them after the call has begun: somebody who knows which
// three will be asked needs 2^33 keys, which is an afternoon. So the listener
// picks, by chance, at least MinPositions, and the others are read out too.
//
// A wrong word means one of three things: it was misheard (ask for that
// position again), the two look at different Cards (an old one, a rotated key),
// or somebody stands between them. The second and third look the same from
// here: do not accept the partner, and say which words differed on another
// channel.
package fingerprint

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	// Positions is how many words or groups of digits a fingerprint has.
	Positions = 12
	// Size is how many words a list has.
	Size = 2048
	// MinPositions is how many positions a person types at least, as heard,
	// before a partner can be accepted.
	MinPositions = 3

	bits = 11 // a word
	tag  = "mithaq/v1/fingerprint"
)

// A Print is the fingerprint of an organisation. The words show its first 132
// bits; programs compare all 256.
type Print [sha256.Size]byte

// Of makes the fingerprint of an organisation's raw public keys: Ed25519 of 32
// bytes and ML-DSA-65 of 1,952. Their form is not checked here.
func Of(ed25519Pub, mldsaPub []byte) Print {
	b := append([]byte(tag), 0)
	for _, key := range [][]byte{ed25519Pub, mldsaPub} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(key)))
		b = append(b, key...)
	}
	return sha256.Sum256(b)
}

// indices returns the twelve numbers, each below Size.
func (p Print) indices() [Positions]int {
	var out [Positions]int
	for i := range Positions * bits {
		bit := p[i/8] >> (7 - i%8) & 1
		out[i/bits] = out[i/bits]<<1 | int(bit)
	}
	return out
}

// Words returns the twelve words in a language of Languages; nil for others.
func (p Print) Words(lang string) []string {
	list, ok := lists()[lang]
	if !ok {
		return nil
	}
	words := make([]string, 0, Positions)
	for _, i := range p.indices() {
		words = append(words, list[i])
	}
	return words
}

// Digits returns the twelve groups of four digits, 0000 to 2047.
func (p Print) Digits() []string {
	groups := make([]string, 0, Positions)
	for _, i := range p.indices() {
		groups = append(groups, fmt.Sprintf("%04d", i))
	}
	return groups
}

// String returns the groups of digits with spaces between.
func (p Print) String() string { return strings.Join(p.Digits(), " ") }
