package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// An ErasureCause says what an erasure answers.
type ErasureCause string

// The causes.
const (
	ErasedByRecall    ErasureCause = "recall"
	ErasedByRetention ErasureCause = "retention"
	ErasedByEnd       ErasureCause = "pact-end"
	ErasedByRequest   ErasureCause = "person-request"
)

// What is Withheld was not erased, and under whose authority.
type Withheld struct {
	Items     CarriedAll `json:"items"`
	Authority string     `json:"authority"`
	Until     Time       `json:"until,omitzero"`
}

// An Erasure is a signed statement of what was removed, what is held back, and
// when the last backup with it ends. It is a statement, not a proof.
type Erasure struct {
	Head
	By         OrgID        `json:"by"`
	To         OrgID        `json:"to"`
	Pact       stix.ID      `json:"pact"`
	Cause      ErasureCause `json:"cause"`
	Answers    stix.ID      `json:"answers,omitzero"` // the recall or end it answers
	Erased     CarriedAll   `json:"erased,omitempty"`
	Withheld   []Withheld   `json:"withheld,omitempty"`
	NotHeld    CarriedAll   `json:"not_held,omitempty"` // asked for, and never here
	BackupsEnd Time         `json:"backups_end"`        // when the last backup with it is gone
	Signatures []Signature  `json:"signatures,omitempty"`
}

// NewErasure begins a statement of erasure.
func NewErasure(id stix.ID, at Time, by, to OrgID, pact stix.ID, cause ErasureCause) *Erasure {
	return &Erasure{Head: NewHead(TypeErasure, id, at), By: by, To: to, Pact: pact, Cause: cause}
}

// Digest returns the digest of what the signature covers.
func (e *Erasure) Digest() Digest { return digestSigned(e) }

// Complete reports whether nothing is held back.
func (e *Erasure) Complete() bool { return len(e.Withheld) == 0 }

// Check says all that is wrong with the statement's form.
func (e *Erasure) Check() error {
	faults := []error{
		e.Head.check(TypeErasure), inside("by", e.By.Check()), inside("to", e.To.Check()), idOf("pact", e.Pact, TypePact),
	}
	if len(e.Erased)+len(e.Withheld)+len(e.NotHeld) == 0 {
		faults = append(faults, invalidf("erased", "says nothing"))
	}
	if e.BackupsEnd.IsZero() {
		faults = append(faults, invalidf("backups_end", "not said"))
	}
	if e.Cause == ErasedByRecall && e.Answers == "" {
		faults = append(faults, invalidf("answers", "names no recall"))
	}
	faults = append(faults, each("erased", e.Erased, (*Carried).check)...)
	faults = append(faults, each("not_held", e.NotHeld, (*Carried).check)...)
	return errors.Join(append(faults, each("withheld", e.Withheld, (*Withheld).check)...)...)
}

func (w *Withheld) check() error {
	if w.Authority == "" {
		return invalidf("authority", "empty")
	}
	if len(w.Items) == 0 {
		return invalidf("items", "names none")
	}
	return errors.Join(each("items", w.Items, (*Carried).check)...)
}
