package mithaqtest

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/peer"
)

// A World is several nodes and the network between them.
type World struct {
	t     testing.TB
	net   *network
	nodes map[mithaq.OrgID]*Node
}

// New makes an empty world, which ends with the test.
func New(t testing.TB) *World {
	w := &World{t: t, net: newNetwork(), nodes: map[mithaq.OrgID]*Node{}}
	before := ours()
	t.Cleanup(func() {
		w.Close()
		w.noneLeft(before)
	})
	return w
}

// Nodes are all of them, by name.
func (w *World) Nodes() []*Node {
	return slices.SortedFunc(maps.Values(w.nodes), func(a, b *Node) int { return cmp.Compare(a.Org, b.Org) })
}

// Cut takes the way between two nodes away, and what was open on it.
func (w *World) Cut(a, b *Node) { w.net.setCut(between(a.Org, b.Org), true) }

// Join gives it back.
func (w *World) Join(a, b *Node) { w.net.setCut(between(a.Org, b.Org), false) }

// Lines is how many connections are open between two nodes.
func (w *World) Lines(a, b *Node) int { return len(w.net.over(between(a.Org, b.Org))) }

// Latency makes every write on every line take some time, so that a test can
// come between.
func (w *World) Latency(d time.Duration) { w.net.latency.Store(int64(d)) }

// Slow makes every write on every line of a node take some time more.
func (w *World) Slow(n *Node, d time.Duration) {
	w.net.mu.Lock()
	defer w.net.mu.Unlock()
	w.net.slow[n.Org] = d
}

// Traffic is how many lines were opened since the beginning, and how many bytes
// went over all of them, what TLS adds included.
func (w *World) Traffic() (lines, bytes int64) { return w.net.opened.Load(), w.net.bytes.Load() }

// Close stops every node.
func (w *World) Close() {
	for _, n := range w.Nodes() {
		n.tellStop()
	}
	for _, n := range w.Nodes() {
		n.Stop()
	}
	w.net.end()
}

// patience is how long anything may take, in the world's own time.
const patience = time.Hour

// real is how long it may take outside a bubble.
const inReal = 30 * time.Second

// WaitFor lets time pass until something is so, and fails the test if it never is.
func (w *World) WaitFor(what string, so func() bool) {
	w.t.Helper()
	began := time.Now()
	for step := 20 * time.Millisecond; !so(); step = min(2*step, 5*time.Second) {
		limit := patience
		if !w.bubbled() {
			limit, step = inReal, min(step, 100*time.Millisecond)
		}
		if time.Since(began) > limit {
			w.t.Fatalf("after %v still not: %s", limit, what)
		}
		time.Sleep(step)
	}
}

// bubbled reports whether time is virtual here: a bubble's clock begins at
// midnight UTC 2000-01-01.
func (w *World) bubbled() bool { return time.Now().Year() < 2020 }

// Settle waits until nothing is under way: no message waits and no release is
// being sent.
func (w *World) Settle() {
	w.t.Helper()
	w.WaitFor("all is settled", func() bool {
		return !slices.ContainsFunc(w.Nodes(), (*Node).busy)
	})
}

// Verify wants every node to find itself whole, and every two that are
// partners to have the same records, with nothing on the way.
func (w *World) Verify() {
	w.t.Helper()
	for _, n := range w.Nodes() {
		n.VerifyAlone()
	}
	for _, n := range w.Nodes() {
		for _, p := range n.partners() {
			if w.nodes[p.Org] == nil || !p.Accepted() {
				continue
			}
			if c := n.VerifyWith(w.nodes[p.Org]); c.Waiting != 0 {
				w.t.Errorf("%s with %s: %d messages still on the way", n.Org, p.Org, c.Waiting)
			}
		}
	}
}

// VerifyAlone wants a node to find itself whole.
func (n *Node) VerifyAlone() {
	n.t.Helper()
	v, err := n.Verify(n.ctx(), nil)
	n.must(err)
	for _, f := range v.Faults {
		n.t.Errorf("%s: %s: %s", n.Org, f.Part, f.Text)
	}
}

// VerifyWith compares records with a partner and wants no difference.
func (n *Node) VerifyWith(other *Node) *peer.Comparison {
	n.t.Helper()
	c, err := n.Peer().VerifyWith(n.ctx(), other.Org)
	n.must(err)
	for _, d := range c.Differences {
		n.t.Errorf("%s with %s: %s at %d of %s/%s: ours %v, theirs %v", n.Org, other.Org, d.What, d.Index, d.Pact, d.Lane, d.Ours, d.Theirs)
	}
	return c
}

// noneLeft wants no goroutine of a node to outlive it.
func (w *World) noneLeft(before int) {
	until := time.Now().Add(5 * time.Second)
	for ours() > before && time.Now().Before(until) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := ours(); n > before {
		stacks := make([]byte, 1<<20)
		w.t.Errorf("%d goroutines of nodes are left\n%s", n-before, stacks[:runtime.Stack(stacks, true)])
	}
}

// ours counts the goroutines that run code of a node.
func ours() (n int) {
	stacks := make([]byte, 1<<20)
	for one := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		for _, part := range []string{"node.", "peer.", "gate.", "ledger.", "store."} {
			if strings.Contains(one, "/internal/"+part) && !strings.Contains(one, "mithaqtest.ours") {
				n++
				break
			}
		}
	}
	return n
}

func (w *World) logger() *slog.Logger {
	if os.Getenv("MITHAQ_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Is reports whether an error is a refusal with a key.
func Is(err error, key string) bool {
	r, ok := errors.AsType[*mithaq.Refusal](err)
	return ok && r.Key == key
}

func (n *Node) ctx() context.Context { return n.t.Context() }
