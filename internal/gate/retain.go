package gate

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
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
func Jobs() []string { return []string{JobSend, JobRetain, JobFollow} }

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
// whoever gave it.
func (g *Gate) Lapse(ctx context.Context) error {
	for {
		n := 0
		err := g.write(ctx, func(tx *store.Tx) (err error) {
			n, err = g.lapse(tx)
			return err
		})
		if err != nil || n < lapseAtOnce {
			return err
		}
	}
}

func (g *Gate) lapse(tx *store.Tx) (int, error) {
	lapsing, err := g.Store.Lapsing(tx, g.node, tx.Now(), lapseAtOnce)
	if err != nil || len(lapsing) == 0 {
		return 0, err
	}
	items, err := g.Store.Fetch(tx, g.node, each(lapsing, func(h store.Held) int64 { return h.Item }))
	if err != nil {
		return 0, err
	}
	bySeq := map[int64]store.Item{}
	for i := range items {
		bySeq[items[i].Seq] = items[i]
	}
	groups := map[link][]held{}
	for i := range lapsing {
		l := link{to: lapsing[i].Giver}
		if l.to != g.Org {
			l.pact = lapsing[i].Under
		}
		groups[l] = append(groups[l], held{bySeq[lapsing[i].Item], lapsing[i].HoldingKey})
	}
	for l, list := range groups {
		if err := g.lapseOf(tx, l, list); err != nil {
			return 0, err
		}
	}
	return len(lapsing), g.touch(tx)
}

// lapseOf erases what one giver gave under one pact, or what is ours.
func (g *Gate) lapseOf(tx *store.Tx, l link, list []held) error {
	e := mithaq.NewErasure(stix.NewID(mithaq.TypeErasure), mithaq.At(tx.Now()), g.Org, l.to, l.pact, mithaq.ErasedByRetention)
	if err := g.erase(tx, list, mithaq.Lapsed, e); err != nil {
		return err
	}
	if l.to != g.Org {
		return g.state(tx, e)
	}
	return g.Enter(tx, mithaq.Account{
		Kind: "erasure", At: mithaq.At(tx.Now()), Notes: map[string]string{"cause": string(e.Cause)},
		Counts: map[string]int64{"erased": int64(len(e.Erased)), "withheld": int64(len(e.Withheld))},
	})
}

// followLater sees to it that partners who got a version are proposed the new
// one; it is decided apart from the import.
func (g *Gate) followLater(tx *store.Tx, prior []int64) error {
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
	return tx.Due(store.DueJob{Kind: JobFollow, Key: strconv.FormatInt(seq, 10), At: tx.Now(), Payload: payload})
}
