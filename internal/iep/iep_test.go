package iep

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// policy is made up, with members to be changed before its end.
func policy(more string) string {
	return `{"id":"8a1b2c3d-0000-4000-8000-000000000001","name":"Desk","iep_version":2.0,"start_date":"2026-01-01T00:00:00Z","end_date":null` + more + `}`
}

func TestIn(t *testing.T) {
	for _, row := range []struct{ more, want string }{
		{``, "  [] "},
		{`,"tlp":"red","permitted_actions":"none"`, "TLP:RED PAP:RED [H3] "},
		{`,"tlp":"amber","permitted_actions":"contact-for-instruction"`, "TLP:AMBER PAP:RED [H3] "},
		{`,"tlp":"amber+strict","permitted_actions":"internally-visible-actions"`, "TLP:AMBER+STRICT PAP:RED [] "},
		{`,"tlp":"green","permitted_actions":"externally-visible-indirect-actions"`, "TLP:GREEN PAP:AMBER [] "},
		{`,"tlp":"white","permitted_actions":"externally-visible-direct-actions"`, "TLP:CLEAR PAP:GREEN [] permitted_actions narrowed"},
		{
			`,"encrypt_in_transit":"must","attribution":"must-not","unmodified_resale":"must-not","affected_party_notifications":"may","external_references":["a"],"description":"d"`,
			"  [] encrypt_in_transit no-place, affected_party_notifications no-place, attribution no-place, unmodified_resale no-place, description no-place, external_references no-place",
		},
		{`,"encrypt_in_transit":"may","unmodified_resale":"may"`, "  [] "},
	} {
		p, err := Read([]byte(policy(row.more)))
		if err != nil {
			t.Errorf("%s: %v", row.more, err)
			continue
		}
		h, lost := p.Handling(now)
		if err := h.Check(); err != nil {
			t.Errorf("%s: %v", row.more, err)
		}
		if got := fmt.Sprintf("%s %s %v %s", h.TLP, h.PAP, h.Codes.Words(), said(lost)); got != row.want {
			t.Errorf("%s: %q, want %q", row.more, got, row.want)
		}
	}
}

func said(lost []Lost) string {
	var all []string
	for _, l := range lost {
		all = append(all, l.What+" "+l.Why)
	}
	return strings.Join(all, ", ")
}

// A policy permits nothing before it begins, and from the moment it ends.
func TestTimes(t *testing.T) {
	for dates, open := range map[string]bool{
		`"start_date":null,"end_date":null`:                                     true,
		`"start_date":"2026-11-24T09:00:00Z","end_date":null`:                   true,
		`"start_date":"2026-11-24T09:00:01Z","end_date":null`:                   false,
		`"start_date":null,"end_date":"2026-11-24T09:00:01Z"`:                   true,
		`"start_date":null,"end_date":"2026-11-24T09:00:00Z"`:                   false,
		`"start_date":"2026-01-01T00:00:00Z","end_date":"2026-02-01T00:00:00Z"`: false,
	} {
		raw := strings.Replace(policy(`,"tlp":"white"`), `"start_date":"2026-01-01T00:00:00Z","end_date":null`, dates, 1)
		p, err := Read([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if h, _ := p.Handling(now); (h.TLP == stix.TLPClear) != open || !open && (h.TLP != stix.TLPRed || h.PAP != mithaq.PAPRed) {
			t.Errorf("%s: %s %s", dates, h.TLP, h.PAP)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, raw := range []string{
		``, `[]`, `{}`, policy(`,"tlp":"purple"`), policy(`,"permitted_actions":"all"`), policy(`,"TLP":"red"`), policy(`,"tlp":"red","tlp":"white"`),
		strings.Replace(policy(``), "2.0", "1.0", 1), strings.Replace(policy(``), `null`, `"2020-01-01T00:00:00Z"`, 1), `{"id_ref":"x","url":"https://policies.example/a.iepj","iep_version":2.0}`,
		strings.Replace(policy(``), `"8a1b2c3d-0000-4000-8000-000000000001"`, `""`, 1),
	} {
		if p, err := Read([]byte(raw)); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("%s: %+v, %v", raw, p, err)
		}
	}
}

// Labels that go out and come back are never wider, over all of them.
func TestNothingIsWidenedOnTheWay(t *testing.T) {
	for _, tlp := range []stix.TLP{0, stix.TLPClear, stix.TLPGreen, stix.TLPAmber, stix.TLPAmberStrict, stix.TLPRed} {
		for pap := mithaq.PAP(0); pap <= mithaq.PAPRed; pap++ {
			for _, codes := range []mithaq.Codes{0, mithaq.H0, mithaq.H1 | mithaq.H2, mithaq.H3} {
				h := mithaq.Handling{TLP: tlp, PAP: pap, Codes: codes}
				if codes.Has(mithaq.H3) {
					h.Restriction = "ask first"
				}
				holdWay(t, &h)
			}
		}
	}
}

func holdWay(t *testing.T, h *mithaq.Handling) {
	t.Helper()
	p, lost := Of(h, "x")
	raw, err := Write(p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Read(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	back, _ := again.Handling(now)
	if back.TLP < h.TLP || h.PAP != 0 && back.PAP < h.PAP || h.Codes.Has(mithaq.H3) && !back.Codes.Has(mithaq.H3) {
		t.Errorf("%+v came back as %+v", h, back)
	}
	if codes := h.Codes != 0; strings.Contains(said(lost), "codes no-place") != codes {
		t.Errorf("%+v: lost %v", h, lost)
	}
	if other, _ := Of(h, "y"); other.ID != p.ID || len(p.ID) != 36 {
		t.Errorf("ids %s and %s", p.ID, other.ID)
	}
}

func TestWhatAPolicyDoesNotSay(t *testing.T) {
	h := mithaq.Handling{
		TLP: stix.TLPAmberStrict, PAP: mithaq.PAPAmber, Codes: mithaq.H3, Restriction: "ask", Source: mithaq.SourceA, Info: mithaq.Info2, Subjects: mithaq.SubjectSuspect,
		Nature: mithaq.Fact, Purposes: []mithaq.Purpose{mithaq.Fraud}, Originator: "atlas.example", RetainDays: 30, RetainUntil: mithaq.At(now), Onward: mithaq.OnwardConsent,
	}
	_, lost := Of(&h, "x")
	const want = "tlp narrowed, restriction no-place, codes no-place, source no-place, information no-place, subjects no-place, nature no-place, purposes no-place, originator no-place, retain_until no-place, onward no-place, retain_days no-place"
	if said(lost) != want {
		t.Errorf("%s\nwant %s", said(lost), want)
	}
}

// What can be read can be written, and read again the same.
func FuzzRead(f *testing.F) {
	f.Add(policy(`,"tlp":"green","permitted_actions":"none"`))
	f.Add(policy(`,"external_references":["",""]`))
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := Read([]byte(raw))
		if err != nil {
			return
		}
		h, _ := p.Handling(now)
		if err := h.Check(); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		first, err := Write(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(first)
		if err != nil {
			t.Fatalf("%s, written %s: %v", raw, first, err)
		}
		if second, err := Write(again); err != nil || string(second) != string(first) {
			t.Errorf("%s, then %s, %v", first, second, err)
		}
	})
}
