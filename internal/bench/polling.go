package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mithaq-hub/mithaq/taxii"
)

const (
	pollers    = 500 // at once
	pollsEach  = 20
	minutely   = 2000 // who poll once a minute
	pollsShare = 10.0 // per cent of one core that they may take
)

// polling asks as many clients at once do, each on a connection of its own, whether
// there is anything new; there is not. An answer that is no success ends it.
func (s *tools) polling(ctx context.Context, _ int) ([]Figure, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: pollers}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var took []time.Duration
	round := func(n int) error {
		g, ctx := errgroup.WithContext(ctx)
		for range pollers {
			g.Go(func() error {
				for range n {
					began := time.Now()
					if err := s.poll(ctx, client); err != nil {
						return err
					}
					mu.Lock()
					took = append(took, time.Since(began))
					mu.Unlock()
				}
				return nil
			})
		}
		return g.Wait()
	}
	if err := round(1); err != nil { // to connect
		return nil, err
	}
	took = took[:0]
	from := cpu()
	if err := round(pollsEach); err != nil {
		return nil, err
	}
	each := micros(cpu()-from) / (pollers * pollsEach)
	slices.Sort(took)
	return []Figure{
		{Name: fmt.Sprintf("%d pollers at once: processor time a poll, client included", pollers), Value: each, Unit: "µs"},
		{Name: "– wall time, median", Value: micros(took[len(took)/2]) / 1000, Unit: "ms"},
		{Name: fmt.Sprintf("%d partners, a poll a minute: of one core", minutely), Value: each * minutely / 60e6 * 100, Unit: "%", Target: pollsShare},
	}, nil
}

func (s *tools) poll(ctx context.Context, client *http.Client) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"objects/?added_after="+s.last, nil)
	if err != nil {
		return err
	}
	r.Header = http.Header{"Accept": {taxii.MediaType}, "Authorization": {"Bearer " + s.all}}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var room [64]byte
	n, _ := res.Body.Read(room[:])
	if res.StatusCode != http.StatusOK || string(room[:n]) != "{}" {
		return fmt.Errorf("a poll among many: %d %s", res.StatusCode, room[:n])
	}
	return nil
}
