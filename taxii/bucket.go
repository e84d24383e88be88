package taxii

import (
	"context"
	"sync"
	"time"
)

// bucket holds up to burst tokens, and gets rate more each second. A request
// takes one; when none is left it waits for its own.
type bucket struct {
	rate, burst float64

	mu     sync.Mutex
	tokens float64
	at     time.Time
}

func (b *bucket) take(ctx context.Context) error {
	wait := b.reserve(time.Now())
	if wait <= 0 {
		return ctx.Err()
	}
	return sleep(ctx, wait)
}

// reserve takes a token, maybe one that is still to come, and says how long
// until it is there.
func (b *bucket) reserve(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate <= 0 {
		return 0
	}
	if b.at.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.at).Seconds()*b.rate)
	}
	b.at = now
	b.tokens--
	return time.Duration(-b.tokens / b.rate * float64(time.Second))
}
