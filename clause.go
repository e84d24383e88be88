package mithaq

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// A ClauseID names one clause of a pact, or one safeguard that no pact can
// switch off. Its text, "5.3" or "S1", is fixed for good.
type ClauseID uint8

// The clauses of a pact, in reading order.
const (
	ClauseParties     ClauseID = iota // 1.1 both ends are parties
	ClauseRoles                       // 1.2 the giver gives, the receiver receives
	ClauseContacts                    // 1.3 contact points
	ClauseBasis                       // 2.1 legal basis
	ClauseTransfer                    // 2.2 transfer basis and assurances, for personal data
	ClauseFrom                        // 3.1 valid from
	ClauseUntil                       // 3.2 valid until
	ClauseLanguages                   // 3.3 languages and the authoritative text
	ClausePurpose                     // 4.1 the purpose asked is one of the pact's
	ClausePurposeOf                   // 4.2 the item may be used for the purpose asked
	ClauseTypes                       // 5.1 types
	ClauseExtensions                  // 5.2 extension kinds
	ClauseSubjects                    // 5.3 data-subject categories
	ClauseTLP                         // 5.4 TLP ceiling
	ClauseEvaluation                  // 5.5 evaluation floor
	ClauseNature                      // 5.6 fact or assessment
	ClausePersons                     // 6.1 what concerns persons
	ClauseImpersonal                  // 6.2 types that cannot name a person
	ClauseReview                      // 7.1 review
	ClauseCodes                       // 8.1 handling codes
	ClauseRestriction                 // 8.2 H3 is read by a second person
	ClausePAP                         // 8.3 permissible actions are kept
	ClauseUrgency                     // 8.4 urgency classes
	ClauseRetention                   // 9.1 retention
	ClauseReviewDue                   // 9.2 review before expiry
	ClauseOnward                      // 10.1 onward sharing
	ClauseCourt                       // 10.2 use in court
	ClauseRecall                      // 11.1 recall
	ClauseCorrection                  // 11.2 correction
	ClauseSuspension                  // 12.1 suspension
	ClauseEnd                         // 12.2 end
	ClauseAfterEnd                    // 12.3 data at the end
	ClauseInquiries                   // 13.1 kinds of inquiry
	ClauseDeadlines                   // 13.2 deadlines
	ClauseGrounds                     // 13.3 further grounds of refusal
	ClauseMatch                       // 14.1 identifier types for hit / no-hit
	ClauseMatchSize                   // 14.2 budget and size of sets
	ClauseRooms                       // 15.1 capabilities shared in rooms
)

// The safeguards.
const (
	SafePurpose       ClauseID = iota + 40 // S1 no purpose, no release
	SafeBasis                              // S2 no legal basis, no release
	SafeAssessment                         // S3 a person: an assessment over this version
	SafeCharacter                          // S4 a person: an assessment that clears
	SafePerson                             // S5 a person: a person decides
	SafeOffer                              // S6 victims, witnesses, minors, sources: never in a match offer
	SafePlainPersonal                      // S7 a plain party: nothing about persons
	SafePlainTLP                           // S8 a plain party: nothing above TLP:GREEN
	SafeState                              // S9 only what is held and undisputed
	SafeOriginator                         // S10 what is another's: only as its originator allowed
	SafeRed                                // S11 TLP:RED: only to persons named
	SafeAmber                              // S12 another's TLP:AMBER and above: only by consent
	SafeVersion                            // S13 only giver or maker versions or revokes
	SafeFuture                             // S14 nothing from the future
	SafeControl                            // S15 control objects are not items
	clauseLimit
)

var articles = [clauseLimit]string{
	"1.1", "1.2", "1.3", "2.1", "2.2", "3.1", "3.2", "3.3", "4.1", "4.2",
	"5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "6.1", "6.2", "7.1",
	"8.1", "8.2", "8.3", "8.4", "9.1", "9.2", "10.1", "10.2", "11.1", "11.2",
	"12.1", "12.2", "12.3", "13.1", "13.2", "13.3", "14.1", "14.2", "15.1",
	"", "",
	"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15",
}

// ParseClause reads the text of a clause.
func ParseClause(text string) (ClauseID, error) {
	i := slices.Index(articles[:], text)
	if i < 0 || text == "" {
		return 0, invalidf("clause", "no clause %q", text)
	}
	return ClauseID(i), nil
}

func (c ClauseID) String() string {
	if c >= clauseLimit {
		return ""
	}
	return articles[c]
}

// Safeguard reports whether the clause stands above every pact.
func (c ClauseID) Safeguard() bool { return c >= SafePurpose && c < clauseLimit }

// Article returns the number of the article that the clause belongs to, 1 to
// 15, or 0 for a safeguard.
func (c ClauseID) Article() int {
	number, _, ok := strings.Cut(c.String(), ".")
	if !ok {
		return 0
	}
	n := 0
	for _, digit := range number {
		n = 10*n + int(digit-'0')
	}
	return n
}

// MarshalText writes the text of the clause.
func (c ClauseID) MarshalText() ([]byte, error) {
	if c.String() == "" {
		return nil, invalidf("clause", "no clause %d", uint8(c))
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads the text of a clause.
func (c *ClauseID) UnmarshalText(text []byte) (err error) {
	*c, err = ParseClause(string(text))
	return err
}

// AllClauses yields every clause, then every safeguard.
func AllClauses() iter.Seq[ClauseID] {
	return func(yield func(ClauseID) bool) {
		for c := range clauseLimit {
			if c.String() != "" && !yield(c) {
				return
			}
		}
	}
}

// Clauses is a set of clauses: bit i stands for ClauseID i.
type Clauses uint64

// ClausesOf returns a set.
func ClausesOf(list ...ClauseID) Clauses {
	var set Clauses
	for _, c := range list {
		set |= 1 << c
	}
	return set
}

// Has reports whether a clause is in the set.
func (s Clauses) Has(c ClauseID) bool { return s&(1<<c) != 0 }

// Len returns how many clauses are in the set.
func (s Clauses) Len() int { return bits.OnesCount64(uint64(s)) }

// All yields the clauses in the set, in reading order.
func (s Clauses) All() iter.Seq[ClauseID] {
	return func(yield func(ClauseID) bool) {
		for rest := uint64(s); rest != 0; rest &= rest - 1 {
			if !yield(ClauseID(bits.TrailingZeros64(rest))) {
				return
			}
		}
	}
}

func (s Clauses) String() string {
	var list []string
	for c := range s.All() {
		list = append(list, c.String())
	}
	return strings.Join(list, " ")
}
