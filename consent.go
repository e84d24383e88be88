package mithaq

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A ConsentAsk asks an originator whether what it gave may go on to others, or
// be used in court.
type ConsentAsk struct {
	Head
	From       OrgID       `json:"from"`
	Originator OrgID       `json:"originator"`
	Pact       stix.ID     `json:"pact"` // it came under
	Items      []ItemRef   `json:"items"`
	For        []OrgID     `json:"for,omitempty"` // to whom it would go
	Purpose    Purpose     `json:"purpose"`
	Court      bool        `json:"court,omitzero"`
	Why        string      `json:"why"`
	Until      Time        `json:"until,omitzero"` // by when an answer is needed
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewConsentAsk asks an originator's consent.
func NewConsentAsk(id stix.ID, at Time, from, originator OrgID, pact stix.ID, purpose Purpose, why string) *ConsentAsk {
	return &ConsentAsk{Head: NewHead(TypeConsentAsk, id, at), From: from, Originator: originator, Pact: pact, Purpose: purpose, Why: why}
}

// Digest returns the digest of what the signature covers.
func (c *ConsentAsk) Digest() Digest { return digestSigned(c) }

// Check says all that is wrong with the question's form.
func (c *ConsentAsk) Check() error {
	faults := []error{
		c.Head.check(TypeConsentAsk), inside("from", c.From.Check()), inside("originator", c.Originator.Check()),
		idOf("pact", c.Pact, TypePact), inside("purpose", c.Purpose.Check()),
	}
	if len(c.Items) == 0 || len(c.For) == 0 && !c.Court {
		faults = append(faults, invalidf("items", "asks for nothing"))
	}
	if c.Why == "" {
		faults = append(faults, invalidf("why", "empty"))
	}
	faults = append(faults, each("for", c.For, func(o *OrgID) error { return o.Check() })...)
	return errors.Join(append(faults, each("items", c.Items, (*ItemRef).Check)...)...)
}

// A Consent answers a question: for which of the items and organisations asked
// for, until when. An empty list is a refusal, which owes no explanation.
type Consent struct {
	Head
	By         OrgID       `json:"by"`
	To         OrgID       `json:"to"`
	Ask        stix.ID     `json:"ask"`
	Pact       stix.ID     `json:"pact"`
	Items      []ItemRef   `json:"items,omitempty"`
	For        []OrgID     `json:"for,omitempty"`
	Purpose    Purpose     `json:"purpose"`
	Court      bool        `json:"court,omitzero"`
	Until      Time        `json:"until,omitzero"`
	Person     PersonID    `json:"person"`
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewConsent begins the answer to a question, which grants nothing yet.
func NewConsent(id stix.ID, at Time, ask *ConsentAsk, person PersonID) *Consent {
	return &Consent{
		Head: NewHead(TypeConsent, id, at), By: ask.Originator, To: ask.From, Ask: ask.ID,
		Pact: ask.Pact, Purpose: ask.Purpose, Person: person,
	}
}

// Digest returns the digest of what the signature covers.
func (c *Consent) Digest() Digest { return digestSigned(c) }

// Covers reports whether the consent lets an item go to an organisation for a
// purpose at an instant.
func (c *Consent) Covers(item ItemRef, to OrgID, purpose Purpose, at Time) bool {
	return slices.Contains(c.Items, item) && slices.Contains(c.For, to) && c.Purpose == purpose &&
		(c.Until.IsZero() || at.Before(c.Until.Time))
}

// Check says all that is wrong with the answer's form.
func (c *Consent) Check() error {
	faults := []error{
		c.Head.check(TypeConsent), inside("by", c.By.Check()), inside("to", c.To.Check()), idOf("ask", c.Ask, TypeConsentAsk),
		idOf("pact", c.Pact, TypePact), inside("purpose", c.Purpose.Check()), inside("person", c.Person.Check()),
	}
	faults = append(faults, each("for", c.For, func(o *OrgID) error { return o.Check() })...)
	return errors.Join(append(faults, each("items", c.Items, (*ItemRef).Check)...)...)
}
