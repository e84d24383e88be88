package mithaq

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func aQuestion(t testing.TB) *Inquiry {
	return asked(agreedPact(t))[0].(*Inquiry)
}

func TestWhatIsWrongWithAnInquiry(t *testing.T) {
	if err := aQuestion(t).Check(); err != nil {
		t.Fatal(err)
	}
	for place, spoil := range map[string]func(*Inquiry){
		"to":             func(q *Inquiry) { q.To = q.From },
		"act":            func(q *Inquiry) { q.Act = "" },
		"provision":      func(q *Inquiry) { q.Provision = "" },
		"date":           func(q *Inquiry) { q.Date = "3 November" },
		"facts":          func(q *Inquiry) { q.Facts = "" },
		"link":           func(q *Inquiry) { q.Link = "" },
		"question":       func(q *Inquiry) { q.Sought, q.Question = 0, "" },
		"intended_use":   func(q *Inquiry) { q.Use = 0 },
		"urgent_because": func(q *Inquiry) { q.Urgent = "" },
		"urgency":        func(q *Inquiry) { q.Urgency = Routine | Urgent },
		"subjects":       func(q *Inquiry) { q.Subjects = SubjectNone | SubjectSuspect },
		"codes":          func(q *Inquiry) { q.Codes = 0 },
		"language":       func(q *Inquiry) { q.Language = "klingon language" },
		"case":           func(q *Inquiry) { q.Case = "" },
		"person":         func(q *Inquiry) { q.Person = "" },
		"references":     func(q *Inquiry) { q.References = []string{"00112233445566778899AABBCCDDEEFF"} },
		"facts: text":    func(q *Inquiry) { q.Facts = "turned \u202e round" },
		"registry: text": func(q *Inquiry) { q.Registry = strings.Repeat("9", MaxInquiryText+1) },
	} {
		q := *aQuestion(t)
		spoil(&q)
		if err := q.Check(); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%s: %v", place, err)
		}
	}
}

func seen() *InquirySight {
	return &InquirySight{At: noon, State: State{Status: InForce}, Assessed: AssessedClear, Attended: true, Approvals: 1}
}

// Both gates ask the same of a question, and name each clause that fails.
func TestWhatAPactAllowsToBeAsked(t *testing.T) {
	rules, err := agreedPact(t).Compile()
	if err != nil {
		t.Fatal(err)
	}
	if d := aQuestion(t).Decide(rules, seen()); !d.Allowed() {
		t.Fatalf("what is agreed fails %v", slices.Collect(d.Failed.All()))
	}
	for clause, change := range map[ClauseID]func(*Inquiry, *InquirySight){
		ClauseInquiries:  func(q *Inquiry, _ *InquirySight) { q.Kind = "whereabouts" },
		ClausePurpose:    func(q *Inquiry, _ *InquirySight) { q.Purpose = AssetRecovery },
		ClauseBasis:      func(q *Inquiry, _ *InquirySight) { q.Basis = "another" },
		ClauseCodes:      func(q *Inquiry, _ *InquirySight) { q.Codes = 1 << 7 },
		ClauseSubjects:   func(q *Inquiry, _ *InquirySight) { q.Subjects = SubjectMinor },
		ClauseReview:     func(_ *Inquiry, s *InquirySight) { s.Approvals = 0 },
		ClauseUntil:      func(_ *Inquiry, s *InquirySight) { s.At = noon.AddDate(9, 0, 0) },
		ClauseParties:    func(q *Inquiry, _ *InquirySight) { q.To = "stranger.example" },
		ClauseSuspension: func(_ *Inquiry, s *InquirySight) { s.State.Suspended = []Stop{{By: najd}} },
		ClauseEnd:        func(_ *Inquiry, s *InquirySight) { s.State.Status = Ended },
		SafeAssessment:   func(_ *Inquiry, s *InquirySight) { s.Assessed = AssessedNot },
		SafeCharacter:    func(_ *Inquiry, s *InquirySight) { s.Assessed = AssessedDoubt },
		SafePerson:       func(_ *Inquiry, s *InquirySight) { s.Attended = false },
		SafeFuture:       func(q *Inquiry, _ *InquirySight) { q.Modified = At(noon.Add(time.Hour)) },
	} {
		q, s := aQuestion(t), seen()
		change(q, s)
		d := q.Decide(rules, s)
		if !d.Failed.Has(clause) {
			t.Errorf("%s does not fail, only %v", clause, slices.Collect(d.Failed.All()))
		}
		f, request := q.Crossing(s)
		if reasons := d.Reasons(agreedPact(t), f, request); len(reasons) != d.Failed.Len() {
			t.Errorf("%s: %d reasons for %d clauses", clause, len(reasons), d.Failed.Len())
		}
	}
}

// A question that says it concerns nobody is not believed where a person's value stands in it.
func TestAQuestionThatNamesAPersonIsOneAboutAPerson(t *testing.T) {
	rules, _ := agreedPact(t).Compile()
	q, s := aQuestion(t), seen()
	q.Subjects, s.Assessed = SubjectNone, AssessedNot
	if d := q.Decide(rules, s); !d.Allowed() {
		t.Fatalf("about nobody: %v", slices.Collect(d.Failed.All()))
	}
	s.Named = true
	if d := q.Decide(rules, s); !d.Failed.Has(SafeAssessment) {
		t.Error("a named person needs no assessment")
	}
}
