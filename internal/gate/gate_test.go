package gate

import (
	"bytes"
	"context"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func TestFromIntakeToErasure(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(nil)
	r := a.take21(profile, indicator(1, ""), indicator(2, ""), `{"type":"indicator","id":"indicator--3"}`)
	if r.Read != 3 || r.Kept != 2 || r.Refused != 1 {
		t.Fatalf("intake: %+v", r)
	}

	look, err := a.Preview(context.Background(), a.analyst(), a.ask(profile))
	if err != nil {
		t.Fatal(err)
	}
	if len(look) != 1 || look[0].To != najd || look[0].Goes != 2 || len(look[0].Stays) != 0 {
		t.Fatalf("preview: %+v", look)
	}

	sent, err := a.Propose(context.Background(), a.releaser(), a.ask(profile))
	if err != nil {
		t.Fatal(err)
	}
	if sent[0].State != Sent {
		t.Fatalf("release: %+v", sent[0])
	}
	w.carry()
	a.expect(sent[0].Release.ID, mithaq.Acknowledged, 2, 0)
	ours, theirs := a.versions(indicatorID(1)), b.versions(indicatorID(1))
	if len(theirs) != 1 || !bytes.Equal(ours[0].Raw, theirs[0].Raw) {
		t.Fatalf("najd holds %v", theirs)
	}

	taken, err := a.Recall(context.Background(), a.releaser(), Recalling{Items: []mithaq.ItemRef{ours[0].Ref}, Reason: mithaq.ProtectedPerson})
	if err != nil || len(taken) != 1 {
		t.Fatal(taken, err)
	}
	w.carry()
	for _, n := range []*node{a, b} {
		if left := n.versions(indicatorID(1)); len(left) != 0 {
			t.Errorf("%s still finds what was recalled: %v", n.org, left)
		}
		if left := n.versions(indicatorID(2)); len(left) != 1 {
			t.Errorf("%s lost what was not recalled", n.org)
		}
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 1 || list[0].Answers != taken[0].Recall.ID || list[0].Erased.Count() != 1 || !a.knows(tx, list[0].Erased, ours[0].Ref) {
			t.Errorf("statements: %+v", list)
		}
		return err
	})
	if !a.forgot[ours[0].Seq] || !b.forgot[theirs[0].Seq] {
		t.Error("salts outlive what they opened")
	}
}

// expect holds a release's delivery to what it should be.
func (n *node) expect(release stix.ID, state mithaq.DeliveryState, accepted, refused int) *Way {
	n.w.t.Helper()
	var way *Way
	n.must(func(tx *store.Tx) (err error) {
		way, err = n.Delivery(tx, release)
		return err
	})
	if way.State != state || way.Accepted != accepted || way.Refused != refused {
		n.w.t.Fatalf("delivery: %+v", way)
	}
	return way
}

// knows reports whether names stand for one item of the node's.
func (n *node) knows(tx *store.Tx, names mithaq.CarriedAll, ref mithaq.ItemRef) bool {
	known, err := n.Known(tx, names)
	return err == nil && len(known) == 1 && known[0] == ref
}
