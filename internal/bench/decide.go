package bench

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// The targets of a decision, in ns.
const (
	allowTarget  = 200.0
	refuseTarget = 1000.0
)

var decideAt = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func party(org mithaq.OrgID) mithaq.Party {
	return mithaq.Party{
		Org: org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": string(org)},
		Fingerprint: mithaq.DigestOf([]byte(org)), Card: mithaq.DigestOf([]byte("card " + org)),
	}
}

// decidable is an event pact with every article, compiled.
func decidable(edit func(*mithaq.Pact)) (*mithaq.Rules, error) {
	terms, err := mithaq.Template(mithaq.EventTemplate)
	if err != nil {
		return nil, err
	}
	terms.From, terms.Until = mithaq.At(decideAt.AddDate(0, -1, 0)), mithaq.At(decideAt.AddDate(1, 0, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: basis, Text: map[string]string{"en": "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Law 18-07"}, Assurances: map[string]string{"en": "Annex B"}}
	terms.AllowInquiries("identity-check")
	terms.Match = &mithaq.MatchTerms{Identifiers: []string{"phone"}, PerDay: 100, SetSize: 10_000}
	terms.Rooms = &mithaq.RoomTerms{Capabilities: []string{"tasks", "log"}}
	p := mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(decideAt), map[string]string{"en": "Cup final"},
		[]mithaq.Party{party("atlas.example"), party("najd.example"), party("anatolia.example")}, terms)
	edit(p)
	return p.Compile()
}

// allowed is a crossing that nothing stands against.
func allowed() (*mithaq.Rules, *mithaq.Facts, *mithaq.Request, error) {
	rules, err := decidable(func(*mithaq.Pact) {})
	f := &mithaq.Facts{
		Type: "indicator", Modified: decideAt.Add(-time.Hour), State: mithaq.Held, Personal: true, Assessed: mithaq.AssessedClear,
		Handling: mithaq.Handling{
			TLP: stix.TLPAmber, PAP: mithaq.PAPAmber, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info2,
			Subjects: mithaq.SubjectSuspect, Nature: mithaq.Fact, Purposes: []mithaq.Purpose{mithaq.EventSecurity, mithaq.Fraud},
			Originator: "atlas.example", RetainDays: 60, Onward: mithaq.OnwardConsent,
		},
	}
	q := &mithaq.Request{
		From: "atlas.example", To: "najd.example", Purpose: mithaq.EventSecurity, Basis: basis, Urgency: mithaq.Routine,
		At: decideAt, State: mithaq.State{Status: mithaq.InForce}, Attended: true, Approvals: 1,
	}
	return rules, f, q, err
}

// refused is a crossing that as many clauses as can be stand against.
func refused() (*mithaq.Rules, *mithaq.Facts, *mithaq.Request, error) {
	rules, err := decidable(func(p *mithaq.Pact) {
		p.Parties[1] = mithaq.Party{
			Org: "najd.example", Kind: mithaq.Plain, Roles: mithaq.Receives, Name: map[string]string{"en": "Najd"}, Paper: mithaq.DigestOf([]byte("paper")),
		}
		p.Terms.Flows[0].From, p.Terms.Flows[0].To = []mithaq.OrgID{"anatolia.example"}, []mithaq.OrgID{"atlas.example"}
		p.Terms.Transfer, p.Terms.Flows[0].Subjects, p.Terms.Review = nil, mithaq.SubjectNone, mithaq.ReviewAlways
	})
	f := &mithaq.Facts{
		Type: mithaq.TypeRecall, Extensions: []string{"a", "b"}, Modified: decideAt.AddDate(3, 0, 0), Personal: true, MadeBy: "atlas.example",
		Handling: mithaq.Handling{TLP: stix.TLPRed, Codes: mithaq.H3, Subjects: mithaq.SubjectVictim},
	}
	q := &mithaq.Request{
		From: "najd.example", To: "atlas.example", Use: mithaq.UseOffer, At: decideAt.AddDate(2, 0, 0), Side: mithaq.Receiver,
		State: mithaq.State{Status: mithaq.Proposed, Suspended: []mithaq.Stop{{By: "najd.example"}}},
	}
	return rules, f, q, err
}

func (o *Options) deciding(context.Context) ([]Figure, error) {
	r, f, q, err := allowed()
	if err != nil {
		return nil, err
	}
	if !mithaq.Decide(r, f, q).Allowed() {
		return nil, errors.New("what should cross does not")
	}
	allow, allocs := perCall(func() { mithaq.Decide(r, f, q) })
	bad, worst, asked, err := refused()
	if err != nil {
		return nil, err
	}
	codes := 0
	refuse, more := perCall(func() {
		for c := range mithaq.Decide(bad, worst, asked).Failed.All() {
			codes += len(c.String()) // the codes of all reasons, as a receipt carries them
		}
	})
	clauses := mithaq.Decide(bad, worst, asked).Failed.Len()
	if clauses < 10 || codes == 0 {
		return nil, errors.New("what should be refused in many ways is not")
	}
	return []Figure{
		{Name: "allow", Value: allow, Unit: "ns", Target: allowTarget},
		{Name: "refuse, with the code of every clause", Value: refuse, Unit: "ns", Target: refuseTarget},
		{Name: "clauses that fail there", Value: float64(clauses)},
		{Name: "allocations", Value: allocs + more},
	}, nil
}

// perCall is the processor time of one call in ns, and how often it allocates.
func perCall(call func()) (ns, allocs float64) {
	call()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from, n := cpu(), 0
	for cpu()-from < 2*atLeast {
		for range 10_000 {
			call()
		}
		n += 10_000
	}
	used := cpu() - from
	runtime.ReadMemStats(&after)
	// A few allocations are the runtime's own, whatever is called.
	return float64(used.Nanoseconds()) / float64(n), float64((after.Mallocs - before.Mallocs) / uint64(n))
}
