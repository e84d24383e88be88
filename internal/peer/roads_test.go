package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A node that nobody can reach pushes what it sends and polls what it gets.
func TestANodeBehindAFirewallPolls(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, ship := w.node("atlas.example"), w.node("ship.example", unreachable, clock(time.Minute))
		w.nodes["ship"] = ship
		acquaint(t, atlas, ship)
		pact := agree(atlas, ship)
		for i := range 3 {
			atlas.send(ship, pact, mithaq.LaneBulk, atlas.put(fmt.Sprintf(`{"type":"note","n":%d}`, i), `{"type":"note"}`)...)
		}
		urgent := atlas.send(ship, pact, mithaq.LaneCase, atlas.put(`{"type":"note"}`)...)
		if l := atlas.lane(mithaq.LaneBulk); l.Waiting != 3 || l.Last != 3 || l.Partner != ship.org || !l.Out {
			t.Errorf("the bulk lane: %+v", l)
		}
		ship.send(atlas, pact, mithaq.LaneBulk, ship.put(`{"type":"report"}`)...)
		settle(2 * time.Minute)
		if got := order(ship.received(), mithaq.LaneBulk); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("polled %v", got)
		}
		if len(ship.received()) == 0 || ship.received()[0].Header.ID != urgent.Envelope {
			t.Error("the urgent lane was not polled first")
		}
		if got := atlas.state(urgent.Envelope); got != settled || len(atlas.received()) != 1 {
			t.Errorf("at the sender it is %s; it received %d", got, len(atlas.received()))
		}
		if !maps.Equal(atlas.trees(), ship.trees()) {
			t.Error("trees differ")
		}
	})
}

// carry takes what waits at one node to another on a stick.
func carry(t *testing.T, from, to *node) (stick []byte, out, in Carried) {
	t.Helper()
	var file bytes.Buffer
	out, err := from.peer.CarryOut(t.Context(), to.org, &file, 0)
	must(t, err)
	stick = bytes.Clone(file.Bytes())
	in, err = to.peer.CarryIn(t.Context(), &file)
	must(t, err)
	return stick, out, in
}

func TestMessagesAndReceiptsCrossOnASealedStick(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		w.line(atlas, true)
		first := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		stick, out, in := carry(t, atlas, najd)
		if out.Messages != 1 || in.Messages != 1 || len(in.Refused) != 0 || in.From != atlas.org {
			t.Errorf("out %+v, in %+v", out, in)
		}
		if bytes.Contains(stick, []byte("atlas")) || bytes.Contains(stick, []byte("note")) {
			t.Error("the stick says whose it is")
		}
		// the same stick again
		again, err := najd.peer.CarryIn(t.Context(), bytes.NewReader(stick))
		must(t, err)
		if again.Again != 1 || again.Messages != 0 {
			t.Errorf("the same stick again: %+v", again)
		}
		// the receipt comes back on another, with new keys meanwhile
		time.Sleep(time.Second)
		najd.rotate(mithaq.KeyMessage)
		_, _, back := carry(t, najd, atlas)
		if back.Receipts != 1 || back.Cards != 1 {
			t.Errorf("back: %+v", back)
		}
		if got := atlas.state(first.Envelope); got != settled {
			t.Errorf("after the receipt came: %s", got)
		}
		if !maps.Equal(atlas.trees(), najd.trees()) {
			// the card of the rotation travels on a lane of its own
			a, n := atlas.trees(), najd.trees()
			t.Errorf("trees differ: %v %v", a, n)
		}
	})
}

func TestAStickThatIsMissingOutOfOrderOrNotForUsIsTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd, other := w.node("atlas.example"), w.node("najd.example"), w.node("other.example")
		acquaint(t, atlas, najd)
		acquaint(t, atlas, other)
		pact := agree(atlas, najd)
		w.line(najd, true)
		ctx := t.Context()
		atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		var one, two bytes.Buffer
		_, err := atlas.peer.CarryOut(ctx, najd.org, &one, 0)
		must(t, err)
		firstOnly := one.Bytes()
		// the first is settled elsewhere; the second stick holds what follows
		_, err = najd.peer.CarryIn(ctx, bytes.NewReader(firstOnly))
		must(t, err)
		atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		_, err = atlas.peer.CarryOut(ctx, najd.org, &two, 0)
		must(t, err)

		if _, err := other.peer.CarryIn(ctx, bytes.NewReader(two.Bytes())); !errors.Is(err, mithaq.Unauthenticated) {
			t.Errorf("a stick for another: %v", err)
		}
		if !other.refusedFor("peer.file") {
			t.Error("a stick for another left no entry")
		}
		for name, spoil := range map[string]func([]byte) []byte{
			"cut off": func(b []byte) []byte { return b[:len(b)-100] },
			"damaged": func(b []byte) []byte { b[len(b)-200] ^= 1; return b },
		} {
			if _, err := najd.peer.CarryIn(ctx, bytes.NewReader(spoil(bytes.Clone(two.Bytes())))); !errors.Is(err, mithaq.Invalid) && !errors.Is(err, mithaq.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(najd.received()) != 1 {
			t.Errorf("something of a damaged stick was used: %d messages", len(najd.received()))
		}
		in, err := najd.peer.CarryIn(ctx, bytes.NewReader(two.Bytes()))
		must(t, err)
		if in.Again != 1 || in.Messages != 1 {
			t.Errorf("the second stick: %+v", in)
		}
	})
}

// A message ahead of its turn on a stick names what is missing.
func TestAMissingStickIsNamed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		_ = atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		body := atlas.parcel(t, message.Sent{To: sent.To, Pact: pact, Lane: sent.Lane, Sequence: 2}).body()
		_, err := najd.peer.receive(t.Context(), &arrival{p: najd.peer, road: roadFile}, body)
		refusedWith(t, err, mithaq.Busy, "envelope.ahead")
		if r, _ := errors.AsType[*mithaq.Refusal](err); fmt.Sprint(r.Args) != "[bulk 2 1]" {
			t.Errorf("the refusal names %v", r.Args)
		}
	})
}

func TestWhatIsErasedWhileItWaitsIsNotSentAndTheRestIsChecked(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		objects := atlas.put(`{"type":"note","x":"stays"}`, `{"type":"note","x":"a victim's number"}`, `{"type":"note","x":"stays too"}`)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, objects...)
		atlas.erase(objects[1].Item)
		body := atlas.parcel(t, sent).body()
		if bytes.Contains(body, []byte("victim")) {
			t.Fatal("what was erased is still on the wire")
		}
		w.line(najd, false)
		settle(15 * time.Minute)
		if got := atlas.state(sent.Envelope); got != settled {
			t.Fatalf("the message is %s", got)
		}
		r := atlas.receipt(t, sent)
		if r.Accepted != 2 || len(r.Refused) != 1 || r.Refused[0].Index != 1 || r.Refused[0].Clauses[0] != recalled {
			t.Errorf("receipt: %d accepted, refused %+v", r.Accepted, r.Refused)
		}
		if in := najd.received()[0]; in.Raw[1] != nil || string(in.Raw[2]) != string(objects[2].Raw) {
			t.Errorf("the handler saw %q", in.Raw)
		}
	})
}

// erase takes items out of the node and out of its messages.
func (n *node) erase(items ...int64) {
	n.t.Helper()
	must(n.t, n.store.Write(n.t.Context(), func(tx *store.Tx) error {
		for _, item := range items {
			if _, err := tx.Exec("DELETE FROM test_item WHERE seq = ?", item); err != nil {
				return err
			}
		}
		return n.peer.Erase(tx, items...)
	}))
}

func (n *node) receipt(t *testing.T, sent message.Sent) (r mithaq.Receipt) {
	t.Helper()
	must(t, n.store.Read(t.Context(), func(tx *store.Tx) error {
		var raw []byte
		if err := tx.QueryRow("SELECT receipt FROM peer_envelope WHERE id = ?", sent.Envelope).Scan(&raw); err != nil {
			return err
		}
		s, err := n.peer.readReceipt(raw, "")
		r = s.receipt
		return err
	}))
	return r
}

func TestErasureAtBothEndsLeavesTheAccountAndTheTrees(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		objects := atlas.put(`{"type":"note","n":1}`, `{"type":"note","n":2}`)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, objects...)
		settle(time.Second)
		before := atlas.trees()

		must(t, atlas.store.Read(t.Context(), func(tx *store.Tx) error {
			went, err := atlas.peer.Reached(tx, objects[0].Item)
			if len(went) != 1 || went[0].Partner != najd.org || !went[0].Out || went[0].Envelope != sent.Envelope {
				t.Errorf("the item went %+v", went)
			}
			return err
		}))
		atlas.erase(objects[0].Item, objects[1].Item)
		var theirs []int64
		must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Query("SELECT seq FROM test_item")
			if err != nil {
				return err
			}
			for rows.Next() {
				var n int64
				must(t, rows.Scan(&n))
				theirs = append(theirs, n)
			}
			return rows.Err()
		}))
		najd.erase(theirs...)
		for _, n := range []*node{atlas, najd} {
			must(t, n.store.Read(t.Context(), func(tx *store.Tx) error {
				l, err := findLane(tx, way{pact, atlas.org, najd.org, mithaq.LaneBulk})
				if err != nil {
					return err
				}
				var salts []byte
				if err := tx.QueryRow("SELECT salts FROM peer_envelope WHERE lane = ?", l.id).Scan(&salts); err != nil {
					return err
				}
				e := entryAt(t, tx, l, 0)
				if salts != nil || !e.Erased() || !e.Opens() || !bytes.Contains(e.Account, []byte("article 12")) {
					t.Errorf("at %s: salts %d bytes, content erased %t, account opens %t", n.org, len(salts), e.Erased(), e.Opens())
				}
				return nil
			}))
		}
		if !maps.Equal(before, atlas.trees()) || !maps.Equal(before, najd.trees()) {
			t.Error("an erasure changed a tree")
		}
	})
}

// lane is how the node's own lane of a sort stands.
func (n *node) lane(l mithaq.Lane) (state LaneState) {
	n.t.Helper()
	must(n.t, n.store.Read(n.t.Context(), func(tx *store.Tx) error {
		all, err := n.peer.Lanes(tx, "")
		for _, s := range all {
			if s.Lane == l && s.Out {
				state = s
			}
		}
		return err
	}))
	return state
}

// A partner that cannot be called is not called; once its card has an address, it is.
func TestACardWithAnAddressMakesWhatWaitsDue(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, ship := w.node("atlas.example"), w.node("ship.example", unreachable, limits(Limits{PollEvery: 1000 * time.Hour}))
		w.nodes["ship"] = ship
		acquaint(t, atlas, ship)
		pact := agree(atlas, ship)
		settle(time.Minute)
		sent := atlas.send(ship, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(2 * time.Hour)
		var jobs int
		must(t, atlas.store.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow("SELECT count(*) FROM due WHERE kind LIKE 'peer-%'").Scan(&jobs)
		}))
		if jobs != 0 || atlas.state(sent.Envelope) != waiting {
			t.Errorf("%d deliveries are due to who cannot be called", jobs)
		}
		ship.addr = "ship.example:443"
		next, err := card.Next(ship.card, ship.root, ship.now(), func(c *mithaq.Card) { c.Addresses = []string{"https://" + ship.addr} })
		must(t, err)
		ship.card = next
		w.mu.Lock()
		w.nodes[ship.addr] = ship
		delete(w.nodes, "ship")
		w.mu.Unlock()
		ctx, stop := context.WithCancel(t.Context())
		ship.running.Go(func() { _ = ship.peer.Serve(ctx, &pipes{ship}) })
		defer stop()
		must(t, ship.peer.Publish(t.Context(), ship.rawCard()))
		settle(time.Minute)
		if got := atlas.state(sent.Envelope); got != settled {
			t.Errorf("once there is an address: %s", got)
		}
	})
}
