package simulate

import (
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/stix"
)

// A federation is the nodes of a plan and what came of it so far.
type federation struct {
	t        testing.TB
	size     Size
	plan     *plan
	w        *mithaqtest.World
	began    time.Time
	nodes    []*mithaqtest.Node
	profiles []stix.ID
	pacts    []stix.ID
	things   map[int]*thing
	expect   tally
	done     map[deed]int
}

// A thing is an object that somebody gave to others.
type thing struct {
	number   int
	version  int
	owner    int
	to       []int
	recalled bool
}

// Play lets everything happen in a world, from the first key to the last
// comparison, and gives what it cost. It wants a bubble of testing/synctest.
func Play(t testing.TB, s Size) *Report {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(30)) // hundreds of nodes in one heap: room counts more than time
	f := &federation{t: t, size: s, plan: draw(&s), w: mithaqtest.New(t), things: map[int]*thing{}, expect: tally{}, done: map[deed]int{}}
	r := &Report{Size: s, Pacts: len(f.plan.pacts), Pairs: len(f.pairs())}
	r.begin()
	f.found()
	r.lap(f, &r.Founded)
	f.live()
	r.lap(f, &r.Lived)
	f.calm()
	f.reckon(r)
	r.lap(f, &r.Reckoned)
	return r
}

// found makes the nodes, lets them meet and puts the pacts in force.
func (f *federation) found() {
	for i := range f.size.Nodes {
		n := f.w.Node(mithaq.OrgID(fmt.Sprintf("n%03d.example", i)))
		f.nodes, f.profiles = append(f.nodes, n), append(f.profiles, n.Profile())
	}
	for _, e := range f.pairs() {
		f.w.Acquaint(f.nodes[e[0]], f.nodes[e[1]])
	}
	for _, members := range f.plan.pacts {
		f.pacts = append(f.pacts, f.w.Agree(f.some(members)...))
		f.expect.agreed(len(members))
	}
	for _, i := range f.plan.slow {
		f.w.Slow(f.nodes[i], f.size.Latency)
	}
	f.w.Settle()
}

// pairs are all who must know each other: by a pact of two or in a group.
func (f *federation) pairs() []edge {
	taken := map[edge]bool{}
	for _, members := range f.plan.pacts {
		for i, a := range members {
			for _, b := range members[:i] {
				taken[between(a, b)] = true
			}
		}
	}
	return sorted(taken)
}

func (f *federation) some(numbers []int) (list []*mithaqtest.Node) {
	for _, i := range numbers {
		list = append(list, f.nodes[i])
	}
	return list
}

// live lets the events happen, each at its time.
func (f *federation) live() {
	f.began = time.Now()
	for _, e := range f.plan.events {
		time.Sleep(time.Until(f.began.Add(e.at)))
		f.happen(e)
		f.done[e.do]++
	}
	time.Sleep(time.Until(f.began.Add(f.size.span())))
}
