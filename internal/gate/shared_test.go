package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// same is the n-th indicator of a domain that others look for too.
func same(n int) string { return strings.ReplaceAll(hunting(n, ""), fmt.Sprintf("n%d.", n), "same.") }

// An item shows who else has its values and under what label; what came from a partner is
// among them from the moment it is taken in, and a value that all have tells nothing.
func TestSharedValuesAreFoundAtIntake(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, n := w.nodes[atlas], w.nodes[najd]
	a.Common = 3
	a.take21(a.profile(nil), same(1), same(2), hunting(3, ""))
	given := n.profile(nil)
	n.take21(given, same(4))
	if _, err := n.Propose(context.Background(), n.releaser(), n.ask(given)); err != nil {
		t.Fatal(err)
	}
	w.carry()
	all, more, err := a.Shared(context.Background(), a.analyst(), indicatorID(1))
	if err != nil || more || len(all) != 1 || all[0].Text != "same.example" || all[0].Common || len(all[0].With) != 2 {
		t.Fatalf("%+v %v %v", all, more, err)
	}
	var givers []mithaq.OrgID
	for _, with := range all[0].With {
		if len(with.Held) != 1 || with.Held[0].Handling.TLP != stix.TLPGreen {
			t.Errorf("%+v", with)
		}
		givers = append(givers, with.Held[0].Giver)
	}
	if !slices.Equal(givers, []mithaq.OrgID{atlas, najd}) {
		t.Errorf("given by %v", givers)
	}
	if kinds := a.entries(); kinds[len(kinds)-1] != "read" {
		t.Errorf("entered %v", kinds)
	}
	if all, _, err := a.Shared(context.Background(), a.analyst(), indicatorID(3)); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	a.take21(a.profile(nil), same(5), same(6))
	if all, _, err := a.Shared(context.Background(), a.analyst(), indicatorID(1)); err != nil || len(all) != 1 || !all[0].Common || len(all[0].With) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, _, err := a.Shared(context.Background(), person(atlas, 9, mithaq.Administrator), indicatorID(1)); !errors.Is(err, mithaq.NotFound) {
		t.Errorf("an administrator: %v", err)
	}
}
