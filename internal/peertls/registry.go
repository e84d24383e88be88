package peertls

import (
	"net"
	"sync"

	"github.com/mithaq-hub/mithaq"
)

// A Registry knows the open connections of each partner, so that suspension
// and revocation can close them at once. The zero value is ready.
type Registry struct {
	mu   sync.Mutex
	open map[mithaq.OrgID]map[*tracked]struct{}
}

// Close closes every open connection of a partner and says how many. Whoever
// suspends a partner first makes Names refuse it.
func (r *Registry) Close(org mithaq.OrgID) int {
	r.mu.Lock()
	list := make([]*tracked, 0, len(r.open[org]))
	for t := range r.open[org] {
		list = append(list, t)
	}
	r.mu.Unlock()
	for _, t := range list {
		t.Close() // an error says only that it was closed already
	}
	return len(list)
}

// Open counts the open connections of a partner.
func (r *Registry) Open(org mithaq.OrgID) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.open[org])
}

// Listener makes the connections of a listener known to the registry.
func (r *Registry) Listener(ln net.Listener) net.Listener { return listener{ln, r} }

type listener struct {
	net.Listener
	r *Registry
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.r.track(c), nil
}

func (r *Registry) track(c net.Conn) *tracked { return &tracked{Conn: c, r: r} }

// A tracked connection is known by its partner from the handshake until it is
// closed.
type tracked struct {
	net.Conn
	r    *Registry
	org  mithaq.OrgID // guarded by r.mu
	done bool         // likewise
}

func (t *tracked) name(org mithaq.OrgID) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	if t.done {
		return
	}
	if t.r.open == nil {
		t.r.open = map[mithaq.OrgID]map[*tracked]struct{}{}
	}
	if t.r.open[org] == nil {
		t.r.open[org] = map[*tracked]struct{}{}
	}
	t.org = org
	t.r.open[org][t] = struct{}{}
}

// Close ends the connection and forgets it.
func (t *tracked) Close() error {
	t.r.mu.Lock()
	t.done = true
	delete(t.r.open[t.org], t)
	if len(t.r.open[t.org]) == 0 {
		delete(t.r.open, t.org)
	}
	t.r.mu.Unlock()
	return t.Conn.Close()
}
