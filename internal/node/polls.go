package node

import (
	"context"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// pollsEvery is how long polls that found nothing are summed for one entry.
const pollsEvery = time.Hour

// polls counts the requests of tools that found nothing: one entry an hour
// says how many, since a tool asks every minute.
type polls struct {
	n     *Node
	mu    sync.Mutex
	count map[poll]int64
}

// A poll is a tool, and why it asks.
type poll struct {
	token   string
	purpose mithaq.Purpose
	basis   string
}

func (p *polls) add(v mithaq.Viewer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == nil {
		p.count = map[poll]int64{}
	}
	p.count[poll{v.Token, v.Purpose, v.Basis}]++
}

func (p *polls) take() map[poll]int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.count
	p.count = nil
	return taken
}

// run enters what was counted each hour.
func (p *polls) run(ctx context.Context) error {
	tick := time.NewTicker(pollsEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := p.enter(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *polls) enter(ctx context.Context) error {
	counted := p.take()
	if len(counted) == 0 {
		return nil
	}
	return p.n.store.Write(ctx, func(tx *store.Tx) error {
		for one, count := range counted {
			err := p.n.enter(tx, mithaq.Account{
				Kind: "read", At: mithaq.At(tx.Now()), Purpose: one.purpose, Basis: one.basis,
				Counts: map[string]int64{"items": 0, "polls": count}, Notes: map[string]string{"read": "empty-polls", "token": one.token},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
