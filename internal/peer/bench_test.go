package peer

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bench is two nodes on loopback, whose handlers keep nothing: what is measured
// is the links alone, both ends together.
type bench struct {
	a, b    *node
	pact    stix.ID
	raws    map[int64][]byte
	settled chan struct{}
}

func newBench(b *testing.B) *bench {
	b.Helper()
	x := &bench{raws: map[int64][]byte{}, settled: make(chan struct{}, 1)}
	w := newWorld(b)
	x.a, x.b = x.onLoopback(w, "atlas.example"), x.onLoopback(w, "najd.example")
	acquaint(b, x.a, x.b)
	x.pact = agree(x.a, x.b)
	return x
}

func (x *bench) onLoopback(w *world, org mithaq.OrgID) *node {
	t := w.t
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	n := &node{t: t, world: w, org: org, addr: ln.Addr().String(), dir: t.TempDir(), pacts: newBook()}
	n.keys, err = keys.NewNode(org, n.now())
	must(t, err)
	n.root, err = sign.Generate()
	must(t, err)
	n.card, err = card.New(card.Details{Org: org, Name: map[string]string{"en": string(org)}, Addresses: []string{"https://" + n.addr}},
		card.Dated(n.keys.Public(), n.now().Add(-time.Hour), 365*24*time.Hour), n.root, stix.NewID(mithaq.TypeCard), n.now())
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	n.store, err = store.Open(ctx, store.Config{Dir: n.dir, Migrations: []store.Migration{ledger.Migrations(), Migrations(), testItems}})
	must(t, err)
	n.ledger, err = ledger.New(ctx, ledger.Config{Store: n.store, Org: org, Key: func() (ledger.Key, error) { return n.keys.Notes(mithaq.KeyLog) }})
	must(t, err)
	n.peer, err = New(Config{
		Store: n.store, Org: org, Keys: n.keys, Pacts: n.pacts, Journal: n.ledger, Log: slog.New(slog.DiscardHandler),
		Handlers: message.Handlers{mithaq.MessageItems: {Apply: x.keepNothing, Receipted: func(*store.Tx, message.Sent, *mithaq.Receipt) error {
			x.settled <- struct{}{}
			return nil
		}}},
		Raw: x.raw,
	})
	must(t, err)
	n.running.Go(func() { _ = n.peer.Run(ctx) })
	n.running.Go(func() { _ = n.ledger.Run(ctx) })
	n.running.Go(func() { _ = n.peer.Serve(ctx, ln) })
	n.stop = stop
	t.Cleanup(n.halt)
	must(t, n.peer.Publish(t.Context(), n.rawCard()))
	return n
}

func (x *bench) keepNothing(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	out := message.Outcome{Items: make([]int64, len(in.Raw))}
	for i := range out.Items {
		seq, err := tx.Seq()
		if err != nil {
			return out, err
		}
		out.Items[i] = seq
	}
	return out, nil
}

func (x *bench) raw(_ *store.Tx, items []int64) ([][]byte, error) {
	raws := make([][]byte, len(items))
	for i, n := range items {
		raws[i] = x.raws[n]
	}
	return raws, nil
}

// objects makes n objects of about size bytes.
func (x *bench) objects(n, size int) (list []message.Object) {
	for i := range n {
		raw := fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--%08d-0000-4000-8000-000000000000","created":"2026-11-03T09:15:00.000Z","modified":"2026-11-03T09:15:00.000Z","name":"ticket fraud %d","pattern":"[ipv4-addr:value = '198.51.100.%d']","pattern_type":"stix","valid_from":"2026-11-03T09:15:00Z","description":"`, i, i, i%256)
		raw = append(raw, strings.Repeat("l\\u00e9gende et détail ", max(0, size-len(raw))/22)...)
		raw = append(raw, `"}`...)
		seq := int64(1e15) + int64(len(x.raws))
		x.raws[seq] = raw
		list = append(list, message.Object{Raw: raw, Item: seq})
	}
	return list
}

func (x *bench) share(objects []message.Object) {
	x.a.send(x.b, x.pact, mithaq.LaneBulk, objects...)
	<-x.settled
}

// Both ends together, from packing to the settled receipt: CPU time an object.
func BenchmarkShareAThousand(b *testing.B) {
	x := newBench(b)
	objects := x.objects(1000, 1400)
	x.share(objects)
	began := cpu()
	for b.Loop() {
		x.share(objects)
	}
	spent := cpu() - began
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N)/1000, "µs-cpu/object")
	b.ReportMetric(float64(len(objects[500].Raw)), "bytes/object")
}

// Ten objects: how long until the sender holds the receipt.
func BenchmarkShareTen(b *testing.B) {
	x := newBench(b)
	objects := x.objects(10, 1400)
	x.share(objects)
	var took []time.Duration
	began := cpu()
	for b.Loop() {
		start := time.Now()
		x.share(objects)
		took = append(took, time.Since(start))
	}
	spent := cpu() - began
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N)/1000, "ms-cpu/envelope")
}
