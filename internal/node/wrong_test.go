package node

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Those who send wrong tokens wait longer each time, hold no place while they do,
// and a right token does not wait.
func TestWrongTokensWaitAndNobodyElse(t *testing.T) {
	clock := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	d := newDoorman(func() time.Time { return clock })
	var mu sync.Mutex
	var waits []time.Duration
	release := make(chan struct{})
	arrived := make(chan struct{}, wrongAtOnce)
	d.sleep = func(_ context.Context, wait time.Duration) {
		mu.Lock()
		waits = append(waits, wait)
		mu.Unlock()
		arrived <- struct{}{}
		<-release
	}
	h := d.slow(newTurns(1, 2*wrongAtOnce, time.Minute).take(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer right" {
			wrongToken(r.Context())
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, "sign in")
			return
		}
		_, _ = io.WriteString(w, "welcome")
	})))
	ask := func(token string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		h.ServeHTTP(w, r)
		return w
	}
	var all sync.WaitGroup
	for range wrongAtOnce {
		all.Go(func() {
			if w := ask("wrong"); w.Code != http.StatusUnauthorized || w.Body.String() != "sign in" {
				t.Errorf("a wrong token: %d %q", w.Code, w.Body)
			}
		})
		<-arrived // so that the one place is free again
	}
	if w := ask("right"); w.Code != http.StatusOK || w.Body.String() != "welcome" {
		t.Errorf("a right token from the same address: %d %q", w.Code, w.Body)
	}
	if w := ask("wrong"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %d", w.Code)
	}
	close(release)
	all.Wait()
	if waits[0] != wrongFirst || waits[1] != 2*wrongFirst || waits[wrongAtOnce-1] != wrongLast {
		t.Errorf("waits begin with %v and %v, and end with %v", waits[0], waits[1], waits[wrongAtOnce-1])
	}
	clock = clock.Add(wrongForget + time.Second)
	if w := ask("wrong"); w.Code != http.StatusUnauthorized || waits[len(waits)-1] != wrongFirst {
		t.Errorf("later: %d after %v", w.Code, waits[len(waits)-1])
	}
}
