package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// A PactStatus says where a pact stands on a node.
type PactStatus uint8

// The statuses; the zero value is "not known", and nothing crosses under it.
const (
	_          PactStatus = iota
	Drafted               // ours alone so far
	Proposed              // sent, and not signed by all
	InForce               // signed by all
	Superseded            // a later version is in force
	Ended
)

var statusWords = vocabulary{"pact status", []string{"drafted", "proposed", "in-force", "superseded", "ended"}}

func (s PactStatus) String() string { return statusWords.word(uint8(s)) }

// MarshalText writes the status.
func (s PactStatus) MarshalText() ([]byte, error) { return statusWords.write(uint8(s)) }

// UnmarshalText reads the status.
func (s *PactStatus) UnmarshalText(text []byte) error { return readWord(&statusWords, s, text) }

// State is where a pact stands, for one decision.
type State struct {
	Status    PactStatus `json:"status"`
	Suspended []Stop     `json:"suspended,omitempty"` // that hold now
}

// A Stop is a suspension that holds: of one purpose, or of all where none is named.
type Stop struct {
	By      OrgID   `json:"by"`
	Purpose Purpose `json:"purpose,omitzero"`
}

// A Suspension is one party's word that nothing more crosses, whole or by
// purpose, effective in the transaction that stores it.
type Suspension struct {
	Head
	Pact       stix.ID     `json:"pact"`
	Terms      Digest      `json:"terms"` // of the version in force
	By         OrgID       `json:"by"`
	Purpose    Purpose     `json:"purpose,omitzero"`
	Reason     string      `json:"reason,omitzero"`
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewSuspension stops a pact for one party, for one purpose or, where that is
// empty, for all.
func NewSuspension(id stix.ID, at Time, p *Pact, by OrgID, purpose Purpose, reason string) *Suspension {
	return &Suspension{Head: NewHead(TypeSuspension, id, at), Pact: p.ID, Terms: p.Digest(), By: by, Purpose: purpose, Reason: reason}
}

// Digest returns the digest of what the signature covers.
func (s *Suspension) Digest() Digest { return digestSigned(s) }

// Check says all that is wrong with the suspension's form.
func (s *Suspension) Check() error {
	return errors.Join(s.Head.check(TypeSuspension), checkPactRef(s.Pact, s.Terms), inside("by", s.By.Check()), optional("purpose", s.Purpose))
}

// A Resumption takes back one's own suspension.
type Resumption struct {
	Head
	Pact       stix.ID     `json:"pact"`
	Suspension stix.ID     `json:"suspension"`
	By         OrgID       `json:"by"`
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewResumption takes back a suspension.
func NewResumption(id stix.ID, at Time, s *Suspension) *Resumption {
	return &Resumption{Head: NewHead(TypeResumption, id, at), Pact: s.Pact, Suspension: s.ID, By: s.By}
}

// Digest returns the digest of what the signature covers.
func (r *Resumption) Digest() Digest { return digestSigned(r) }

// Check says all that is wrong with the resumption's form.
func (r *Resumption) Check() error {
	return errors.Join(r.Head.check(TypeResumption), idOf("pact", r.Pact, TypePact),
		idOf("suspension", r.Suspension, TypeSuspension), inside("by", r.By.Check()))
}

// A PactEnd is one party's leaving, from an instant on.
type PactEnd struct {
	Head
	Pact       stix.ID     `json:"pact"`
	Terms      Digest      `json:"terms"`
	By         OrgID       `json:"by"`
	At         Time        `json:"at"`
	Reason     string      `json:"reason,omitzero"`
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewPactEnd ends a pact for one party from an instant on.
func NewPactEnd(id stix.ID, now Time, p *Pact, by OrgID, at Time, reason string) *PactEnd {
	return &PactEnd{Head: NewHead(TypePactEnd, id, now), Pact: p.ID, Terms: p.Digest(), By: by, At: at, Reason: reason}
}

// Digest returns the digest of what the signature covers.
func (e *PactEnd) Digest() Digest { return digestSigned(e) }

// Check says all that is wrong with the form.
func (e *PactEnd) Check() error {
	faults := []error{e.Head.check(TypePactEnd), checkPactRef(e.Pact, e.Terms), inside("by", e.By.Check())}
	if e.At.IsZero() {
		faults = append(faults, invalidf("at", "not said"))
	}
	return errors.Join(faults...)
}

func checkPactRef(id stix.ID, terms Digest) error {
	if err := idOf("pact", id, TypePact); err != nil {
		return err
	}
	if terms.IsZero() {
		return invalidf("terms", "no digest of the pact's version")
	}
	return nil
}

func idOf(place string, id stix.ID, objectType string) error {
	if !idOfType(id, objectType) {
		return invalidf(place, "want an id of type %s, have %q", objectType, string(id))
	}
	return nil
}

func optional(place string, p Purpose) error {
	if p == "" {
		return nil
	}
	return inside(place, p.Check())
}
