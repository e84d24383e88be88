package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// A LegalBasis is the law or agreement that something rests on.
type LegalBasis struct {
	Ref  string            `json:"reference"`      // short and unique within a pact, such as "Law 18-07, 5"
	Text map[string]string `json:"text,omitempty"` // by language
}

// Check says what is wrong with the basis, if anything.
func (b *LegalBasis) Check() error {
	if b.Ref == "" {
		return invalidf("reference", "empty")
	}
	return nil
}

// A Case is why we hold things: a purpose, a legal basis, and the members who
// need to know.
type Case struct {
	Head
	Title    string     `json:"title"`
	Purpose  Purpose    `json:"purpose"`
	Basis    LegalBasis `json:"legal_basis"`
	Members  []PersonID `json:"members"`
	ReviewAt Time       `json:"review_at,omitzero"` // when its members look whether it is still needed
	CloseBy  Time       `json:"close_by,omitzero"`  // when it is to be closed at the latest
	Closed   Time       `json:"closed,omitzero"`
}

// NewCase opens a case.
func NewCase(id stix.ID, at Time, title string, purpose Purpose, basis LegalBasis, members ...PersonID) *Case {
	return &Case{Head: NewHead(TypeCase, id, at), Title: title, Purpose: purpose, Basis: basis, Members: members}
}

// Check says all that is wrong with the case.
func (c *Case) Check() error {
	faults := []error{
		c.Head.check(TypeCase), inside("purpose", c.Purpose.Check()), inside("legal_basis", c.Basis.Check()),
	}
	if c.Title == "" {
		faults = append(faults, invalidf("title", "empty"))
	}
	if len(c.Members) == 0 {
		faults = append(faults, invalidf("members", "nobody has a need to know"))
	}
	faults = append(faults, each("members", c.Members, func(p *PersonID) error { return p.Check() })...)
	return errors.Join(faults...)
}

// OpenAt reports whether the case is open at an instant.
func (c *Case) OpenAt(at Time) bool {
	return !at.Before(c.Created.Time) && (c.Closed.IsZero() || at.Before(c.Closed.Time))
}
