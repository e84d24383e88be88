package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// A plan is what will happen, drawn before anything does.
type plan struct {
	edges  []edge
	groups [][]int
	pacts  [][]int // members of each, the pairs first
	slow   []int
	events []event
}

// An event happens at a time after the beginning.
type event struct {
	at    time.Duration
	do    deed
	node  int           // who does it
	thing int           // what is shared, said anew or taken back
	pact  int           // under which it is shared, or which is suspended
	line  int           // which is cut
	drift time.Duration // of a clock
}

type deed string

const (
	share   deed = "share"
	anew    deed = "say anew"
	recall  deed = "take back"
	cut     deed = "cut"
	join    deed = "join"
	restart deed = "restart"
	wander  deed = "clock"
	suspend deed = "suspend"
	resume  deed = "resume"
	rotate  deed = "keys"
)

// draw makes the plan of a size: the same for the same seed.
func draw(s *Size) *plan {
	dice := rand.New(rand.NewPCG(s.Seed, 20261124))
	p := &plan{edges: smallWorld(dice, s.Nodes, s.Near, s.Rewired)}
	for _, e := range p.edges {
		p.pacts = append(p.pacts, e[:])
	}
	for _, size := range s.Groups {
		g := group(dice, s.Nodes, size)
		p.groups, p.pacts = append(p.groups, g), append(p.pacts, g)
	}
	p.slow = group(dice, s.Nodes, s.of(s.Slow, s.Nodes)/s.Days)
	d := &drawing{s: s, p: p, dice: dice}
	d.things()
	d.troubles()
	slices.SortStableFunc(p.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return p
}

type drawing struct {
	s    *Size
	p    *plan
	dice *rand.Rand
	next int // number of the next thing
}

func (d *drawing) add(e event) { d.p.events = append(d.p.events, e) }

// moment is any time but the last three hours, in which things come to rest.
func (d *drawing) moment() time.Duration { return d.upTo(d.s.span() - 3*time.Hour) }

func (d *drawing) upTo(t time.Duration) time.Duration { return time.Duration(d.dice.Int64N(int64(t))) }

// things are shared under every pact, by any of its members.
func (d *drawing) things() {
	pairs := len(d.p.edges)
	for range d.s.of(d.s.PairShares, pairs) {
		d.thing(d.dice.IntN(pairs))
	}
	for i := range d.p.groups {
		for range d.s.of(d.s.GroupShares, 1) {
			d.thing(pairs + i)
		}
	}
}

// thing is one object: shared, perhaps said anew later, perhaps taken back after that.
func (d *drawing) thing(pact int) {
	d.next++
	e := event{at: d.moment(), do: share, thing: d.next, pact: pact, node: d.member(pact)}
	d.add(e)
	for _, next := range []struct {
		do   deed
		rate float64
	}{{anew, d.s.Anew}, {recall, d.s.Recalled}} {
		e.at, e.do = e.at+10*time.Minute+d.upTo(time.Hour), next.do
		if d.dice.Float64() < next.rate {
			d.add(e)
		}
	}
}

func (d *drawing) member(pact int) int {
	members := d.p.pacts[pact]
	return members[d.dice.IntN(len(members))]
}

// troubles are cut lines, restarts, wandering clocks, suspensions and new keys.
func (d *drawing) troubles() {
	for range d.s.of(d.s.Cuts, len(d.p.edges)) {
		d.passing(event{do: cut, line: d.dice.IntN(len(d.p.edges))}, join)
	}
	for _, i := range d.some(d.s.Suspensions, len(d.p.pacts)) {
		d.passing(event{do: suspend, pact: i, node: d.member(i)}, resume)
	}
	for _, i := range d.some(d.s.Restarts, d.s.Nodes) {
		d.add(event{at: d.moment(), do: restart, node: i})
	}
	for _, i := range d.some(d.s.Rotations, d.s.Nodes) {
		d.add(event{at: d.moment(), do: rotate, node: i})
	}
	for i := range d.s.Nodes {
		for range d.s.Days {
			d.add(event{at: d.moment(), do: wander, node: i, drift: d.upTo(4*time.Minute) - 2*time.Minute})
		}
	}
}

// some draws different ones of n, as many as a rate makes.
func (d *drawing) some(rate float64, n int) []int { return group(d.dice, n, min(n, d.s.of(rate, n))) }

// passing is what begins and is undone again, within two hours.
func (d *drawing) passing(e event, end deed) {
	e.at = d.moment()
	d.add(e)
	e.at, e.do = e.at+time.Minute+d.upTo(2*time.Hour), end
	d.add(e)
}
