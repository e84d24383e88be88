package mithaqtest_test

import (
	"testing"
	"time"

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
