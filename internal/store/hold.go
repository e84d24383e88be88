package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// What only one may do at a time, such as delivering on a lane, is held by a
// name, in this process and in all that share the database. It is no part of any
// transaction: what a holder writes must be right even when it lost its hold,
// which happens when the process lives and its line to the server does not.

// holds are the names held in this process.
type holds struct {
	mu    sync.Mutex
	of    map[string]*hold
	locks locker // those of the other processes; nil when there are none
}

// A locker takes and lets go of names for this process, against the others.
type locker interface {
	lock(ctx context.Context, name string, shared bool) (bool, error)
	unlock(name string, shared bool)
}

// A hold is a name that is held by one alone, or by n who share it.
type hold struct {
	alone bool
	n     int
	free  chan struct{} // closed when it is let go of
}

// settleWithin is how long Settle waits.
const settleWithin = 10 * time.Second

// tryAgain is how long to wait for a name that another process holds.
const tryAgain = 20 * time.Millisecond

// TryAlone takes a name for one alone; ok is false when anybody holds it. Call
// done in the end.
func (s *Store) TryAlone(ctx context.Context, name string) (done func(), ok bool, err error) {
	done, _, err = s.holds.take(ctx, name, false)
	return done, done != nil, err
}

// Alone waits until nobody else holds a name, and takes it.
func (s *Store) Alone(ctx context.Context, name string) (done func(), err error) {
	return s.holds.wait(ctx, name, false)
}

// Beside takes a name together with others who take it so, and waits while
// somebody holds it alone.
func (s *Store) Beside(ctx context.Context, name string) (done func(), err error) {
	return s.holds.wait(ctx, name, true)
}

func (h *holds) wait(ctx context.Context, name string, shared bool) (func(), error) {
	for {
		done, free, err := h.take(ctx, name, shared)
		if done != nil || err != nil {
			return done, err
		}
		timer := time.NewTimer(tryAgain)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-free: // nil when another process has it
		case <-timer.C:
		}
		timer.Stop()
	}
}

// take takes a name if it is free; free is closed when this process lets go of it.
func (h *holds) take(ctx context.Context, name string, shared bool) (done func(), free <-chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one, ok := h.of[name]; ok {
		if !shared || one.alone {
			return nil, one.free, nil
		}
		one.n++
		return h.once(name, shared), nil, nil
	}
	if h.locks != nil {
		if ok, err := h.locks.lock(ctx, name, shared); err != nil || !ok {
			return nil, nil, err
		}
	}
	if h.of == nil {
		h.of = map[string]*hold{}
	}
	h.of[name] = &hold{alone: !shared, n: 1, free: make(chan struct{})}
	return h.once(name, shared), nil, nil
}

// once lets go of a name, however often it is called.
func (h *holds) once(name string, shared bool) func() {
	return sync.OnceFunc(func() { h.leave(name, shared) })
}

func (h *holds) leave(name string, shared bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.of[name]
	if one.n--; one.n > 0 {
		return
	}
	delete(h.of, name)
	close(one.free)
	if h.locks != nil {
		h.locks.unlock(name, shared)
	}
}

// lock takes an advisory lock of the line's session, if it is free.
func (l *pgLine) lock(ctx context.Context, name string, shared bool) (ok bool, err error) {
	query := "SELECT pg_try_advisory_lock($1)"
	if shared {
		query = "SELECT pg_try_advisory_lock_shared($1)"
	}
	err = l.ask(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, query, l.e.lock(name)).Scan(&ok)
	})
	return ok, err
}

// unlock lets go of it, soon. If the line is lost, the server did so already.
func (l *pgLine) unlock(name string, shared bool) {
	query := "SELECT pg_advisory_unlock($1)"
	if shared {
		query = "SELECT pg_advisory_unlock_shared($1)"
	}
	l.post(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, query, l.e.lock(name))
		return err
	})
}
