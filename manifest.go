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
	Classes []Handling `json:"classes"`            // labels
	Runs    []Run      `json:"runs"`               // of the items, in order
	Left    []Left     `json:"left_out,omitempty"` // listed, and not in this envelope
}

// A Run is how many items on end have one set of labels.
type Run struct {
	Class int `json:"class"` // index into the classes
	Count int `json:"count"`
}

// Left is an item of a listing that does not cross after all.
type Left struct {
	At   int    `json:"at"` // its place in the part, from 0
	Item Digest `json:"item"`
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

// ListingRoot returns the RFC 6962 root over one part of a listing: the
// SHA-256 of each item's bytes, with a tag.
// RFC 6962, 2.1
func ListingRoot(items []Digest) Digest {
	var b RootBuilder
	var buf [len(tagListed) + 1 + sha256.Size]byte
	copy(buf[:], tagListed)
	for i := range items {
		copy(buf[len(tagListed)+1:], items[i][:])
		leaf := sha256.Sum256(buf[:])
		b.Add(leaf[:])
	}
	return b.Root()
}

// Lists reports whether the items that came are a part of what a release lists.
func (m *Manifest) Lists(r *Release, items []Digest) bool {
	if m.Part < 0 || m.Part >= len(m.Parts) || TreeRoot(m.Parts) != r.Root {
		return false
	}
	all := make([]Digest, 0, len(items)+len(m.Left))
	left := slices.Clone(m.Left)
	for _, d := range items {
		for len(left) > 0 && left[0].At == len(all) {
			all = append(all, left[0].Item)
			left = left[1:]
		}
		all = append(all, d)
	}
	for _, l := range left {
		all = append(all, l.Item)
	}
	return ListingRoot(all) == m.Parts[m.Part]
}
