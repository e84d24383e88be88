package peer

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Two nodes, each with its clock, in one bubble: a message is sent, delivered,
// received, receipted and settled, and both ends hold the same trees.
func TestAMessageCrossesAndBothHoldTheSameTree(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas := w.node("atlas.example", clock(90*time.Second))
		najd := w.node("najd.example", clock(-2*time.Minute))
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)

		objects := atlas.put(`{"type":"indicator","id":"indicator--1"}`, `{"type": "note",  "id":"note--1"}`)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, objects...)
		back := najd.send(atlas, pact, mithaq.LaneCase, najd.put(`{"type":"report"}`)...)
		settle(5 * time.Second)

		if got := atlas.state(sent.Envelope); got != settled {
			t.Fatalf("at the sender the message is %s", got)
		}
		if got := najd.state(sent.Envelope); got != settled {
			t.Fatalf("at the receiver the message is %s", got)
		}
		if got := najd.state(back.Envelope); got != settled {
			t.Fatalf("the message back is %s", got)
		}
		if len(najd.received()) != 1 || !bytes.Equal(najd.received()[0].Raw[1], objects[1].Raw) {
			t.Fatalf("received %d messages, want the same bytes once", len(najd.received()))
		}
		if a, n := atlas.trees(), najd.trees(); !maps.Equal(a, n) || len(a) != 2 {
			t.Fatalf("trees differ:\n%v\n%v", a, n)
		}
	})
}
