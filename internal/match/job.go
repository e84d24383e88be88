package match

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// The kinds of due job of this package.
const (
	JobPublish = "match-publish" // key: daily, or a pact
	JobSend    = "match-send"    // key: a set of ours whose rows are being sent
	JobTake    = "match-take"    // key: digest of a partner's set whose rows are here
	JobAnswer  = "match-answer"  // key: digest of a question whose answer was delayed
	JobEpoch   = "match-epoch"   // key: pact, or pact and answerer
	JobBatch   = "match-batch"   // key: a batch that has something to ask
)

const daily = "daily"

// Jobs are the kinds of due job that Work does.
func Jobs() []string { return []string{JobPublish, JobSend, JobTake, JobAnswer, JobEpoch, JobBatch} }

const jobLease = 10 * time.Minute

// now is the node's clock.
func (b *Book) now() (now time.Time) {
	_ = b.read(context.Background(), func(tx *store.Tx) error { now = tx.Now(); return nil })
	return now
}

// Run does due jobs until ctx ends, and ends epochs when a pact changes.
func (b *Book) Run(ctx context.Context) error {
	if err := b.Begin(ctx); err != nil && ctx.Err() == nil {
		b.Log.ErrorContext(ctx, "matching not begun", slog.Any("error", err))
	}
	for {
		wakes := []<-chan struct{}{b.Store.Wake(pact.Topic)}
		for _, kind := range Jobs() {
			wakes = append(wakes, b.Store.Wake(store.DueTopic(kind)))
		}
		n, err := b.Work(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			b.Log.ErrorContext(ctx, "matching", slog.Any("error", err))
		case n > 0:
			continue
		}
		if err := b.rest(ctx, wakes); err != nil {
			return err
		}
	}
}

// rest waits for the next job.
func (b *Book) rest(ctx context.Context, wakes []<-chan struct{}) error {
	wait := time.Hour
	at, ok, err := b.Store.NextDue(ctx, Jobs())
	switch {
	case err != nil:
		wait = time.Second
	case ok:
		wait = max(10*time.Millisecond, min(wait, at.Sub(b.now())))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	cases := []reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}, {Dir: reflect.SelectRecv, Chan: reflect.ValueOf(timer.C)},
	}
	for _, w := range wakes {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(w)})
	}
	reflect.Select(cases)
	return ctx.Err()
}

// Work ends what is over, does the jobs that are due, and says how many it did.
func (b *Book) Work(ctx context.Context) (did int, err error) {
	if err := b.EndOver(ctx); err != nil {
		return 0, err
	}
	jobs, err := b.Store.Claim(ctx, Jobs(), 4, jobLease)
	if err != nil {
		return 0, err
	}
	var faults []error
	for _, j := range jobs {
		if err := b.do(ctx, j); err != nil {
			faults = append(faults, err)
			continue
		}
		did++
	}
	return did, errors.Join(faults...)
}

func (b *Book) do(ctx context.Context, j store.DueJob) error {
	err := b.job(ctx, j)
	if err != nil && !errors.Is(err, mithaq.Denied) && !errors.Is(err, mithaq.NotFound) {
		at := store.Backoff(j.Attempt, time.Second, 10*time.Minute)
		return errors.Join(err, b.write(ctx, func(tx *store.Tx) error { return tx.Later(j, tx.Now().Add(at)) }))
	}
	return b.write(ctx, func(tx *store.Tx) error {
		if j.Kind == JobPublish && j.Key == daily {
			return tx.Later(j, b.nextHour(tx.Now()))
		}
		_, err := tx.Finish(j)
		return err
	})
}

func (b *Book) job(ctx context.Context, j store.DueJob) error {
	switch j.Kind {
	case JobPublish:
		if j.Key == daily {
			return b.Publish(ctx)
		}
		return b.PublishPact(ctx, stix.ID(j.Key))
	case JobSend:
		id, err := strconv.ParseInt(j.Key, 10, 64)
		if err != nil {
			return err
		}
		return b.sendRows(ctx, id)
	case JobTake:
		var d mithaq.Digest
		if err := d.UnmarshalText([]byte(j.Key)); err != nil {
			return err
		}
		return b.take(ctx, d)
	case JobAnswer:
		return b.answerLate(ctx, j.Key)
	case JobBatch:
		return b.goOn(ctx, stix.ID(j.Key))
	}
	return nil // an epoch's end is what Work begins with
}
