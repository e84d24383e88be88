package subscribe

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// Jobs are the kinds of due job that a Book does.
func Jobs() []string { return []string{JobRun, JobLapse} }

// Run does what is due until ctx ends, some runs at once, and returns when all
// have come to their end.
func (b *Book) Run(ctx context.Context) error {
	var under sync.WaitGroup
	defer under.Wait()
	if err := b.resume(ctx); err != nil && ctx.Err() == nil {
		b.Log.ErrorContext(ctx, "subscriptions not resumed", slog.Any("error", err))
	}
	places := make(chan struct{}, b.AtOnce)
	for {
		wakes := []<-chan struct{}{b.Store.Wake(store.DueTopic(JobRun)), b.Store.Wake(store.DueTopic(JobLapse))}
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		jobs, err := b.Store.Claim(ctx, Jobs(), 1, lease)
		if len(jobs) == 0 {
			<-places
			if err != nil && ctx.Err() == nil {
				b.Log.ErrorContext(ctx, "subscriptions", slog.Any("error", err))
			}
			if err := b.rest(ctx, wakes, err != nil); err != nil {
				return err
			}
			continue
		}
		under.Go(func() {
			defer func() { <-places }()
			b.work(ctx, jobs[0])
		})
	}
}

// resume makes due now what was being read when the process ended: nobody is
// there any more to go on, and its job would come back only after its lease.
func (b *Book) resume(ctx context.Context) error {
	if err := b.Store.Inherit(ctx); err != nil {
		return err
	}
	return b.write(ctx, func(tx *store.Tx) error {
		all, err := b.All(tx)
		for _, s := range all {
			last, err2 := lastRun(tx, s.Name)
			elsewhere, err3 := tx.ClaimedElsewhere(JobRun, string(s.Name))
			if err = errors.Join(err, err2, err3); last != nil && last.Outcome == Running && s.State == Active && !elsewhere {
				err = errors.Join(err, tx.Due(store.DueJob{Kind: JobRun, Key: string(s.Name), At: tx.Now()}))
			}
		}
		return err
	})
}

// Work does one job that is due, and reports whether there was one.
func (b *Book) Work(ctx context.Context) (bool, error) {
	jobs, err := b.Store.Claim(ctx, Jobs(), 1, lease)
	if err != nil || len(jobs) == 0 {
		return false, err
	}
	return true, b.one(ctx, jobs[0])
}

func (b *Book) work(ctx context.Context, job store.DueJob) {
	if err := b.one(ctx, job); err != nil && ctx.Err() == nil {
		b.Log.ErrorContext(ctx, "subscription", slog.String("subscription", job.Key), slog.Any("error", err))
	}
}

func (b *Book) one(ctx context.Context, job store.DueJob) error {
	if job.Kind == JobLapse {
		return b.lapse(ctx, job)
	}
	return b.do(ctx, job)
}

// rest waits for the next job.
func (b *Book) rest(ctx context.Context, wakes []<-chan struct{}, failed bool) error {
	wait := time.Hour
	at, ok, err := b.Store.NextDue(ctx, Jobs())
	if err == nil && ok {
		var now time.Time
		err = b.read(ctx, func(tx *store.Tx) error { now = tx.Now(); return nil })
		wait = max(10*time.Millisecond, min(wait, at.Sub(now)))
	}
	if failed || err != nil {
		wait = time.Second
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wakes[0]:
	case <-wakes[1]:
	case <-timer.C:
	}
	return nil
}
