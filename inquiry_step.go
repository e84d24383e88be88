package mithaq

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// An InquiryStep is what one side of an inquiry tells the other, signed by its
// node: that it came, was accepted, refused, answered, closed.
type InquiryStep struct {
	Head
	Inquiry    stix.ID     `json:"inquiry"`
	Pact       stix.ID     `json:"pact"`
	By         OrgID       `json:"by"`
	To         OrgID       `json:"to"`
	Step       StepKind    `json:"step"`
	Re         stix.ID     `json:"re,omitempty"`       // the step that it answers
	Person     PersonID    `json:"person,omitempty"`   // none where the node itself tells
	Text       string      `json:"text,omitempty"`     // in the language of the inquiry
	Ground     Ground      `json:"ground,omitempty"`   // of a refusal
	Unit       string      `json:"unit,omitempty"`     // to which it was forwarded
	Registry   string      `json:"registry,omitempty"` // the number of whoever is asked
	Releases   []stix.ID   `json:"releases,omitempty"` // by which items of the answer go
	Granted    Uses        `json:"granted,omitempty"`  // uses of the answer that are granted
	Worth      Worth       `json:"worth,omitempty"`    // of the answer
	Opened     bool        `json:"opened,omitzero"`    // of what was taken back: somebody had read it
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewInquiryStep begins a step of one side of an inquiry.
func NewInquiryStep(id stix.ID, at Time, q *Inquiry, by OrgID, step StepKind, person PersonID) *InquiryStep {
	to := q.To
	if by == q.To {
		to = q.From
	}
	return &InquiryStep{Head: NewHead(TypeInquiryStep, id, at), Inquiry: q.ID, Pact: q.Pact, By: by, To: to, Step: step, Person: person}
}

// Digest returns the digest of what the signature covers.
func (s *InquiryStep) Digest() Digest { return digestSigned(s) }

// Check says all that is wrong with the step's form.
func (s *InquiryStep) Check() error {
	faults := []error{
		s.Head.check(TypeInquiryStep), idOf("inquiry", s.Inquiry, TypeInquiry), idOf("pact", s.Pact, TypePact),
		inside("by", s.By.Check()), inside("to", s.To.Check()), inside("text", checkProse(s.Text)),
		inside("unit", checkProse(s.Unit)), inside("registry", checkProse(s.Registry)), inside("ground", checkProse(string(s.Ground))),
		s.checkPerson(), s.checkSaid(),
	}
	if !slices.Contains(CrossingSteps(), s.Step) {
		faults = append(faults, invalidf("step", "%q does not cross", string(s.Step)))
	}
	if len(s.Releases) > 100 {
		faults = append(faults, invalidf("releases", "%d; want at most 100", len(s.Releases)))
	}
	return errors.Join(append(faults, each("releases", s.Releases, func(id *stix.ID) error { return idOf("id", *id, TypeRelease) })...)...)
}

// checkPerson wants a person for what a person decides.
func (s *InquiryStep) checkPerson() error {
	if s.Step == StepReceive || s.Step == StepTaken {
		if s.Person != "" {
			return invalidf("person", "%s is told by the node itself", string(s.Step))
		}
		return nil
	}
	return inside("person", s.Person.Check())
}

// checkSaid wants what a step cannot be understood without. A refusal on a
// built-in ground owes no explanation.
func (s *InquiryStep) checkSaid() error {
	wants := func(holds bool, place, why string) error {
		if holds {
			return nil
		}
		return invalidf(place, "%s", why)
	}
	switch s.Step {
	case StepRefuse:
		return wants(s.Ground != "", "ground", "empty")
	case StepForward:
		return wants(s.Unit != "", "unit", "empty; say to whom")
	case StepAsk:
		return wants(s.Text != "", "text", "empty; say what is to be clarified")
	case StepClarify:
		return errors.Join(wants(s.Text != "", "text", "empty"), idOf("re", s.Re, TypeInquiryStep))
	case StepPartial, StepAnswer:
		return wants(s.Text != "" || len(s.Releases) > 0, "text", "answers nothing")
	case StepFeedback:
		return wants(s.Worth != 0, "worth", "not said")
	}
	return nil
}
