package mithaq

import "time"

// An InquirySight is what a gate sees of an inquiry beside the inquiry itself.
type InquirySight struct {
	At        time.Time // on the deciding node's clock
	Side      Side
	State     State    // where the pact stands there
	Named     bool     // a person's value was found in its texts
	Assessed  Assessed // the best answer over this very inquiry
	Attended  bool     // a signed-in person asks
	Approvals int      // by other persons
}

// asksOf are the clauses that a question is held to. It is no item: those about
// types, levels, evaluation and retention are for what answers it.
var asksOf = ClausesOf(
	ClauseParties, ClauseRoles, ClauseBasis, ClauseTransfer, ClauseFrom, ClauseUntil, ClausePurpose, ClauseSubjects, ClauseReview,
	ClauseCodes, ClauseRestriction, ClauseUrgency, ClauseSuspension, ClauseEnd, ClauseInquiries,
	SafePurpose, SafeBasis, SafeAssessment, SafeCharacter, SafePerson, SafePlainPersonal, SafeFuture,
)

// Crossing says of an inquiry what a decision needs.
func (q *Inquiry) Crossing(s *InquirySight) (*Facts, *Request) {
	f := &Facts{
		Type: TypeInquiry, Modified: q.Modified.Time, State: Held, Personal: s.Named || q.Subjects.Persons() != 0, Assessed: s.Assessed,
		Handling: Handling{Codes: q.Codes, Subjects: q.Subjects, Originator: q.From, Purposes: []Purpose{q.Purpose}},
	}
	return f, &Request{
		From: q.From, To: q.To, Purpose: q.Purpose, Basis: q.Basis, Urgency: q.Urgency, Use: UseInquiry, Detail: q.Kind,
		At: s.At, Side: s.Side, State: s.State, Attended: s.Attended, Approvals: s.Approvals,
	}
}

// Decide says whether an inquiry may cross under a pact's rules, and names every
// clause that stands against it. Both gates call it.
func (q *Inquiry) Decide(r *Rules, s *InquirySight) Decision {
	f, request := q.Crossing(s)
	return Decision{Failed: Decide(r, f, request).Failed & asksOf}
}
