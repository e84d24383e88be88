package faulttest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A backup is what a node's people keep elsewhere.
type backup struct {
	key         *age.HybridIdentity
	body, items bytes.Buffer
}

func backUp(t *testing.T, n *mithaqtest.Node) *backup {
	t.Helper()
	key, err := age.GenerateHybridIdentity()
	must(t, err)
	b := &backup{key: key}
	must(t, n.Backup(t.Context(), &b.body, &b.items, key.Recipient()))
	return b
}

// restore takes a node's database away and restores it.
func (b *backup) restore(t *testing.T, n *mithaqtest.Node) {
	t.Helper()
	n.Stop()
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(n.Dir, "mithaq.db"+end)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	o := node.Options{Version: "test", Now: n.Now, Sealing: &mithaqtest.Sealing}
	_, err := node.Restore(t.Context(), n.Dir, o, bytes.NewReader(b.body.Bytes()), bytes.NewReader(b.items.Bytes()), b.key)
	must(t, err)
	n.Start()
}

// The drill: a node loses its disk and is restored from a backup of the day
// before. What was taken back since is gone again before anybody can read or
// share it, and a suspension made since holds; nothing crosses until then.
func TestADrillOfRestoringWhatHappenedSinceHolds(t *testing.T) {
	for _, who := range []string{"receiver", "giver"} {
		t.Run("the "+who+" suspends", func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				s := newStory(t)
				s.insist(func() error { return s.imports(mithaqtest.Indicators(1, 3)...) })
				s.insist(func() error { return s.shares(1) })
				s.insist(func() error { return s.shares(2) })
				s.w.Settle()
				b := backUp(t, s.najd)
				time.Sleep(12 * time.Hour)
				s.insist(func() error { return s.recalls(1) })
				s.w.Settle()
				stops := map[string]*mithaqtest.Node{"receiver": s.najd, "giver": s.atlas}[who]
				s.insist(func() error { return s.suspends(stops) })
				s.w.Settle()

				b.restore(t, s.najd)
				if quarantined(s.najd) == "" {
					t.Fatal("a restored node is not in quarantine")
				}
				if _, err := s.najd.Peer().Relearn(t.Context(), s.atlas.Org); err != nil {
					t.Fatal(err)
				}
				s.najd.Write(s.najd.Peer().Release)
				time.Sleep(time.Hour)
				if s.najd.Has(idsOf(1)[0]) || !s.najd.Has(idsOf(2)[0]) {
					t.Error("what was erased after the backup is back, or what was not is gone")
				}
				s.holds(t)
			})
		})
	}
}

// holds wants the pact to be suspended at both ends: the giver cannot share, and
// what it shares all the same, as one that forgot would, is not taken.
func (s *story) holds(t *testing.T) {
	t.Helper()
	all, err := s.atlas.Gate().Propose(t.Context(), s.atlas.Releaser(), mithaqtest.Ask(s.pact, gate.Selection{IDs: idsOf(3)}, s.najd))
	if err == nil && len(all) == 1 && all[0].State == gate.Sent {
		t.Error("atlas shares under a suspended pact")
	}
	if err != nil && !errors.Is(err, mithaq.Denied) {
		t.Error(err)
	}
	time.Sleep(time.Hour)
	if s.najd.Has(idsOf(3)[0]) {
		t.Error("an item crossed under a suspended pact")
	}
	if !s.stopped(s.najd) {
		t.Error("najd has forgotten the suspension")
	}
}

// stopped reports whether a node holds the pact for suspended.
func (s *story) stopped(n *mithaqtest.Node) (stopped bool) {
	n.Read(func(tx *store.Tx) error {
		stops, err := n.Pacts().Suspended(tx, s.pact)
		stopped = len(stops) > 0
		return err
	})
	return stopped
}
