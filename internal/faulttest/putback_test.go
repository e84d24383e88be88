package faulttest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// quarantined is why a node sends and takes nothing, "" when it does.
func quarantined(n *mithaqtest.Node) (why string) {
	n.Read(func(tx *store.Tx) (err error) {
		why, err = tx.Quarantined()
		return err
	})
	return why
}

// snapshot copies the database of a node that stands still, and gives a way back.
func snapshot(t *testing.T, n *mithaqtest.Node) (putBack func()) {
	t.Helper()
	kept := filepath.Join(t.TempDir(), "mithaq.db")
	copyFile(t, filepath.Join(n.Dir, "mithaq.db"), kept)
	return func() { copyFile(t, kept, filepath.Join(n.Dir, "mithaq.db")) }
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, raw, 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A machine is put back to a snapshot of an hour ago. Its node finds that a
// partner holds later messages that it signed, and stops, before a number is
// given twice; once it has learnt what happened since, both agree again.
func TestANodePutBackToASnapshotStops(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := newStory(t)
		s.insist(func() error { return s.imports(mithaqtest.Indicators(1, 4)...) })
		s.insist(func() error { return s.shares(1) })
		s.w.Settle()
		s.atlas.Stop()
		back := snapshot(t, s.atlas)
		s.atlas.Start()
		s.insist(func() error { return s.shares(2) })
		s.w.Settle()
		time.Sleep(time.Hour)
		s.atlas.Stop()
		back()
		s.w.Cut(s.atlas, s.najd) // it finds out although it meets the partner only when it sends
		s.atlas.Start()
		time.Sleep(time.Minute)
		if why := quarantined(s.atlas); why != "" {
			t.Fatalf("in quarantine before it could know: %s", why)
		}
		s.insist(func() error { return s.shares(3) })
		s.w.Join(s.atlas, s.najd)
		time.Sleep(time.Hour)
		if quarantined(s.atlas) == "" {
			t.Error("atlas goes on as if nothing had happened")
		}
		if len(s.atlas.Entries("put-back")) != 1 {
			t.Error("atlas has not entered what it found")
		}
		if s.najd.Has(idsOf(3)[0]) || !s.najd.Has(idsOf(2)[0]) {
			t.Error("what atlas sent after it was put back has crossed, or what it sent before is lost")
		}
		if found := s.najd.Entries("alarm"); len(found) > 0 {
			t.Errorf("najd holds atlas for a forger: %v", found)
		}
	})
}

// The same at the start, while the line is there; then people let it learn.
func TestANodePutBackToASnapshotLearnsAndGoesOn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := newStory(t)
		s.insist(func() error { return s.imports(mithaqtest.Indicators(1, 4)...) })
		s.insist(func() error { return s.shares(1) })
		s.w.Settle()
		s.atlas.Stop()
		back := snapshot(t, s.atlas)
		s.atlas.Start()
		s.insist(func() error { return s.shares(2) })
		s.w.Settle()
		s.atlas.Stop()
		back()
		s.atlas.Start()
		time.Sleep(time.Minute)
		if quarantined(s.atlas) == "" {
			t.Fatal("atlas goes on as if nothing had happened")
		}
		if _, err := s.atlas.Peer().Relearn(t.Context(), s.najd.Org); err != nil {
			t.Fatal(err)
		}
		s.atlas.Write(s.atlas.Peer().Release)
		s.insist(func() error { return s.shares(3) })
		s.w.Settle()
		if !s.najd.Has(idsOf(3)[0]) {
			t.Error("nothing crosses though atlas has learnt")
		}
		s.w.Verify()
	})
}

// Nobody but ourselves can have signed what puts us in quarantine: a partner
// that only claims to hold more is not believed (see peer.lookBack), and one that
// holds what we hold is none the wiser.
func TestANodeThatIsAbreastIsNotStopped(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := newStory(t)
		s.tell()
		for range 3 {
			s.atlas.Restart()
			s.najd.Restart()
			time.Sleep(time.Hour)
		}
		if quarantined(s.atlas) != "" || quarantined(s.najd) != "" {
			t.Error("a node stops for nothing")
		}
		s.reckon()
	})
}

// The clock of a node is set back a day: nothing crosses, both clocks are named,
// nothing is lost, and all goes on once it is right.
func TestAClockSetBackADayLosesNothing(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := newStory(t)
		time.Sleep(48 * time.Hour) // or the day before there was no Card
		s.insist(func() error { return s.imports(mithaqtest.Indicators(1, 3)...) })
		s.insist(func() error { return s.shares(1) })
		s.w.Settle()
		s.atlas.SetClock(-24 * time.Hour)
		s.insist(func() error { return s.shares(2) })
		time.Sleep(time.Hour)
		if s.najd.Has(idsOf(2)[0]) {
			t.Error("a message of yesterday was taken")
		}
		s.atlas.SetClock(0)
		time.Sleep(time.Hour)
		s.w.Settle()
		s.insist(func() error { return s.shares(3) })
		s.w.Settle()
		for i := 1; i <= 3; i++ {
			if !s.najd.Has(idsOf(i)[0]) {
				t.Errorf("object %d did not come", i)
			}
		}
		s.w.Verify()
	})
}

// The keys of a Card end while messages are under way: nothing crosses under the
// old ones, and with new ones what waited follows.
func TestKeysThatEndAtMidnightHoldNothingUpForGood(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		s := newStory(t)
		s.insist(func() error { return s.imports(mithaqtest.Indicators(1, 3)...) })
		s.insist(func() error { return s.shares(1) })
		s.w.Settle()
		time.Sleep(time.Hour)
		midnight := time.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		s.atlas.RotateUntil(midnight, mithaq.KeyMessage, mithaq.KeyTLS)
		s.w.Cut(s.atlas, s.najd) // or it crosses before
		time.Sleep(time.Until(midnight) - time.Second)
		s.insist(func() error { return s.shares(2) })
		time.Sleep(2 * time.Second)
		s.w.Join(s.atlas, s.najd)
		time.Sleep(time.Hour)
		if s.najd.Has(idsOf(2)[0]) {
			t.Error("a message was taken whose key had ended")
		}
		s.atlas.Rotate(mithaq.KeyMessage, mithaq.KeyTLS)
		time.Sleep(time.Hour)
		s.w.Settle()
		if !s.najd.Has(idsOf(2)[0]) {
			t.Error("with new keys nothing crosses")
		}
		s.w.Verify()
	})
}
