package mithaq

import "slices"

// Sought is the set of what an inquiry asks for, as coded words, so that both
// sides read the same question in their own language.
type Sought uint16

// What is asked for.
const (
	SoughtIdentity Sought = 1 << iota
	SoughtWhereabouts
	SoughtAddress
	SoughtNationality // and residence
	SoughtDocument
	SoughtRecord // convictions and open proceedings
	SoughtTravel
	SoughtVehicle
	SoughtSubscriber // of a number, address or account on line
	SoughtAccount    // holder and state of a bank account
	SoughtTransactions
	SoughtOwnership // of a company or property
	SoughtAssociates
	SoughtTechnical // indicators, samples, logs
	SoughtAnalysis
	SoughtOther // as the question says
)

var soughtWords = vocabulary{"what is sought", []string{
	"identity", "whereabouts", "address", "nationality", "document", "criminal-record", "travel", "vehicle", "subscriber",
	"account-holder", "transactions", "ownership", "associates", "technical-data", "analysis", "other",
}}

// Words lists what is in the set.
func (s Sought) Words() []string { return soughtWords.list(uint16(s)) }

// MarshalJSON writes the set as a list of words.
func (s Sought) MarshalJSON() ([]byte, error) { return soughtWords.writeSet(uint16(s)) }

// UnmarshalJSON reads a list of words.
func (s *Sought) UnmarshalJSON(raw []byte) error { return readSet(&soughtWords, s, raw) }

// Uses is the set of what an answer is meant to be used for. What is not named
// is asked for again: a use is granted inside the thread, or by a consent.
type Uses uint16

// The uses.
const (
	UsedAsIntelligence Uses = 1 << iota
	UsedInProceedings       // of the authority that asks, before trial
	UsedInCourt
	UsedToProtect  // a person or an event
	UsedForAssets  // to find, freeze or give back
	UsedToPrevent  // an immediate danger
	UsedForDefence // of networks
	UsedOnward     // to be passed on to whom the question names
)

var usesWords = vocabulary{"intended use", []string{
	"intelligence", "proceedings", "court", "protection", "asset-recovery", "prevention", "network-defence", "onward",
}}

// Words lists the uses in the set.
func (u Uses) Words() []string { return usesWords.list(uint16(u)) }

// MarshalJSON writes the set as a list of words.
func (u Uses) MarshalJSON() ([]byte, error) { return usesWords.writeSet(uint16(u)) }

// UnmarshalJSON reads a list of words.
func (u *Uses) UnmarshalJSON(raw []byte) error { return readSet(&usesWords, u, raw) }

// A Worth is what the asker says of an answer, or the receiver of information.
type Worth uint8

// The worths; the zero value is "not said".
const (
	_ Worth = iota
	WorthNone
	WorthKnown // was known already
	WorthSome
	WorthMuch
)

var worthWords = vocabulary{"worth", []string{"of-no-use", "known-already", "useful", "decisive"}}

func (w Worth) String() string { return worthWords.word(uint8(w)) }

// MarshalText writes the worth.
func (w Worth) MarshalText() ([]byte, error) { return worthWords.write(uint8(w)) }

// UnmarshalText reads the worth.
func (w *Worth) UnmarshalText(text []byte) error { return readWord(&worthWords, w, text) }

// BuiltIn reports whether a ground is one of those that no pact removes.
func (g Ground) BuiltIn() bool {
	return slices.Contains(Grounds(), g)
}
