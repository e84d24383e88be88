package mithaq

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A SourceProfile gives what is imported from one source its labels, answered
// for by a named person: without one, or explicit handling, nothing of an import
// crosses. Decisions cite it.
type SourceProfile struct {
	Head
	Name       string              `json:"name"`
	Org        OrgID               `json:"organisation"` // whose profile it is
	Default    Handling            `json:"default"`
	ByType     map[string]Handling `json:"by_type,omitempty"`         // labels that differ, by STIX type
	Credited   []string            `json:"credited_fields,omitempty"` // fields that name authors, not subjects
	Basis      LegalBasis          `json:"legal_basis"`
	Person     PersonID            `json:"person"`
	Signatures []Signature         `json:"signatures,omitempty"`
}

// NewSourceProfile begins the profile of a source; labels and person follow.
func NewSourceProfile(id stix.ID, at Time, name string) *SourceProfile {
	return &SourceProfile{Head: NewHead(TypeSourceProfile, id, at), Name: name}
}

// HandlingOf returns the labels for objects of a type.
func (s *SourceProfile) HandlingOf(objectType string) Handling {
	return s.ByType[objectType].Fill(s.Default)
}

// Digest returns the digest of what the profile's signatures cover.
func (s *SourceProfile) Digest() Digest { return digestSigned(s) }

// Check says all that is wrong with the profile.
func (s *SourceProfile) Check() error {
	faults := []error{
		s.Head.check(TypeSourceProfile),
		inside("organisation", s.Org.Check()),
		inside("default", s.Default.Check()),
		inside("legal_basis", s.Basis.Check()),
		inside("person", s.Person.Check()),
	}
	if s.Name == "" {
		faults = append(faults, invalidf("name", "empty"))
	}
	for _, typ := range slices.Sorted(maps.Keys(s.ByType)) {
		h := s.ByType[typ]
		faults = append(faults, inside(fmt.Sprintf("by_type[%q]", typ), h.Check()))
	}
	return errors.Join(faults...)
}
