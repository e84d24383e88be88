package mithaq

import "testing"

func TestWhatIsAgreedCrosses(t *testing.T) {
	if d := Decide(agreedRules(t), agreedFacts(), agreedRequest()); !d.Allowed() {
		t.Fatalf("refused by %s", d.Failed)
	}
}
