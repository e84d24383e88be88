package mithaq

import (
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// Use says as what something would cross.
type Use uint8

// The uses; the zero value is a plain share.
const (
	UseShare   Use = iota
	UseInquiry     // a question, or the answer to one
	UseOffer       // an identifier offered for matching
	UseRoom        // into a joint operations room
)

var useWords = vocabulary{"use", []string{"inquiry", "offer", "room"}}

func (u Use) String() string { return useWords.word(uint8(u)) }

// MarshalText writes the use.
func (u Use) MarshalText() ([]byte, error) { return useWords.write(uint8(u)) }

// UnmarshalText reads the use.
func (u *Use) UnmarshalText(text []byte) error { return readWord(&useWords, u, text) }

// Side says whose gate decides.
type Side uint8

// The sides.
const (
	Sender Side = iota
	Receiver
)

// Facts is the flat view of one holding that a decision needs. A gate fills it
// from the holding, the object's bytes and what the ledger knows; the zero value
// of each field is "not known", which permits nothing.
type Facts struct {
	Type       string       // STIX type of the object
	Extensions []string     // extension definitions and kinds it carries
	Modified   time.Time    // of this version; zero for objects without versions
	Handling   Handling     // the holding's
	State      HoldingState // the holding's
	Personal   bool         // a person-bearing type, or a person's value was found in it
	Assessed   Assessed     // of this very version
	Group      []OrgID      // parties of the pact the holding came under, for onward sharing within the group
	Consented  bool         // the originator consented to this crossing
	MadeBy     OrgID        // who made the version before, if there is one here
	GivenBy    OrgID        // who gave the version before, if there is one here
}

// Request says who would hand what to whom, when, why and on which basis.
type Request struct {
	From, To  OrgID
	Purpose   Purpose
	Basis     string    // reference of one of the pact's legal bases
	Urgency   Urgencies // one class
	Use       Use
	Detail    string    // kind of inquiry, identifier type or room capability, by Use
	At        time.Time // on the deciding node's clock
	Side      Side      // whose gate decides
	State     State     // where the pact stands on the deciding node
	Attended  bool      // a signed-in person proposed or decided this crossing
	Approvals int       // different persons beside the proposer who signed
	Named     bool      // the release names the persons who may read it
}

// A Decision says whether something may cross, and which clauses stand against it.
type Decision struct {
	Failed Clauses
}

// awaited are the clauses that a second person's approval would satisfy.
const awaited Clauses = 1<<ClauseReview | 1<<ClauseRestriction

// Allowed reports whether nothing stands against the crossing.
func (d Decision) Allowed() bool { return d.Failed == 0 }

// NeedsReview reports whether only a second person's approval is missing.
func (d Decision) NeedsReview() bool { return d.Failed != 0 && d.Failed&^awaited == 0 }

// A Reason says why one clause stands against a crossing: what it asks, what the
// item or request has, and what can be done about it.
type Reason struct {
	Clause  ClauseID `json:"clause"`
	Article string   `json:"article"`
	Asks    Message  `json:"asks"`
	Has     Message  `json:"has"`
	Do      Message  `json:"do"`
}

// Rules are a pact's terms compiled for deciding; they never change, and any
// number of decisions may share them.
type Rules struct {
	parties map[OrgID]int
	lanes   []lane // by giver times number of parties plus receiver
	members []Party
	terms   Terms
	bases   []string
}

// A lane is what may cross in one direction.
type lane struct {
	open       bool
	types      map[string]struct{}
	impersonal map[string]struct{}
	extensions []string
	subjects   Subjects
	ceiling    stix.TLP
	floor      Floor
	factsOnly  bool
}
