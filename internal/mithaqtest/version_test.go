package mithaqtest_test

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
)

// A new version made while the pact was suspended follows once it is resumed.
func TestANewVersionMadeDuringASuspensionFollowsAfterIt(t *testing.T) {
	for _, who := range []string{"giver", "receiver"} {
		t.Run(who+" suspends", func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *mithaqtest.World) {
				atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
				w.Acquaint(atlas, najd)
				pact := w.Agree(atlas, najd)
				profile := atlas.Profile()
				atlas.Import(profile, mithaqtest.Indicator(1))
				atlas.Share(pact, ids(1), najd)
				w.Settle()
				stops := atlas
				if who == "receiver" {
					stops = najd
				}
				stops.Suspend(pact)
				w.Settle()
				atlas.Import(profile, mithaqtest.IndicatorVersion(1, 1))
				time.Sleep(time.Hour)
				if got := len(najd.Versions(ids(1)[0])); got != 1 {
					t.Fatalf("during the suspension najd has %d versions", got)
				}
				stops.Resume(pact)
				time.Sleep(time.Hour)
				w.Settle()
				if got := len(najd.Versions(ids(1)[0])); got != 2 {
					t.Errorf("after the suspension najd has %d versions, want both", got)
				}
				w.Verify()
			})
		})
	}
}

// What could not be delivered before its pact ran out does not stand in the way
// of what is given under the next version.
func TestWhatCameTooLateForItsPactDoesNotHoldUpTheNextVersion(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		terms := w.Terms(mithaq.EventTemplate)
		terms.Until = mithaq.At(time.Now().Add(2 * time.Hour))
		pact := w.AgreeOn(terms, atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 2)...)
		w.Cut(atlas, najd)
		atlas.Share(pact, ids(1), najd)
		time.Sleep(3 * time.Hour)
		w.Join(atlas, najd)
		time.Sleep(time.Hour)
		if najd.Has(ids(1)[0]) {
			t.Error("an item crossed after its pact had run out")
		}
		w.Amend(pact, func(terms *mithaq.Terms) { terms.Until = mithaq.At(time.Now().AddDate(0, 1, 0)) }, atlas, najd)
		atlas.Share(pact, ids(2), najd)
		w.Settle()
		if !najd.Has(ids(2)[0]) {
			t.Error("what was given under the new version does not come")
		}
		w.Verify()
	})
}
