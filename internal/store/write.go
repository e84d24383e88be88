package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// A turn is one Write's place in the writer's queue. The function runs in its
// caller's goroutine, so that a panic or a test's FailNow stays there, while
// the writer waits with the transaction open.
type turn struct {
	ctx    context.Context
	start  chan *Tx   // the writer hands the transaction over; closed when there is none
	ended  chan error // the caller hands it back
	result chan error // the fate of the commit
	tx     *Tx
}

var errAborted = errors.New("the function did not return")

// Write runs fn in a transaction. When Write returns nil, what fn did is
// durable. Several Writes that wait at once share one commit; an error or panic
// of one, or a failed statement in it, takes back only its own work. An error
// that is a *CommitUnknown says that the commit failed and may have happened;
// with any other error nothing was kept. fn must not keep tx and must not call
// Write.
func (s *Store) Write(ctx context.Context, fn func(tx *Tx) error) error {
	if ctx.Value(insideKey{}) == s {
		return errNested
	}
	t := &turn{ctx: ctx, start: make(chan *Tx), ended: make(chan error, 1), result: make(chan error, 1)}
	if err := s.queue(ctx, t); err != nil {
		return err
	}
	if tx, ok := <-t.start; ok {
		if err := t.run(tx, fn); err != nil {
			<-t.result
			return err
		}
	}
	if err := <-t.result; err != nil || t.tx == nil {
		return err
	}
	return t.after(ctx)
}

// after does what waited for the commit to be done in the caller's goroutine.
func (t *turn) after(ctx context.Context) (err error) {
	for _, f := range t.tx.after {
		err = errors.Join(err, f(ctx))
	}
	if err != nil {
		return &Kept{err}
	}
	return nil
}

func (s *Store) queue(ctx context.Context, t *turn) error {
	select {
	case <-s.closing:
		return errClosed
	default:
	}
	s.tally.waiting.Add(1)
	defer s.tally.waiting.Add(-1)
	select {
	case s.turns <- t:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return errClosed
	}
}

// run runs fn and hands the transaction back, whatever way fn ends.
func (t *turn) run(tx *Tx, fn func(tx *Tx) error) (err error) {
	err = errAborted
	defer func() {
		tx.end()
		t.ended <- err
	}()
	err = fn(tx)
	if err == nil {
		err = tx.failed // a failed statement is never passed over
	}
	return err
}

const (
	maxTurns = 256                   // functions in one commit
	maxBatch = 50 * time.Millisecond // after which nobody else is let in
	idleFor  = time.Second           // without Writes, before tidying
)

// writing is the writer: the only goroutine that commits.
func (s *Store) writing(c conn) {
	defer close(s.writerDone)
	w := &writer{s: s, c: c}
	idle := time.NewTimer(time.Hour)
	idle.Stop()
	for {
		select {
		case t := <-s.turns:
			w.batch(t)
			idle.Reset(idleFor)
		case <-idle.C:
			w.idle(idle)
		case <-s.closing:
			s.closeErr = w.close()
			return
		}
	}
}

type writer struct {
	s     *Store
	c     conn
	turns []*turn // those of this batch whose function succeeded
	seq   sequence
	dead  error // the engine gave the transaction up
}

func (w *writer) idle(timer *time.Timer) {
	more, err := w.tidy()
	if err != nil {
		w.s.log.Warn("store: tidying", "error", err)
	}
	if more {
		timer.Reset(idleFor)
	}
}

func (w *writer) close() error {
	if w.c == nil {
		return nil
	}
	if err := w.s.eng.tidy(w.c); err != nil {
		w.s.log.Warn("store: checkpoint at close", "error", err)
	}
	return w.c.close()
}

// batch runs first and whoever waits meanwhile, then commits for all of them.
func (w *writer) batch(first *turn) {
	w.turns, w.dead = w.turns[:0], nil
	if err := w.begin(); err != nil {
		first.refuse(fmt.Errorf("begin: %w", err))
		return
	}
	began := time.Now()
	for t := first; t != nil; t = w.nextTurn(began) {
		w.take(t)
		if w.dead != nil {
			w.giveUp()
			return
		}
	}
	w.commit()
}

// nextTurn lets in one that is waiting, if there is room.
func (w *writer) nextTurn(began time.Time) *turn {
	if len(w.turns) >= maxTurns || time.Since(began) > maxBatch {
		return nil
	}
	select {
	case t := <-w.s.turns:
		return t
	default:
		return nil
	}
}

func (w *writer) begin() (err error) {
	if w.c != nil && w.c.broken() {
		_ = w.c.close()
		w.c = nil
	}
	if w.c == nil {
		if w.c, err = w.s.eng.connect(false); err != nil {
			w.c = nil
			return err
		}
	}
	w.seq.reset()
	return w.c.begin(true)
}

// take runs one function. The first of a batch needs no savepoint: to take it
// back, the whole transaction is begun anew.
func (w *writer) take(t *turn) {
	alone := len(w.turns) == 0
	if !alone {
		if _, w.dead = w.c.exec("SAVEPOINT turn", nil); w.dead != nil {
			t.refuse(w.dead)
			return
		}
	}
	seq := w.seq
	t.tx = w.s.newWriteTx(w, t.ctx)
	t.start <- t.tx
	err := <-t.ended
	switch {
	case err == nil:
		w.keep(t, alone)
	case fatal(t.tx.failed):
		w.dead = t.tx.failed
		t.result <- err
	default:
		w.seq = seq
		w.takeBack(alone)
		t.result <- err
	}
}

func (w *writer) keep(t *turn, alone bool) {
	w.turns = append(w.turns, t)
	if !alone {
		_, w.dead = w.c.exec("RELEASE SAVEPOINT turn", nil)
	}
}

func (w *writer) takeBack(alone bool) {
	if alone {
		if w.dead = w.c.rollback(); w.dead == nil {
			w.dead = w.c.begin(true)
		}
		return
	}
	if _, w.dead = w.c.exec("ROLLBACK TO SAVEPOINT turn", nil); w.dead == nil {
		_, w.dead = w.c.exec("RELEASE SAVEPOINT turn", nil)
	}
}

// giveUp tells everybody in a batch that the engine gave up that nothing was kept.
func (w *writer) giveUp() {
	_ = w.c.rollback()
	for _, t := range w.turns {
		t.result <- &statementError{mithaq.Unavailable, fmt.Errorf("taken back with another: %w", w.dead), true}
	}
	w.replace()
}

// commit makes the batch durable, then tells its members in their order.
func (w *writer) commit() {
	if len(w.turns) == 0 {
		_ = w.c.rollback()
		return
	}
	if err := w.beforeCommit(); err != nil {
		w.dead = err
		w.giveUp()
		return
	}
	began := time.Now()
	err := w.durable()
	w.s.tally.commit(len(w.turns), time.Since(began))
	if err != nil {
		w.s.log.Error("store: commit", "error", err)
		_ = w.c.rollback()
		w.replace()
		err = &CommitUnknown{err}
	}
	w.tell(err)
}

func (w *writer) beforeCommit() error {
	if a, ok := w.c.(announcer); ok {
		a.announce(w.s.payload(w.topics()))
	}
	return w.seq.save(w.c)
}

// topics are those that the batch changes.
func (w *writer) topics() (all []string) {
	for _, t := range w.turns {
		all = slices.Concat(all, t.tx.topics, t.tx.told)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// durable is the moment of no return.
func (w *writer) durable() error {
	if err := w.s.cfg.Faults.at(BeforeCommit); err != nil {
		return err
	}
	if err := w.c.commit(); err != nil {
		return err
	}
	return w.s.cfg.Faults.at(AfterCommit)
}

func (w *writer) tell(err error) {
	for _, t := range w.turns {
		if err == nil {
			t.tx.committed()
		}
	}
	for _, t := range w.turns {
		t.result <- err
	}
	clear(w.turns)
}

// replace drops a connection that failed: what it still believes is not to be trusted.
func (w *writer) replace() {
	_ = w.c.close()
	w.c = nil
}

func (t *turn) refuse(err error) {
	close(t.start)
	t.result <- err
}
