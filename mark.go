package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Mark says what a person concerned by some items claims: that they are wrong
// (disputed), or that they may only be kept until a claim is settled (restricted);
// held lifts it. It names the items by the envelopes that carried them, in either
// direction: a giver's mark binds the receiver, a receiver's tells the giver.
type Mark struct {
	Head
	By         OrgID        `json:"by"`
	Pact       stix.ID      `json:"pact"`
	Items      CarriedAll   `json:"items"`
	State      HoldingState `json:"state"`  // restricted, disputed or held
	Person     PersonID     `json:"person"` // who decided it
	Signatures []Signature  `json:"signatures,omitempty"`
}

// NewMark marks some items that crossed under a pact.
func NewMark(id stix.ID, at Time, by OrgID, pact stix.ID, state HoldingState, person PersonID, items CarriedAll) *Mark {
	return &Mark{Head: NewHead(TypeMark, id, at), By: by, Pact: pact, State: state, Person: person, Items: items}
}

// Digest returns the digest of what the signature covers.
func (m *Mark) Digest() Digest { return digestSigned(m) }

// Check says all that is wrong with the mark's form.
func (m *Mark) Check() error {
	faults := []error{
		m.Head.check(TypeMark), inside("by", m.By.Check()), idOf("pact", m.Pact, TypePact), inside("person", m.Person.Check()),
	}
	if len(m.Items) == 0 {
		faults = append(faults, invalidf("items", "marks nothing"))
	}
	if !m.State.InUse() {
		faults = append(faults, invalidf("state", "want restricted, disputed or held, have %q", m.State.String()))
	}
	return errors.Join(append(faults, each("items", m.Items, (*Carried).check)...)...)
}
