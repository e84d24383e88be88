package mithaq

import (
	"cmp"
	"encoding/json"
	"slices"
)

// An Effect says what a change of a clause does to what may cross.
type Effect string

// The effects.
const (
	Widens  Effect = "widens"  // it allows more, and nothing less
	Narrows Effect = "narrows" // it allows less, and nothing more
	Alters  Effect = "alters"  // both, or neither: a person reads it
)

// A ClauseChange is one clause that reads differently in two pacts.
type ClauseChange struct {
	Clause ClauseID  `json:"clause"`
	Effect Effect    `json:"effect"`
	Before []Message `json:"before,omitempty"`
	After  []Message `json:"after,omitempty"`
}

// Diff names every clause that reads differently in two pacts, in reading
// order. Where no change widens or alters, nothing crosses under the second that
// would not cross under the first.
func Diff(a, b *Pact) []ClauseChange {
	var changes []ClauseChange
	for c := range AllClauses() {
		before, after := a.read(c), b.read(c)
		if !sameSentences(before, after) || c == ClauseParties && partyDrift(a, b) != 0 {
			changes = append(changes, ClauseChange{c, effectOf(c, a, b), before, after})
		}
	}
	return changes
}

// sameSentences compares by JSON form, which is what a reader would be sent.
func sameSentences(a, b []Message) bool {
	left, errLeft := json.Marshal(a)
	right, errRight := json.Marshal(b)
	return errLeft == nil && errRight == nil && string(left) == string(right)
}

// A drift is the direction of a change: bits for wider and for narrower.
type drift uint8

const (
	wider drift = 1 << iota
	narrower
)

func (d drift) effect() Effect {
	switch d {
	case wider:
		return Widens
	case narrower:
		return Narrows
	}
	return Alters
}

// limits measures a change where a greater value allows more.
func limits[T cmp.Ordered](a, b T) drift {
	switch {
	case b > a:
		return wider
	case b < a:
		return narrower
	}
	return 0
}

// allows measures a change from one set of permissions to another.
func allows[T comparable](a, b []T) drift {
	var d drift
	if slices.ContainsFunc(b, func(v T) bool { return !slices.Contains(a, v) }) {
		d |= wider
	}
	if slices.ContainsFunc(a, func(v T) bool { return !slices.Contains(b, v) }) {
		d |= narrower
	}
	return d
}

func bit(holds bool) int {
	if holds {
		return 1
	}
	return 0
}

// effects measure the clauses whose change has a direction. All others alter.
var effects = map[ClauseID]func(a, b *Pact) drift{
	ClauseRoles:      roleDrift,
	ClauseBasis:      func(a, b *Pact) drift { return allows(refs(a), refs(b)) },
	ClauseTransfer:   func(a, b *Pact) drift { return limits(bit(a.Terms.Transfer != nil), bit(b.Terms.Transfer != nil)) },
	ClauseFrom:       func(a, b *Pact) drift { return limits(-a.Terms.From.UnixMilli(), -b.Terms.From.UnixMilli()) },
	ClauseUntil:      func(a, b *Pact) drift { return limits(a.Terms.Until.UnixMilli(), b.Terms.Until.UnixMilli()) },
	ClausePurpose:    func(a, b *Pact) drift { return allows(a.Terms.Purposes, b.Terms.Purposes) },
	ClauseTypes:      flowDrift(func(a, b *Flow) drift { return allows(a.Types, b.Types) }),
	ClauseExtensions: flowDrift(func(a, b *Flow) drift { return allows(a.Extensions, b.Extensions) }),
	ClauseSubjects:   flowDrift(func(a, b *Flow) drift { return allows(a.Subjects.Words(), b.Subjects.Words()) }),
	ClauseTLP:        flowDrift(func(a, b *Flow) drift { return limits(a.Ceiling, b.Ceiling) }),
	ClauseEvaluation: flowDrift(func(a, b *Flow) drift {
		return limits(a.Floor.Source, b.Floor.Source) | limits(a.Floor.Info, b.Floor.Info)
	}),
	ClauseNature:     flowDrift(func(a, b *Flow) drift { return limits(bit(!a.FactsOnly), bit(!b.FactsOnly)) }),
	ClauseImpersonal: func(a, b *Pact) drift { return allows(a.Terms.Impersonal, b.Terms.Impersonal) },
	ClauseReview:     func(a, b *Pact) drift { return limits(b.Terms.Review, a.Terms.Review) },
	ClauseCodes:      func(a, b *Pact) drift { return allows(a.Terms.Codes.Words(), b.Terms.Codes.Words()) },
	ClauseUrgency:    func(a, b *Pact) drift { return allows(a.Terms.Urgencies.Words(), b.Terms.Urgencies.Words()) },
	ClauseRetention:  func(a, b *Pact) drift { return limits(a.Terms.Retention.Days, b.Terms.Retention.Days) },
	ClauseOnward:     func(a, b *Pact) drift { return limits(b.Terms.Onward, a.Terms.Onward) },
	ClauseCourt:      func(a, b *Pact) drift { return limits(b.Terms.Court, a.Terms.Court) },
	ClauseRecall:     func(a, b *Pact) drift { return limits(recallHours(a), recallHours(b)) },
	ClauseSuspension: func(a, b *Pact) drift { return limits(bit(!a.Terms.SuspendAll), bit(!b.Terms.SuspendAll)) },
	ClauseAfterEnd:   func(a, b *Pact) drift { return limits(b.Terms.AtEnd, a.Terms.AtEnd) },
	ClauseInquiries:  func(a, b *Pact) drift { return allows(a.inquiryKinds(), b.inquiryKinds()) },
	ClauseMatch:      func(a, b *Pact) drift { return allows(a.identifiers(), b.identifiers()) },
	ClauseMatchSize:  matchDrift,
	ClauseRooms:      roomDrift,
}

func effectOf(c ClauseID, a, b *Pact) Effect {
	if measure, ok := effects[c]; ok {
		return measure(a, b).effect()
	}
	if c == ClauseParties {
		return partyDrift(a, b).effect()
	}
	return Alters
}

// flowDrift measures a clause of article 5 over every direction between the
// parties of both pacts; a direction that opens or closes is measured as well.
func flowDrift(measure func(a, b *Flow) drift) func(a, b *Pact) drift {
	return func(a, b *Pact) drift {
		var d drift
		for from := range members(a, b) {
			for to := range members(a, b) {
				d |= directionDrift(a.Terms.FlowBetween(from, to), b.Terms.FlowBetween(from, to), measure)
			}
		}
		return d
	}
}

func directionDrift(a, b *Flow, measure func(a, b *Flow) drift) drift {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return wider
	case b == nil:
		return narrower
	}
	return measure(a, b)
}

// members yields the organisations that are parties to both pacts, each once.
// Who joins or leaves is clause 1.1's change.
func members(a, b *Pact) map[OrgID]bool {
	both := map[OrgID]bool{}
	for _, p := range a.Parties {
		if b.Party(p.Org) != nil {
			both[p.Org] = true
		}
	}
	return both
}

// partyDrift: a party that joins widens, one that leaves narrows, and any other
// change of a party is for a person to read.
func partyDrift(a, b *Pact) drift {
	d := allows(orgsOf(a), orgsOf(b))
	for org := range members(a, b) {
		if before, after := a.Party(org), b.Party(org); before.Kind != after.Kind || !before.sameKeys(after) {
			d |= wider | narrower
		}
	}
	return d
}

func (p *Party) sameKeys(q *Party) bool {
	return p.Fingerprint == q.Fingerprint && p.Card == q.Card && p.Paper == q.Paper
}

func orgsOf(p *Pact) []OrgID {
	orgs := make([]OrgID, len(p.Parties))
	for i := range p.Parties {
		orgs[i] = p.Parties[i].Org
	}
	return orgs
}

func roleDrift(a, b *Pact) drift {
	var d drift
	for org := range members(a, b) {
		d |= allows(a.Party(org).Roles.Words(), b.Party(org).Roles.Words())
	}
	return d
}

func refs(p *Pact) []string {
	list := make([]string, len(p.Terms.Basis))
	for i := range p.Terms.Basis {
		list[i] = p.Terms.Basis[i].Ref
	}
	return list
}

// recallHours is the time a recall may take; no promise is the longest.
func recallHours(p *Pact) int {
	if p.Terms.RecallHours == 0 {
		return int(^uint(0) >> 1)
	}
	return p.Terms.RecallHours
}

func (p *Pact) inquiryKinds() []string {
	if p.Terms.Inquiries == nil {
		return nil
	}
	return p.Terms.Inquiries.Kinds
}

func (p *Pact) identifiers() []string {
	if p.Terms.Match == nil {
		return nil
	}
	return p.Terms.Match.Identifiers
}

func matchDrift(a, b *Pact) drift {
	before, after := cmp.Or(a.Terms.Match, &MatchTerms{}), cmp.Or(b.Terms.Match, &MatchTerms{})
	return limits(before.PerDay, after.PerDay) | limits(before.SetSize, after.SetSize)
}

func roomDrift(a, b *Pact) drift {
	before, after := a.Terms.Rooms, b.Terms.Rooms
	switch {
	case before == nil:
		return wider
	case after == nil:
		return narrower
	}
	return allows(before.Capabilities, after.Capabilities) | allows(a.roomMembers(), b.roomMembers())
}

func (p *Pact) roomMembers() []OrgID {
	if len(p.Terms.Rooms.Members) == 0 {
		return orgsOf(p)
	}
	return p.Terms.Rooms.Members
}
