package node

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"
)

// stuck is a client that takes no byte until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	writing, free chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	s.writing <- struct{}{}
	<-s.free
	return s.ResponseRecorder.Write(b)
}

func answering(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte("page"))
}

// Clients that take nothing keep no turn: those behind them are served.
func TestSlowClientsHoldNoTurn(t *testing.T) {
	h := newTurns(2, 11, time.Minute).take(http.HandlerFunc(answering))
	s := &stuck{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	var slow sync.WaitGroup
	for range 10 {
		slow.Go(func() {
			w := &stuck{httptest.NewRecorder(), s.writing, s.free}
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/own/", nil))
			if w.Body.String() != "page" {
				t.Errorf("a slow client got %q", w.Body)
			}
		})
		<-s.writing
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/own/", nil))
	if w.Code != http.StatusOK {
		t.Errorf("behind ten slow clients and two turns: %d", w.Code)
	}
	close(s.free)
	slow.Wait()
}

func TestTurnsAreWaitedForAndBounded(t *testing.T) {
	in, out := make(chan struct{}), make(chan struct{})
	turns := newTurns(1, 2, time.Minute)
	h := turns.take(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in <- struct{}{}
		<-out
		answering(w, r)
	}))
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/own/", nil))
		return w
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if w := ask(); w.Code != http.StatusOK {
				t.Errorf("who waited got %d", w.Code)
			}
		})
	}
	<-in
	for len(turns.all) < 2 { // until the second is there
		runtime.Gosched()
	}
	if w := ask(); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("a third: %d, to come back after %q", w.Code, w.Header().Get("Retry-After"))
	}
	out <- struct{}{}
	<-in
	out <- struct{}{}
	both.Wait()
}

func TestWhoWaitsTooLongIsToldToComeBack(t *testing.T) {
	turns := newTurns(1, 8, time.Millisecond)
	turns.places <- struct{}{} // somebody is worked at, and goes on
	w := httptest.NewRecorder()
	turns.take(http.HandlerFunc(answering)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/own/", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
}
