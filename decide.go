package mithaq

import (
	"slices"
	"time"
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

// Skew is how far a version's time may lie ahead of the deciding node's clock.
const Skew = 5 * time.Minute

// Decide says whether one holding may cross as requested under a pact's rules.
// It names every clause that stands against it; it reads no clock, does no I/O
// and allocates nothing. Both gates call it: the giver's before sending, the
// receiver's on arrival.
func Decide(r *Rules, f *Facts, q *Request) Decision {
	c := crossing{Rules: r, Facts: f, Request: q, route: r.route(q.From, q.To)}
	c.ours = f.Handling.Originator != "" && f.Handling.Originator == q.From
	c.personal = f.Personal || f.Handling.Subjects.Persons() != 0
	return Decision{Failed: c.frame() | c.purposes() | c.content() | c.persons() |
		c.manner() | c.after() | c.uses() | c.origin() | c.plain() | c.life()}
}

// A crossing is one decision in the making. Each of its methods returns those
// of its clauses that fail.
type crossing struct {
	*Rules
	*Facts
	*Request
	route    *route
	ours     bool // the giver is the originator
	personal bool // it concerns a person
}

// unless fails a clause where its condition does not hold.
func unless(holds bool, c ClauseID) Clauses {
	if holds {
		return 0
	}
	return 1 << c
}

// frame holds articles 1, 2, 3 and 12: who, on which basis, and whether the pact
// is in force.
func (c *crossing) frame() Clauses {
	at := c.At
	return unless(c.route.parties, ClauseParties) |
		unless(c.route.roles, ClauseRoles) |
		unless(c.hasBasis(c.Basis), ClauseBasis) |
		unless(c.Basis != "", SafeBasis) |
		unless(!c.personal || c.terms.Transfer != nil, ClauseTransfer) |
		unless(!at.Before(c.terms.From.Time) && c.begun(), ClauseFrom) |
		unless(at.Before(c.terms.Until.Time), ClauseUntil) |
		unless(!c.suspended(), ClauseSuspension) |
		unless(c.Request.State.Status != Ended, ClauseEnd)
}

// begun reports whether this version of the pact is, or was, signed by all.
func (c *crossing) begun() bool {
	return c.Request.State.Status == InForce || c.Request.State.Status == Ended
}

func (c *crossing) suspended() bool {
	for i := range c.Request.State.Suspended {
		stop := &c.Request.State.Suspended[i]
		reaches := c.terms.SuspendAll || stop.By == c.From || stop.By == c.To
		if reaches && (stop.Purpose == "" || stop.Purpose == c.Purpose) {
			return true
		}
	}
	return false
}

// purposes holds article 4.
func (c *crossing) purposes() Clauses {
	return unless(slices.Contains(c.terms.Purposes, c.Purpose), ClausePurpose) |
		unless(slices.Contains(c.Handling.Purposes, c.Purpose), ClausePurposeOf) |
		unless(c.Purpose != "", SafePurpose)
}

// content holds article 5.
func (c *crossing) content() Clauses {
	h, way := &c.Handling, c.route
	graded := h.Source != 0 && h.Source <= way.floor.Source && h.Info != 0 && h.Info <= way.floor.Info
	return unless(c.kind().crosses, ClauseTypes) |
		unless(c.extensionsCross(), ClauseExtensions) |
		unless(c.subjectsCross(), ClauseSubjects) |
		unless(h.TLP != 0 && h.TLP <= way.ceiling, ClauseTLP) |
		unless(graded, ClauseEvaluation) |
		unless(h.Nature == Fact || h.Nature == Opinion && !way.factsOnly, ClauseNature)
}

func (c *crossing) kind() typeRule { return c.route.types[c.Type] }

func (c *crossing) extensionsCross() bool {
	for _, ext := range c.Extensions {
		if !slices.Contains(c.route.extensions, ext) {
			return false
		}
	}
	return true
}

// subjectsCross reports whether every category of persons is allowed. A label
// that says "nobody" over what concerns a person says nothing.
func (c *crossing) subjectsCross() bool {
	s := c.Handling.Subjects
	silent := s == 0 || c.Facts.Personal && s.Persons() == 0
	return !silent && s.Persons()&^c.route.subjects == 0
}

// persons holds article 6 and what stands above it: what concerns a person, or
// may, crosses only when a person has answered for this version.
func (c *crossing) persons() Clauses {
	known := c.Assessed == AssessedClear || c.Assessed == AssessedAgainst || c.Assessed == AssessedDoubt
	against := c.Assessed == AssessedAgainst || c.Assessed == AssessedDoubt
	return unless(c.personal || c.kind().impersonal || c.Assessed == AssessedClear, ClauseImpersonal) |
		unless(!c.personal || known, SafeAssessment) |
		unless(!against, SafeCharacter) |
		unless(!c.personal || c.Attended, SafePerson)
}

// manner holds articles 7 and 8.
func (c *crossing) manner() Clauses {
	codes := c.Handling.Codes
	return unless(c.Approvals > 0 || !c.fourEyes(), ClauseReview) |
		unless(codes != 0 && codes&^c.terms.Codes == 0, ClauseCodes) |
		unless(c.Approvals > 0 || !codes.Has(H3), ClauseRestriction) |
		unless(c.Handling.PAP != 0, ClausePAP) |
		unless(c.Urgency != 0 && c.Urgency&^c.terms.Urgencies == 0, ClauseUrgency)
}

func (c *crossing) fourEyes() bool {
	return c.terms.Review != ReviewNone && (c.terms.Review != ReviewPersonal || c.personal)
}

// after holds articles 9 and 10: what the receiver must be able to keep.
func (c *crossing) after() Clauses {
	h := &c.Handling
	return unless(h.RetainDays > 0 || !h.RetainUntil.IsZero(), ClauseRetention) |
		unless(h.Onward != 0, ClauseOnward) |
		unless(c.Purpose != Prosecution || c.courtAllowed(), ClauseCourt)
}

// courtAllowed reports whether what crosses may be used in court. The originator
// who gives it for that gives the permission with it.
func (c *crossing) courtAllowed() bool {
	permitted := c.ours || c.Consented
	switch c.terms.Court {
	case CourtYes:
		return permitted || c.Handling.Codes&H1 == 0
	case CourtPermission:
		return permitted
	}
	return false
}

// uses holds the optional articles.
func (c *crossing) uses() Clauses {
	switch c.Use {
	case UseShare:
		return 0
	case UseInquiry:
		return unless(c.terms.Inquiries != nil && slices.Contains(c.terms.Inquiries.Kinds, c.Detail), ClauseInquiries)
	case UseOffer:
		offered := c.terms.Match != nil && slices.Contains(c.terms.Match.Identifiers, c.Detail)
		return unless(offered, ClauseMatch) | unless(c.Handling.Subjects&Protected == 0, SafeOffer)
	case UseRoom:
		return unless(c.roomOpen(), ClauseRooms)
	}
	return 1<<ClauseInquiries | 1<<ClauseMatch | 1<<ClauseRooms
}

func (c *crossing) roomOpen() bool {
	rooms := c.terms.Rooms
	if rooms == nil || !slices.Contains(rooms.Capabilities, c.Detail) {
		return false
	}
	return len(rooms.Members) == 0 || slices.Contains(rooms.Members, c.From) && slices.Contains(rooms.Members, c.To)
}

// origin holds what the originator's labels allow whoever is not the originator.
//
// The Traffic Light Protocol binds recipients, not the source: an organisation
// may give its own TLP:AMBER+STRICT to a partner it chooses, and that partner
// keeps it inside. What came from another goes on as follows: TLP:CLEAR and
// TLP:GREEN by the onward rule alone (the parties of a pact are a community);
// TLP:AMBER ends at the recipient's organisation and its clients, and goes further
// where the originator's onward rule or consent says so in as many words;
// TLP:AMBER+STRICT and TLP:RED only with consent. TLP:RED is for individuals, and
// so the release names them. TLP 2.0, 3
func (c *crossing) origin() Clauses {
	return unless(c.ours || c.onwardAllowed(), SafeOriginator) |
		unless(c.Handling.TLP != red || c.Named, SafeRed) |
		unless(c.ours || c.tlpAllows(), SafeAmber)
}

func (c *crossing) onwardAllowed() bool {
	h := &c.Handling
	if h.Originator == "" || h.Onward == 0 || h.Onward == OnwardNever {
		return false
	}
	return c.Consented || c.ruleAllows()
}

// ruleAllows reports whether the onward rule alone lets it go to the receiver.
func (c *crossing) ruleAllows() bool {
	h := &c.Handling
	inGroup := h.Onward == OnwardGroup && slices.Contains(c.Group, c.To)
	return !h.Codes.Has(H2) && (h.Onward == OnwardOpen || inGroup)
}

func (c *crossing) tlpAllows() bool {
	switch c.Handling.TLP {
	case amber:
		return c.Consented || c.ruleAllows()
	case amberStrict, red:
		return c.Consented
	}
	return true
}

// plain holds what a party without a node never gets or gives.
func (c *crossing) plain() Clauses {
	if !c.route.plain {
		return 0
	}
	tlp := c.Handling.TLP
	return unless(!c.personal, SafePlainPersonal) | unless(tlp != 0 && tlp <= green, SafePlainTLP)
}

// life holds where the holding stands, and whose word counts about it.
func (c *crossing) life() Clauses {
	until := c.Handling.RetainUntil
	lapsed := !until.IsZero() && !c.At.Before(until.Time)
	return unless(c.Facts.State == Held && !lapsed, SafeState) |
		unless(c.Side == Sender || c.speaksFor(), SafeVersion) |
		unless(!c.Modified.After(c.At.Add(Skew)), SafeFuture) |
		unless(!IsControl(c.Type), SafeControl)
}

// speaksFor reports whether the giver made or gave the version before, if any.
func (c *crossing) speaksFor() bool {
	first := c.MadeBy == "" && c.GivenBy == ""
	return first || c.From == c.MadeBy || c.From == c.GivenBy
}
