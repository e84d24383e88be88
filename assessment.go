package mithaq

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// An Answer is what a person answered to one question.
type Answer uint8

// The answers; the zero value is "not answered", and nothing is pre-filled.
const (
	_ Answer = iota
	No
	Doubt
	Yes
)

var answerWords = vocabulary{"answer", []string{"no", "doubt", "yes"}}

func (a Answer) String() string { return answerWords.word(uint8(a)) }

// MarshalText writes the answer.
func (a Answer) MarshalText() ([]byte, error) { return answerWords.write(uint8(a)) }

// UnmarshalText reads the answer.
func (a *Answer) UnmarshalText(text []byte) error { return readWord(&answerWords, a, text) }

// Standings is the set of standings of a person that ask for care.
// StandingOrdinary is said where none applies; the empty set is "not answered".
type Standings uint16

// The standings.
const (
	StandingOrdinary Standings = 1 << iota
	StandingPolitician
	StandingJournalist
	StandingDefender // of human rights
	StandingLawyer
	StandingClergy
	StandingSoldier
	StandingAsylumSeeker
	StandingRefugee
	StandingMinor
)

var standingWords = vocabulary{"standing", []string{
	"ordinary", "politician", "journalist", "defender", "lawyer", "clergy", "soldier", "asylum-seeker", "refugee", "minor",
}}

// Words lists the standings in the set.
func (s Standings) Words() []string { return standingWords.list(uint16(s)) }

// MarshalJSON writes the set as a list of words.
func (s Standings) MarshalJSON() ([]byte, error) { return standingWords.writeSet(uint16(s)) }

// UnmarshalJSON reads a list of words.
func (s *Standings) UnmarshalJSON(raw []byte) error { return readSet(&standingWords, s, raw) }

// Answers are a person's answers to the questions that article 3 of the INTERPOL
// Constitution raises. It is a test of predominance by people.
type Answers struct {
	Act         string    `json:"act"`         // the offence or the danger
	Provision   string    `json:"provision"`   // the article of the law that names it
	Facts       string    `json:"facts"`       // what was done, when and where
	Ordinary    Answer    `json:"ordinary"`    // is it a matter of ordinary law or safety?
	Standing    Standings `json:"standing"`    // of the person
	Political   Answer    `json:"political"`   // is it predominantly political,
	Military    Answer    `json:"military"`    // military,
	Religious   Answer    `json:"religious"`   // religious,
	Racial      Answer    `json:"racial"`      // or racial in character?
	Source      Answer    `json:"source"`      // is the source known, and free of a motive of that kind?
	Refused     Answer    `json:"refused"`     // have others refused it, or taken another position?
	Obligations Answer    `json:"obligations"` // does it agree with international obligations?
	Context     string    `json:"context"`     // what else a decision should know
}

// A SecondOpinion is another person's answer where the first was in doubt.
type SecondOpinion struct {
	Person PersonID `json:"person"`
	Clears Answer   `json:"clears"`
	Why    string   `json:"why"`
	At     Time     `json:"at"`
}

// An Assessment is a person's signed answers about the character of what
// concerns a person, over exactly the versions it names.
type Assessment struct {
	Head
	Org        OrgID          `json:"organisation"`
	Covers     []ItemRef      `json:"covers"`
	Answers    Answers        `json:"answers"`
	Person     PersonID       `json:"person"`
	Credential KeyID          `json:"credential"`
	Second     *SecondOpinion `json:"second,omitempty"`
	Signatures []Signature    `json:"signatures,omitempty"` // by the credentials of the persons
}

// NewAssessment begins an assessment of some items; the answers follow.
func NewAssessment(id stix.ID, at Time, org OrgID, person PersonID, covers ...ItemRef) *Assessment {
	return &Assessment{Head: NewHead(TypeAssessment, id, at), Org: org, Person: person, Covers: covers}
}

// Digest returns the digest of what the assessment's signatures cover.
func (a *Assessment) Digest() Digest { return digestSigned(a) }

// CoversVersion reports whether the answers were given over this very version.
func (a *Assessment) CoversVersion(item ItemRef) bool { return slices.Contains(a.Covers, item) }

// Clears says whether the answers clear what they cover, and whether a second
// person must answer before they can.
func (a *Assessment) Clears() (ok, needsSecond bool) {
	switch a.Verdict() {
	case AssessedClear:
		return true, false
	case AssessedDoubt:
		return false, true
	}
	return false, false
}

// Verdict weighs the answers. A predominant yes, an answer against or a missing
// one does not clear; doubt, or a standing that asks for care, waits for a second person.
func (a *Assessment) Verdict() Assessed {
	switch first := a.Answers.verdict(); {
	case first != AssessedDoubt || a.Second == nil || a.Second.Person == a.Person:
		return first
	case a.Second.Clears == Yes:
		return AssessedClear
	case a.Second.Clears == No:
		return AssessedAgainst
	}
	return AssessedDoubt
}

func (q *Answers) verdict() Assessed {
	against := []Answer{q.Political, q.Military, q.Religious, q.Racial, q.Refused}
	inFavour := []Answer{q.Ordinary, q.Source, q.Obligations}
	all := slices.Concat(against, inFavour)
	switch {
	case q.Act == "", q.Provision == "", q.Facts == "", q.Standing == 0, slices.Contains(all, 0):
		return AssessedNot
	case slices.Contains(against[:4], Yes), slices.Contains(inFavour, No):
		return AssessedAgainst
	case q.Standing != StandingOrdinary, slices.Contains(all, Doubt), q.Refused == Yes:
		return AssessedDoubt
	}
	return AssessedClear
}

// Check says all that is wrong with the assessment's form; Verdict weighs it.
func (a *Assessment) Check() error {
	faults := []error{
		a.Head.check(TypeAssessment),
		inside("organisation", a.Org.Check()),
		inside("person", a.Person.Check()),
		inside("credential", a.Credential.Check()),
	}
	if len(a.Covers) == 0 {
		faults = append(faults, invalidf("covers", "names no item"))
	}
	faults = append(faults, each("covers", a.Covers, (*ItemRef).Check)...)
	if a.Second != nil && a.Second.Person == a.Person {
		faults = append(faults, invalidf("second", "is the same person"))
	}
	return errors.Join(faults...)
}

// Assessed is what a gate knows of the assessment of one version of one item.
type Assessed uint8

// The outcomes, from worst to best; the zero value is "none".
const (
	AssessedNot     Assessed = iota // no assessment, or an unfinished one
	AssessedOther                   // over another version only
	AssessedAgainst                 // it must not cross
	AssessedDoubt                   // a second person has not answered
	AssessedClear
)

var assessedWords = vocabulary{"assessment", []string{"other-version", "against", "doubt", "clear"}}

func (a Assessed) String() string { return assessedWords.word(uint8(a)) }

// MarshalText writes the outcome.
func (a Assessed) MarshalText() ([]byte, error) { return assessedWords.write(uint8(a)) }

// UnmarshalText reads the outcome.
func (a *Assessed) UnmarshalText(text []byte) error { return readWord(&assessedWords, a, text) }

// A Ground is one of the built-in grounds for refusing an inquiry that no pact
// removes. No explanation is owed, and it affects no deadline or budget.
type Ground string

// The grounds.
const (
	GroundPersecution  Ground = "persecution-torture-death-penalty"
	GroundProtection   Ground = "international-protection"
	GroundPolitical    Ground = "political-offence-or-expression"
	GroundProtected    Ground = "victim-witness-or-minor"
	GroundIllTreatment Ground = "evidence-by-ill-treatment"
	GroundTriedAlready Ground = "tried-already"
)

// Grounds returns the built-in grounds.
func Grounds() []Ground {
	return []Ground{GroundPersecution, GroundProtection, GroundPolitical, GroundProtected, GroundIllTreatment, GroundTriedAlready}
}
