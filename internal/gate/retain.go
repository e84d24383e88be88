package gate

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// The kinds of due job of this package.
const (
	JobSend   = "gate-send"   // key: a release that is being sent
	JobRetain = "gate-retain" // key: when some retention ends
	JobFollow = "gate-follow" // key: a batch of new versions; payload: what they follow
)

// Jobs are the kinds of due job that Work does.
func Jobs() []string { return []string{JobSend, JobRetain, JobFollow, pact.EndedJob} }

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// retainUntil sees to it that what lapses at some times is erased then.
func (g *Gate) retainUntil(tx *store.Tx, untils map[int64]bool) error {
	for us := range untils {
		if us <= 0 {
			continue
		}
		if err := tx.Due(store.DueJob{Kind: JobRetain, Key: strconv.FormatInt(us, 10), At: micros(us)}); err != nil {
			return err
		}
	}
	return nil
}

// Run does due jobs until ctx ends.
func (g *Gate) Run(ctx context.Context) error {
	if err := g.resume(ctx); err != nil && ctx.Err() == nil {
		g.Log.ErrorContext(ctx, "gate work not resumed", slog.Any("error", err))
	}
	for {
		wakes := each(Jobs(), func(kind string) <-chan struct{} { return g.Store.Wake(store.DueTopic(kind)) })
		n, err := g.Work(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			g.Log.ErrorContext(ctx, "gate work", slog.Any("error", err))
		case n > 0:
			continue
		}
		if err := g.rest(ctx, wakes); err != nil {
			return err
		}
	}
}

// resume makes due now what was being sent when the process ended: whoever
// released it is not there any more to go on.
func (g *Gate) resume(ctx context.Context) error {
	if err := g.Store.Inherit(ctx); err != nil {
		return err
	}
	return g.write(ctx, func(tx *store.Tx) error {
		sending, err := g.Releases(tx, g.node, Sending)
		for _, s := range sending {
			err = errors.Join(err, tx.Due(store.DueJob{Kind: JobSend, Key: string(s.Release.ID), At: tx.Now()}))
		}
		return err
	})
}

// rest waits for the next job.
func (g *Gate) rest(ctx context.Context, wakes []<-chan struct{}) error {
	wait := time.Hour
	at, ok, err := g.Store.NextDue(ctx, Jobs())
	if err == nil && ok {
		var now time.Time
		err = g.read(ctx, func(tx *store.Tx) error { now = tx.Now(); return nil })
		wait = max(10*time.Millisecond, min(wait, at.Sub(now)))
	}
	if err != nil {
		wait = time.Second
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wakes[0]:
	case <-wakes[1]:
	case <-wakes[2]:
	case <-wakes[3]:
	case <-timer.C:
	}
	return nil
}

const jobLease = 2 * time.Minute

// Work does the jobs that are due and says how many it did.
func (g *Gate) Work(ctx context.Context) (done int, err error) {
	jobs, err := g.Store.Claim(ctx, Jobs(), 16, jobLease)
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, j := range jobs {
		if err := g.do(ctx, j); err != nil {
			faults = append(faults, err)
			continue
		}
		done++
	}
	return done, errors.Join(faults...)
}

func (g *Gate) do(ctx context.Context, j store.DueJob) (err error) {
	switch j.Kind {
	case JobSend:
		err = g.Send(ctx, stix.ID(j.Key))
	case JobRetain:
		err = g.Lapse(ctx)
	case JobFollow:
		err = g.followNow(ctx, j.Payload)
	case pact.EndedJob:
		err = g.AfterEnd(ctx, stix.ID(j.Key))
	}
	if err != nil && !errors.Is(err, mithaq.Denied) {
		at := store.Backoff(j.Attempt, time.Second, 10*time.Minute)
		return errors.Join(err, g.write(ctx, func(tx *store.Tx) error { return tx.Later(j, tx.Now().Add(at)) }))
	}
	return g.write(ctx, func(tx *store.Tx) error {
		_, err := tx.Finish(j)
		return err
	})
}

const lapseAtOnce = 500

// Lapse erases what has come to the end of its retention, and states so to
// whoever gave it; so too what was taken back and held back until now.
func (g *Gate) Lapse(ctx context.Context) error {
	for _, q := range []store.HoldingQuery{
		{States: []mithaq.HoldingState{mithaq.Held, mithaq.Restricted, mithaq.Disputed, mithaq.Recalled, mithaq.Lapsed}},
		{States: []mithaq.HoldingState{mithaq.Recalled, mithaq.Lapsed}},
	} {
		overdue := len(q.States) > 2
		err := g.eraseAll(ctx, q, mithaq.Lapsed, mithaq.ErasedByRetention, func(tx *store.Tx, q *store.HoldingQuery) {
			if overdue {
				q.Lapsed = tx.Now()
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// AfterEnd does with what came under a pact what its terms say, once it has
// ended for the partners who gave it.
func (g *Gate) AfterEnd(ctx context.Context, id stix.ID) error {
	var over []mithaq.OrgID
	err := g.read(ctx, func(tx *store.Tx) error {
		t, err := g.Pacts.InForce(tx, id)
		if err != nil || t.Pact.Terms.AtEnd != mithaq.EndErase {
			return err
		}
		for _, org := range t.Pact.Peers() {
			if org == g.Org {
				continue
			}
			s, err := g.Pacts.Standing(tx, id, org)
			if err != nil {
				return err
			}
			if s.State.Status == mithaq.Ended {
				over = append(over, org)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, org := range over {
		err := g.eraseAll(ctx, store.HoldingQuery{Giver: org, Under: id}, mithaq.Lapsed, mithaq.ErasedByEnd, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseAll erases the holdings that a query asks for, some at once.
func (g *Gate) eraseAll(ctx context.Context, q store.HoldingQuery, state mithaq.HoldingState, cause mithaq.ErasureCause, at func(*store.Tx, *store.HoldingQuery)) error {
	q.Limit = lapseAtOnce
	for more := true; more; {
		err := g.write(ctx, func(tx *store.Tx) (err error) {
			if at != nil {
				at(tx, &q)
			}
			more, err = g.eraseSome(tx, &q, state, cause)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseSome erases one page, and moves the query on behind it.
func (g *Gate) eraseSome(tx *store.Tx, q *store.HoldingQuery, state mithaq.HoldingState, cause mithaq.ErasureCause) (more bool, err error) {
	page, err := g.Store.Holdings(tx, g.node, *q)
	if err != nil || len(page) == 0 {
		return false, err
	}
	more = len(page) == q.Limit
	q.After = page[len(page)-1].Item - 1 // its holdings may have been cut
	groups, err := g.erasable(tx, page, q)
	if err != nil {
		return false, err
	}
	for l, list := range groups {
		if err := g.lapseOf(tx, l, list, state, cause); err != nil {
			return false, err
		}
	}
	if len(groups) == 0 && more {
		q.After++ // nothing changed behind it
	}
	return more, g.touch(tx)
}

// erasable groups the holdings of a page by whom a statement about them goes
// to. What is held back, and dead already, was stated before.
func (g *Gate) erasable(tx *store.Tx, page []store.Held, q *store.HoldingQuery) (map[link][]held, error) {
	items, err := g.Store.Fetch(tx, g.node, each(page, func(h store.Held) int64 { return h.Item }))
	if err != nil {
		return nil, err
	}
	bySeq := map[int64]store.Item{}
	for i := range items {
		bySeq[items[i].Seq] = items[i]
	}
	groups := map[link][]held{}
	for i := range page {
		h := &page[i]
		if !h.State.InUse() {
			// Ours that was recalled stays, unseen, until its retention ends.
			authority, _, err := g.heldBack(tx, h.Item)
			if err != nil {
				return nil, err
			}
			if authority != "" || q.Lapsed.IsZero() && h.Giver == g.Org {
				continue
			}
		}
		l := link{to: h.Giver}
		if l.to != g.Org {
			l.pact = h.Under
		}
		groups[l] = append(groups[l], held{bySeq[h.Item], h.HoldingKey, h.Envelope})
	}
	return groups, nil
}

// lapseOf erases what one giver gave under one pact, or what is ours.
func (g *Gate) lapseOf(tx *store.Tx, l link, list []held, state mithaq.HoldingState, cause mithaq.ErasureCause) error {
	e := mithaq.NewErasure(stix.NewID(mithaq.TypeErasure), mithaq.At(tx.Now()), g.Org, l.to, l.pact, cause)
	t, err := g.erase(tx, list, state, e)
	if err != nil {
		return err
	}
	if l.to != g.Org {
		return g.state(tx, e)
	}
	return g.Enter(tx, mithaq.Account{
		Kind: "erasure", At: mithaq.At(tx.Now()), Notes: map[string]string{"cause": string(e.Cause)},
		Counts: map[string]int64{"erased": int64(t.erased), "withheld": int64(t.withheld)},
	})
}

// followLater sees to it that partners who got a version are proposed the new
// one; it is decided apart from the import.
func (g *Gate) followLater(tx *store.Tx, prior []int64) error { return g.followAt(tx, prior, tx.Now()) }

func (g *Gate) followAt(tx *store.Tx, prior []int64, at time.Time) error {
	if len(prior) == 0 {
		return nil
	}
	payload, err := json.Marshal(prior)
	if err != nil {
		return err
	}
	seq, err := tx.Seq()
	if err != nil {
		return err
	}
	return tx.Due(store.DueJob{Kind: JobFollow, Key: strconv.FormatInt(seq, 10), At: at, Payload: payload})
}
