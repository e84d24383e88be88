package mithaqtest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// points are the places at which a disk fails: before a statement, before a
// commit, and after a commit that happened and is reported as failed.
var points = []store.Point{store.AtStatement, store.BeforeCommit, store.AfterCommit}

// Each statement and each commit of receiving fails once, also those that
// failed and happened. The sender gets an error and no receipt, tries again, and
// the object is there once.
func TestNothingIsReceiptedWhileTheReceiversDiskFails(t *testing.T) {
	for _, point := range points {
		t.Run(string(point), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *mithaqtest.World) {
				disk := &mithaqtest.Disk{}
				atlas, najd := w.Node("atlas.example"), w.Node("najd.example", mithaqtest.OnDisk(disk))
				w.Acquaint(atlas, najd)
				pact := w.Agree(atlas, najd)
				atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 400)...)
				round := 1
				for ; ; round++ {
					disk.FailAt(point, round)
					atlas.Share(pact, ids(round), najd)
					w.Settle()
					if got := len(najd.Versions(ids(round)[0])); got != 1 {
						t.Fatalf("round %d: the object is there %d times", round, got)
					}
					time.Sleep(2 * time.Second) // what follows a delivery by itself
					if !disk.Struck() {
						break
					}
				}
				if round < 2 {
					t.Fatal("the disk never failed")
				}
				t.Logf("failed at %d places", round-1)
				najd.Restart()
				w.Verify()
			})
		})
	}
}

// The same at the sender: whoever shares gets an error unless it is durable,
// and what was not durable can be shared again.
func TestNothingCountsAsSharedWhileTheSendersDiskFails(t *testing.T) {
	for _, point := range points {
		t.Run(string(point), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *mithaqtest.World) {
				disk := &mithaqtest.Disk{}
				atlas, najd := w.Node("atlas.example", mithaqtest.OnDisk(disk)), w.Node("najd.example")
				w.Acquaint(atlas, najd)
				pact := w.Agree(atlas, najd)
				atlas.Import(atlas.Profile(), mithaqtest.Indicators(1, 400)...)
				who := atlas.Releaser()
				round, errs := 1, 0
				for ; ; round++ {
					ask := mithaqtest.Ask(pact, selected(round), najd)
					disk.FailAt(point, round)
					_, err := atlas.Gate().Propose(t.Context(), who, ask)
					time.Sleep(2 * time.Minute) // a release under way is taken up again
					w.Settle()
					struck := disk.Struck()
					if err != nil {
						errs++
						if !errors.Is(err, mithaqtest.ErrDisk) {
							t.Fatalf("round %d: %v", round, err)
						}
						if len(najd.Versions(ids(round)[0])) == 0 {
							atlas.Share(pact, ids(round), najd)
							w.Settle()
						}
					}
					if got := len(najd.Versions(ids(round)[0])); got != 1 {
						t.Fatalf("round %d, shared with %v: the object is there %d times", round, err, got)
					}
					if !struck {
						break
					}
				}
				if errs == 0 {
					t.Fatal("the disk never failed")
				}
				t.Logf("failed at %d places, and told so %d times", round-1, errs)
				atlas.Restart()
				w.Verify()
			})
		})
	}
}

// A release under way when its node ended goes on as soon as the node is back.
func TestAReleaseUnderWayGoesOnAsSoonAsItsNodeIsBack(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		disk := &mithaqtest.Disk{}
		atlas, najd := w.Node("atlas.example", mithaqtest.OnDisk(disk)), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		atlas.Import(atlas.Profile(), mithaqtest.Indicator(1))
		who := atlas.Releaser()
		disk.FailAt(store.BeforeCommit, 2) // the first keeps the release, the second sends it
		if _, err := atlas.Gate().Propose(t.Context(), who, mithaqtest.Ask(pact, selected(1), najd)); !errors.Is(err, mithaqtest.ErrDisk) {
			t.Fatalf("sharing on a failing disk says %v", err)
		}
		if najd.Has(ids(1)[0]) {
			t.Fatal("it was sent: the test shows nothing")
		}
		atlas.Restart()
		time.Sleep(5 * time.Second)
		if !najd.Has(ids(1)[0]) {
			t.Error("five seconds after its node is back, the release has not gone on")
		}
		w.Verify()
	})
}

// wide is an indicator that takes room.
func wide(i int) string {
	words := strings.Repeat(fmt.Sprintf("a long story about site %d. ", i), 200)
	return strings.Replace(mithaqtest.Indicator(i), `"indicator_types"`, `"description":"`+words+`","indicator_types"`, 1)
}

// A receiver whose disk is full acknowledges nothing that it could not store;
// with room again, everything comes.
func TestAFullDiskAtTheReceiverLosesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		profile := atlas.Profile()
		for i := range 40 {
			atlas.Import(profile, wide(1+i))
		}
		najd.Restart(mithaqtest.Room(60))
		for i := range 40 {
			atlas.Share(pact, ids(1+i), najd)
		}
		time.Sleep(time.Hour)
		had := has(najd, 1, 40)
		waiting := waits(atlas)
		if had == 40 || had == 0 || int64(40-had) != waiting {
			t.Errorf("najd has %d of 40 objects, and %d wait at atlas", had, waiting)
		}
		najd.VerifyAlone()
		najd.Restart(mithaqtest.Room(-1))
		w.Settle()
		if had := has(najd, 1, 40); had != 40 {
			t.Errorf("with room najd has %d of 40 objects", had)
		}
		w.Verify()
	})
}

// A sender whose disk is full says so, and keeps nothing by halves.
func TestAFullDiskAtTheSenderIsAnError(t *testing.T) {
	inWorld(t, func(t *testing.T, w *mithaqtest.World) {
		atlas, najd := w.Node("atlas.example"), w.Node("najd.example")
		w.Acquaint(atlas, najd)
		pact := w.Agree(atlas, najd)
		profile := atlas.Profile()
		atlas.Import(profile, mithaqtest.Indicators(1, 50)...)
		atlas.Restart(mithaqtest.Room(20))
		shared := 0
		for ; shared < 50; shared++ {
			if _, err := atlas.Gate().Propose(t.Context(), atlas.Releaser(), mithaqtest.Ask(pact, selected(1+shared), najd)); err != nil {
				if !errors.Is(err, mithaq.Unavailable) {
					t.Fatalf("a full disk is told as %v", err)
				}
				break
			}
		}
		if shared == 50 {
			t.Fatal("the disk never was full")
		}
		_, err := atlas.Gate().Intake(t.Context(), atlas.Analyst(), strings.NewReader(wide(100)), gate.Import{Profile: profile})
		for i := 101; err == nil && i < 200; i++ {
			_, err = atlas.Gate().Intake(t.Context(), atlas.Analyst(), strings.NewReader(wide(i)), gate.Import{Profile: profile})
		}
		if !errors.Is(err, mithaq.Unavailable) {
			t.Errorf("an import into a full disk is told as %v", err)
		}
		atlas.VerifyAlone()
		atlas.Restart(mithaqtest.Room(-1))
		w.Settle()
		if had := has(najd, 1, shared); had != shared {
			t.Errorf("najd has %d of the %d objects that were shared", had, shared)
		}
		w.Verify()
	})
}

func waits(n *mithaqtest.Node) (waiting int64) {
	n.Read(func(tx *store.Tx) (err error) {
		waiting, err = n.Peer().Waiting(tx)
		return err
	})
	return waiting
}
