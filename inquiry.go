package mithaq

import (
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// InquiryInformation is the published kind of an inquiry that asks nothing: it
// gives information that nobody asked for, in the same envelope. All other kinds
// are questions, and mean what the parties wrote down.
const InquiryInformation = "spontaneous-information"

// An Inquiry is a question of one organisation to one partner under a pact, bound
// to a case, or information given without being asked. Each partner has an
// inquiry of its own, so that none learns whom else was asked.
type Inquiry struct {
	Head
	From       OrgID       `json:"from"`
	To         OrgID       `json:"to"`
	Pact       stix.ID     `json:"pact"`
	Terms      Digest      `json:"terms"` // of the version decided under
	Kind       string      `json:"kind"`  // of the pact's
	Case       stix.ID     `json:"case"`  // the asker's
	Registry   string      `json:"registry,omitempty"`
	Purpose    Purpose     `json:"purpose"`
	Basis      string      `json:"legal_basis"` // a reference of the pact's
	Urgency    Urgencies   `json:"urgency"`
	Urgent     string      `json:"urgent_because,omitempty"`
	Act        string      `json:"act,omitempty"`       // the offence or the danger
	Provision  string      `json:"provision,omitempty"` // the article of the law that names it
	Date       string      `json:"date,omitempty"`      // of the act: YYYY, YYYY-MM or YYYY-MM-DD
	Facts      string      `json:"facts"`
	Names      []string    `json:"names,omitempty"`    // of the persons and organisations it concerns, as written
	Sought     Sought      `json:"sought,omitempty"`   // what is asked, as coded words
	Question   string      `json:"question,omitempty"` // and in the asker's own
	Link       string      `json:"link"`               // with the country or organisation asked
	Use        Uses        `json:"intended_use"`
	Subjects   Subjects    `json:"subjects"` // categories of the persons it concerns
	Codes      Codes       `json:"codes"`
	Language   string      `json:"language"`             // of the texts, BCP 47
	References []string    `json:"references,omitempty"` // of sets committed for matching, 32 hex digits each
	Person     PersonID    `json:"person"`               // who asks
	Signatures []Signature `json:"signatures,omitempty"`
}

// NewInquiry begins an inquiry under a pact; what it asks follows.
func NewInquiry(id stix.ID, at Time, from, to OrgID, p *Pact, person PersonID) *Inquiry {
	return &Inquiry{Head: NewHead(TypeInquiry, id, at), From: from, To: to, Pact: p.ID, Terms: p.Digest(), Person: person, Urgency: Routine}
}

// Digest returns the digest of what the signature covers, which an approval and
// an assessment name, too.
func (q *Inquiry) Digest() Digest { return digestSigned(q) }

// Ref names the inquiry exactly, as an assessment covers it.
func (q *Inquiry) Ref() ItemRef {
	return ItemRef{ID: q.ID, Version: q.Modified.String(), Digest: q.Digest()}
}

// Informs reports whether the inquiry gives information instead of asking.
func (q *Inquiry) Informs() bool { return q.Kind == InquiryInformation }

// Limits of an inquiry.
const (
	MaxInquiryText       = 64 << 10 // bytes of one text
	MaxInquiryReferences = 1000
	MaxInquiryNames      = 50
)

// Check says all that is wrong with the inquiry's form; Decide judges it.
func (q *Inquiry) Check() error {
	return errors.Join(
		q.Head.check(TypeInquiry), inside("from", q.From.Check()), inside("to", q.To.Check()), checkPactRef(q.Pact, q.Terms),
		inside("purpose", q.Purpose.Check()), inside("person", q.Person.Check()), idOf("case", q.Case, TypeCase),
		q.checkParties(), q.checkTexts(), q.checkAsked(), q.checkAct(), q.checkLabels(), q.checkReferences(),
	)
}

func (q *Inquiry) checkParties() error {
	switch {
	case q.From == q.To:
		return invalidf("to", "the asker itself")
	case q.Kind == "":
		return invalidf("kind", "empty")
	case q.Basis == "":
		return invalidf("legal_basis", "empty")
	case !isLanguage(q.Language):
		return invalidf("language", "want a language tag, have %q", q.Language)
	}
	return nil
}

func (q *Inquiry) checkTexts() error {
	var faults []error
	for place, text := range map[string]string{
		"registry": q.Registry, "urgent_because": q.Urgent, "act": q.Act, "provision": q.Provision, "facts": q.Facts,
		"question": q.Question, "link": q.Link, "kind": q.Kind,
	} {
		faults = append(faults, inside(place, checkProse(text)))
	}
	if len(q.Names) > MaxInquiryNames {
		faults = append(faults, invalidf("names", "%d; want at most %d", len(q.Names), MaxInquiryNames))
	}
	return errors.Join(append(faults, each("names", q.Names, func(name *string) error { return checkName(*name) })...)...)
}

func checkName(name string) error {
	if name == "" || len(name) > 500 {
		return invalidf("name", "want 1 to 500 bytes")
	}
	return checkProse(name)
}

// checkProse holds a text to its length, and keeps out what could hide in it.
func checkProse(text string) error {
	if len(text) > MaxInquiryText {
		return invalidf("text", "%d bytes; want at most %d", len(text), MaxInquiryText)
	}
	for _, r := range text {
		hidden := r < 0x20 && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffd
		override := r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		if hidden || override {
			return invalidf("text", "has the control character %U", r)
		}
	}
	return nil
}

func (q *Inquiry) checkAsked() error {
	var faults []error
	if q.Facts == "" {
		faults = append(faults, invalidf("facts", "empty"))
	}
	if q.Link == "" {
		faults = append(faults, invalidf("link", "empty; say what it has to do with whom you ask"))
	}
	if q.Sought == 0 && q.Question == "" && !q.Informs() {
		faults = append(faults, invalidf("question", "asks for nothing"))
	}
	if q.Informs() && (q.Sought != 0 || q.Question != "") {
		faults = append(faults, invalidf("question", "information asks for nothing; make it a question"))
	}
	if q.Use == 0 {
		faults = append(faults, invalidf("intended_use", "not said"))
	}
	return errors.Join(faults...)
}

var dateOfAct = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)

// checkAct holds that a question about a person names act, article and date.
func (q *Inquiry) checkAct() error {
	var faults []error
	if q.Date != "" && !dateOfAct.MatchString(q.Date) {
		faults = append(faults, invalidf("date", "want YYYY, YYYY-MM or YYYY-MM-DD, have %q", q.Date))
	}
	for place, text := range map[string]string{"act": q.Act, "provision": q.Provision, "date": q.Date} {
		if text == "" && q.Subjects != SubjectNone && !q.Informs() {
			faults = append(faults, invalidf(place, "empty; a question about a person names act, article and date"))
		}
	}
	return errors.Join(faults...)
}

func (q *Inquiry) checkLabels() error {
	var faults []error
	if len(q.Urgency.Words()) != 1 {
		faults = append(faults, invalidf("urgency", "want one class"))
	}
	if q.Urgency != Routine && q.Urgent == "" {
		faults = append(faults, invalidf("urgent_because", "empty; say why it is urgent"))
	}
	if q.Subjects == 0 || q.Subjects.Has(SubjectNone) && q.Subjects != SubjectNone {
		faults = append(faults, invalidf("subjects", "want the categories of the persons it concerns, or none alone"))
	}
	if q.Codes == 0 {
		faults = append(faults, invalidf("codes", "not said"))
	}
	return errors.Join(faults...)
}

func (q *Inquiry) checkReferences() error {
	if len(q.References) > MaxInquiryReferences {
		return invalidf("references", "%d; want at most %d", len(q.References), MaxInquiryReferences)
	}
	for i, ref := range q.References {
		b, err := hex.DecodeString(ref)
		switch {
		case err != nil || len(b) != 16 || strings.ToLower(ref) != ref:
			return invalidf("references", "want 32 lower-case hexadecimal digits, have %q", ref)
		case slices.Contains(q.References[:i], ref):
			return invalidf("references", "%s twice", ref)
		}
	}
	return nil
}
