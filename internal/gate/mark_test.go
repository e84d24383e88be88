package gate

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// states are the states of what a node holds of an object, by giver.
func (n *node) states(id stix.ID) map[mithaq.OrgID]mithaq.HoldingState {
	states := map[mithaq.OrgID]mithaq.HoldingState{}
	n.must(func(tx *store.Tx) error {
		all, err := n.Store.Versions(tx, n.node, id)
		for _, it := range all {
			held, err := n.Store.HoldingsOf(tx, n.node, it.Seq)
			if err != nil {
				return err
			}
			for _, h := range held {
				states[h.Giver] = h.State
			}
		}
		return err
	})
	return states
}

// crossed is a world in which one indicator has gone from atlas to najd.
func crossed(t *testing.T) (w *world, a, n *node, id stix.ID) {
	w = newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, n, id = w.nodes[atlas], w.nodes[najd], indicatorID(1)
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""))
	if p := a.propose(a.ask(profile)); p.Release == nil {
		t.Fatal("nothing goes")
	}
	w.carry()
	if n.states(id)[atlas] != mithaq.Held {
		t.Fatal("it did not cross")
	}
	return w, a, n, id
}

func TestAGiversMarkBindsWhoeverGotIt(t *testing.T) {
	w, a, n, id := crossed(t)
	if _, err := a.Mark(context.Background(), a.releaser(), []stix.ID{id}, mithaq.Disputed); !errors.Is(err, mithaq.Denied) {
		t.Errorf("a releaser marks: %v", err)
	}
	if _, err := a.Mark(context.Background(), a.legal(), []stix.ID{id}, mithaq.Erased); !errors.Is(err, mithaq.Invalid) {
		t.Errorf("a mark that erases: %v", err)
	}
	for _, state := range []mithaq.HoldingState{mithaq.Disputed, mithaq.Restricted, mithaq.Held} {
		told, err := a.Mark(context.Background(), a.legal(), []stix.ID{id}, state)
		if err != nil || len(told) != 1 || told[0] != najd {
			t.Fatalf("%v %v", told, err)
		}
		w.carry()
		if got := n.states(id)[atlas]; got != state || a.states(id)[atlas] != state {
			t.Errorf("with them %v, here %v, want %v", got, a.states(id)[atlas], state)
		}
	}
	n.must(func(tx *store.Tx) error {
		claims, err := n.Claims(tx, n.legal())
		if len(claims) != 0 {
			t.Errorf("a giver's mark waits: %v", claims)
		}
		return err
	})
}

func TestAReceiversMarkTellsTheGiverAndBindsNothing(t *testing.T) {
	w, a, n, id := crossed(t)
	if told, err := n.Mark(context.Background(), n.legal(), []stix.ID{id}, mithaq.Restricted); err != nil || len(told) != 1 {
		t.Fatalf("%v %v", told, err)
	}
	w.carry()
	if got := a.states(id)[atlas]; got != mithaq.Held {
		t.Errorf("a partner froze what is ours: %v", got)
	}
	if got := n.states(id)[atlas]; got != mithaq.Restricted {
		t.Errorf("where it was marked: %v", got)
	}
	a.must(func(tx *store.Tx) error {
		claims, err := a.Claims(tx, a.legal())
		if err != nil || len(claims) != 1 || claims[0].By != najd || claims[0].State != mithaq.Restricted || len(claims[0].Items) != 1 || claims[0].Items[0].ID != id {
			t.Fatalf("%v %+v", err, claims)
		}
		if err := a.SettleClaim(tx, a.legal(), claims[0].ID); err != nil {
			return err
		}
		if err := a.SettleClaim(tx, a.legal(), claims[0].ID); !errors.Is(err, mithaq.NotFound) {
			t.Errorf("settled twice: %v", err)
		}
		return nil
	})
}

func TestWhatIsRestrictedDoesNotCross(t *testing.T) {
	w, a, _, id := crossed(t)
	if _, err := a.Mark(context.Background(), a.legal(), []stix.ID{id}, mithaq.Restricted); err != nil {
		t.Fatal(err)
	}
	w.carry()
	p := a.propose(Ask{Selection: Selection{IDs: []stix.ID{id}}, Pact: w.pact.ID, To: []mithaq.OrgID{najd}, Purpose: mithaq.EventSecurity, Basis: w.pact.Terms.Basis[0].Ref})
	if p.Release != nil || len(p.Stays) != 1 || !strings.Contains(p.Stays[0].Clauses.String(), "S") {
		t.Errorf("%+v", p)
	}
}

func TestACorrectionFollowsToWhoeverGotIt(t *testing.T) {
	w, a, n, id := crossed(t)
	if err := a.Correct(context.Background(), a.releaser(), id, "name", "y"); !errors.Is(err, mithaq.Denied) {
		t.Errorf("a releaser corrects: %v", err)
	}
	if err := a.Correct(context.Background(), a.legal(), id, "no_such_text", "y"); !errors.Is(err, mithaq.Invalid) {
		t.Errorf("no such text: %v", err)
	}
	if err := n.Correct(context.Background(), n.legal(), id, "name", "y"); !errors.Is(err, mithaq.Denied) {
		t.Errorf("what is another's is corrected: %v", err)
	}
	if err := a.Correct(context.Background(), a.legal(), id, "name", "put right"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := a.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.carry()
	}
	all := n.versions(id)
	if len(all) != 2 || !strings.Contains(string(all[1].Raw), "put right") {
		t.Errorf("%d versions with the partner", len(all))
	}
}

func TestErasingForAPersonReachesEverybody(t *testing.T) {
	w, a, n, id := crossed(t)
	if err := a.EraseFor(context.Background(), a.releaser(), []stix.ID{id}); !errors.Is(err, mithaq.Denied) {
		t.Errorf("a releaser: %v", err)
	}
	if err := a.EraseFor(context.Background(), a.legal(), []stix.ID{id}); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if got := len(a.states(id)) + len(n.states(id)); got != 0 {
		t.Errorf("here %v, there %v", a.states(id), n.states(id))
	}
}

func TestErasingWhatAPartnerGaveIsStatedToThem(t *testing.T) {
	w, a, n, id := crossed(t)
	if err := n.EraseFor(context.Background(), n.legal(), []stix.ID{id}); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if got := n.states(id); len(got) != 0 {
		t.Errorf("still there: %v", got)
	}
	if got := a.states(id)[atlas]; got != mithaq.Held {
		t.Errorf("the giver's own: %v", got)
	}
	stated := 0
	a.must(func(tx *store.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM gate_statement WHERE giver = ?", string(najd)).Scan(&stated)
	})
	if stated != 1 {
		t.Errorf("%d statements", stated)
	}
}
