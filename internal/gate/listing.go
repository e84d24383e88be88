package gate

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// An entry of a release's listing is one item and the holding of it that the
// release draws on.
type entry struct {
	item int64
	key  store.HoldingKey
}

// A listing lies in its release's row in few bytes an item:
//
//	varint length of what follows, JSON of the keys [{giver, under, case}, …]
//	for each entry: varint difference of the item's number to the one before, varint index of its key
type listedKey struct {
	Giver mithaq.OrgID `json:"giver"`
	Under stix.ID      `json:"under"`
	Case  stix.ID      `json:"case"`
}

func packListing(list []entry) ([]byte, error) {
	var keys []listedKey
	index := map[listedKey]int{}
	rows := make([]byte, 0, 4*len(list))
	before := int64(0)
	for _, e := range list {
		k := listedKey{e.key.Giver, e.key.Under, e.key.Case}
		i, ok := index[k]
		if !ok {
			i = len(keys)
			index[k], keys = i, append(keys, k)
		}
		rows = binary.AppendVarint(rows, e.item-before)
		rows = binary.AppendUvarint(rows, uint64(i))
		before = e.item
	}
	head, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	return append(append(binary.AppendUvarint(nil, uint64(len(head))), head...), rows...), nil
}

var errListing = errors.New("gate: a listing is damaged")

func unpackListing(b []byte) (list []entry, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, errListing
	}
	var keys []listedKey
	if err := json.Unmarshal(b[size:size+int(n)], &keys); err != nil {
		return nil, errListing
	}
	before := int64(0)
	for b = b[size+int(n):]; len(b) > 0; {
		d, size := binary.Varint(b)
		if size <= 0 {
			return nil, errListing
		}
		i, more := binary.Uvarint(b[size:])
		if more <= 0 || i >= uint64(len(keys)) {
			return nil, errListing
		}
		before += d
		k := keys[i]
		list = append(list, entry{before, store.HoldingKey{Item: before, Giver: k.Giver, Under: k.Under, Case: k.Case}})
		b = b[size+more:]
	}
	return list, nil
}

// A sealing draws the salts by which a listing and then its envelopes name items.
type sealing struct {
	salts  []byte // 16 bytes an item
	leaves []mithaq.Digest
}

func sealListing(items []mithaq.Digest) *sealing {
	s := &sealing{salts: make([]byte, saltSize*len(items)), leaves: make([]mithaq.Digest, len(items))}
	_, _ = rand.Read(s.salts) // crypto/rand never fails
	for i := range items {
		s.leaves[i] = mithaq.ListedLeaf(mithaq.ObjectSalt(s.salts[saltSize*i:]), items[i])
	}
	return s
}

const saltSize = len(mithaq.ObjectSalt{})

// forgetListed forgets the salts of items in listings that wait to be sent.
func (g *Gate) forgetListed(tx *store.Tx, items []int64) error {
	for _, state := range []ReleaseState{Proposed, Sending} {
		releases, err := g.Releases(tx, g.node, state)
		if err != nil {
			return err
		}
		for _, s := range releases {
			salts, err := s.without(items)
			if err != nil {
				return err
			}
			if salts == nil {
				continue
			}
			if _, err := tx.Exec("UPDATE gate_release SET salts = ? WHERE id = ?", salts, string(s.Release.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}

// salt is by what a listing names its i-th item; zeros when by none.
func (s *Stored) salt(i int) (salt mithaq.ObjectSalt) {
	if len(s.salts) > 0 {
		salt = mithaq.ObjectSalt(s.salts[saltSize*i:])
	}
	return salt
}

// without clears the salts of items; nil when it has none of them.
func (s *Stored) without(items []int64) (salts []byte, err error) {
	if len(s.salts) == 0 {
		return nil, nil
	}
	list, err := unpackListing(s.listing)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		if slices.Contains(items, e.item) {
			clear(s.salts[saltSize*i : saltSize*(i+1)])
			salts = s.salts
		}
	}
	return salts, nil
}

// partRoots are the roots of the parts of a listing.
func partRoots(items []mithaq.Digest, per int) (roots []mithaq.Digest) {
	for part := range slices.Chunk(items, per) {
		roots = append(roots, mithaq.ListingRoot(part))
	}
	return roots
}

func packDigests(list []mithaq.Digest) []byte {
	b := make([]byte, 0, len(mithaq.Digest{})*len(list))
	for i := range list {
		b = append(b, list[i][:]...)
	}
	return b
}

func unpackDigests(b []byte) []mithaq.Digest {
	list := make([]mithaq.Digest, 0, len(b)/len(mithaq.Digest{}))
	for d := range slices.Chunk(b, len(mithaq.Digest{})) {
		list = append(list, mithaq.Digest(d))
	}
	return list
}
