package store

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mithaq-hub/mithaq"
)

// A pgLine is the one connection by which a process hears the others that share
// its database, and is seen by them. While it stands the process holds a lock
// named by its number; the server lets go of it when the process dies.
//
// What is heard only wakes: whoever waits on a topic looks at the tables then.
// Whoever hears nothing looks all the same, every few seconds.
type pgLine struct {
	s    *Store
	e    *pgEngine
	asks chan *lineAsk
	stop context.CancelFunc
	done chan struct{}

	mu        sync.Mutex
	interrupt context.CancelFunc // ends the wait for the next notification
	open      bool
}

// A lineAsk is something to be done on the connection.
type lineAsk struct {
	do    func(ctx context.Context, c *pgx.Conn) error
	reply chan error
}

const (
	askWithin  = 5 * time.Second // for one lineAsk
	lineClass  = "mithaq/process/"
	reopenWait = 500 * time.Millisecond
)

func openLine(ctx context.Context, s *Store, e *pgEngine) (*pgLine, error) {
	l := &pgLine{s: s, e: e, asks: make(chan *lineAsk, 64), done: make(chan struct{})}
	c, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	l.stop = stop
	go l.run(running, c)
	return l, nil
}

// connect opens the connection: from then on this process is seen.
func (l *pgLine) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	c, err := pgx.ConnectConfig(ctx, l.e.cfg.Copy())
	if err != nil {
		return nil, pgError(err)
	}
	if err := l.greet(ctx, c); err != nil {
		_ = c.Close(ctx)
		return nil, pgError(err)
	}
	return c, nil
}

func (l *pgLine) greet(ctx context.Context, c *pgx.Conn) error {
	if _, err := c.Exec(ctx, "LISTEN "+l.e.channel()); err != nil {
		return err
	}
	_, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", l.e.lock(lineClass+strconv.FormatInt(l.s.process, 36)))
	return err
}

// run keeps the connection open until told to stop.
func (l *pgLine) run(ctx context.Context, c *pgx.Conn) {
	defer close(l.done)
	for {
		l.opened(true)
		err := l.attend(ctx, c)
		l.opened(false)
		l.close(c)
		if ctx.Err() != nil {
			return
		}
		l.s.log.Warn("store: line to the other processes lost", "error", err)
		l.s.lost()
		if c = l.reconnect(ctx); c == nil {
			return
		}
		l.s.wakes.all()
	}
}

func (l *pgLine) opened(open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = open
}

func (l *pgLine) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

func (l *pgLine) close(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	_ = c.Close(ctx)
}

// reconnect tries until it succeeds; nil when told to stop.
func (l *pgLine) reconnect(ctx context.Context) *pgx.Conn {
	for ctx.Err() == nil {
		if c, err := l.connect(ctx); err == nil {
			return c
		}
		select {
		case <-ctx.Done():
		case q := <-l.asks:
			q.reply <- errNoLine
		case <-time.After(reopenWait):
		}
	}
	return nil
}

var errNoLine = &statementError{mithaq.Unavailable, fmt.Errorf("no line to the database"), true}

// attend hears notifications and does what is asked, until the connection fails.
func (l *pgLine) attend(ctx context.Context, c *pgx.Conn) error {
	for ctx.Err() == nil {
		wait, cancel := context.WithCancel(ctx)
		l.mu.Lock()
		l.interrupt = cancel
		l.mu.Unlock()
		n, err := l.next(wait, c)
		interrupted := wait.Err() != nil
		cancel()
		switch {
		case err == nil && n != "":
			l.s.heard(n)
		case err != nil && !interrupted:
			return err
		case c.IsClosed():
			return errNoLine
		}
	}
	return ctx.Err()
}

// next does one thing that is asked, or else waits for one notification.
func (l *pgLine) next(ctx context.Context, c *pgx.Conn) (payload string, err error) {
	select {
	case q := <-l.asks:
		return "", l.answer(c, q)
	default:
	}
	n, err := c.WaitForNotification(ctx)
	if err != nil {
		return "", err
	}
	return n.Payload, nil
}

func (l *pgLine) answer(c *pgx.Conn, q *lineAsk) error {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	err := q.do(ctx, c)
	q.reply <- pgError(err)
	if c.IsClosed() {
		return err
	}
	return nil
}

// ask has something done on the connection.
func (l *pgLine) ask(ctx context.Context, do func(ctx context.Context, c *pgx.Conn) error) error {
	q := &lineAsk{do, make(chan error, 1)}
	select {
	case l.asks <- q:
	case <-l.done:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	l.wake()
	select { // whatever becomes of ctx: what was taken is known to somebody
	case err := <-q.reply:
		return err
	case <-l.done:
		return errClosed
	}
}

// post is ask for what nobody waits for.
func (l *pgLine) post(do func(ctx context.Context, c *pgx.Conn) error) {
	select {
	case l.asks <- &lineAsk{do, make(chan error, 1)}:
		l.wake()
	case <-l.done:
	}
}

func (l *pgLine) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.interrupt != nil {
		l.interrupt()
	}
}

// end closes the line. The others see that this process is no more.
func (l *pgLine) end() {
	l.stop()
	<-l.done
}

// dead are those of some processes that hold no line any more.
func (l *pgLine) dead(ctx context.Context, processes []int64) (dead []int64, err error) {
	err = l.ask(ctx, func(ctx context.Context, c *pgx.Conn) error {
		for _, id := range processes {
			free, err := l.free(ctx, c, lineClass+strconv.FormatInt(id, 36))
			if err != nil {
				return err
			}
			if free {
				dead = append(dead, id)
			}
		}
		return nil
	})
	return dead, err
}

// free reports whether nobody holds a lock.
func (l *pgLine) free(ctx context.Context, c *pgx.Conn, name string) (free bool, err error) {
	key := l.e.lock(name)
	if err := c.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", key).Scan(&free); err != nil || !free {
		return false, err
	}
	_, err = c.Exec(ctx, "SELECT pg_advisory_unlock($1)", key)
	return true, err
}
