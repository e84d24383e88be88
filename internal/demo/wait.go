package demo

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq/client"
)

// patience is how long one thing of the story may take.
const patience = 3 * time.Minute

// The pauses between two questions: often where asking leaves no trace, seldom
// where each is entered in a log.
const (
	brief  = 20 * time.Millisecond
	seldom = 500 * time.Millisecond
)

// until asks again and again, with a pause between, until something is so. The error of a wait that
// took too long says so.
func until(ctx context.Context, pause time.Duration, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if ok, err := so(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func isNotFound(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status == http.StatusNotFound
}
