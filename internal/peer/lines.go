package peer

import (
	"context"
	"net"
	"slices"
	"sync"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
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
// against meanwhile does not go out on a line that opens later, and a suspension
// is not acknowledged, by whatever process, while something may still be going out.
func (p *Peer) during(ctx context.Context, org mithaq.OrgID) (context.Context, func(), error) {
	left, err := p.cfg.Store.Beside(ctx, lineName(org))
	if err != nil {
		return nil, nil, err
	}
	ctx, ended := p.lines.during(context.WithValue(ctx, duringKey{}, org), org)
	return ctx, func() { ended(); left() }, nil
}

type duringKey struct{}

func lineName(org mithaq.OrgID) string { return "peer/line/" + string(org) }

// cut closes the lines to a partner, those of all processes, once the
// transaction is durable, and lets it be acknowledged when that is done. Who is
// himself at work on such a line acknowledges nothing to anybody.
func (p *Peer) cut(tx *store.Tx, org mithaq.OrgID) {
	tx.OnCommit(func() { p.Hangup(org) })
	tx.Tell(tellHangup, string(org))
	if tx.Context().Value(duringKey{}) != org {
		tx.AfterCommit(func(ctx context.Context) error { return p.cfg.Store.Settle(ctx, lineName(org)) })
	}
}

// cutSoon closes them too, our own after the answer that tells of the receipt.
func (p *Peer) cutSoon(tx *store.Tx, org mithaq.OrgID) {
	tx.OnCommit(func() { p.hangupSoon(org) })
	tx.Tell(tellHangup, string(org))
}

// tellHangup is told with the name of a partner.
const tellHangup = "peer/hangup"

// hearHangup does as another process tells, to all when something may have been missed.
func (p *Peer) hearHangup(key string) {
	if key != "" {
		p.Hangup(mithaq.OrgID(key))
		return
	}
	for _, org := range p.lines.all() {
		p.Hangup(org)
	}
}

// all are the partners with whom something is open or under way.
func (l *lines) all() []mithaq.OrgID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Compact(slices.Sorted(func(yield func(mithaq.OrgID) bool) {
		for org := range l.of {
			if !yield(org) {
				return
			}
		}
		for org := range l.runs {
			if !yield(org) {
				return
			}
		}
	}))
}

// during is the part of it in this process.
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
