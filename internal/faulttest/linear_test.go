package faulttest

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

var seed = flag.Uint64("seed", 0, "the one seed to play; some when 0")

// long is for the forms that take more than a minute.
func long() bool { return os.Getenv("MITHAQ_LONG") != "" }

// seeds are those to play now.
func seeds(short, inLong uint64) (list []uint64) {
	if *seed != 0 {
		return []uint64{*seed}
	}
	if long() {
		short = inLong
	}
	for s := range short {
		list = append(list, s+1)
	}
	return list
}

// Clients of two nodes share, take back, suspend and resume at once, while disks
// fail and the line is cut. What they saw can be explained by one order of
// events in which nothing crosses after a suspension was acknowledged.
func TestOnceASuspensionIsAcknowledgedNothingMoreCrosses(t *testing.T) {
	for _, seed := range seeds(2, 50) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Logf("to repeat: go test ./internal/faulttest -run Suspension -v -args -seed %d", seed)
			bubble.Test(t, func(t *testing.T) {
				p := newPair(t, seed)
				p.play()
				p.explain()
			})
		})
	}
}

// A pair is two nodes on disks that can fail, and their clients.
type pair struct {
	history
	t                  *testing.T
	w                  *mithaqtest.World
	seed               uint64
	atlas, najd        *mithaqtest.Node
	disks              [2]*mithaqtest.Disk
	releaser, legal    mithaq.Viewer
	analyst, theirs    mithaq.Viewer
	pact               stix.ID
	counted            sync.Mutex
	acknowledged, seen int
}

const items = 12

func newPair(t *testing.T, seed uint64) *pair {
	w := mithaqtest.New(t)
	p := &pair{t: t, w: w, seed: seed, disks: [2]*mithaqtest.Disk{{}, {}}}
	p.atlas = w.Node("atlas.example", mithaqtest.OnDisk(p.disks[giver]))
	p.najd = w.Node("najd.example", mithaqtest.OnDisk(p.disks[receiver]))
	w.Acquaint(p.atlas, p.najd)
	p.pact = w.Agree(p.atlas, p.najd)
	p.atlas.Import(p.atlas.Profile(), mithaqtest.Indicators(1, items)...)
	w.Settle()
	w.Latency(40 * time.Millisecond)
	p.releaser, p.legal, p.analyst, p.theirs = p.atlas.Releaser(), p.atlas.Legal(), p.najd.Analyst(), p.najd.Legal()
	return p
}

// play lets all clients run, then stops everything for good, and looks again
// after a day.
func (p *pair) play() {
	var clients sync.WaitGroup
	for i, run := range []func(int, *rand.Rand){p.sharing, p.sharing, p.recalling, p.reading, p.reading, p.atGiver, p.atReceiver, p.faults} {
		clients.Go(func() { run(i, rand.New(rand.NewPCG(p.seed, uint64(i)))) })
	}
	clients.Wait()
	p.w.Join(p.atlas, p.najd)
	for _, side := range []side{giver, receiver} {
		p.stop(100, side, true)
	}
	p.readAll(100, reads)
	time.Sleep(24 * time.Hour)
	p.readAll(100, settled)
}

func (p *pair) explain() {
	p.t.Helper()
	for _, part := range byItem(p.ops) {
		if result := porcupine.CheckOperationsTimeout(model(), part, 30*time.Second); result != porcupine.Ok {
			p.t.Errorf("what the clients saw of one item is %v", result)
			p.tell(part)
		}
	}
	p.t.Logf("%d operations, %d of them acknowledged, an item seen at the receiver %d times", len(p.ops), p.acknowledged, p.seen)
	if p.acknowledged < items || p.seen == 0 {
		p.t.Error("too little happened: the test shows nothing")
	}
	p.atlas.Resume(p.pact) // or what was held back still waits
	p.najd.Resume(p.pact)
	p.w.Settle()
	p.w.Verify()
}

// tell lists a history in the order in which it began.
func (p *pair) tell(ops []porcupine.Operation) {
	slices.SortFunc(ops, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	for _, op := range ops {
		p.t.Logf("%d–%d client %d: %+v: %+v", op.Call, op.Return, op.ClientId, op.Input, op.Output)
	}
}

func pause(dice *rand.Rand, most time.Duration) { time.Sleep(time.Duration(dice.Int64N(int64(most)))) }

// told is what an error of a call that changes something says.
func (p *pair) told(err error) answer {
	_, maybe := errors.AsType[*store.CommitUnknown](err)
	if err == nil {
		p.counted.Lock()
		defer p.counted.Unlock()
		p.acknowledged++
	}
	return answer{done: err == nil, unknown: maybe || errors.Is(err, mithaqtest.ErrDisk)}
}

func (p *pair) sharing(client int, dice *rand.Rand) {
	for item := 1 + client; item <= items; item += 2 {
		pause(dice, 4*time.Second)
		p.note(client, call{verb: shares, item: item}, func() answer {
			ask := mithaqtest.Ask(p.pact, gate.Selection{IDs: []stix.ID{mithaqtest.IndicatorID(item)}}, p.najd)
			all, err := p.atlas.Gate().Propose(p.t.Context(), p.releaser, ask)
			if err == nil && (len(all) != 1 || all[0].State != gate.Sent || all[0].Goes != 1) {
				return answer{}
			}
			return p.told(err)
		})
	}
}

func (p *pair) recalling(client int, dice *rand.Rand) {
	for item := 3; item <= items; item += 3 {
		pause(dice, 8*time.Second)
		p.note(client, call{verb: recalls, item: item}, func() answer {
			taken, err := p.atlas.Gate().Recall(p.t.Context(), p.releaser, gate.Recalling{
				IDs: []stix.ID{mithaqtest.IndicatorID(item)}, Reason: mithaq.ProtectedPerson,
			})
			if err == nil && len(taken) == 0 {
				return answer{} // it had gone nowhere yet
			}
			return p.told(err)
		})
	}
}

func (p *pair) reading(client int, dice *rand.Rand) {
	for range 40 {
		pause(dice, 1500*time.Millisecond)
		p.read(client, reads, 1+dice.IntN(items))
	}
}

func (p *pair) readAll(client int, v verb) {
	for item := 1; item <= items; item++ {
		p.read(client, v, item)
	}
}

func (p *pair) read(client int, v verb, item int) {
	p.note(client, call{verb: v, item: item}, func() answer {
		var found []store.Item
		err := p.najd.Store().Read(p.t.Context(), func(tx *store.Tx) (err error) {
			found, err = p.najd.Store().Versions(tx, p.analyst, mithaqtest.IndicatorID(item))
			return err
		})
		if err != nil {
			p.t.Error(err)
		}
		p.counted.Lock()
		defer p.counted.Unlock()
		if len(found) > 0 {
			p.seen++
		}
		return answer{done: len(found) > 0}
	})
}

func (p *pair) atGiver(client int, dice *rand.Rand)    { p.stopping(client, dice, giver) }
func (p *pair) atReceiver(client int, dice *rand.Rand) { p.stopping(client, dice, receiver) }

// stopping suspends and resumes for one side, in turns.
func (p *pair) stopping(client int, dice *rand.Rand, s side) {
	for range 4 {
		pause(dice, 8*time.Second)
		p.stop(client, s, false)
		pause(dice, 4*time.Second)
		p.resume(client, s)
	}
}

// stop suspends; for good: until it is acknowledged.
func (p *pair) stop(client int, s side, forGood bool) {
	n, v := p.at(s)
	for {
		a := p.note(client, call{verb: suspends, side: s}, func() answer {
			return p.told(n.Store().Write(p.t.Context(), func(tx *store.Tx) error {
				_, err := n.Pacts().Suspend(tx, v, p.pact, "", "an audit")
				return err
			}))
		})
		if s == giver && a.done {
			time.Sleep(time.Second)
			p.note(client, call{verb: quiets}, func() answer { return answer{done: true} })
		}
		if a.done || !forGood {
			return
		}
	}
}

func (p *pair) resume(client int, s side) {
	n, v := p.at(s)
	for {
		a := p.note(client, call{verb: resumes, side: s}, func() answer {
			err := n.Store().Write(p.t.Context(), func(tx *store.Tx) error { return n.Pacts().Resume(tx, v, p.pact, "") })
			if mithaqtest.Is(err, "pact.not-suspended") {
				err = nil
			}
			return p.told(err)
		})
		if a.done {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (p *pair) at(s side) (*mithaqtest.Node, mithaq.Viewer) {
	if s == giver {
		return p.atlas, p.legal
	}
	return p.najd, p.theirs
}

// faults are commits that fail, some that happen all the same, and a line that
// is cut.
func (p *pair) faults(_ int, dice *rand.Rand) {
	for range 12 {
		pause(dice, 3*time.Second)
		switch dice.IntN(4) {
		case 0:
			p.w.Cut(p.atlas, p.najd)
		case 1:
			p.w.Join(p.atlas, p.najd)
		default:
			p.disks[dice.IntN(2)].FailAt(points[dice.IntN(len(points))], 1+dice.IntN(3))
		}
	}
	p.disks[giver].Struck()
	p.disks[receiver].Struck()
}

// points are the places at which a disk fails: before a statement, before a
// commit, and after a commit that happened and is reported as failed.
var points = []store.Point{store.AtStatement, store.BeforeCommit, store.AfterCommit}
