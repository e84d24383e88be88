package node

import (
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq/internal/mispapi"
	"github.com/mithaq-hub/mithaq/taxii"
)

// Turns let some requests be worked at, and the others wait. Over TAXII an answer
// is whole before its first byte is written: then the turn is over, and a client
// that takes it slowly holds that one page and nothing else. What MISP's clients
// ask is worked at while it is written, and keeps its turn.
type turns struct {
	places chan struct{} // to be worked at
	all    chan struct{} // to be here at all
	wait   time.Duration
}

func newTurns(most, inAll int, wait time.Duration) *turns {
	return &turns{make(chan struct{}, most), make(chan struct{}, inAll), wait}
}

// take lets a request through when its turn comes, or tells it to come back.
func (t *turns) take(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case t.all <- struct{}{}:
			defer func() { <-t.all }()
		default:
			busy(w, r)
			return
		}
		if !t.turn(r) {
			busy(w, r)
			return
		}
		answer := &turnOver{ResponseWriter: w, early: !mispapi.Serves(r.URL.Path), over: func() { <-t.places }}
		defer answer.end()
		next.ServeHTTP(answer, r)
	})
}

func (t *turns) turn(r *http.Request) bool {
	select {
	case t.places <- struct{}{}:
		return true
	default:
	}
	patience := time.NewTimer(t.wait)
	defer patience.Stop()
	select {
	case t.places <- struct{}{}:
		return true
	case <-patience.C:
	case <-r.Context().Done():
	}
	return false
}

func busy(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1") // RFC 9110, 10.2.3
	taxii.Refuse(w, r, taxii.Errorf(http.StatusServiceUnavailable, "too many requests at once"))
}

// turnOver ends a turn, once.
type turnOver struct {
	http.ResponseWriter
	early bool // when the answer begins
	over  func()
	ended bool
}

func (a *turnOver) end() {
	if !a.ended {
		a.ended = true
		a.over()
	}
}

// WriteHeader begins the answer.
func (a *turnOver) WriteHeader(status int) {
	if a.early {
		a.end()
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (a *turnOver) Unwrap() http.ResponseWriter { return a.ResponseWriter }
