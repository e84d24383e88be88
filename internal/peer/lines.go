package peer

import (
	"context"
	"net"
	"sync"

	"github.com/mithaq-hub/mithaq"
)

// lines are the open connections, so that a suspension or a revocation can
// close those of a partner, and nobody can hold too many.
type lines struct {
	mu   sync.Mutex
	of   map[mithaq.OrgID]map[net.Conn]struct{}
	runs map[mithaq.OrgID]map[*context.CancelFunc]struct{}
}

// during gives a context that ends when the partner is hung up on. Who asks
// whether something may cross takes it before asking: then what is decided
// against meanwhile does not go out on a line that opens later.
func (l *lines) during(ctx context.Context, org mithaq.OrgID) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs == nil {
		l.runs = map[mithaq.OrgID]map[*context.CancelFunc]struct{}{}
	}
	if l.runs[org] == nil {
		l.runs[org] = map[*context.CancelFunc]struct{}{}
	}
	l.runs[org][&cancel] = struct{}{}
	return ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.runs[org], &cancel)
		cancel()
	}
}

// hold notes whose a connection is. False: the partner has enough of them.
func (l *lines) hold(org mithaq.OrgID, c net.Conn, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[mithaq.OrgID]map[net.Conn]struct{}{}
	}
	if l.of[org] == nil {
		l.of[org] = map[net.Conn]struct{}{}
	}
	if _, held := l.of[org][c]; !held && len(l.of[org]) >= most {
		return false
	}
	l.of[org][c] = struct{}{}
	return true
}

// drop forgets a connection that is closed.
func (l *lines) drop(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, set := range l.of {
		delete(set, c)
	}
}

// count is how many are open with a partner.
func (l *lines) count(org mithaq.OrgID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.of[org])
}

func (l *lines) take(org mithaq.OrgID) (all []net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.of[org] {
		all = append(all, c)
	}
	delete(l.of, org)
	for cancel := range l.runs[org] {
		(*cancel)()
	}
	return all
}

// A heldConn is one of ours, forgotten when it closes.
type heldConn struct {
	net.Conn
	lines *lines
}

func (c *heldConn) Close() error {
	c.lines.drop(c)
	return c.Conn.Close()
}

// Hangup closes every open connection with a partner, theirs and ours, and ends
// the deliveries to it that are under way. What they were in the middle of is
// not acknowledged, and comes again if it may. Whoever stores a suspension of
// any kind calls it once that is durable.
func (p *Peer) Hangup(org mithaq.OrgID) {
	for _, c := range p.lines.take(org) {
		_ = c.Close()
	}
}
