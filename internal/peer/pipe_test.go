package peer

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipe is a line in memory that takes what is written without waiting for a
// reader, as a socket does: a net.Pipe would let both ends wait for each other.
func pipe() (near, far net.Conn) {
	a, b := newHalf(), newHalf()
	return &end{in: a, out: b}, &end{in: b, out: a}
}

// half is one direction.
type half struct {
	mu       sync.Mutex
	buf      []byte
	closed   bool
	deadline time.Time
	changed  chan struct{} // closed at each change
}

func newHalf() *half { return &half{changed: make(chan struct{})} }

func (h *half) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
	close(h.changed)
	h.changed = make(chan struct{})
}

// take gives what is there, or what to wait for.
func (h *half) take(p []byte) (n int, wait <-chan struct{}, until time.Time, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.deadline.IsZero() && !time.Now().Before(h.deadline):
		return 0, nil, until, os.ErrDeadlineExceeded
	case len(h.buf) > 0:
		n = copy(p, h.buf)
		h.buf = h.buf[n:]
		return n, nil, until, nil
	case h.closed:
		return 0, nil, until, io.EOF
	}
	return 0, h.changed, h.deadline, nil
}

type end struct{ in, out *half }

func (e *end) Read(p []byte) (int, error) {
	for {
		n, wait, until, err := e.in.take(p)
		if wait == nil || len(p) == 0 {
			return n, err
		}
		var timeout <-chan time.Time
		if !until.IsZero() {
			t := time.NewTimer(time.Until(until))
			defer t.Stop()
			timeout = t.C
		}
		select {
		case <-wait:
		case <-timeout:
		}
	}
}

func (e *end) Write(p []byte) (n int, err error) {
	e.out.change(func() {
		if e.out.closed {
			err = io.ErrClosedPipe
			return
		}
		e.out.buf = append(e.out.buf, p...)
		n = len(p)
	})
	return n, err
}

func (e *end) Close() error {
	e.in.change(func() { e.in.closed = true })
	e.out.change(func() { e.out.closed = true })
	return nil
}

func (e *end) SetReadDeadline(t time.Time) error {
	e.in.change(func() { e.in.deadline = t })
	return nil
}

func (e *end) SetWriteDeadline(time.Time) error { return nil }
func (e *end) SetDeadline(t time.Time) error    { return e.SetReadDeadline(t) }
func (e *end) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "here", Net: "pipe"} }
func (e *end) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "there", Net: "pipe"} }
