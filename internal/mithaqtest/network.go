package mithaqtest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// A network carries bytes between nodes by pipes.
type network struct {
	mu    sync.Mutex
	doors map[string]*door // by address
	cut   map[way]bool
	lines map[*line]struct{} // those that neither end has closed
	all   map[*line]struct{} // those on which something may still be on its way

	moving  sync.WaitGroup
	latency atomic.Int64 // nanoseconds that what is written is on its way
	slow    map[mithaq.OrgID]time.Duration

	bytes, opened atomic.Int64
}

// delay is how long what is written on a line is on its way.
func (n *network) delay(l *line) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	return time.Duration(n.latency.Load()) + n.slow[l.way[0]] + n.slow[l.way[1]]
}

// A way is two organisations in no order.
type way [2]mithaq.OrgID

func between(a, b mithaq.OrgID) way {
	if a > b {
		a, b = b, a
	}
	return way{a, b}
}

// A line is one open connection.
type line struct {
	way       way
	near, far *end
}

// hangup ends a line with all that is on its way.
func (l *line) hangup() {
	l.near.n.forget(l)
	l.near.hangup()
	l.far.hangup()
}

func newNetwork() *network {
	return &network{doors: map[string]*door{}, cut: map[way]bool{}, lines: map[*line]struct{}{}, all: map[*line]struct{}{}, slow: map[mithaq.OrgID]time.Duration{}}
}

// end ends every line, once the nodes have stopped.
func (n *network) end() {
	n.mu.Lock()
	all := slices.Collect(maps.Keys(n.all))
	n.mu.Unlock()
	for _, l := range all {
		l.hangup()
	}
	n.moving.Wait()
}

// dial connects an organisation to whoever listens at an address.
func (n *network) dial(ctx context.Context, from mithaq.OrgID, addr string) (net.Conn, error) {
	n.mu.Lock()
	d := n.doors[addr]
	n.mu.Unlock()
	if d == nil {
		return nil, fmt.Errorf("nobody at %s", addr)
	}
	l := &line{way: between(from, d.org)}
	near, far := net.Pipe()
	l.near, l.far = newEnd(near, n, l), newEnd(far, n, l)
	n.begin(l)
	if !n.open(l) {
		l.hangup()
		return nil, fmt.Errorf("no route from %s to %s", from, addr)
	}
	select {
	case d.knocks <- l.far:
		return l.near, nil
	case <-d.shut:
		l.hangup()
		return nil, fmt.Errorf("nobody at %s", addr)
	case <-ctx.Done():
		l.hangup()
		return nil, ctx.Err()
	}
}

// begin lets bytes move over a line, until both its ends are closed.
func (n *network) begin(l *line) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all[l] = struct{}{}
	n.moving.Go(func() {
		var ends sync.WaitGroup
		ends.Go(l.near.carry)
		ends.Go(l.far.carry)
		ends.Wait()
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.all, l)
	})
}

// open notes a line, unless its way is cut.
func (n *network) open(l *line) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut[l.way] {
		return false
	}
	n.lines[l] = struct{}{}
	n.opened.Add(1)
	return true
}

func (n *network) forget(l *line) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.lines, l)
}

// over lists the open lines of a way.
func (n *network) over(w way) (all []*line) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for l := range n.lines {
		if l.way == w {
			all = append(all, l)
		}
	}
	return all
}

func (n *network) setCut(w way, cut bool) {
	n.mu.Lock()
	n.cut[w] = cut
	n.mu.Unlock()
	if cut {
		for _, l := range n.over(w) {
			l.hangup()
		}
	}
}

// A door is where a node listens.
type door struct {
	n      *network
	org    mithaq.OrgID
	addr   string
	knocks chan net.Conn
	shut   chan struct{}
	once   sync.Once
}

func (n *network) listen(org mithaq.OrgID, addr string) *door {
	d := &door{n: n, org: org, addr: addr, knocks: make(chan net.Conn), shut: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.doors[addr] = d
	return d
}

// Accept waits for the next connection.
func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.knocks:
		return c, nil
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

// Close ends waiting; connections stay.
func (d *door) Close() error {
	d.once.Do(func() {
		close(d.shut)
		d.n.mu.Lock()
		defer d.n.mu.Unlock()
		if d.n.doors[d.addr] == d {
			delete(d.n.doors, d.addr)
		}
	})
	return nil
}

// Addr names the door.
func (d *door) Addr() net.Addr { return &net.UnixAddr{Name: d.addr, Net: "pipe"} }
