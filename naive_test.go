package mithaq

import (
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// naive is a second evaluator, written from the prose alone, one sentence after
// another, with no thought of speed. It shares no code with Decide: it reads the
// terms as they were agreed, walks lists by hand, and names clauses by their
// printed numbers. Where the two differ, one of them misreads the pact.
func naive(t *Terms, parties []Party, f *Facts, q *Request) map[string]bool {
	failed := map[string]bool{}
	refuse := func(clause string, when bool) {
		if when {
			failed[clause] = true
		}
	}
	h := f.Handling

	// Who: both ends are parties; the giver gives, the receiver receives.
	var giver, receiver *Party
	for i := range parties {
		if parties[i].Org == q.From {
			giver = &parties[i]
		}
		if parties[i].Org == q.To {
			receiver = &parties[i]
		}
	}
	between := giver != nil && receiver != nil && q.From != q.To
	refuse("1.1", !between)
	gives, receives := false, false
	if between {
		for _, word := range giver.Roles.Words() {
			gives = gives || word == "gives"
		}
		for _, word := range receiver.Roles.Words() {
			receives = receives || word == "receives"
		}
	}
	refuse("1.2", !gives || !receives)

	// What it concerns: a person, by its label or by what was found in it.
	person := f.Personal
	categories := h.Subjects.Words()
	for _, c := range categories {
		if c != "none" {
			person = true
		}
	}

	// On which basis.
	basis := false
	for _, b := range t.Basis {
		if b.Ref == q.Basis {
			basis = true
		}
	}
	refuse("2.1", !basis)
	refuse("S2", q.Basis == "")
	refuse("2.2", person && t.Transfer == nil)

	// When: from the first instant, up to and without the end; only if signed by
	// all; not while suspended by an end of this link, or by anybody where the
	// terms say so; not after the end.
	status := q.State.Status.String()
	refuse("3.1", q.At.Before(t.From.Time) || status != "in-force" && status != "ended")
	refuse("3.2", q.At.After(t.Until.Time) || q.At.Equal(t.Until.Time))
	for _, stop := range q.State.Suspended {
		concerns := stop.By == q.From || stop.By == q.To || t.SuspendAll
		refuse("12.1", concerns && stop.Purpose == "")
		refuse("12.1", concerns && stop.Purpose != "" && stop.Purpose == q.Purpose)
	}
	refuse("12.2", status == "ended")

	// What for.
	inPact, inLabel := false, false
	for _, p := range t.Purposes {
		inPact = inPact || p == q.Purpose
	}
	for _, p := range h.Purposes {
		inLabel = inLabel || p == q.Purpose
	}
	refuse("4.1", !inPact)
	refuse("4.2", !inLabel)
	refuse("S1", q.Purpose == "")

	// What may cross in this direction. Without a flow, nothing does.
	var flow Flow
	if between {
		for _, candidate := range t.Flows {
			if naiveIn(candidate.From, q.From) && naiveIn(candidate.To, q.To) {
				flow = candidate
			}
		}
	}
	typeCrosses, impersonal := false, false
	for _, typ := range flow.Types {
		typeCrosses = typeCrosses || typ == f.Type
	}
	for _, typ := range t.Impersonal {
		impersonal = impersonal || between && typ == f.Type
	}
	refuse("5.1", !typeCrosses)
	for _, ext := range f.Extensions {
		crosses := false
		for _, allowed := range flow.Extensions {
			crosses = crosses || allowed == ext
		}
		refuse("5.2", !crosses)
	}
	refuse("5.3", len(categories) == 0)
	for _, c := range categories {
		allowed := false
		for _, a := range flow.Subjects.Words() {
			allowed = allowed || a == c
		}
		refuse("5.3", c != "none" && !allowed)                           // what concerns nobody is about no category
		refuse("5.3", c == "none" && len(categories) == 1 && f.Personal) // the label contradicts the content
	}
	strictness := map[string]int{"TLP:CLEAR": 1, "TLP:GREEN": 2, "TLP:AMBER": 3, "TLP:AMBER+STRICT": 4, "TLP:RED": 5}
	label, ceiling := strictness[h.TLP.String()], strictness[flow.Ceiling.String()]
	refuse("5.4", label == 0 || label > ceiling)
	const sources, grades = " ABCX", " 1234"
	refuse("5.5", naiveWorse(sources, h.Source.String(), flow.Floor.Source.String()))
	refuse("5.5", naiveWorse(grades, h.Info.String(), flow.Floor.Info.String()))
	refuse("5.6", h.Nature.String() == "" || flow.FactsOnly && h.Nature.String() == "assessment")

	// What concerns a person, or may: only with a person's answers over this version.
	verdict := f.Assessed.String()
	refuse("6.2", !person && !impersonal && verdict != "clear")
	refuse("S3", person && (verdict == "" || verdict == "other-version"))
	refuse("S4", verdict == "against" || verdict == "doubt")
	refuse("S5", person && !q.Attended)

	// How.
	switch t.Review.String() {
	case "four-eyes":
		refuse("7.1", q.Approvals < 1)
	case "four-eyes-for-personal-data":
		refuse("7.1", person && q.Approvals < 1)
	}
	codes := h.Codes.Words()
	refuse("8.1", len(codes) == 0)
	has := map[string]bool{}
	for _, c := range codes {
		has[c] = true
		honoured := false
		for _, a := range t.Codes.Words() {
			honoured = honoured || a == c
		}
		refuse("8.1", !honoured)
	}
	refuse("8.2", has["H3"] && q.Approvals < 1)
	refuse("8.3", h.PAP.String() == "")
	refuse("8.4", len(q.Urgency.Words()) == 0)
	for _, u := range q.Urgency.Words() {
		allowed := false
		for _, a := range t.Urgencies.Words() {
			allowed = allowed || a == u
		}
		refuse("8.4", !allowed)
	}

	// What the receiver must keep to afterwards.
	refuse("9.1", h.RetainDays == 0 && h.RetainUntil.IsZero())
	refuse("10.1", h.Onward.String() == "")
	ours := h.Originator == q.From && h.Originator != ""
	if q.Purpose == "prosecution" {
		permission := ours || f.Consented
		refuse("10.2", t.Court.String() == "never")
		refuse("10.2", t.Court.String() == "with-permission" && !permission)
		refuse("10.2", has["H1"] && !permission)
	}

	// The optional articles.
	known := q.Use == UseShare || q.Use == UseInquiry || q.Use == UseOffer || q.Use == UseRoom
	refuse("13.1", !known)
	refuse("14.1", !known)
	refuse("15.1", !known)
	if q.Use == UseInquiry {
		allowed := false
		if t.Inquiries != nil {
			for _, kind := range t.Inquiries.Kinds {
				allowed = allowed || kind == q.Detail
			}
		}
		refuse("13.1", !allowed)
	}
	if q.Use == UseOffer {
		allowed := false
		if t.Match != nil {
			for _, kind := range t.Match.Identifiers {
				allowed = allowed || kind == q.Detail
			}
		}
		refuse("14.1", !allowed)
		for _, c := range categories {
			refuse("S6", c == "victim" || c == "witness" || c == "minor" || c == "source")
		}
	}
	if q.Use == UseRoom {
		allowed := false
		if t.Rooms != nil {
			for _, capability := range t.Rooms.Capabilities {
				allowed = allowed || capability == q.Detail
			}
			allowed = allowed && naiveIn(t.Rooms.Members, q.From) && naiveIn(t.Rooms.Members, q.To)
		}
		refuse("15.1", !allowed)
	}

	// Plain parties get and give nothing about persons, nothing above TLP:GREEN.
	if between && (giver.Kind == "plain" || receiver.Kind == "plain") {
		refuse("S7", person)
		refuse("S8", label == 0 || label > strictness["TLP:GREEN"])
	}

	// Only what is held, undisputed and not past its end.
	refuse("S9", f.State.String() != "held")
	refuse("S9", !h.RetainUntil.IsZero() && !q.At.Before(h.RetainUntil.Time))

	// What is another's goes on only as its originator allowed.
	if !ours {
		inGroup := false
		for _, member := range f.Group {
			inGroup = inGroup || member == q.To
		}
		onward := h.Onward.String()
		byRule := onward == "open" || onward == "within-group" && inGroup
		byConsent := f.Consented && onward != "never" && onward != ""
		if has["H2"] {
			byRule = false
		}
		refuse("S10", h.Originator == "" || !byRule && !byConsent)
		refuse("S12", h.TLP == stix.TLPAmber && !f.Consented && !byRule)
		refuse("S12", (h.TLP == stix.TLPAmberStrict || h.TLP == stix.TLPRed) && !f.Consented)
	}
	refuse("S11", h.TLP == stix.TLPRed && !q.Named)

	// Whose word counts about an object, and what is no item at all.
	if q.Side == Receiver && (f.MadeBy != "" || f.GivenBy != "") {
		refuse("S13", f.MadeBy != q.From && f.GivenBy != q.From)
	}
	refuse("S14", f.Modified.Sub(q.At) > 5*time.Minute)
	for _, control := range []string{
		"x-mithaq-pact", "x-mithaq-suspension", "x-mithaq-resumption", "x-mithaq-pact-end",
		"x-mithaq-source-profile", "x-mithaq-assessment", "x-mithaq-release", "x-mithaq-approval", "x-mithaq-recall",
		"x-mithaq-narrowing", "x-mithaq-erasure", "x-mithaq-consent-ask", "x-mithaq-consent", "x-mithaq-credential", "x-mithaq-manifest", "x-mithaq-card",
		"x-mithaq-envelope", "x-mithaq-opening", "x-mithaq-receipt",
		"x-mithaq-inquiry", "x-mithaq-inquiry-step", "x-mithaq-mark",
	} {
		refuse("S15", f.Type == control)
	}
	return failed
}

// naiveIn reports whether a list names an organisation; an empty list is everybody.
func naiveIn(list []OrgID, org OrgID) bool {
	if slices.Contains(list, org) {
		return true
	}
	return len(list) == 0
}

// naiveWorse reports whether a grade is missing, or comes after the floor in a
// scale that is written from best to worst.
func naiveWorse(scale, grade, floor string) bool {
	place := func(g string) int {
		for i := range scale {
			if g != "" && scale[i:i+1] == g {
				return i
			}
		}
		return -1
	}
	return place(grade) < 0 || place(floor) < 0 || place(grade) > place(floor)
}
