package mithaq

import "slices"

// A Reason says why one clause stands against a crossing: what it asks, what the
// item or the request has, and what can be done about it.
type Reason struct {
	Clause ClauseID `json:"clause"`
	Asks   Message  `json:"asks"`
	Has    Message  `json:"has"`
	Do     Message  `json:"do"`
}

// Article returns the number of the clause as a reader sees it, "5.3" or "S1".
func (r *Reason) Article() string { return r.Clause.String() }

// Reasons says, clause by clause, why a decision fell as it did. It is given
// what the decision was made of: the pact, the facts and the request.
func (d Decision) Reasons(p *Pact, f *Facts, q *Request) []Reason {
	why := because{p, f, q, p.Terms.FlowBetween(q.From, q.To)}
	reasons := make([]Reason, 0, d.Failed.Len())
	for c := range d.Failed.All() {
		has, do := why.explain(c)
		reasons = append(reasons, Reason{Clause: c, Asks: why.asks(c), Has: has, Do: do})
	}
	return reasons
}

// because is what the reasons of one decision speak of.
type because struct {
	pact *Pact
	f    *Facts
	q    *Request
	flow *Flow // in the direction asked, if there is one
}

// asks returns what a clause says, in the direction asked where it depends on that.
func (b *because) asks(c ClauseID) Message {
	switch {
	case c.Safeguard():
		return clauseSays(c, "")
	case c.Article() == 5 && b.flow == nil:
		return Say("clause.closed", string(b.q.From), string(b.q.To))
	case c.Article() == 5:
		return b.flow.says(c)
	}
	if said := b.pact.read(c); len(said) == 1 {
		return said[0]
	}
	return b.asksOfMany(c)
}

// asksOfMany reads a clause that has a sentence for each party or basis, or
// none since the article was not agreed.
func (b *because) asksOfMany(c ClauseID) Message {
	switch c {
	case ClauseParties:
		return Say("asks.parties", names(b.orgs()))
	case ClauseRoles:
		return Say("asks.roles")
	case ClauseBasis:
		return Say("asks.basis", names(b.bases()))
	}
	return Say("asks.article", ArticleTitle(c.Article()))
}

func (b *because) orgs() []OrgID {
	orgs := make([]OrgID, len(b.pact.Parties))
	for i := range b.pact.Parties {
		orgs[i] = b.pact.Parties[i].Org
	}
	return orgs
}

func (b *because) bases() []string {
	refs := make([]string, len(b.pact.Terms.Basis))
	for i := range b.pact.Terms.Basis {
		refs[i] = b.pact.Terms.Basis[i].Ref
	}
	return refs
}

// explain returns what the item or request has where a clause failed, and what
// can be done about it.
func (b *because) explain(c ClauseID) (has, do Message) {
	if missing := b.missing(c); missing != "" {
		label := word("label", missing)
		return Say("has.missing", label), Say("do.label", label)
	}
	if explain, ok := explanations[c]; ok {
		return explain(b)
	}
	return Say("has.other"), Say("do.amend")
}

// missing names the label that a clause needs and did not find.
func (b *because) missing(c ClauseID) string {
	h := &b.f.Handling
	switch {
	case c == ClauseSubjects && h.Subjects == 0:
		return "subjects"
	case (c == ClauseTLP || c == SafePlainTLP) && h.TLP == 0:
		return "tlp"
	case c == ClauseEvaluation && (h.Source == 0 || h.Info == 0):
		return "evaluation"
	case c == ClauseNature && h.Nature == 0:
		return "nature"
	case c == ClausePurposeOf && len(h.Purposes) == 0:
		return "purposes"
	case c == ClauseCodes && h.Codes == 0:
		return "codes"
	case c == SafeOriginator && h.Originator == "":
		return "originator"
	case c == SafeOriginator && h.Onward == 0:
		return "onward"
	}
	return onlyMissing[c]
}

// onlyMissing are the labels of clauses that fail for nothing else.
var onlyMissing = map[ClauseID]string{ClausePAP: "pap", ClauseRetention: "retention", ClauseOnward: "onward"}

var labelWords = []string{
	"subjects", "tlp", "evaluation", "nature", "purposes", "codes", "pap", "retention", "onward", "originator",
}

type explanation func(*because) (has, do Message)

// explanations say what stands against a crossing, for each clause that a
// decision can fail, where no label is missing.
var explanations = map[ClauseID]explanation{
	ClauseParties:    (*because).parties,
	ClauseRoles:      (*because).roles,
	ClauseBasis:      (*because).basis,
	SafeBasis:        (*because).basis,
	ClauseTransfer:   func(b *because) (Message, Message) { return Say("has.person"), Say("do.transfer") },
	ClauseFrom:       (*because).from,
	ClauseUntil:      func(b *because) (Message, Message) { return Say("has.time", At(b.q.At)), Say("do.renew") },
	ClausePurpose:    (*because).purpose,
	SafePurpose:      (*because).purpose,
	ClausePurposeOf:  (*because).purposeOf,
	ClauseTypes:      func(b *because) (Message, Message) { return Say("has.type", b.f.Type), Say("do.type") },
	ClauseExtensions: (*because).extensions,
	ClauseSubjects:   (*because).subjects,
	ClauseTLP:        func(b *because) (Message, Message) { return b.hasTLP(), Say("do.tlp") },
	ClauseEvaluation: (*because).evaluation,
	ClauseNature:     (*because).nature,
	ClauseImpersonal: func(b *because) (Message, Message) { return Say("has.unread-type", b.f.Type), Say("do.assess") },
	ClauseReview:     func(*because) (Message, Message) { return Say("has.no-approval"), Say("do.approve") },
	ClauseCodes:      (*because).codes,
	ClauseRestriction: func(b *because) (Message, Message) {
		return Say("has.restriction", b.f.Handling.Restriction), Say("do.approve")
	},
	ClauseUrgency: (*because).urgency,
	ClauseCourt: func(b *because) (Message, Message) {
		return Say("has.court", string(b.f.Handling.Originator)), Say("do.court", string(b.f.Handling.Originator))
	},
	ClauseSuspension: (*because).suspended,
	ClauseEnd:        func(*because) (Message, Message) { return Say("has.ended"), Say("do.renew") },
	ClauseInquiries:  (*because).detail,
	ClauseMatch:      (*because).detail,
	ClauseRooms:      (*because).detail,
	SafeAssessment:   (*because).assessment,
	SafeCharacter:    (*because).assessment,
	SafePerson:       func(*because) (Message, Message) { return Say("has.unattended"), Say("do.attend") },
	SafeOffer: func(b *because) (Message, Message) {
		return b.hasSubjects(b.f.Handling.Subjects & Protected), Say("do.leave")
	},
	SafePlainPersonal: func(*because) (Message, Message) { return Say("has.person"), Say("do.leave") },
	SafePlainTLP:      func(b *because) (Message, Message) { return b.hasTLP(), Say("do.tlp") },
	SafeState:         (*because).state,
	SafeOriginator:    (*because).originator,
	SafeRed:           func(b *because) (Message, Message) { return Say("has.unnamed"), Say("do.name") },
	SafeAmber: func(b *because) (Message, Message) {
		return Say("has.tlp-of", string(b.f.Handling.Originator), b.f.Handling.TLP.String()), b.askConsent()
	},
	SafeVersion: (*because).version,
	SafeFuture: func(b *because) (Message, Message) {
		return Say("has.future", At(b.f.Modified), At(b.q.At)), Say("do.clock")
	},
	SafeControl: func(b *because) (Message, Message) { return Say("has.control", b.f.Type), Say("do.control") },
}

func (b *because) parties() (has, do Message) {
	if b.q.From == b.q.To {
		return Say("has.same-party", string(b.q.From)), Say("do.party")
	}
	outside := slices.DeleteFunc([]OrgID{b.q.From, b.q.To}, func(o OrgID) bool { return b.pact.Party(o) != nil })
	return Say("has.no-party", names(outside)), Say("do.party")
}

func (b *because) roles() (has, do Message) {
	if giver := b.pact.Party(b.q.From); giver == nil || !giver.Roles.Has(Gives) {
		return Say("has.no-role", string(b.q.From), word("party-role", "gives")), Say("do.amend")
	}
	return Say("has.no-role", string(b.q.To), word("party-role", "receives")), Say("do.amend")
}

func (b *because) basis() (has, do Message) {
	do = Say("do.basis", names(b.bases()))
	if b.q.Basis == "" {
		return Say("has.no-basis"), do
	}
	return Say("has.basis", b.q.Basis), do
}

func (b *because) from() (has, do Message) {
	if b.q.At.Before(b.pact.Terms.From.Time) {
		return Say("has.time", At(b.q.At)), Say("do.wait", b.pact.Terms.From)
	}
	if status := b.q.State.Status; status != 0 {
		return Say("has.status", word("status", status.String())), Say("do.sign")
	}
	return Say("has.no-status"), Say("do.sign")
}

func (b *because) purpose() (has, do Message) {
	do = Say("do.purpose", purposeWords(b.pact.Terms.Purposes))
	if b.q.Purpose == "" {
		return Say("has.no-purpose"), do
	}
	return Say("has.purpose", purposeWord(b.q.Purpose)), do
}

func (b *because) purposeOf() (has, do Message) {
	return Say("has.purposes", purposeWords(b.f.Handling.Purposes), b.saidPurpose()), Say("do.purpose-of", string(b.f.Handling.Originator))
}

func (b *because) saidPurpose() any {
	if b.q.Purpose == "" {
		return Say("has.no-purpose")
	}
	return purposeWord(b.q.Purpose)
}

func (b *because) extensions() (has, do Message) {
	outside := slices.DeleteFunc(slices.Clone(b.f.Extensions), func(ext string) bool {
		return b.flow != nil && slices.Contains(b.flow.Extensions, ext)
	})
	return Say("has.extensions", names(outside)), Say("do.type")
}

func (b *because) subjects() (has, do Message) {
	s := b.f.Handling.Subjects
	if s.Persons() == 0 && b.f.Personal {
		return Say("has.contradiction"), Say("do.label", word("label", "subjects"))
	}
	if b.flow != nil {
		s &^= b.flow.Subjects
	}
	return b.hasSubjects(s), Say("do.subjects")
}

func (b *because) hasSubjects(s Subjects) Message {
	return Say("has.subjects", wordsOf("subject", s.Words()))
}

func (b *because) hasTLP() Message { return Say("has.tlp", b.f.Handling.TLP.String()) }

func (b *because) evaluation() (has, do Message) {
	h := &b.f.Handling
	return Say("has.evaluation", h.Source.String(), h.Info.String()), Say("do.evaluation")
}

func (b *because) nature() (has, do Message) {
	return Say("has.nature", word("nature", b.f.Handling.Nature.String())), Say("do.leave")
}

func (b *because) codes() (has, do Message) {
	return Say("has.codes", names((b.f.Handling.Codes &^ b.pact.Terms.Codes).Words())), Say("do.codes")
}

func (b *because) urgency() (has, do Message) {
	do = Say("do.urgency", wordsOf("urgency", b.pact.Terms.Urgencies.Words()))
	if b.q.Urgency == 0 {
		return Say("has.no-urgency"), do
	}
	return Say("has.urgency", wordsOf("urgency", b.q.Urgency.Words())), do
}

func (b *because) suspended() (has, do Message) {
	var by []OrgID
	for _, stop := range b.q.State.Suspended {
		if !slices.Contains(by, stop.By) {
			by = append(by, stop.By)
		}
	}
	return Say("has.suspended", names(by)), Say("do.resume", names(by))
}

func (b *because) detail() (has, do Message) {
	if b.q.Detail == "" {
		return Say("has.no-detail"), Say("do.amend")
	}
	return Say("has.detail", b.q.Detail), Say("do.amend")
}

func (b *because) assessment() (has, do Message) {
	switch b.f.Assessed {
	case AssessedOther:
		return Say("has.assessed-other"), Say("do.assess")
	case AssessedAgainst:
		return Say("has.assessed-against"), Say("do.leave")
	case AssessedDoubt:
		return Say("has.assessed-doubt"), Say("do.second")
	}
	return Say("has.unassessed"), Say("do.assess")
}

func (b *because) state() (has, do Message) {
	until := b.f.Handling.RetainUntil
	switch {
	case b.f.State == 0:
		return Say("has.no-state"), Say("do.leave")
	case b.f.State != Held:
		return Say("has.state", word("state", b.f.State.String())), Say("do.leave")
	}
	return Say("has.lapsed", until), Say("do.leave")
}

func (b *because) originator() (has, do Message) {
	h := &b.f.Handling
	if h.Codes.Has(H2) && h.Onward != OnwardNever {
		return Say("has.h2", string(h.Originator)), b.askConsent()
	}
	has = Say("has.onward", string(h.Originator), word("onward", h.Onward.String()))
	if h.Onward == OnwardNever {
		return has, Say("do.leave")
	}
	return has, b.askConsent()
}

func (b *because) askConsent() Message {
	if b.f.Handling.Originator == "" {
		return Say("do.label", word("label", "originator"))
	}
	return Say("do.consent", string(b.f.Handling.Originator))
}

func (b *because) version() (has, do Message) {
	owners := slices.DeleteFunc([]OrgID{b.f.MadeBy, b.f.GivenBy}, func(o OrgID) bool { return o == "" })
	return Say("has.version", names(slices.Compact(owners)), string(b.q.From)), Say("do.version")
}

// reasonKeys lists the keys that reasons say.
func reasonKeys() []string {
	return []string{
		"asks.parties", "asks.roles", "asks.basis", "asks.article",
		"has.missing", "has.other", "has.person", "has.time", "has.type", "has.unread-type", "has.no-approval",
		"has.restriction", "has.court", "has.ended", "has.unattended", "has.unnamed", "has.tlp-of", "has.future",
		"has.control", "has.same-party", "has.no-party", "has.no-role", "has.no-basis", "has.basis", "has.status",
		"has.no-status", "has.no-purpose", "has.purpose", "has.purposes", "has.extensions", "has.contradiction",
		"has.subjects", "has.tlp", "has.evaluation", "has.nature", "has.codes", "has.no-urgency", "has.urgency",
		"has.suspended", "has.no-detail", "has.detail", "has.assessed-other", "has.assessed-against",
		"has.assessed-doubt", "has.unassessed", "has.no-state", "has.state", "has.lapsed", "has.h2", "has.onward",
		"has.version",
		"do.label", "do.amend", "do.transfer", "do.renew", "do.type", "do.tlp", "do.assess", "do.approve", "do.court",
		"do.attend", "do.leave", "do.name", "do.clock", "do.control", "do.party", "do.basis", "do.wait", "do.sign",
		"do.purpose", "do.purpose-of", "do.subjects", "do.evaluation", "do.codes", "do.urgency", "do.resume",
		"do.second", "do.consent", "do.version",
	}
}
