package peer

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// rotate makes a new key of each use, and publishes the card that names them.
func (n *node) rotate(uses ...mithaq.KeyUse) {
	n.t.Helper()
	var added []mithaq.PublicKey
	for _, use := range uses {
		k, err := n.keys.Add(use, n.now())
		must(n.t, err)
		added = append(added, k)
	}
	next, err := card.Rotate(n.card, n.root, n.now(), card.Dated(added, n.now().Add(-time.Hour), 365*24*time.Hour)...)
	must(n.t, err)
	n.card = next
	must(n.t, n.peer.Publish(n.t.Context(), n.rawCard()))
}

// revoke ends all keys of a use and goes on with a new one.
func (n *node) revoke(use mithaq.KeyUse) {
	n.t.Helper()
	var old []mithaq.KeyID
	for _, k := range n.card.Current(use, n.now()) {
		old = append(old, k.ID)
	}
	k, err := n.keys.Add(use, n.now())
	must(n.t, err)
	next, err := card.Revoke(n.card, n.root, n.now(), 0, "stolen", old, card.Dated([]mithaq.PublicKey{k}, n.now().Add(-time.Hour), 365*24*time.Hour)...)
	must(n.t, err)
	n.card = next
	must(n.t, n.peer.Publish(n.t.Context(), n.rawCard()))
}

func (n *node) partner(org mithaq.OrgID) (p *mithaq.Partner) {
	n.t.Helper()
	must(n.t, n.store.Read(n.t.Context(), func(tx *store.Tx) (err error) {
		p, err = n.peer.Partner(tx, org)
		return err
	}))
	return p
}

func TestKeysRotateWhileMessagesCross(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		for _, use := range mithaq.OperationalUses {
			time.Sleep(time.Second)
			atlas.rotate(use)
			time.Sleep(time.Second)
			najd.rotate(use)
			out := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
			back := najd.send(atlas, pact, mithaq.LaneBulk, najd.put(`{"type":"note"}`)...)
			settle(time.Minute)
			if a, b := atlas.state(out.Envelope), najd.state(back.Envelope); a != settled || b != settled {
				t.Fatalf("after new %s keys: %s and %s", use, a, b)
			}
		}
		if got, want := najd.partner(atlas.org).Serial, int64(1+len(mithaq.OperationalUses)); got != want {
			t.Errorf("card of serial %d is held, want %d", got, want)
		}
	})
}

func TestWhatWaitsIsSignedAnewWhenItsKeyIsRevoked(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(time.Minute)
		stolen := atlas.parcel(t, sent).body()
		atlas.revoke(mithaq.KeyMessage)
		w.line(najd, false)
		settle(15 * time.Minute)
		if got := atlas.state(sent.Envelope); got != settled {
			t.Fatalf("a message whose key was revoked is %s", got)
		}
		// what the thief signs with the old key is not taken, whatever its date
		_, err := najd.peer.Receive(t.Context(), atlas.org, stolen)
		refusedWith(t, err, mithaq.Gone, "card.key-revoked")
		if !najd.refusedFor("card.key-revoked") {
			t.Error("a revoked key left no entry")
		}
	})
}

func TestARevokedTLSKeyOpensNoLine(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(time.Second)
		stolen := atlas.keys // the thief's copy would sign with the old key
		old := atlas.card
		atlas.revoke(mithaq.KeyTLS)
		settle(time.Minute)
		next := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(time.Minute)
		if a, b := atlas.state(sent.Envelope), atlas.state(next.Envelope); a != settled || b != settled {
			t.Fatalf("before and after: %s, %s", a, b)
		}
		id := old.Current(mithaq.KeyTLS, old.Modified.Time)[0].ID
		err := najd.store.Read(t.Context(), func(tx *store.Tx) error { return najd.peer.ownsTLS(tx, atlas.org, id) })
		refusedWith(t, err, mithaq.Unauthenticated, "peer.tls-key")
		_ = stolen
	})
}

func TestTwoCardsWithOneSerialFreezeThePartner(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		first := atlas.card
		time.Sleep(time.Second)
		atlas.rotate(mithaq.KeySeal)
		settle(time.Minute)
		if got := najd.partner(atlas.org); got.State != mithaq.PartnerAccepted || got.Serial != 2 {
			t.Fatalf("after a rotation: %s, serial %d", got.State, got.Serial)
		}
		// whoever has a copy of the organisation key signs another second card
		other, err := card.Next(first, atlas.root, atlas.now(), func(c *mithaq.Card) { c.Addresses = []string{"https://elsewhere.example"} })
		must(t, err)
		atlas.card = other
		must(t, najd.peer.AddCard(t.Context(), person(najd.org, 1), atlas.rawCard()))
		if got := najd.partner(atlas.org); got.State != mithaq.PartnerFrozen || got.Card == other.Digest {
			t.Errorf("after two cards of one serial: %s, by card %s", got.State, got.Card)
		}
		if len(najd.entries("partner-frozen")) != 1 {
			t.Error("the freeze left no entry")
		}
		_, err = atlas.trySend(cardless(najd.org))
		must(t, err)
		settle(5 * time.Second)
		if !najd.refusedFor("peer.partner-state") {
			t.Error("a frozen partner's message was not refused")
		}
		// people compare again
		must(t, najd.peer.Thaw(t.Context(), person(najd.org, 1), atlas.org))
		najd.accept(atlas, 1)
		najd.accept(atlas, 2)
		if got := najd.partner(atlas.org); !got.Accepted() {
			t.Errorf("after both compared again: %s", got.State)
		}
	})
}

func TestNobodyTakesAnothersKey(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd, eve := w.node("atlas.example"), w.node("najd.example"), w.node("eve.example")
		acquaint(t, atlas, najd)
		acquaint(t, atlas, eve)
		stolen := *najd.card.Current(mithaq.KeyTLS, najd.now())[0]
		time.Sleep(time.Second)
		next, err := card.Next(eve.card, eve.root, eve.now(), func(c *mithaq.Card) { c.Keys = append(c.Keys, stolen) })
		must(t, err)
		eve.card = next
		err = atlas.peer.AddCard(t.Context(), person(atlas.org, 1), eve.rawCard())
		refusedWith(t, err, mithaq.Denied, "card.key-of-another")
	})
}

// A card from a file that people can read crosses like any other.
func TestACardWithSpacesAroundItCrosses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		time.Sleep(time.Second)
		k, err := atlas.keys.Add(mithaq.KeySeal, atlas.now())
		must(t, err)
		next, err := card.Rotate(atlas.card, atlas.root, atlas.now(), card.Dated([]mithaq.PublicKey{k}, atlas.now().Add(-time.Hour), 365*24*time.Hour)...)
		must(t, err)
		raw, err := jcs.Marshal(&next.Card)
		must(t, err)
		var file bytes.Buffer
		must(t, json.Indent(&file, append(raw, '\n'), "", "  "))
		must(t, atlas.peer.Publish(t.Context(), file.Bytes()))
		settle(time.Minute)
		if got := najd.partner(atlas.org).Serial; got != 2 {
			t.Fatalf("najd goes by card %d", got)
		}
	})
}
