package mithaq

import "testing"

func BenchmarkDecideAllow(b *testing.B) {
	r, f, q := agreedRules(b), agreedFacts(), agreedRequest()
	b.ReportAllocs()
	for b.Loop() {
		if !Decide(r, f, q).Allowed() {
			b.Fatal("refused")
		}
	}
}

// refuseAll fails every clause that one crossing can fail at once.
func refuseAll(b testing.TB) (*Pact, *Rules, *Facts, *Request) {
	p := agreedPact(b)
	p.Parties[1] = plainParty(najd)
	p.Terms.Flows[0].From, p.Terms.Flows[0].To = []OrgID{anatolia}, []OrgID{atlas}
	p.Terms.Transfer, p.Terms.Flows[0].Subjects = nil, SubjectNone
	p.Terms.Review = ReviewAlways
	rules, err := p.Compile()
	if err != nil {
		b.Fatal(err)
	}
	f := &Facts{
		Type: TypeRecall, Extensions: []string{"a", "b"}, Modified: noon.AddDate(3, 0, 0),
		Handling: Handling{TLP: red, Codes: H3, Subjects: SubjectVictim}, Personal: true, MadeBy: atlas,
	}
	q := &Request{
		From: najd, To: atlas, Use: UseOffer, At: noon.AddDate(2, 0, 0), Side: Receiver,
		State: State{Status: Proposed, Suspended: []Stop{{By: najd}}},
	}
	return p, rules, f, q
}

func BenchmarkDecideRefuseAll(b *testing.B) {
	_, r, f, q := refuseAll(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = 0
		for c := range Decide(r, f, q).Failed.All() {
			n += len(c.String()) // the codes of all reasons, as a receipt carries them
		}
	}
	b.ReportMetric(float64(Decide(r, f, q).Failed.Len()), "clauses")
	if n == 0 {
		b.Fatal("allowed")
	}
}

func BenchmarkReasonsOfAll(b *testing.B) {
	p, r, f, q := refuseAll(b)
	b.ReportAllocs()
	for b.Loop() {
		Decide(r, f, q).Reasons(p, f, q)
	}
}

// TestDecideAllocatesNothing holds what the benchmarks report.
func TestDecideAllocatesNothing(t *testing.T) {
	r, f, q := agreedRules(t), agreedFacts(), agreedRequest()
	_, all, bad, worst := refuseAll(t)
	if n := testing.AllocsPerRun(100, func() { Decide(r, f, q); Decide(all, bad, worst) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
