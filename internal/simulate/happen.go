package simulate

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/stix"
)

// happen lets one event happen; nobody waits for what follows from it.
func (f *federation) happen(e event) {
	switch n := f.nodes[e.node]; e.do {
	case share:
		f.share(e)
	case anew:
		f.sayAnew(e)
	case recall:
		f.takeBack(e)
	case cut:
		f.w.Cut(f.ends(e))
	case join:
		f.w.Join(f.ends(e))
	case restart:
		n.Restart()
	case wander:
		n.SetClock(e.drift)
	case rotate:
		n.Rotate(mithaq.KeyMessage, mithaq.KeyTLS)
		f.expect.rotated(f.degree(e.node))
	case suspend:
		n.Suspend(f.pacts[e.pact])
		f.expect.stopped(len(f.plan.pacts[e.pact]))
	case resume:
		n.Resume(f.pacts[e.pact])
		f.expect.resumed(len(f.plan.pacts[e.pact]))
	}
}

func (f *federation) ends(e event) (a, b *mithaqtest.Node) {
	line := f.plan.edges[e.line]
	return f.nodes[line[0]], f.nodes[line[1]]
}

// degree is how many partners a node has.
func (f *federation) degree(node int) (partners int) {
	for _, e := range f.pairs() {
		if e[0] == node || e[1] == node {
			partners++
		}
	}
	return partners
}

// share gives a new object to all the others of a pact.
func (f *federation) share(e event) {
	x := &thing{number: e.thing, owner: e.node}
	f.things[x.number] = x
	n := f.nodes[e.node]
	n.Import(f.profiles[e.node], mithaqtest.Indicator(x.number))
	others := slices.DeleteFunc(slices.Clone(f.plan.pacts[e.pact]), func(i int) bool { return i == e.node })
	ask := mithaqtest.Ask(f.pacts[e.pact], gate.Selection{IDs: x.ids()}, f.some(others)...)
	all, err := n.Gate().Propose(f.t.Context(), n.Releaser(), ask)
	if err != nil && !errors.Is(err, mithaq.Denied) { // the pact is suspended
		f.t.Fatalf("%s shares %d: %v", n.Org, x.number, err)
	}
	for i, p := range all {
		if p.State == gate.Sent && p.Goes == 1 {
			x.to = append(x.to, others[i])
		}
	}
	f.expect.given(len(x.to))
}

func (x *thing) ids() []stix.ID { return []stix.ID{mithaqtest.IndicatorID(x.number)} }

func (f *federation) sayAnew(e event) {
	x := f.things[e.thing]
	x.version++
	f.nodes[x.owner].Import(f.profiles[x.owner], mithaqtest.IndicatorVersion(x.number, x.version))
	f.expect.given(len(x.to))
}

func (f *federation) takeBack(e event) {
	x := f.things[e.thing]
	x.recalled = true
	f.nodes[x.owner].Recall(x.ids()...)
	f.expect.takenBack(len(x.to))
}
