package mithaq

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// Handling is everything that says how a holding may be used. The zero value of
// each field is "no label", which is never the same as a label that permits:
// SubjectNone says that information concerns nobody, no subject says nothing.
type Handling struct {
	TLP         stix.TLP    `json:"tlp,omitzero"`
	PAP         PAP         `json:"pap,omitzero"`
	Codes       Codes       `json:"codes,omitzero"`
	Restriction string      `json:"restriction,omitzero"` // the words of H3
	Source      SourceGrade `json:"source,omitzero"`
	Info        InfoGrade   `json:"information,omitzero"`
	Subjects    Subjects    `json:"subjects,omitzero"`
	Nature      Nature      `json:"nature,omitzero"`
	Purposes    []Purpose   `json:"purposes,omitempty"` // for which it may be used
	Originator  OrgID       `json:"originator,omitzero"`
	RetainDays  int         `json:"retain_days,omitzero"` // from receipt
	RetainUntil Time        `json:"retain_until,omitzero"`
	Onward      OnwardRule  `json:"onward,omitzero"`
}

// Check says what is wrong with the labels that are there, if anything.
func (h *Handling) Check() error {
	return errors.Join(
		h.checkCodes(), h.checkSubjects(), h.checkPurposes(), h.checkOriginator(), h.checkRetention(),
	)
}

func (h *Handling) checkCodes() error {
	if h.Codes.Has(H3) != (h.Restriction != "") {
		return fmt.Errorf("restriction: H3 and its words come together: %w", Invalid)
	}
	if h.Codes.Has(H0) && h.Codes != H0 {
		return fmt.Errorf("codes: H0 stands alone: %w", Invalid)
	}
	return nil
}

func (h *Handling) checkSubjects() error {
	if h.Subjects.Has(SubjectNone) && h.Subjects != SubjectNone {
		return fmt.Errorf("subjects: none stands alone: %w", Invalid)
	}
	return nil
}

func (h *Handling) checkPurposes() error {
	var faults []error
	for i, p := range h.Purposes {
		if err := p.Check(); err != nil {
			faults = append(faults, fmt.Errorf("purposes[%d]: %w", i, err))
		}
	}
	return errors.Join(faults...)
}

func (h *Handling) checkOriginator() error {
	if h.Originator == "" {
		return nil
	}
	return h.Originator.Check()
}

func (h *Handling) checkRetention() error {
	if h.RetainDays < 0 {
		return fmt.Errorf("retain_days: %d is less than a day: %w", h.RetainDays, Invalid)
	}
	return nil
}

// Fill returns h with the labels it lacks taken from the default of its source.
func (h Handling) Fill(standing Handling) Handling {
	if h.Codes == 0 {
		h.Codes, h.Restriction = standing.Codes, standing.Restriction
	}
	if len(h.Purposes) == 0 {
		h.Purposes = standing.Purposes
	}
	if h.RetainDays == 0 && h.RetainUntil.IsZero() {
		h.RetainDays, h.RetainUntil = standing.RetainDays, standing.RetainUntil
	}
	h.TLP = cmp.Or(h.TLP, standing.TLP)
	h.PAP = cmp.Or(h.PAP, standing.PAP)
	h.Source = cmp.Or(h.Source, standing.Source)
	h.Info = cmp.Or(h.Info, standing.Info)
	h.Subjects = cmp.Or(h.Subjects, standing.Subjects)
	h.Nature = cmp.Or(h.Nature, standing.Nature)
	h.Originator = cmp.Or(h.Originator, standing.Originator)
	h.Onward = cmp.Or(h.Onward, standing.Onward)
	return h
}

// Strictest joins two statements about one holding: where both speak, the more
// restrictive wins; where one is silent, the other holds. Two originators
// that differ leave none, and purposes without a common one leave none, so that
// whoever needs them refuses.
func Strictest(a, b Handling) Handling {
	return Handling{
		TLP:         max(a.TLP, b.TLP),
		PAP:         max(a.PAP, b.PAP),
		Codes:       joinCodes(a.Codes, b.Codes),
		Restriction: joinText(a.Restriction, b.Restriction),
		Source:      max(a.Source, b.Source),
		Info:        max(a.Info, b.Info),
		Subjects:    joinSubjects(a.Subjects, b.Subjects),
		Nature:      max(a.Nature, b.Nature),
		Purposes:    joinPurposes(a.Purposes, b.Purposes),
		Originator:  joinOriginator(a.Originator, b.Originator),
		RetainDays:  shortest(a.RetainDays, b.RetainDays),
		RetainUntil: earliest(a.RetainUntil, b.RetainUntil),
		Onward:      max(a.Onward, b.Onward),
	}
}

func joinCodes(a, b Codes) Codes {
	if both := a | b; both != H0 {
		return both &^ H0
	}
	return H0
}

func joinSubjects(a, b Subjects) Subjects {
	if both := a | b; both != SubjectNone {
		return both.Persons()
	}
	return SubjectNone
}

func joinText(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	case a < b:
		return a + "\n" + b
	}
	return b + "\n" + a
}

func joinOriginator(a, b OrgID) OrgID {
	if a != "" && b != "" && a != b {
		return nobody
	}
	return cmp.Or(a, b)
}

// nobody and nothing are labels that are there and permit nothing: what two
// contradicting statements leave.
const (
	nobody  OrgID   = "contradiction.invalid"
	nothing Purpose = "x-contradiction"
)

func joinPurposes(a, b []Purpose) []Purpose {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	var both []Purpose
	for _, p := range a {
		if slices.Contains(b, p) {
			both = append(both, p)
		}
	}
	if len(both) == 0 {
		return []Purpose{nothing}
	}
	return both
}

func shortest(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// Key returns a text that is equal for two handlings exactly when they say the
// same, for interning. The order of purposes does not count.
func (h *Handling) Key() string {
	purposes := make([]string, len(h.Purposes))
	for i, p := range h.Purposes {
		purposes[i] = string(p)
	}
	slices.Sort(purposes)
	b := fmt.Appendf(nil, "%d.%d.%d.%d.%d.%d.%d.%d.%d.", h.TLP, h.PAP, h.Codes, h.Source, h.Info, h.Subjects, h.Nature, h.Onward, h.RetainDays)
	b = append(b, h.RetainUntil.String()...)
	b = append(b, '|')
	b = append(b, h.Originator...)
	b = append(b, '|')
	b = append(b, strings.Join(slices.Compact(purposes), ",")...)
	b = append(b, '|')
	return string(strconv.AppendQuote(b, h.Restriction))
}
