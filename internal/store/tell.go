package store

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"github.com/mithaq-hub/mithaq"
)

// ears are what this process does when another tells it something.
type ears struct {
	mu sync.Mutex
	on map[string][]func(key string)
}

// Tell tells the other processes of key under topic once the transaction is
// durable: see Hear. It is for what they have in memory or on a line; what is in
// the database they find there. It may get lost with a line.
func (tx *Tx) Tell(topic, key string) { tx.told = append(tx.told, topic+"="+url.QueryEscape(key)) }

// Hear has f called when another process tells of something under topic. The key
// is "" when something may have been missed: then f acts for all keys. f is quick.
func (s *Store) Hear(topic string, f func(key string)) {
	s.ears.mu.Lock()
	defer s.ears.mu.Unlock()
	if s.ears.on == nil {
		s.ears.on = map[string][]func(string){}
	}
	s.ears.on[topic] = append(s.ears.on[topic], f)
}

func (e *ears) hear(topic, key string) {
	e.mu.Lock()
	list := e.on[topic]
	e.mu.Unlock()
	for _, f := range list {
		f(key)
	}
}

func (e *ears) all() {
	e.mu.Lock()
	var list []func(string)
	for _, some := range e.on {
		list = append(list, some...)
	}
	e.mu.Unlock()
	for _, f := range list {
		f("")
	}
}

// Settle waits until nobody who held a name beside others, in any process, when
// it was called, holds it any more. Whoever comes meanwhile waits for it.
// Unavailable: somebody did not let go of it in time.
func (s *Store) Settle(ctx context.Context, name string) error {
	e, ok := s.eng.(*pgEngine)
	if !ok {
		return nil
	}
	c, err := e.connect(true)
	if err != nil {
		return err
	}
	defer func() { _ = c.close() }() // which lets go of it again
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if _, err := c.(*pgConn).c.Exec(ctx, "SELECT pg_advisory_lock($1)", e.lock(name)); err != nil {
		return fmt.Errorf("%w: another process may still have a line open: %w", mithaq.Unavailable, err)
	}
	return nil
}
