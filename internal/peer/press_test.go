package peer

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Each of two nodes has something that the other does not take yet. They try
// again less and less often, and not each time they hear of each other.
func TestTwoWhoPutEachOtherOffDoNotPressOn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		agreed := mithaq.DigestOf([]byte(pact))
		najd.pacts.set(pact, mithaq.DigestOf([]byte("another")))
		out := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		back := najd.send(atlas, pact, mithaq.LaneBulk, najd.put(`{"type":"note"}`)...)
		settle(10 * time.Minute)
		for _, n := range []*node{atlas, najd} {
			n.pacts.mu.Lock()
			asked := n.pacts.asked
			n.pacts.mu.Unlock()
			if asked < 5 || asked > 30 {
				t.Errorf("in ten minutes %s was asked %d times", n.org, asked)
			}
		}
		najd.pacts.set(pact, agreed)
		settle(10 * time.Minute)
		if got := najd.state(out.Envelope); got != settled {
			t.Errorf("at the end the message is %s", got)
		}
		if got := atlas.state(back.Envelope); got != "none" {
			t.Errorf("the message back, made under another version, is %s", got)
		}
	})
}
