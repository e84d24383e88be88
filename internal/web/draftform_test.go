package web

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// draftKeys are what the form says of its fields.
func draftKeys() (keys []string) {
	for _, a := range draftLayout {
		for _, f := range a.fields {
			keys = append(keys, strings.Fields(f)[1])
		}
	}
	for _, name := range hinted {
		keys = append(keys, name+".hint")
	}
	return keys
}

func party(org mithaq.OrgID) mithaq.Party {
	return mithaq.Party{
		Org: org, Name: map[string]string{"en": string(org)}, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives,
		Fingerprint: mithaq.DigestOf([]byte(org)), Card: mithaq.DigestOf([]byte("card " + org)),
	}
}

// What the form says of a pact and what is read from the form are the same terms.
func TestTheFormSaysThePactAndThePactTheForm(t *testing.T) {
	b := &base{ours: "atlas.example", parties: []mithaq.Party{party("atlas.example"), party("najd.example")}}
	now := mithaq.At(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	for _, kind := range mithaq.Templates() {
		terms, err := mithaq.Template(kind)
		if err != nil {
			t.Fatal(err)
		}
		terms.From, terms.Until = mithaq.At(now.Truncate(24*time.Hour)), mithaq.At(now.Truncate(24*time.Hour).AddDate(1, 0, 0))
		terms.Languages, terms.Authoritative = []string{"ar", "fr"}, "fr"
		terms.Basis = []mithaq.LegalBasis{{Ref: "MoU 2026, 4", Text: map[string]string{"fr": "Mémorandum : article 4"}}}
		terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Loi 18-07"}, Assurances: map[string]string{"fr": "Annexe B"}}
		terms.Flows[0].FactsOnly, terms.SuspendAll, terms.RecallHours = true, true, 4
		terms.AllowInquiries("who-is", "owner-of")
		terms.Inquiries.Grounds = []string{"an open proceeding, first", "another"}
		terms.Match = &mithaq.MatchTerms{Identifiers: []string{"email-addr"}, PerDay: 7, SetSize: 90}
		terms.Rooms = &mithaq.RoomTerms{Capabilities: []string{"map", "log"}}
		p := mithaq.NewPact(stix.NewID(mithaq.TypePact), now, map[string]string{"ar": "كأس", "fr": "Coupe"}, b.parties, terms)
		if err := p.Check(); err != nil && kind != mithaq.FeedTemplate {
			t.Fatal(err)
		}
		q, faults := draftOf(valuesOf(p), b, now)
		q.ID = p.ID
		want, _ := json.Marshal(p)
		if got, _ := json.Marshal(q); string(got) != string(want) || len(faults) > 0 {
			t.Errorf("%s: %v\n%s\n%s", kind, faults, got, want)
		}
	}
}

// Each fault that a pact can have is shown beside a field of the form.
func TestEachFaultHasItsField(t *testing.T) {
	var names []string
	for _, a := range draftLayout {
		for _, f := range a.fields {
			names = append(names, strings.Fields(f)[1])
		}
	}
	for place, field := range places {
		if field != "title" && !slices.Contains(names, field) {
			t.Errorf("%s: no field %s", place, field)
		}
	}
	p := &mithaq.Pact{Terms: mithaq.Terms{Inquiries: &mithaq.InquiryTerms{}, Match: &mithaq.MatchTerms{}, Rooms: &mithaq.RoomTerms{}, Flows: []mithaq.Flow{{}}}}
	got := fieldsOf(p.Check())
	for _, want := range []string{"party", "basis", "valid_from", "authoritative", "purpose", "type", "subject", "tlp", "source", "review", "code", "urgency", "days", "onward", "court", "at_end", "kinds", "identifiers", "capabilities"} {
		if !slices.Contains(got, want) {
			t.Errorf("no fault at %s: %v\n%v", want, got, p.Check())
		}
	}
}
