package node

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// A token is 256 random bits, so that checking one costs a look into an index and
// no guess ever meets. Whoever sends wrong ones is slowed all the same, each time
// longer: a program with an old token, in a loop, then costs next to nothing. It
// waits outside of the places for requests, so that nobody else does; and a right
// token is never made to wait, wherever it comes from.

const (
	wrongFirst  = 250 * time.Millisecond // after the first wrong token of somebody
	wrongLast   = 2 * time.Second
	wrongForget = 10 * time.Minute // without another
	wrongAtOnce = 256              // who wait; the others are told so at once
	wrongKnown  = 4096             // of whom it is remembered
)

// A doorman keeps those who send wrong tokens waiting.
type doorman struct {
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration)

	mu      sync.Mutex
	known   map[string]guesser
	waiting int
}

type guesser struct {
	times int
	last  time.Time
}

func newDoorman(now func() time.Time) *doorman {
	return &doorman{now: now, known: map[string]guesser{}, sleep: func(ctx context.Context, d time.Duration) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}}
}

// A knock is one request; wrong is set by whoever checks its token.
type knock struct{ wrong bool }

type knockKey struct{}

// wrongToken tells the doorman of this request, if there is one.
func wrongToken(ctx context.Context) {
	if k, ok := ctx.Value(knockKey{}).(*knock); ok {
		k.wrong = true
	}
}

// slow answers for next; what next says to a wrong token is said later.
func (d *doorman) slow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k := &knock{}
		held := &heldBack{ResponseWriter: w, knock: k}
		next.ServeHTTP(held, r.WithContext(context.WithValue(r.Context(), knockKey{}, k)))
		if !k.wrong {
			return
		}
		if wait, ok := d.wrong(whose(r)); ok {
			d.sleep(r.Context(), wait)
			d.left()
		} else {
			held.status = http.StatusTooManyRequests
			w.Header().Set("Retry-After", "2") // RFC 9110, 10.2.3
		}
		held.say()
	})
}

// whose guess it was: the caller's address and, where one was given, the name.
func whose(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	user, _, _ := r.BasicAuth()
	return host + " " + user[:min(len(user), 64)]
}

// wrong counts a wrong token, and says how long to wait; ok is false when too many do.
func (d *doorman) wrong(who string) (wait time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	g := d.known[who]
	if now.Sub(g.last) > wrongForget {
		g.times = 0
	}
	if len(d.known) >= wrongKnown {
		clear(d.known)
	}
	d.known[who] = guesser{g.times + 1, now}
	if d.waiting >= wrongAtOnce {
		return 0, false
	}
	d.waiting++
	return min(wrongFirst<<min(g.times, 10), wrongLast), true
}

func (d *doorman) left() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting--
}

// heldBack keeps an answer to a wrong token, which is short, until it is said.
type heldBack struct {
	http.ResponseWriter
	knock  *knock
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status, or passes it on.
func (h *heldBack) WriteHeader(status int) {
	if h.knock.wrong {
		h.status = status
		return
	}
	h.ResponseWriter.WriteHeader(status)
}

// Write keeps bytes, or passes them on.
func (h *heldBack) Write(b []byte) (int, error) {
	if h.knock.wrong {
		return h.body.Write(b)
	}
	return h.ResponseWriter.Write(b)
}

// FlushError flushes what is not kept.
func (h *heldBack) FlushError() error {
	if h.knock.wrong {
		return nil
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (h *heldBack) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h *heldBack) say() {
	h.ResponseWriter.WriteHeader(h.status)
	_, _ = h.ResponseWriter.Write(h.body.Bytes())
}
