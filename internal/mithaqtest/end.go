package mithaqtest

import (
	"bytes"
	"net"
	"sync"
	"time"
)

// An end of a line. What is written is on its way for the network's latency,
// and its writer does not wait for it: a goroutine that slept within a write
// would hold TLS's locks meanwhile, and who waits for a lock stops a bubble's
// clock.
type end struct {
	net.Conn // of a pipe
	n        *network
	l        *line

	mu     sync.Mutex
	queue  []packet
	closed bool
	wake   chan struct{}
}

// A packet is bytes that arrive at a time.
type packet struct {
	at  time.Time
	raw []byte
}

func newEnd(pipe net.Conn, n *network, l *line) *end {
	return &end{Conn: pipe, n: n, l: l, wake: make(chan struct{}, 1)}
}

// Write puts bytes on their way.
func (e *end) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return 0, net.ErrClosed
	}
	e.queue = append(e.queue, packet{time.Now().Add(e.n.delay(e.l)), bytes.Clone(b)})
	e.n.bytes.Add(int64(len(b)))
	e.stir()
	return len(b), nil
}

func (e *end) stir() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Close ends the line once what is on its way has arrived.
func (e *end) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	e.n.forget(e.l)
	_ = e.Conn.SetReadDeadline(time.Now())
	_ = e.Conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	e.stir()
	return nil
}

// hangup ends the line now.
func (e *end) hangup() {
	_ = e.Conn.Close()
	e.broken()
}

// SetDeadline is about reading alone: writing takes no time.
func (e *end) SetDeadline(t time.Time) error { return e.SetReadDeadline(t) }

// SetWriteDeadline does nothing.
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// carry moves packets until the line ends.
func (e *end) carry() {
	defer e.Conn.Close()
	for {
		p, more := e.next()
		if p == nil && !more {
			return
		}
		if p == nil {
			<-e.wake
			continue
		}
		time.Sleep(time.Until(p.at))
		if _, err := e.Conn.Write(p.raw); err != nil {
			e.broken()
			return
		}
	}
}

func (e *end) next() (p *packet, more bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) > 0 {
		first := e.queue[0]
		e.queue[0] = packet{} // or what was carried long ago stays in memory
		p, e.queue = &first, e.queue[1:]
	}
	return p, !e.closed
}

// broken is for a line on which nothing goes any more.
func (e *end) broken() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed, e.queue = true, nil
	e.stir()
}
