package mithaq

import (
	"fmt"

	"github.com/mithaq-hub/mithaq/stix"
)

// PAP is a label of the Permissible Actions Protocol, from open to closed: what
// the receiver may do with the information in ways that others could notice.
type PAP uint8

// The labels; the zero value is "no label".
const (
	_        PAP = iota
	PAPClear     // any action
	PAPGreen     // active actions, such as blocking, inside one's own estate
	PAPAmber     // passive look-ups elsewhere, such as passive DNS
	PAPRed       // passive actions at home that nobody outside can notice
)

var papWords = vocabulary{"PAP label", []string{"PAP:CLEAR", "PAP:GREEN", "PAP:AMBER", "PAP:RED"}}

func (p PAP) String() string { return papWords.word(uint8(p)) }

// MarshalText writes the label.
func (p PAP) MarshalText() ([]byte, error) { return papWords.write(uint8(p)) }

// UnmarshalText reads the label.
func (p *PAP) UnmarshalText(text []byte) error { return readWord(&papWords, p, text) }

// Codes is the set of handling codes on a holding; H0 is said, not assumed, and
// the empty set is "no label".
type Codes uint8

// The handling codes, with the meaning that European police cooperation gives them.
const (
	H0 Codes = 1 << iota // for preventing and fighting crime, without more
	H1                   // not as evidence in court without the originator's permission
	H2                   // not to be passed on without the originator's permission
	H3                   // other restrictions, in words that a person must read
)

var codeWords = vocabulary{"handling code", []string{"H0", "H1", "H2", "H3"}}

// Has reports whether all of the given codes are in the set.
func (c Codes) Has(want Codes) bool { return c&want == want }

// Words lists the codes in the set.
func (c Codes) Words() []string { return codeWords.list(uint16(c)) }

// MarshalJSON writes the set as a list of words.
func (c Codes) MarshalJSON() ([]byte, error) { return codeWords.writeSet(uint16(c)) }

// UnmarshalJSON reads a list of words.
func (c *Codes) UnmarshalJSON(raw []byte) error { return readSet(&codeWords, c, raw) }

// SourceGrade is the evaluation of a source, from best to worst: A, B, C, and X
// for one that cannot be judged.
type SourceGrade uint8

// The grades; the zero value is "no label".
const (
	_       SourceGrade = iota
	SourceA             // no doubt about the source
	SourceB             // reliable in most cases
	SourceC             // unreliable in most cases
	SourceX             // reliability cannot be judged
)

var sourceWords = vocabulary{"source evaluation", []string{"A", "B", "C", "X"}}

func (g SourceGrade) String() string { return sourceWords.word(uint8(g)) }

// MarshalText writes the grade.
func (g SourceGrade) MarshalText() ([]byte, error) { return sourceWords.write(uint8(g)) }

// UnmarshalText reads the grade.
func (g *SourceGrade) UnmarshalText(text []byte) error { return readWord(&sourceWords, g, text) }

// InfoGrade is the evaluation of the information itself, from 1, known to be
// accurate, to 4, neither known to the source nor corroborated.
type InfoGrade uint8

// The grades; the zero value is "no label".
const (
	_     InfoGrade = iota
	Info1           // accurate without doubt
	Info2           // known to the source itself
	Info3           // not known to the source itself, but corroborated
	Info4           // neither known nor corroborated
)

var infoWords = vocabulary{"information evaluation", []string{"1", "2", "3", "4"}}

func (g InfoGrade) String() string { return infoWords.word(uint8(g)) }

// MarshalText writes the grade.
func (g InfoGrade) MarshalText() ([]byte, error) { return infoWords.write(uint8(g)) }

// UnmarshalText reads the grade.
func (g *InfoGrade) UnmarshalText(text []byte) error { return readWord(&infoWords, g, text) }

// Subjects is the set of categories of the persons whom information concerns.
// SubjectNone is said where it concerns nobody; the empty set is "no label".
type Subjects uint16

// The categories.
const (
	SubjectNone Subjects = 1 << iota
	SubjectSuspect
	SubjectConvicted
	SubjectAssociate
	SubjectVictim
	SubjectWitness
	SubjectMinor
	SubjectSource
	SubjectMissing
	SubjectOther
	SubjectUnknown // somebody whose part is not known
)

// Protected are the categories that never enter a match offer.
const Protected = SubjectVictim | SubjectWitness | SubjectMinor | SubjectSource

var subjectWords = vocabulary{"data-subject category", []string{
	"none", "suspect", "convicted", "associate", "victim", "witness", "minor", "source", "missing-person", "other", "unknown",
}}

// Has reports whether all of the given categories are in the set.
func (s Subjects) Has(want Subjects) bool { return s&want == want }

// Persons returns the set without SubjectNone.
func (s Subjects) Persons() Subjects { return s &^ SubjectNone }

// Words lists the categories in the set.
func (s Subjects) Words() []string { return subjectWords.list(uint16(s)) }

// MarshalJSON writes the set as a list of words.
func (s Subjects) MarshalJSON() ([]byte, error) { return subjectWords.writeSet(uint16(s)) }

// UnmarshalJSON reads a list of words.
func (s *Subjects) UnmarshalJSON(raw []byte) error { return readSet(&subjectWords, s, raw) }

// Nature says whether information is a fact or somebody's assessment.
type Nature uint8

// The natures; the zero value is "no label".
const (
	_ Nature = iota
	Fact
	Opinion // somebody's assessment
)

var natureWords = vocabulary{"nature", []string{"fact", "assessment"}}

func (n Nature) String() string { return natureWords.word(uint8(n)) }

// MarshalText writes the nature.
func (n Nature) MarshalText() ([]byte, error) { return natureWords.write(uint8(n)) }

// UnmarshalText reads the nature.
func (n *Nature) UnmarshalText(text []byte) error { return readWord(&natureWords, n, text) }

// OnwardRule says to whom a receiver may pass information on, from open to closed.
type OnwardRule uint8

// The rules; the zero value is "no label".
const (
	_             OnwardRule = iota
	OnwardOpen               // to anybody: the originator published it
	OnwardGroup              // within the parties of the pact it came under
	OnwardConsent            // with the originator's consent, asked each time
	OnwardNever
)

var onwardWords = vocabulary{"onward rule", []string{"open", "within-group", "with-consent", "never"}}

func (o OnwardRule) String() string { return onwardWords.word(uint8(o)) }

// MarshalText writes the rule.
func (o OnwardRule) MarshalText() ([]byte, error) { return onwardWords.write(uint8(o)) }

// UnmarshalText reads the rule.
func (o *OnwardRule) UnmarshalText(text []byte) error { return readWord(&onwardWords, o, text) }

// CourtRule says whether information may be used in court.
type CourtRule uint8

// The rules, from open to closed; the zero value is "not said".
const (
	_ CourtRule = iota
	CourtYes
	CourtPermission // with the originator's permission
	CourtNever
)

var courtWords = vocabulary{"court rule", []string{"yes", "with-permission", "never"}}

func (c CourtRule) String() string { return courtWords.word(uint8(c)) }

// MarshalText writes the rule.
func (c CourtRule) MarshalText() ([]byte, error) { return courtWords.write(uint8(c)) }

// UnmarshalText reads the rule.
func (c *CourtRule) UnmarshalText(text []byte) error { return readWord(&courtWords, c, text) }

// ReviewRule says when a second person must approve, from open to closed.
type ReviewRule uint8

// The rules; the zero value is "not said".
const (
	_ ReviewRule = iota
	ReviewNone
	ReviewPersonal // four eyes for personal data
	ReviewAlways   // four eyes
)

var reviewWords = vocabulary{"review rule", []string{"none", "four-eyes-for-personal-data", "four-eyes"}}

func (r ReviewRule) String() string { return reviewWords.word(uint8(r)) }

// MarshalText writes the rule.
func (r ReviewRule) MarshalText() ([]byte, error) { return reviewWords.write(uint8(r)) }

// UnmarshalText reads the rule.
func (r *ReviewRule) UnmarshalText(text []byte) error { return readWord(&reviewWords, r, text) }

// Urgencies is the set of urgency classes a pact allows; a single class is a set of one.
type Urgencies uint8

// The classes, with the deadlines that inquiries default to.
const (
	Routine   Urgencies = 1 << iota // 7 days
	Urgent                          // 3 days
	Emergency                       // 8 hours, with direct access
)

var urgencyWords = vocabulary{"urgency", []string{"routine", "urgent", "emergency"}}

// Has reports whether all of the given classes are in the set.
func (u Urgencies) Has(want Urgencies) bool { return u&want == want }

// Words lists the classes in the set.
func (u Urgencies) Words() []string { return urgencyWords.list(uint16(u)) }

// MarshalJSON writes the set as a list of words.
func (u Urgencies) MarshalJSON() ([]byte, error) { return urgencyWords.writeSet(uint16(u)) }

// UnmarshalJSON reads a list of words.
func (u *Urgencies) UnmarshalJSON(raw []byte) error { return readSet(&urgencyWords, u, raw) }

func readWord[T ~uint8](v *vocabulary, value *T, text []byte) error {
	i, err := v.read(text)
	if err != nil {
		return err
	}
	*value = T(i)
	return nil
}

func readSet[T ~uint8 | ~uint16](v *vocabulary, value *T, raw []byte) error {
	set, err := v.readSet(raw)
	if err != nil {
		return err
	}
	if set != uint16(T(set)) {
		return fmt.Errorf("%s: set out of range: %w", v.noun, Invalid)
	}
	*value = T(set)
	return nil
}

// The labels of the Traffic Light Protocol, under the names this package reads best.
const (
	green       = stix.TLPGreen
	amber       = stix.TLPAmber
	amberStrict = stix.TLPAmberStrict
	red         = stix.TLPRed
)
