package peer

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func TestTheOwnLogIsPinnedHourlyAndAfterAChange(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		settle(5 * time.Second)
		pinned := func() bool {
			n := len(najd.received())
			atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
			settle(5 * time.Second)
			return len(najd.received()) == n+1 && najd.received()[n].Header.Own != ""
		}
		for i, want := range []bool{true, false, false} {
			if got := pinned(); got != want {
				t.Errorf("message %d pinned: %t", i+1, got)
			}
		}
		time.Sleep(time.Hour)
		if !pinned() {
			t.Error("an hour later nothing was pinned")
		}
		must(t, atlas.store.Write(t.Context(), func(tx *store.Tx) error { return atlas.peer.Pin(tx) }))
		if !pinned() {
			t.Error("after a change nothing was pinned")
		}
		must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
			_, err := ledger.NewestSeen(tx, mithaq.OwnOrigin(atlas.org))
			return err
		}))
	})
}

// Three parties: Atlas shows Najd one history of its own log and Anatolia
// another. What each saw travels with the pact's messages, and who receives both
// holds evidence and freezes Atlas.
func TestTwoHistoriesAreFoundByTheOtherParties(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd, anatolia := w.node("atlas.example"), w.node("najd.example"), w.node("anatolia.example")
		acquaint(t, atlas, najd)
		acquaint(t, atlas, anatolia)
		acquaint(t, najd, anatolia)
		pact := agree(atlas, najd, anatolia)
		settle(5 * time.Second)
		atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(5 * time.Second)

		// the second history, of the size that Najd was shown
		var shown ledger.Checkpoint
		must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
			note, err := ledger.NewestSeen(tx, mithaq.OwnOrigin(atlas.org))
			if err == nil {
				shown, err = ledger.ReadCheckpoint(note)
			}
			return err
		}))
		shown.Root = mithaq.Digest{7}
		key, err := atlas.keys.Notes(mithaq.KeyLog)
		must(t, err)
		lie, err := ledger.SignCheckpoint(key, shown, atlas.now())
		must(t, err)
		w.line(anatolia, true)
		sent := atlas.send(anatolia, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		body := atlas.forge(t, atlas.parcel(t, sent).body(), func(h *mithaq.EnvelopeHeader) { h.Own = string(lie) })
		_, err = anatolia.peer.Receive(t.Context(), atlas.org, body)
		must(t, err)
		if got := anatolia.partner(atlas.org).State; got != mithaq.PartnerAccepted {
			t.Fatalf("Anatolia alone cannot know yet: %s", got)
		}

		// Najd writes to Anatolia under the pact, once each has a link with Atlas
		w.line(anatolia, false)
		najd.send(anatolia, pact, mithaq.LaneBulk, najd.put(`{"type":"note"}`)...)
		settle(15 * time.Minute)
		if got := anatolia.partner(atlas.org).State; got != mithaq.PartnerFrozen {
			t.Errorf("Atlas is %s at Anatolia", got)
		}
		var first, other []byte
		must(t, anatolia.store.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow("SELECT first, other FROM peer_evidence WHERE org = ?", atlas.org).Scan(&first, &other)
		}))
		if len(first) == 0 || len(other) == 0 {
			t.Error("no evidence was kept")
		}
		if len(anatolia.entries("partner-frozen")) != 1 {
			t.Error("the freeze left no entry")
		}
	})
}
