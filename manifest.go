package mithaq

import (
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Manifest is what a giver says of the items that follow in one envelope: the
// labels of each, and which part of a release's listing they are.
type Manifest struct {
	Head
	Release stix.ID    `json:"release"`
	Part    int        `json:"part"`               // of the listing, from 0
	Parts   []Digest   `json:"parts,omitempty"`    // the root of each part; Release.Root is over these
	Leaves  []byte     `json:"leaves,omitempty"`   // of this part's tree, 32 bytes a listed item
	Left    []int      `json:"left_out,omitempty"` // places in the part, from 0, of what does not cross after all
	Classes []Handling `json:"classes"`            // labels
	Runs    []Run      `json:"runs"`               // of the items, in order
}

// A Run is how many items on end have one set of labels.
type Run struct {
	Class int `json:"class"` // index into the classes
	Count int `json:"count"`
}

// NewManifest begins the manifest of one part of a release.
func NewManifest(id stix.ID, at Time, r *Release, part int) *Manifest {
	return &Manifest{Head: NewHead(TypeManifest, id, at), Release: r.ID, Part: part}
}

// Add labels the next item. same is the index that Add gave for the labels
// before, or -1 for labels that are new.
func (m *Manifest) Add(h Handling, same int) int {
	if same < 0 {
		m.Classes = append(m.Classes, h)
		same = len(m.Classes) - 1
	}
	if last := len(m.Runs) - 1; last >= 0 && m.Runs[last].Class == same {
		m.Runs[last].Count++
		return same
	}
	m.Runs = append(m.Runs, Run{same, 1})
	return same
}

// Check says all that is wrong with the form, for an envelope with some items.
func (m *Manifest) Check(items int) error {
	faults := []error{m.Head.check(TypeManifest), idOf("release", m.Release, TypeRelease), m.checkRuns(items)}
	if m.Part < 0 || len(m.Parts) > 0 && m.Part >= len(m.Parts) {
		faults = append(faults, invalidf("part", "%d of %d", m.Part, len(m.Parts)))
	}
	if len(m.Leaves)%sha256.Size != 0 {
		faults = append(faults, invalidf("leaves", "%d bytes", len(m.Leaves)))
	}
	return errors.Join(append(faults, each("classes", m.Classes, (*Handling).Check)...)...)
}

func (m *Manifest) checkRuns(items int) error {
	for _, r := range m.Runs {
		if r.Class < 0 || r.Class >= len(m.Classes) || r.Count < 1 || r.Count > items {
			return invalidf("runs", "class %d of %d, %d items", r.Class, len(m.Classes), r.Count)
		}
		items -= r.Count
	}
	if items != 0 {
		return invalidf("runs", "%d items have no labels", items)
	}
	return nil
}

const tagListed = "mithaq/v1/listed"

// ListedLeaf is what stands for an item in a listing's tree: a hash of the
// SHA-256 of its bytes and of the salt that it has in the envelope, which goes
// when the item is erased.
func ListedLeaf(salt ObjectSalt, item Digest) Digest {
	var buf [len(tagListed) + 1 + len(salt) + sha256.Size]byte
	copy(buf[:], tagListed)
	copy(buf[len(tagListed)+1:], salt[:])
	copy(buf[len(tagListed)+1+len(salt):], item[:])
	return sha256.Sum256(buf[:])
}

// ListingRoot returns the RFC 6962 root over the leaves of one part of a listing.
// RFC 6962, 2.1
func ListingRoot(leaves []Digest) Digest {
	var b RootBuilder
	for i := range leaves {
		b.Add(leaves[i][:])
	}
	return b.Root()
}

// List says which part of a listing follows, so that a receiver can hold each
// item to it: parts are the roots of all parts, leaves those of this one.
func (m *Manifest) List(parts, leaves []Digest) {
	m.Parts = parts
	m.Leaves = make([]byte, 0, sha256.Size*len(leaves))
	for i := range leaves {
		m.Leaves = append(m.Leaves, leaves[i][:]...)
	}
}

// Lists says, for items in the order of the envelope and their leaves, which are
// what a release lists in their place; none when the part is not the release's.
func (m *Manifest) Lists(r *Release, items []Digest) []bool {
	listed := make([]bool, len(items))
	leaves := slices.Collect(slices.Chunk(m.Leaves, sha256.Size))
	if m.Part < 0 || m.Part >= len(m.Parts) || TreeRoot(m.Parts) != r.Root || len(leaves) != len(items)+len(m.Left) {
		return listed
	}
	var b RootBuilder
	for _, leaf := range leaves {
		b.Add(leaf)
	}
	if b.Root() != m.Parts[m.Part] {
		return listed
	}
	left, at := m.Left, 0
	for i := range items {
		for len(left) > 0 && left[0] == at {
			left, at = left[1:], at+1
		}
		if at < len(leaves) {
			listed[i] = Digest(leaves[at]) == items[i]
		}
		at++
	}
	return listed
}
