package mithaq

import (
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// Terms are what the parties of a pact agreed, as typed data. Every list is a
// permission: what is not in it does not cross.
type Terms struct {
	Basis         []LegalBasis  `json:"legal_basis"`
	Transfer      *Transfer     `json:"transfer,omitempty"` // without it no personal data crosses
	From          Time          `json:"valid_from"`
	Until         Time          `json:"valid_until"` // the first instant after the term
	Languages     []string      `json:"languages"`   // of the text, BCP 47
	Authoritative string        `json:"authoritative"`
	Purposes      []Purpose     `json:"purposes"`
	Flows         []Flow        `json:"flows"`                      // what may cross, per direction
	Impersonal    []string      `json:"impersonal_types,omitempty"` // the statement: types that cannot name a person
	Review        ReviewRule    `json:"review"`
	Codes         Codes         `json:"codes"`     // which all parties honour
	Urgencies     Urgencies     `json:"urgencies"` // which may be asked for
	Retention     Retention     `json:"retention"`
	Onward        OnwardRule    `json:"onward"` // what a receiver may do at most
	Court         CourtRule     `json:"court"`
	RecallHours   int           `json:"recall_hours,omitzero"` // within which peers honour a recall
	SuspendAll    bool          `json:"suspend_all,omitzero"`  // one party's suspension stops every link
	NoticeDays    int           `json:"notice_days,omitzero"`  // before a party leaves
	AtEnd         EndRule       `json:"at_end"`                // what happens to the data
	Inquiries     *InquiryTerms `json:"inquiries,omitempty"`   // article 13
	Match         *MatchTerms   `json:"match,omitempty"`       // article 14
	Rooms         *RoomTerms    `json:"rooms,omitempty"`       // article 15
}

// Transfer is what allows personal data to go to another country, and the
// assurances given for it.
type Transfer struct {
	Basis      LegalBasis        `json:"legal_basis"`
	Assurances map[string]string `json:"assurances"` // by language
}

// A Flow is what may cross in some directions. Each pair of giver and
// receiver has at most one; a direction without a flow is closed.
type Flow struct {
	From       []OrgID  `json:"from,omitempty"` // every party where empty
	To         []OrgID  `json:"to,omitempty"`   // every party where empty
	Types      []string `json:"types"`
	Extensions []string `json:"extensions,omitempty"` // extension definitions and kinds
	Subjects   Subjects `json:"subjects"`
	Ceiling    stix.TLP `json:"tlp_ceiling"`
	Floor      Floor    `json:"evaluation_floor"`
	FactsOnly  bool     `json:"facts_only,omitzero"`
}

// A Floor is the worst evaluation that still crosses.
type Floor struct {
	Source SourceGrade `json:"source"`
	Info   InfoGrade   `json:"information"`
}

// Retention says how long a receiver keeps what it got.
type Retention struct {
	Days       int `json:"days"`
	ReviewDays int `json:"review_days,omitzero"` // before expiry, the receiver looks again
}

// EndRule says what happens to the data when a pact ends.
type EndRule uint8

// The rules, from open to closed; the zero value is "not said".
const (
	_        EndRule = iota
	EndKeep          // kept until its retention ends
	EndErase         // erased, with a signed statement
)

var endWords = vocabulary{"rule for the end", []string{"keep-until-retention", "erase"}}

func (e EndRule) String() string { return endWords.word(uint8(e)) }

// MarshalText writes the rule.
func (e EndRule) MarshalText() ([]byte, error) { return endWords.write(uint8(e)) }

// UnmarshalText reads the rule.
func (e *EndRule) UnmarshalText(text []byte) error { return readWord(&endWords, e, text) }

// InquiryTerms allow questions; deadlines are in hours, by urgency.
type InquiryTerms struct {
	Kinds     []string `json:"kinds"`
	Routine   int      `json:"routine_hours"`
	Urgent    int      `json:"urgent_hours"`
	Emergency int      `json:"emergency_hours"`
	Grounds   []string `json:"grounds,omitempty"` // of refusal, beside the built-in ones
}

// MatchTerms allow hit / no-hit questions.
type MatchTerms struct {
	Identifiers []string `json:"identifiers"`
	PerDay      int      `json:"questions_per_day"`
	SetSize     int      `json:"set_size"`
}

// RoomTerms allow joint operations rooms.
type RoomTerms struct {
	Capabilities []string `json:"capabilities"`
	Members      []OrgID  `json:"members,omitempty"` // every party where empty
}

// FlowBetween returns what may cross from one party to another, or nil.
func (t *Terms) FlowBetween(from, to OrgID) *Flow {
	for i := range t.Flows {
		if t.Flows[i].Joins(from, to) {
			return &t.Flows[i]
		}
	}
	return nil
}

// Joins reports whether the flow is for a direction.
func (f *Flow) Joins(from, to OrgID) bool {
	return from != to &&
		(len(f.From) == 0 || slices.Contains(f.From, from)) &&
		(len(f.To) == 0 || slices.Contains(f.To, to))
}
