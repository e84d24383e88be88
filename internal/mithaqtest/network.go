package mithaqtest

import (
	"context"
	"fmt"
	"net"
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
	lines map[*line]struct{}

	latency atomic.Int64 // nanoseconds that each write takes
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
	near, far net.Conn
}

func (l *line) hangup() {
	_ = l.near.Close()
	_ = l.far.Close()
}

func newNetwork() *network {
	return &network{doors: map[string]*door{}, cut: map[way]bool{}, lines: map[*line]struct{}{}}
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
	l.near, l.far = &end{near, n, l}, &end{far, n, l}
	if !n.open(l) {
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

// open notes a line, unless its way is cut.
func (n *network) open(l *line) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut[l.way] {
		return false
	}
	n.lines[l] = struct{}{}
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

// An end of a line; when one closes, the line is gone.
type end struct {
	net.Conn
	n *network
	l *line
}

// Write takes as long as bytes are on their way.
func (e *end) Write(b []byte) (int, error) {
	if d := time.Duration(e.n.latency.Load()); d > 0 {
		time.Sleep(d)
	}
	return e.Conn.Write(b)
}

// Close ends the line.
func (e *end) Close() error {
	e.n.forget(e.l)
	return e.Conn.Close()
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
