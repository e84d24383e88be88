package mithaqtest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Four nodes share, take back, say anew, lose their lines, stand still, change
// keys, suspend the pact and have clocks that wander, all at random. Once all is
// well again everybody has the last version of what they were given, nobody has
// what was taken back, and all records agree.
func TestAnyWeekOfFourNodesEndsInAgreement(t *testing.T) {
	seeds, events := uint64(1), 120
	if os.Getenv("MITHAQ_LONG") != "" {
		seeds, events = 20, 400
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *mithaqtest.World) {
				k := newWeek(t, w, seed)
				for range events {
					k.event()
				}
				k.calm()
				k.reckon()
			})
		})
	}
}

// A week is what happens to some nodes, and what should come of it.
type week struct {
	t         *testing.T
	w         *mithaqtest.World
	dice      *rand.Rand
	nodes     []*mithaqtest.Node
	profiles  map[mithaq.OrgID]stix.ID
	pact      stix.ID
	things    []*thing
	suspender *mithaqtest.Node
	count     map[string]int
	story     []string // what happened, to be told when it does not come out
}

func (k *week) tell(format string, args ...any) {
	k.story = append(k.story, time.Now().Format("02 15:04:05 ")+fmt.Sprintf(format, args...))
}

// A thing is an object that somebody gives to some others.
type thing struct {
	number   int
	version  int
	owner    *mithaqtest.Node
	has      []*mithaqtest.Node
	recalled bool
}

func newWeek(t *testing.T, w *mithaqtest.World, seed uint64) *week {
	k := &week{t: t, w: w, dice: rand.New(rand.NewPCG(seed, 20261124)), profiles: map[mithaq.OrgID]stix.ID{}, count: map[string]int{}}
	for _, org := range []mithaq.OrgID{"atlas.example", "najd.example", "anatolia.example", "rif.example"} {
		k.nodes = append(k.nodes, w.Node(org))
	}
	w.Acquaint(k.nodes...)
	k.pact = w.Agree(k.nodes...)
	for _, n := range k.nodes {
		k.profiles[n.Org] = n.Profile()
	}
	return k
}

// event lets one thing happen, often several things at once in effect, since
// nobody waits for what follows from it.
func (k *week) event() {
	k.t.Helper()
	kinds := []struct {
		name  string
		often int
		do    func()
	}{
		{"share", 30, k.share},
		{"say anew", 15, k.sayAnew},
		{"take back", 12, k.takeBack},
		{"cut", 12, func() { a, b := k.two(); k.tell("%s and %s are cut off", a.Org, b.Org); k.w.Cut(a, b) }},
		{"join", 12, func() { a, b := k.two(); k.tell("%s and %s are joined", a.Org, b.Org); k.w.Join(a, b) }},
		{"time", 20, func() { time.Sleep(time.Duration(k.dice.Int64N(int64(20 * time.Minute)))) }},
		{"restart", 5, func() { n := k.node(); k.tell("%s is restarted", n.Org); n.Restart() }},
		{"keys", 2, func() {
			n := k.node()
			k.tell("%s changes keys", n.Org)
			time.Sleep(5 * time.Minute) // a card is later than the one before, whatever the clock showed then
			n.Rotate(mithaq.KeyMessage, mithaq.KeyTLS)
		}},
		{"clock", 6, func() { k.node().SetClock(time.Duration(k.dice.Int64N(int64(4*time.Minute))) - 2*time.Minute) }},
		{"suspend or resume", 4, k.suspendOrResume},
	}
	n := 0
	for _, kind := range kinds {
		n += kind.often
	}
	n = k.dice.IntN(n)
	for _, kind := range kinds {
		if n -= kind.often; n < 0 {
			k.count[kind.name]++
			kind.do()
			return
		}
	}
}

func (k *week) node() *mithaqtest.Node { return k.nodes[k.dice.IntN(len(k.nodes))] }

func (k *week) two() (a, b *mithaqtest.Node) {
	a = k.node()
	for b = a; b == a; b = k.node() {
	}
	return a, b
}

// any is a thing that was not taken back; nil when there is none.
func (k *week) any() *thing {
	open := slices.DeleteFunc(slices.Clone(k.things), func(x *thing) bool { return x.recalled })
	if len(open) == 0 {
		return nil
	}
	return open[k.dice.IntN(len(open))]
}

// share gives something new to one or more, or something old to one more.
func (k *week) share() {
	x := k.any()
	if x == nil || k.dice.IntN(3) > 0 {
		x = &thing{number: len(k.things) + 1, owner: k.node()}
		k.things = append(k.things, x)
		x.owner.Import(k.profiles[x.owner.Org], mithaqtest.Indicator(x.number))
	}
	var to []*mithaqtest.Node
	for _, n := range k.nodes {
		if n != x.owner && !slices.Contains(x.has, n) && k.dice.IntN(2) == 0 {
			to = append(to, n)
		}
	}
	if len(to) == 0 {
		return
	}
	all, err := x.owner.Gate().Propose(k.t.Context(), x.owner.Releaser(), mithaqtest.Ask(k.pact, selected(x.number), to...))
	if err != nil && !errors.Is(err, mithaq.Denied) { // a suspension may come between the decision and the sending
		k.t.Fatal(err)
	}
	for i, p := range all {
		k.tell("%s gives %d at version %d to %s: %s, %d", x.owner.Org, x.number, x.version, p.To, p.State, p.Goes)
		if p.State == gate.Sent && p.Goes == 1 {
			x.has = append(x.has, to[i])
		}
	}
}

func (k *week) sayAnew() {
	if x := k.any(); x != nil && x.version < 9 {
		x.version++
		k.tell("%s says %d anew, version %d", x.owner.Org, x.number, x.version)
		x.owner.Import(k.profiles[x.owner.Org], mithaqtest.IndicatorVersion(x.number, x.version))
	}
}

func (k *week) takeBack() {
	if x := k.any(); x != nil {
		x.recalled = true
		k.tell("%s takes %d back", x.owner.Org, x.number)
		x.owner.Recall(ids(x.number)...)
	}
}

func (k *week) suspendOrResume() {
	if k.suspender != nil {
		k.tell("%s resumes", k.suspender.Org)
		k.suspender.Resume(k.pact)
		k.suspender = nil
		return
	}
	k.suspender = k.node()
	k.tell("%s suspends", k.suspender.Org)
	k.suspender.Suspend(k.pact)
}

// calm heals everything and waits until nothing moves.
func (k *week) calm() {
	for i, a := range k.nodes {
		a.SetClock(0)
		for _, b := range k.nodes[:i] {
			k.w.Join(a, b)
		}
	}
	if k.suspender != nil {
		k.suspender.Resume(k.pact)
	}
	time.Sleep(time.Hour)
	k.w.Settle()
}

func (k *week) reckon() {
	k.t.Helper()
	for _, x := range k.things {
		for _, n := range k.nodes {
			versions := n.Versions(ids(x.number)[0])
			switch given := slices.Contains(x.has, n); {
			case x.recalled && len(versions) > 0:
				k.t.Errorf("object %d of %s was taken back, and %s has %d versions", x.number, x.owner.Org, n.Org, len(versions))
			case !x.recalled && given && !slices.Contains(versions, last(x)) && x.owner.Stopped(ids(x.number)[0], n):
				k.count["refused under a suspension"]++
			case !x.recalled && given && !slices.Contains(versions, last(x)):
				k.t.Errorf("object %d of %s: %s has not its version %d but %v", x.number, x.owner.Org, n.Org, x.version, versions)
			case !given && n != x.owner && len(versions) > 0:
				k.t.Errorf("object %d of %s was not given to %s, which has it", x.number, x.owner.Org, n.Org)
			}
		}
	}
	k.w.Verify()
	if k.t.Failed() {
		k.t.Log(strings.Join(k.story, "\n"))
		for _, n := range k.nodes {
			k.releases(n)
		}
	}
	k.t.Logf("%d objects; events: %v", len(k.things), k.count)
}

// releases tells how far each release of a node has come.
func (k *week) releases(n *mithaqtest.Node) {
	who := n.Releaser()
	n.Read(func(tx *store.Tx) error {
		all, err := n.Gate().Releases(tx, who, "")
		for _, r := range all {
			way, err := n.Gate().Delivery(tx, r.Release.ID)
			if err != nil {
				return err
			}
			k.t.Logf("%s to %s at %s: %s %s, %s %+v %+v", n.Org, r.To, r.Release.Created.Format("15:04:05"), r.State, r.Why, way.State, way.Details, way.Whole)
		}
		return err
	})
}

// last is the last version of a thing, in canonical form.
func last(x *thing) string {
	return x.owner.Versions(ids(x.number)[0])[len(x.owner.Versions(ids(x.number)[0]))-1]
}
