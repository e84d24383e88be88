package demo

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/mithaq-hub/mithaq"
)

var errCut = errors.New("the line is cut")

// A wire is what lies between the nodes: TCP on this machine, which the story
// cuts. What is open between a cut node and others is closed, and nothing new opens.
type wire struct {
	mu    sync.Mutex
	at    map[string]mithaq.OrgID // who listens at an address
	cut   map[mithaq.OrgID]bool
	lines map[*line]bool
}

type line struct {
	net.Conn
	from, to mithaq.OrgID
	wire     *wire
}

func newWire() *wire {
	return &wire{at: map[string]mithaq.OrgID{}, cut: map[mithaq.OrgID]bool{}, lines: map[*line]bool{}}
}

// listens says who is reached at an address.
func (w *wire) listens(org mithaq.OrgID, addr string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at[addr] = org
}

// dialer opens lines for one node.
func (w *wire) dialer(from mithaq.OrgID) func(ctx context.Context, addr string) (net.Conn, error) {
	return func(ctx context.Context, addr string) (net.Conn, error) {
		if w.isCut(from, addr) {
			return nil, errCut
		}
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		return w.join(&line{Conn: conn, from: from, wire: w}, addr)
	}
}

func (w *wire) isCut(from mithaq.OrgID, addr string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut[from] || w.cut[w.at[addr]]
}

func (w *wire) join(l *line, addr string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l.to = w.at[addr]
	if w.cut[l.from] || w.cut[l.to] {
		return nil, errors.Join(errCut, l.Conn.Close())
	}
	w.lines[l] = true
	return l, nil
}

// Close forgets the line.
func (l *line) Close() error {
	l.wire.mu.Lock()
	delete(l.wire.lines, l)
	l.wire.mu.Unlock()
	return l.Conn.Close()
}

// sever cuts every line of an organisation.
func (w *wire) sever(org mithaq.OrgID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[org] = true
	for l := range w.lines {
		if l.from == org || l.to == org {
			_ = l.Conn.Close() // it is cut, whatever it says
			delete(w.lines, l)
		}
	}
}

// heal lets lines open again.
func (w *wire) heal(org mithaq.OrgID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.cut, org)
}
