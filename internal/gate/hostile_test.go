package gate

import (
	"context"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// givenBack is a world in which Atlas gave something to Najd and Anatolia, and
// Najd, as if it were its own, gave the same bytes back to Atlas.
func givenBack(t *testing.T) (w *world, ref mithaq.ItemRef) {
	w = newWorld(t, atlas, najd, anatolia)
	w.agree(mithaq.EventTemplate, nil)
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""))
	a.propose(a.ask(profile))
	w.carry()
	w.now = w.now.Add(time.Minute)
	theirs := b.profile(nil)
	item := b.versions(indicatorID(1))[0]
	b.must(func(tx *store.Tx) error {
		p, err := b.Profile(tx, theirs)
		if err != nil {
			return err
		}
		class, err := b.Store.Class(tx, p.Default)
		if err != nil {
			return err
		}
		_, err = b.Store.PutHoldings(tx, []store.NewHolding{{
			HoldingKey: store.HoldingKey{Item: item.Seq, Giver: najd, Under: theirs}, Class: class,
		}})
		return err
	})
	ask := b.ask(theirs)
	ask.To = []mithaq.OrgID{atlas}
	if p := b.propose(ask); p.State != Sent {
		t.Fatalf("%+v", p)
	}
	w.carry()
	return w, item.Ref
}

// A partner who gives us back what we had, and then takes that back, reaches its
// own giving and nothing else: not what we hold, and not whom we gave ours.
func TestARecallOfWhatWasGivenBackReachesNobodyElse(t *testing.T) {
	w, ref := givenBack(t)
	b := w.nodes[najd]
	if _, err := b.Recall(context.Background(), b.releaser(), Recalling{
		Items: []mithaq.ItemRef{ref}, Reason: mithaq.WrongInformation, Only: []mithaq.OrgID{atlas},
	}); err != nil {
		t.Fatal(err)
	}
	w.carry()
	for _, org := range []mithaq.OrgID{atlas, anatolia} {
		if len(w.nodes[org].versions(indicatorID(1))) != 1 {
			t.Errorf("%s lost what najd took back", org)
		}
	}
	if w.nodes[atlas].forgot[w.nodes[atlas].versions(indicatorID(1))[0].Seq] {
		t.Error("atlas can no longer open what it gave to anatolia")
	}
}

// Nor does a partner freeze what we had by making what it gave back stricter.
func TestANarrowingOfWhatWasGivenBackReachesNobodyElse(t *testing.T) {
	w, ref := givenBack(t)
	b, c := w.nodes[najd], w.nodes[anatolia]
	if err := b.Narrow(context.Background(), b.releaser(), []mithaq.ItemRef{ref}, mithaq.Handling{TLP: stix.TLPRed}); err != nil {
		t.Fatal(err)
	}
	w.carry()
	c.must(func(tx *store.Tx) error {
		held, err := c.Store.HoldingsOf(tx, c.node, c.versions(indicatorID(1))[0].Seq)
		for _, h := range held {
			if h.Giver == atlas && h.Handling.TLP != stix.TLPGreen {
				t.Errorf("what atlas gave anatolia is TLP %v now", h.Handling.TLP)
			}
		}
		return err
	})
}

// Giving us what we have already does not make a partner one who may version it.
func TestWhoGivesBackWhatWeHadDoesNotVersionIt(t *testing.T) {
	w, _ := givenBack(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	changed := versioned(1, "2026-11-21T10:00:00.000Z", `,"description":"nothing to see"`)
	object := b.reading(w.now).one([]byte(changed))
	b.must(func(tx *store.Tx) error {
		puts, err := b.Store.Put(tx, []store.NewItem{object.item}, func(int, []store.Head) error { return nil })
		if err != nil {
			return err
		}
		held, err := b.Store.Holdings(tx, b.node, store.HoldingQuery{Giver: najd})
		if err != nil {
			return err
		}
		_, err = b.Store.PutHoldings(tx, []store.NewHolding{{
			HoldingKey: store.HoldingKey{Item: puts[0].Seq, Giver: najd, Under: held[0].Under}, Class: held[0].Class,
		}})
		return err
	})
	ask := b.ask("")
	ask.Selection, ask.To = Selection{IDs: []stix.ID{indicatorID(1)}}, []mithaq.OrgID{atlas}
	p := b.propose(ask)
	if p.Release == nil {
		t.Fatalf("najd did not send it: %+v", p)
	}
	w.carry()
	b.expect(p.Release.ID, mithaq.PartRefused, 0, 1)
	if got := a.versions(indicatorID(1)); len(got) != 1 {
		t.Errorf("atlas has %d versions of its own object", len(got))
	}
}
