package httpsig

import (
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Replay remembers nonces for as long as a signature with them could be taken
// again. Its memory is bounded for each key, so that one partner cannot
// crowd out another: one that sends more than PerKey requests within a window
// is told to come again later, and nothing is forgotten early.
//
// Two generations rotate: an entry lives at least one window, at most two.
type Replay struct {
	Window time.Duration // at least Lifetime and twice the skew
	PerKey int           // nonces of one key in a window

	mu       sync.Mutex
	began    time.Time
	now, old map[mithaq.KeyID]map[string]struct{}
}

// NewReplay makes a memory for signatures that live for Lifetime between
// clocks that are skew apart.
func NewReplay(skew time.Duration, perKey int) *Replay {
	return &Replay{Window: Lifetime + 2*skew + time.Second, PerKey: perKey}
}

// Take remembers a nonce at a time of ours. Denied: it was taken before.
// Busy: the key has no room left in this window.
func (r *Replay) Take(key mithaq.KeyID, nonce string, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rotate(now)
	_, before := r.now[key][nonce]
	_, earlier := r.old[key][nonce]
	switch {
	case before || earlier:
		return &mithaq.Refusal{Kind: mithaq.Denied, Key: "hop.replayed", Args: []any{nonce}}
	case len(r.now[key]) >= r.PerKey:
		return &mithaq.Refusal{Kind: mithaq.Busy, Key: "hop.too-many", Args: []any{r.PerKey, r.Window}}
	case r.now[key] == nil:
		r.now[key] = map[string]struct{}{}
	}
	r.now[key][nonce] = struct{}{}
	return nil
}

// rotate lets a generation go that is a whole window old.
func (r *Replay) rotate(now time.Time) {
	switch age := now.Sub(r.began); {
	case r.now != nil && age < r.Window:
		return
	case r.now == nil || age >= 2*r.Window:
		r.old = nil
	default:
		r.old = r.now
	}
	r.now = map[mithaq.KeyID]map[string]struct{}{}
	r.began = now
}
