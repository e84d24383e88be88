package mithaqtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func ids(numbers ...int) (list []stix.ID) {
	for _, i := range numbers {
		list = append(list, mithaqtest.IndicatorID(i))
	}
	return list
}

// keeps reports whether a node has some text anywhere in its folder.
func keeps(t *testing.T, n *mithaqtest.Node, text string) (found bool) {
	t.Helper()
	folder := os.DirFS(n.Dir)
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := fs.ReadFile(folder, name)
		found = found || bytes.Contains(raw, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// In a pact of three, the third learns neither what crosses between the other
// two, nor that anything does.
func TestTheThirdPartyLearnsNothingOfTheOtherTwo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd, anatolia := w.Node("atlas.example"), w.Node("najd.example"), w.Node("anatolia.example")
		w.Acquaint(atlas, najd, anatolia)
		pact := w.Agree(atlas, najd, anatolia)
		before := anatolia.Logs()

		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 5)...)
		for i := range 5 {
			atlas.Share(pact, ids(i+1), najd)
		}
		atlas.Recall(ids(1)...)
		w.Settle()
		if !najd.Has(ids(5)[0]) || !keeps(t, najd, "tickets5.example") {
			t.Fatal("najd was to have what was shared")
		}
		if keeps(t, anatolia, "tickets5.example") || keeps(t, anatolia, ids(5)[0].UUID()) {
			t.Error("anatolia's folder has an object of the other two")
		}
		for origin, tree := range anatolia.Logs() {
			if strings.HasSuffix(origin, "/own") {
				continue // its people signed in meanwhile
			}
			if before[origin] != tree {
				t.Errorf("anatolia's log %s went from %d to %d", origin, before[origin].Size, tree.Size)
			}
		}
		w.Verify()
	})
}

// The line to one of three is cut for six hours in which everything happens:
// recalls, new versions, releases both ways, a suspension, new keys at both
// ends. When it heals, all agree.
func TestAfterSixHoursWithoutALineAllAgree(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas := w.Node("atlas.example", mithaqtest.Clock(time.Minute))
		najd := w.Node("najd.example", mithaqtest.Clock(-90*time.Second))
		anatolia := w.Node("anatolia.example")
		w.Acquaint(atlas, najd, anatolia)
		pact := w.Agree(atlas, najd, anatolia)
		fromAtlas, fromNajd := atlas.Profile(), najd.Profile()
		atlas.Import(fromAtlas, mithaqtest.Indicators(1, 3)...)
		atlas.Share(pact, ids(1, 2, 3))
		najd.Import(fromNajd, mithaqtest.Indicators(11, 2)...)
		najd.Share(pact, ids(11, 12))
		w.Settle()
		w.Verify()

		w.Cut(najd, atlas)
		w.Cut(najd, anatolia)
		time.Sleep(time.Hour)
		atlas.Recall(ids(1)...)
		atlas.Import(fromAtlas, mithaqtest.IndicatorVersion(2, 1), mithaqtest.Indicator(4))
		najd.Recall(ids(11)...)
		najd.Import(fromNajd, mithaqtest.Indicator(13))
		time.Sleep(time.Hour)
		atlas.Share(pact, ids(4))
		najd.Share(pact, ids(13))
		time.Sleep(time.Minute) // or anatolia refuses what is on its way
		anatolia.Suspend(pact)
		time.Sleep(time.Hour)
		atlas.Rotate(mithaq.KeyMessage, mithaq.KeyTLS)
		najd.Rotate(mithaq.KeyMessage, mithaq.KeyTLS, mithaq.KeyLog)
		time.Sleep(3 * time.Hour)
		if najd.Has(ids(4)[0]) || !najd.Has(ids(1)[0]) {
			t.Fatal("something crossed a cut line")
		}

		w.Join(najd, atlas)
		w.Join(najd, anatolia)
		time.Sleep(time.Hour)
		if anatolia.Has(ids(13)[0]) {
			t.Error("an item passed a suspension")
		}
		anatolia.Resume(pact)
		w.Settle()
		holds := func(n *mithaqtest.Node, i, versions int) {
			t.Helper()
			if got := len(n.Versions(ids(i)[0])); got != versions {
				t.Errorf("%s has %d versions of object %d, want %d", n.Org, got, i, versions)
			}
		}
		holds(najd, 1, 0)
		holds(najd, 2, 2)
		holds(najd, 3, 1)
		holds(najd, 4, 1)
		holds(atlas, 11, 0)
		holds(atlas, 12, 1)
		holds(atlas, 13, 1)
		holds(anatolia, 1, 0)
		holds(anatolia, 2, 2)
		holds(anatolia, 4, 1)
		holds(anatolia, 11, 0)
		holds(anatolia, 12, 1)
		for _, from := range []*mithaqtest.Node{najd, anatolia} {
			if s := atlas.Statements(from); len(s) != 1 || s[0].Erased.Count() != 1 {
				t.Errorf("of %s atlas has %d statements of erasure, want one", from.Org, len(s))
			}
		}
		w.Verify()

		najd.Import(fromNajd, mithaqtest.Indicator(14))
		najd.Share(pact, ids(14))
		w.Settle()
		holds(anatolia, 14, 1)
		holds(atlas, 14, 1)
		w.Verify()
	})
}

// A partner who is suspended has no line within a second; what waits for it
// crosses when the suspension ends.
func TestASuspensionClosesTheLinesWithinASecond(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 2)...)
		atlas.Share(pact, ids(1), najd)
		w.Settle()
		if w.Lines(atlas, najd) == 0 {
			t.Fatal("no line was open: the test shows nothing")
		}
		if err := najd.Peer().Suspend(t.Context(), najd.Supervisor(), atlas.Org); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := w.Lines(atlas, najd); n != 0 {
			t.Errorf("a second later %d lines are open", n)
		}
		atlas.Share(pact, ids(2), najd)
		time.Sleep(time.Hour)
		if najd.Has(ids(2)[0]) {
			t.Error("an item came from a suspended partner")
		}
		if err := najd.Peer().Resume(t.Context(), najd.Supervisor(), atlas.Org); err != nil {
			t.Fatal(err)
		}
		w.Settle()
		if !najd.Has(ids(2)[0]) {
			t.Error("what waited did not come")
		}
		w.Verify()
	})
}

// A suspended pact stops items from the very transaction on, in the middle of
// a release of many parts; recalls still pass.
func TestASuspendedPactStopsWhatIsOnItsWay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		profile := atlas.Profile()
		atlas.Import(profile, mithaqtest.Indicators(1, 12)...)
		atlas.Share(pact, ids(1), najd)
		w.Settle()
		w.Latency(20 * time.Millisecond)
		for i := range 10 {
			atlas.Share(pact, ids(2+i), najd)
		}
		w.WaitFor("some have come", func() bool { return najd.Has(ids(3)[0]) })
		najd.Suspend(pact)
		had := has(najd, 1, 11)
		atlas.Recall(ids(1)...)
		w.WaitFor("a recall passes the suspension", func() bool { return !najd.Has(ids(1)[0]) })
		time.Sleep(time.Hour)
		if now := has(najd, 1, 11); now != had-1 || had == 11 {
			t.Errorf("najd had %d objects when it suspended the pact, gave one back, and has %d", had, now)
		}
		p, err := atlas.Gate().Propose(t.Context(), atlas.Releaser(), mithaqtest.Ask(pact, selected(12), najd))
		if err != nil || p[0].Release != nil {
			t.Errorf("under a suspended pact atlas makes a release: %+v, %v", p, err)
		}
		najd.Resume(pact)
		w.Settle()
		w.Latency(0)
		if najd.Has(ids(1)[0]) || najd.Has(ids(12)[0]) {
			t.Error("najd has what was taken back, or was never given")
		}
		t.Logf("%d came before the suspension, %d after it", had, has(najd, 1, 11)-had+1)
		w.Verify()
	})
}

// has counts those of some indicators that a node has.
func has(n *mithaqtest.Node, first, count int) (had int) {
	for i := range count {
		if n.Has(ids(first + i)[0]) {
			had++
		}
	}
	return had
}

// Clocks ten minutes apart are refused, and the refusal names both.
func TestClocksTenMinutesApartAreRefusedNamingBoth(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicator(1))
		najd.SetClock(10 * time.Minute)
		atlas.Share(pact, ids(1), najd)
		theirs, ours := atlas.Now(), najd.Now()
		_, err := atlas.Peer().VerifyWith(t.Context(), najd.Org)
		r, ok := errors.AsType[*mithaq.Refusal](err)
		if !ok || r.Kind != mithaq.Expired || r.Key != "hop.clocks" || len(r.Args) != 2 {
			t.Fatalf("atlas is told %v", err)
		}
		for i, at := range []time.Time{theirs, ours} {
			if want := at.UTC().Format("15:04:05"); !strings.Contains(fmt.Sprint(r.Args[i]), want) {
				t.Errorf("clock %d is told as %v, want %s", i, r.Args[i], want)
			}
		}
		time.Sleep(time.Hour)
		if najd.Has(ids(1)[0]) {
			t.Error("an item came in spite of the clocks")
		}
		if !slices.ContainsFunc(najd.Entries("refusal"), func(a mithaq.Account) bool { return a.Notes["why"] == "hop.clocks" }) {
			t.Error("the refusal is not in najd's own log")
		}
		najd.SetClock(0)
		w.Settle()
		if !najd.Has(ids(1)[0]) {
			t.Error("with the clock set right, the item does not come")
		}
		w.Verify()
	})
}

// A node that stops in the middle of a delivery goes on with it when it starts
// again, whichever end it is.
func TestANodeRestartedInTheMiddleOfADeliveryGoesOn(t *testing.T) {
	for _, who := range []string{"sender", "receiver"} {
		t.Run(who, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *mithaqtest.World) {
				atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
				w.Acquaint(atlas, najd)
				pact := w.Agree(atlas, najd)
				atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 20)...)
				w.Latency(50 * time.Millisecond)
				for i := range 20 {
					atlas.Share(pact, ids(1+i), najd)
				}
				w.WaitFor("some have come", func() bool { return najd.Has(ids(3)[0]) })
				if najd.Has(ids(20)[0]) {
					t.Fatal("all came at once: the test shows nothing")
				}
				if who == "sender" {
					atlas.Restart()
				} else {
					najd.Restart()
				}
				w.Settle()
				for i := range 20 {
					if got := len(najd.Versions(ids(1 + i)[0])); got != 1 {
						t.Errorf("najd has object %d %d times", 1+i, got)
					}
				}
				w.Latency(0)
				w.Verify()
			})
		})
	}
}

// The line breaks at fifty random moments of deliveries both ways. What was
// stored and not receipted is told again and stored once.
func TestALineThatBreaksAtFiftyMomentsLosesAndDoublesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		dice := rand.New(rand.NewPCG(20261124, 2))
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example", mithaqtest.Clock(time.Minute))
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 50)...)
		najd.Import(najd.Profile(), mithaqtest.Indicators(101, 50)...)
		w.Latency(30 * time.Millisecond)
		for i := range 50 {
			atlas.Share(pact, ids(1+i), najd)
			najd.Share(pact, ids(101+i), atlas)
			time.Sleep(time.Duration(dice.Int64N(int64(400 * time.Millisecond))))
			w.Cut(atlas, najd)
			time.Sleep(time.Duration(dice.Int64N(int64(5 * time.Second))))
			w.Join(atlas, najd)
		}
		w.Settle()
		for i := range 50 {
			if a, b := len(najd.Versions(ids(1 + i)[0])), len(atlas.Versions(ids(101 + i)[0])); a != 1 || b != 1 {
				t.Errorf("objects of round %d: %d and %d times, want once each", i, a, b)
			}
		}
		w.Latency(0)
		w.Verify()
	})
}

// A recall travels on the control lane and overtakes its item, which waits
// under what fills the bulk lane: the item's bytes do not leave at all.
func TestARecallOfWhatStillWaitsKeepsItAtHome(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 2)...)
		w.Cut(atlas, najd)
		atlas.Share(pact, ids(1, 2), najd)
		atlas.Recall(ids(1)...)
		w.Join(atlas, najd)
		w.Settle()
		if najd.Has(ids(1)[0]) || !najd.Has(ids(2)[0]) {
			t.Error("najd was to have the second object and not the first")
		}
		if keeps(t, najd, "tickets1.example") {
			t.Error("the bytes of what was taken back left atlas")
		}
		w.Verify()
	})
}

// A file that was carried out before the recall arrives after it: the item is
// refused, and both agree on that.
func TestARecallThatOvertakesItsItemLeavesATombstone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 2)...)
		w.Cut(atlas, najd)
		atlas.Share(pact, ids(1, 2), najd)
		var file bytes.Buffer
		if _, err := atlas.Peer().CarryOut(t.Context(), najd.Org, &file, 0); err != nil {
			t.Fatal(err)
		}
		atlas.Recall(ids(1)...)
		recall := urgent(t, atlas, najd)
		carried, err := najd.Peer().CarryIn(t.Context(), recall)
		if err != nil || carried.Messages != 1 {
			t.Fatalf("najd took %d messages of the file with the recall in: %v %v", carried.Messages, carried.Refused, err)
		}
		buried(t, najd, atlas, pact, ids(1)[0])
		carried, err = najd.Peer().CarryIn(t.Context(), &file)
		if err != nil || carried.Messages != 1 {
			t.Fatalf("najd took %d messages of the older file in: %v %v", carried.Messages, carried.Refused, err)
		}
		if najd.Has(ids(1)[0]) || !najd.Has(ids(2)[0]) {
			t.Error("najd was to have the second object and not the first")
		}
		w.Join(atlas, najd)
		w.Settle()
		if s := atlas.Statements(najd); len(s) != 1 || s[0].NotHeld.Count() != 1 || s[0].Erased.Count() != 0 {
			t.Errorf("najd states %+v, want that it never held the object", s)
		}
		w.Verify()
	})
}

// urgent carries out the most urgent message alone.
func urgent(t *testing.T, from, to *mithaqtest.Node) *bytes.Buffer {
	t.Helper()
	for limit := int64(1 << 10); limit < 1<<20; limit += 1 << 10 {
		var file bytes.Buffer
		c, err := from.Peer().CarryOut(t.Context(), to.Org, &file, limit)
		if err != nil {
			t.Fatal(err)
		}
		if c.Messages == 1 {
			return &file
		}
	}
	t.Fatal("nothing can be carried out")
	return nil
}

// buried wants a tombstone for what a giver took back.
func buried(t *testing.T, n, giver *mithaqtest.Node, pact stix.ID, id stix.ID) {
	t.Helper()
	passages := giver.Sent(id)
	if len(passages) == 0 {
		t.Errorf("%s never sent %s", giver.Org, id)
	}
	n.Read(func(tx *store.Tx) error {
		for _, p := range passages {
			found, err := n.Store().Buried(tx, giver.Org, pact, p.Envelope)
			if err != nil || !found[p.Object] {
				t.Errorf("%s has no tombstone for %s: %v", n.Org, id, err)
			}
		}
		return nil
	})
}

func selected(numbers ...int) gate.Selection { return gate.Selection{IDs: ids(numbers...)} }
