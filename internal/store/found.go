package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// found lists what the index tables hold of an item, so that it can be taken
// out of them without deriving it again: entries of a tag and an 8-byte hash,
//
//	'v' hash         a value
//	'e' hash kind    a reference, with its kind as a uvarint
type found []byte

func (f found) value(hash int64) found {
	return binary.BigEndian.AppendUint64(append(f, 'v'), uint64(hash))
}

func (f found) edge(hash, kind int64) found {
	return binary.AppendUvarint(binary.BigEndian.AppendUint64(append(f, 'e'), uint64(hash)), uint64(kind))
}

// An entry of found; kind is 0 for values.
type entry struct{ hash, kind int64 }

func (f found) entries() (values, edges []entry, err error) {
	for len(f) > 0 {
		if len(f) < 9 {
			return nil, nil, fmt.Errorf("found: %d bytes left over", len(f))
		}
		tag, hash := f[0], int64(binary.BigEndian.Uint64(f[1:]))
		f = f[9:]
		if tag == 'v' {
			values = append(values, entry{hash: hash})
			continue
		}
		kind, n := binary.Uvarint(f)
		if tag != 'e' || n <= 0 {
			return nil, nil, fmt.Errorf("found: unknown entry %q", tag)
		}
		edges, f = append(edges, entry{hash, int64(kind)}), f[n:]
	}
	return values, edges, nil
}

// hashName is the 8-byte hash of an id. Hashes only find candidates: what is
// found is compared with the text.
func hashName(id string) int64 { return hash8('n', "", id) }

// hashValue is the 8-byte hash of a normalised value and its kind.
func hashValue(kind, text string) int64 { return hash8('v', kind, text) }

func hash8(space byte, kind, text string) int64 {
	var room [256]byte
	b := append(room[:0], space)
	b = append(append(b, kind...), 0)
	sum := sha256.Sum256(append(b, text...))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// distinct sorts and removes repetitions.
func distinct(list []int64) []int64 {
	slices.Sort(list)
	return slices.Compact(list)
}
