package mithaq

import (
	"testing"
	"time"
)

// The organisations, the pact and the crossing that the tests begin from: all
// of it agreed, so that each test changes one thing and sees what stands against it.

const (
	atlas    OrgID = "atlas.example"
	najd     OrgID = "najd.example"
	anatolia OrgID = "anatolia.example"
	mailbox  OrgID = "feed.example"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func peer(org OrgID) Party {
	return Party{
		Org: org, Kind: Peer, Roles: Gives | Receives,
		Name:        map[string]string{"en": string(org)},
		Fingerprint: DigestOf([]byte(org)), Card: DigestOf([]byte("card " + org)),
	}
}

func plainParty(org OrgID) Party {
	return Party{
		Org: org, Kind: Plain, Roles: Receives,
		Name: map[string]string{"en": string(org)}, Paper: DigestOf([]byte("paper")),
	}
}

// agreedTerms are those of an event pact with all optional articles.
func agreedTerms(t testing.TB) Terms {
	t.Helper()
	terms, err := Template(EventTemplate)
	if err != nil {
		t.Fatal(err)
	}
	terms.From, terms.Until = At(noon.AddDate(0, -1, 0)), At(noon.AddDate(1, 0, 0))
	terms.Basis = []LegalBasis{{Ref: "MoU 2026, 4", Text: map[string]string{"en": "Memorandum on the cup final, article 4"}}}
	terms.Transfer = &Transfer{
		Basis:      LegalBasis{Ref: "Law 18-07, 45"},
		Assurances: map[string]string{"en": "Both sides apply the assurances of annex B."},
	}
	terms.AllowInquiries("identity-check")
	terms.Match = &MatchTerms{Identifiers: []string{"phone"}, PerDay: 100, SetSize: 10_000}
	terms.Rooms = &RoomTerms{Capabilities: []string{"tasks", "log"}}
	return terms
}

func agreedPact(t testing.TB) *Pact {
	t.Helper()
	return NewPact("x-mithaq-pact--1b0f2f4e-6c1d-4a3b-8f7e-0a1b2c3d4e5f", At(noon.AddDate(0, -2, 0)),
		map[string]string{"en": "Cup final"}, []Party{peer(atlas), peer(najd), peer(anatolia)}, agreedTerms(t))
}

func agreedRules(t testing.TB) *Rules {
	t.Helper()
	r, err := agreedPact(t).Compile()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func agreedHandling() Handling {
	return Handling{
		TLP: amber, PAP: PAPAmber, Codes: H0, Source: SourceA, Info: Info2,
		Subjects: SubjectSuspect, Nature: Fact, Purposes: []Purpose{EventSecurity, Fraud},
		Originator: atlas, RetainDays: 60, Onward: OnwardConsent,
	}
}

func agreedFacts() *Facts {
	return &Facts{
		Type: "indicator", Modified: noon.Add(-time.Hour), Handling: agreedHandling(),
		State: Held, Personal: true, Assessed: AssessedClear,
	}
}

func agreedRequest() *Request {
	return &Request{
		From: atlas, To: najd, Purpose: EventSecurity, Basis: "MoU 2026, 4", Urgency: Routine,
		At: noon, State: State{Status: InForce}, Attended: true, Approvals: 1,
	}
}
