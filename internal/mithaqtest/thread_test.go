package mithaqtest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/stix"
)

// inWorld runs a test in a bubble with a world of its own.
func inWorld(t *testing.T, test func(t *testing.T, w *mithaqtest.World)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) { test(t, mithaqtest.New(t)) })
}

// The thread through everything: one object, a pact, a decision, an envelope, a
// receipt, a recall, a statement of erasure, and both records agree.
func TestAnItemIsSharedReceiptedRecalledAndErasedAndBothAgree(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas := w.Node("atlas.example", mithaqtest.Clock(90*time.Second))
		najd := w.Node("najd.example", mithaqtest.Clock(-2*time.Minute))
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		item := mithaqtest.IndicatorID(1)

		atlas.Import(atlas.Profile(), mithaqtest.Indicator(1))
		atlas.Share(pact, []stix.ID{item}, najd)
		w.Settle()
		if got, want := najd.Versions(item), atlas.Versions(item); len(got) != 1 || !slices.Equal(got, want) {
			t.Fatalf("najd has %v, atlas gave %v", got, want)
		}
		w.Verify()

		atlas.Recall(item)
		w.Settle()
		if najd.Has(item) {
			t.Error("najd still finds what was recalled")
		}
		if s := najd.Entries("refusal"); len(s) != 0 {
			t.Errorf("najd refused something: %v", s)
		}
		statements := atlas.Statements(najd)
		if len(statements) != 1 || !slices.Equal(atlas.Names(statements[0].Erased), []stix.ID{item}) {
			t.Fatalf("atlas has statements %+v, want one that names the item", statements)
		}
		w.Verify()
	})
}
