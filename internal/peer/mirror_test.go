package peer

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func (n *node) ownTree(t *testing.T) (tree mithaq.Tree) {
	t.Helper()
	must(t, n.store.Read(t.Context(), func(tx *store.Tx) error {
		log, err := ledger.FindLog(tx, mithaq.OwnOrigin(n.org))
		tree = log.Tree
		return err
	}))
	return tree
}

func TestAPartnersOwnLogIsMirroredWithoutBeingRead(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		settle(5 * time.Second)
		for range 2 {
			got, err := najd.peer.Mirror(t.Context(), atlas.org)
			must(t, err)
			if want := atlas.ownTree(t); got != want {
				t.Errorf("the mirror is %v, the log %v", got, want)
			}
			must(t, atlas.store.Write(t.Context(), func(tx *store.Tx) error {
				_, _, err := atlas.ledger.Own(tx, mithaq.Account{Kind: "read", At: mithaq.At(tx.Now())})
				return err
			}))
			settle(5 * time.Second)
		}
		must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
			log, err := ledger.FindLog(tx, mithaq.OwnOrigin(atlas.org))
			if err == nil && log.Kind != ledger.Mirror {
				t.Errorf("held as %s", log.Kind)
			}
			return err
		}))
	})
}

func TestALogRewrittenAfterItWasMirroredIsNotTaken(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		settle(5 * time.Second)
		before, err := najd.peer.Mirror(t.Context(), atlas.org)
		must(t, err)
		must(t, atlas.store.Write(t.Context(), func(tx *store.Tx) error {
			_, _, err := atlas.ledger.Own(tx, mithaq.Account{Kind: "read", At: mithaq.At(tx.Now())})
			return err
		}))
		settle(5 * time.Second)
		atlas.exec("UPDATE entry SET leaf = ? WHERE log = 1 AND idx = ?", make([]byte, 32), before.Size)
		if _, err := najd.peer.Mirror(t.Context(), atlas.org); err == nil {
			t.Error("an altered entry was mirrored")
		}
		if size, err := najd.peer.mirrored(t.Context(), atlas.org); err != nil || size != before.Size {
			t.Errorf("the mirror is %d long, %v; want %d", size, err, before.Size)
		}
	})
}

func TestAStrangerMirrorsNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		_ = atlas
		if _, err := najd.peer.Mirror(t.Context(), "atlas.example"); err == nil {
			t.Error("mirrored without an acquaintance")
		}
	})
}

func TestAMirrorThatLagsBehindWhatWasSeenIsNoFault(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		settle(5 * time.Second)
		_, err := najd.peer.Mirror(t.Context(), atlas.org)
		must(t, err)
		// A message pins a newer checkpoint, and nobody has mirrored since.
		must(t, atlas.store.Write(t.Context(), func(tx *store.Tx) error {
			_, _, err := atlas.ledger.Own(tx, mithaq.Account{Kind: "read", At: mithaq.At(tx.Now())})
			if err != nil {
				return err
			}
			return atlas.peer.Pin(tx)
		}))
		settle(5 * time.Second)
		atlas.send(najd, agree(atlas, najd), mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(time.Minute)
		must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
			log, err := ledger.FindLog(tx, mithaq.OwnOrigin(atlas.org))
			must(t, err)
			note, err := ledger.NewestSeen(tx, log.Origin)
			must(t, err)
			seen, err := ledger.ReadCheckpoint(note)
			must(t, err)
			if seen.Size <= log.Size {
				t.Fatalf("nothing newer was seen: %d, mirrored %d", seen.Size, log.Size)
			}
			faults, err := ledger.Verify(tx, log.ID, ledger.Checks{})
			if len(faults) > 0 {
				t.Errorf("faults %v", faults)
			}
			return err
		}))
	})
}
