package peer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func order(list []*message.Incoming, l mithaq.Lane) (sequences []int64) {
	for _, in := range list {
		if in.Header.Lane == l {
			sequences = append(sequences, in.Header.Sequence)
		}
	}
	return sequences
}

// The line is cut for six hours while both nodes decide; then it heals, one of
// them having been started anew meanwhile.
func TestWhatWaitsCrossesInOrderOnceTheLineHeals(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example", clock(3*time.Minute)), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		w.line(atlas, true)
		for i := range 12 {
			atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(fmt.Sprintf(`{"type":"note","n":%d}`, i))...)
			najd.send(atlas, pact, mithaq.LaneBulk, najd.put(fmt.Sprintf(`{"type":"report","n":%d}`, i))...)
			time.Sleep(30 * time.Minute)
		}
		atlas.halt()
		atlas.start()
		w.line(najd, false)
		w.line(atlas, false)
		settle(11 * time.Minute)
		want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
		if a, n := order(atlas.received(), mithaq.LaneBulk), order(najd.received(), mithaq.LaneBulk); !slices.Equal(a, want) || !slices.Equal(n, want) {
			t.Errorf("received %v and %v, want %v", a, n, want)
		}
		if !maps.Equal(atlas.trees(), najd.trees()) {
			t.Error("trees differ after the line healed")
		}
	})
}

// Back-off: attempts come further and further apart, and a partner that is
// heard from is tried at once.
func TestRetriesBackOffAndAPartnerHeardFromIsTriedAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(2 * time.Hour)
		var at, attempt int64
		must(t, atlas.store.Read(t.Context(), func(tx *store.Tx) error {
			return tx.QueryRow("SELECT at, attempt FROM due WHERE kind = 'peer-bulk'").Scan(&at, &attempt)
		}))
		if attempt < 15 || attempt > 40 {
			t.Errorf("%d attempts in two hours", attempt)
		}
		if wait := time.UnixMicro(at).Sub(atlas.now()); wait > 10*time.Minute {
			t.Errorf("the next attempt is in %s", wait)
		}
		w.line(najd, false)
		began := time.Now()
		najd.send(atlas, pact, mithaq.LaneBulk, najd.put(`{"type":"note"}`)...)
		settle(2 * time.Second)
		if got := atlas.state(sent.Envelope); got != settled {
			t.Errorf("%s after hearing from the partner it is %s", time.Since(began), got)
		}
	})
}

// Control overtakes: what is urgent does not stand behind what is long.
func TestControlOvertakesBulk(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example", limits(Limits{Parallel: 1})), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		w.line(najd, true)
		for range 5 {
			atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		}
		recall, err := atlas.trySend(message.Outbound{
			To: najd.org, Pact: pact, Lane: mithaq.LaneControl, Kind: mithaq.MessageRecall,
			Content: message.Pack([]message.Object{{Raw: []byte(`{"type":"x-mithaq-recall"}`)}}),
		})
		must(t, err)
		w.line(najd, false)
		atlas.halt()
		atlas.start()
		settle(time.Minute)
		if len(najd.received()) != 6 || najd.received()[0].Header.ID != recall.Envelope {
			t.Errorf("of %d messages the first is %s", len(najd.received()), najd.received()[0].Header.Kind)
		}
	})
}

// Many people decide at once, on all lanes, both ways.
func TestManySendersAtOnceLoseAndRepeatNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		var g sync.WaitGroup
		for i := range 12 {
			g.Go(func() {
				from, to := atlas, najd
				if i%2 == 1 {
					from, to = najd, atlas
				}
				for range 4 {
					from.send(to, pact, mithaq.Lanes[i%3], from.put(`{"type":"note"}`, `{"type":"note"}`)...)
				}
			})
		}
		g.Wait()
		settle(time.Minute)
		if len(atlas.received()) != 24 || len(najd.received()) != 24 {
			t.Errorf("received %d and %d messages, want 24 and 24", len(atlas.received()), len(najd.received()))
		}
		if a, n := atlas.trees(), najd.trees(); !maps.Equal(a, n) || len(a) != 6 {
			t.Errorf("trees differ: %v %v", a, n)
		}
	})
}

// A commit that is reported as failed but happened, at either end: the message
// comes again, is acted on once, and the trees are the same.
func TestACommitThatFailedButHappenedRepeatsNothing(t *testing.T) {
	for _, point := range []store.Point{store.BeforeCommit, store.AfterCommit} {
		t.Run(string(point), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas, najd := w.node("atlas.example"), w.node("najd.example")
				acquaint(t, atlas, najd)
				pact := agree(atlas, najd)
				settle(time.Second)
				for _, at := range []*node{najd, atlas} {
					w.line(najd, true)
					sent := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
					settle(time.Minute)
					at.fault.Store(&fault{point: point})
					w.line(najd, false)
					settle(12 * time.Minute)
					if at.fault.Load() != nil {
						t.Error("the fault did not strike")
					}
					if got := atlas.state(sent.Envelope); got != settled {
						t.Errorf("the message is %s", got)
					}
				}
				if a := order(najd.received(), mithaq.LaneBulk); !slices.Equal(a, []int64{1, 2}) && point == store.BeforeCommit {
					t.Errorf("acted on %v", a)
				}
				if !maps.Equal(atlas.trees(), najd.trees()) {
					t.Error("trees differ")
				}
				var items int
				must(t, najd.store.Read(t.Context(), func(tx *store.Tx) error {
					return tx.QueryRow("SELECT count(*) FROM test_item").Scan(&items)
				}))
				if items != 2 {
					t.Errorf("%d items, want 2", items)
				}
			})
		})
	}
}

// A fault strikes once.
type fault struct{ point store.Point }

var errFault = errors.New("disk full")

func (n *node) faults(p store.Point) error {
	f := n.fault.Load()
	if f == nil || f.point != p || !n.fault.CompareAndSwap(f, nil) {
		return nil
	}
	return errFault
}

func TestASuspensionStopsWhatIsUnderWayAndClosesTheLines(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		settle(time.Second)
		if najd.peer.lines.count(atlas.org) == 0 {
			t.Fatal("no line is held for a partner that has just spoken")
		}
		w.line(najd, true)
		waits := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		synctest.Wait()
		w.line(najd, false)
		must(t, najd.peer.Suspend(t.Context(), person(najd.org, 1), atlas.org))
		synctest.Wait()
		if n := najd.peer.lines.count(atlas.org); n != 0 {
			t.Errorf("%d lines are open after the suspension", n)
		}
		settle(time.Minute)
		if got := najd.state(waits.Envelope); got != "none" {
			t.Errorf("what was under way is %s at who suspended", got)
		}
		_, err := najd.trySend(message.Outbound{To: atlas.org, Pact: pact, Lane: mithaq.LaneBulk, Kind: mithaq.MessageItems})
		refusedWith(t, err, mithaq.Denied, "peer.partner-state")
		recall, err := najd.trySend(message.Outbound{
			To: atlas.org, Pact: pact, Lane: mithaq.LaneControl, Kind: mithaq.MessageRecall,
			Content: message.Pack([]message.Object{{Raw: []byte(`{"type":"x-mithaq-recall"}`)}}),
		})
		must(t, err)
		settle(time.Minute)
		if got := najd.state(recall.Envelope); got != settled {
			t.Errorf("a recall under suspension is %s", got)
		}
		must(t, najd.peer.Resume(t.Context(), person(najd.org, 1), atlas.org))
		settle(15 * time.Minute)
		if got := atlas.state(waits.Envelope); got != settled {
			t.Errorf("after the resumption: %s", got)
		}
	})
}

func TestASuspendedPactSendsNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		atlas.pacts.stop(pact, true)
		_, err := atlas.trySend(message.Outbound{To: najd.org, Pact: pact, Lane: mithaq.LaneBulk, Kind: mithaq.MessageItems})
		refusedWith(t, err, mithaq.Denied, "pact.suspended")
		if len(atlas.trees()) != 0 {
			t.Error("a message that was not sent left a log")
		}
	})
}

// What was sent before a suspension and not yet handed over stays here; a
// recall goes through, and does not wait behind what is held back.
func TestASuspensionHoldsBackWhatWaitsAndLetsRecallsThrough(t *testing.T) {
	for _, whole := range []bool{true, false} {
		t.Run(fmt.Sprintf("partner %t", whole), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas, najd := w.node("atlas.example"), w.node("najd.example")
				acquaint(t, atlas, najd)
				pact := agree(atlas, najd)
				w.line(najd, true)
				bulk := atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note","x":"held back"}`)...)
				ask := atlas.send(najd, pact, mithaq.LaneControl, atlas.put(`{"type":"note","x":"held back"}`)...)
				recall, err := atlas.trySend(message.Outbound{
					To: najd.org, Pact: pact, Lane: mithaq.LaneControl, Kind: mithaq.MessageRecall,
					Content: message.Pack([]message.Object{{Raw: []byte(`{"type":"x-mithaq-recall"}`)}}),
				})
				must(t, err)
				stop := func() { must(t, atlas.peer.Suspend(t.Context(), person(atlas.org, 1), najd.org)) }
				resume := func() { must(t, atlas.peer.Resume(t.Context(), person(atlas.org, 1), najd.org)) }
				if !whole {
					stop = func() { atlas.pacts.stop(pact, true) }
					resume = func() { atlas.pacts.stop(pact, false) }
				}
				stop()
				w.line(najd, false)
				settle(12 * time.Minute)
				if a, b := atlas.state(bulk.Envelope), atlas.state(recall.Envelope); a != waiting || b != settled {
					t.Errorf("held back: %s, recall: %s", a, b)
				}
				if got := atlas.state(ask.Envelope); got != settled {
					t.Errorf("what stood before the recall is %s", got)
				}
				for _, in := range najd.received() {
					if in.Header.Kind == mithaq.MessageItems && in.Raw[0] != nil {
						t.Errorf("handed over under suspension: %s", in.Raw[0])
					}
				}
				resume()
				settle(12 * time.Minute)
				if got := atlas.state(bulk.Envelope); got != settled {
					t.Errorf("after the resumption: %s", got)
				}
				if !maps.Equal(atlas.trees(), najd.trees()) {
					t.Error("trees differ")
				}
			})
		})
	}
}

// Hundreds of messages, each sent in the moment in which the one before is
// receipted: none waits for a lease.
func TestAMessageSentAtTheMomentOfAReceiptDoesNotWait(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		settledNow := make(chan struct{}, 1)
		h := atlas.handlers[mithaq.MessageItems]
		h.Receipted = func(*store.Tx, message.Sent, *mithaq.Receipt) error { settledNow <- struct{}{}; return nil }
		atlas.peer.Handle(mithaq.MessageItems, h)
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		objects := atlas.put(`{"type":"note"}`)
		settle(2 * time.Second)
		began := time.Now()
		for range 200 {
			atlas.send(najd, pact, mithaq.LaneBulk, objects...)
			<-settledNow
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("two hundred messages took %s of the lanes' time", took)
		}
	})
}

// A suspension of a pact closes the lines at both ends within a second, and is
// receipted on a new one.
func TestAPactSuspendedClosesTheLines(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		for _, n := range []*node{atlas, najd} {
			n.peer.Handle(mithaq.MessagePactSuspend, message.Handler{Apply: keepAll})
		}
		acquaint(t, atlas, najd)
		pact := agree(atlas, najd)
		atlas.send(najd, pact, mithaq.LaneBulk, atlas.put(`{"type":"note"}`)...)
		najd.send(atlas, pact, mithaq.LaneBulk, najd.put(`{"type":"note"}`)...)
		settle(2 * time.Second)
		before := atlas.peer.lines.count(najd.org)
		sent, err := atlas.trySend(message.Outbound{
			To: najd.org, Pact: pact, Lane: mithaq.LaneControl, Kind: mithaq.MessagePactSuspend,
			Content: message.Pack([]message.Object{{Raw: []byte(`{"type":"x-mithaq-suspension"}`)}}),
		})
		must(t, err)
		settle(time.Second)
		if got := atlas.state(sent.Envelope); got != settled {
			t.Errorf("the suspension is %s", got)
		}
		if a, n := atlas.peer.lines.count(najd.org), najd.peer.lines.count(atlas.org); before == 0 || a != 0 || n != 0 {
			t.Errorf("of %d lines %d and %d are open a second later", before, a, n)
		}
	})
}
