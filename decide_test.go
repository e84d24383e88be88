package mithaq

import "testing"

func TestWhatIsAgreedCrosses(t *testing.T) {
	if d := Decide(agreedRules(t), agreedFacts(), agreedRequest()); !d.Allowed() {
		t.Fatalf("refused by %s", d.Failed)
	}
}

func BenchmarkDecideAllow(b *testing.B) {
	r, f, q := agreedRules(b), agreedFacts(), agreedRequest()
	b.ReportAllocs()
	for b.Loop() {
		if !Decide(r, f, q).Allowed() {
			b.Fatal("refused")
		}
	}
}
