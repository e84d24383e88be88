package mithaq

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A RecallReason says why something is taken back, without saying more.
type RecallReason string

// The reasons.
const (
	WrongInformation RecallReason = "wrong"           // it was not so
	WrongRecipient   RecallReason = "wrong-recipient" // it should not have gone there
	ProtectedPerson  RecallReason = "protected"       // it concerns a victim, a witness, a minor or a source
	CourtOrder       RecallReason = "court-order"
	PersonsRequest   RecallReason = "person-request" // the person concerned asked, and was right
	NoLongerNeeded   RecallReason = "no-longer-needed"
)

// RecallReasons returns the reasons.
func RecallReasons() []RecallReason {
	return []RecallReason{WrongInformation, WrongRecipient, ProtectedPerson, CourtOrder, PersonsRequest, NoLongerNeeded}
}

// A Recall takes back what its giver gave in some envelopes: the receiver erases
// what it holds of it from that giver under that pact, and says so. One that
// arrives before its item leaves a tombstone.
type Recall struct {
	Head
	By         OrgID        `json:"by"`
	Pact       stix.ID      `json:"pact"`
	Items      CarriedAll   `json:"items"`
	Reason     RecallReason `json:"reason"`
	Person     PersonID     `json:"person"` // who decided it
	Signatures []Signature  `json:"signatures,omitempty"`
}

// NewRecall takes back some items given under a pact.
func NewRecall(id stix.ID, at Time, by OrgID, pact stix.ID, reason RecallReason, person PersonID, items CarriedAll) *Recall {
	return &Recall{Head: NewHead(TypeRecall, id, at), By: by, Pact: pact, Reason: reason, Person: person, Items: items}
}

// Digest returns the digest of what the signature covers.
func (r *Recall) Digest() Digest { return digestSigned(r) }

// Check says all that is wrong with the recall's form.
func (r *Recall) Check() error {
	faults := []error{
		r.Head.check(TypeRecall), inside("by", r.By.Check()), idOf("pact", r.Pact, TypePact), inside("person", r.Person.Check()),
	}
	if len(r.Items) == 0 {
		faults = append(faults, invalidf("items", "takes back nothing"))
	}
	if !slices.Contains(RecallReasons(), r.Reason) {
		faults = append(faults, invalidf("reason", "no such reason %q", string(r.Reason)))
	}
	return errors.Join(append(faults, each("items", r.Items, (*Carried).check)...)...)
}

// A Narrowing makes the handling of what was given stricter; it never widens.
type Narrowing struct {
	Head
	By         OrgID       `json:"by"`
	Pact       stix.ID     `json:"pact"`
	Items      CarriedAll  `json:"items"`
	Handling   Handling    `json:"handling"` // joined to what is held, the stricter label winning
	Person     PersonID    `json:"person"`
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewNarrowing makes the handling of some items stricter.
func NewNarrowing(id stix.ID, at Time, by OrgID, pact stix.ID, to Handling, person PersonID, items CarriedAll) *Narrowing {
	return &Narrowing{Head: NewHead(TypeNarrowing, id, at), By: by, Pact: pact, Handling: to, Person: person, Items: items}
}

// Digest returns the digest of what the signature covers.
func (n *Narrowing) Digest() Digest { return digestSigned(n) }

// Apply returns the handling a holding has after the narrowing.
func (n *Narrowing) Apply(held Handling) Handling { return Strictest(held, n.Handling) }

// Check says all that is wrong with the narrowing's form.
func (n *Narrowing) Check() error {
	faults := []error{
		n.Head.check(TypeNarrowing), inside("by", n.By.Check()), idOf("pact", n.Pact, TypePact),
		inside("handling", n.Handling.Check()), inside("person", n.Person.Check()),
	}
	if len(n.Items) == 0 {
		faults = append(faults, invalidf("items", "narrows nothing"))
	}
	return errors.Join(append(faults, each("items", n.Items, (*Carried).check)...)...)
}
