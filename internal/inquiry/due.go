package inquiry

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// JobDue is the kind of due job by which an inquiry is found overdue; its key is
// the inquiry.
const JobDue = "inquiry-due"

// setDue sees to it that an inquiry is found overdue when its time is over.
func (b *Book) setDue(tx *store.Tx, t *Thread) error {
	if !t.Clock.Runs() {
		t.Overdue = time.Time{}
		return tx.Done(JobDue, string(t.ID))
	}
	if !t.Overdue.IsZero() && !t.Clock.Overdue(tx.Now()) {
		t.Overdue = time.Time{}
	}
	return tx.Due(store.DueJob{Kind: JobDue, Key: string(t.ID), At: t.Clock.Due})
}

// Run finds inquiries overdue until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	for {
		wake := b.Store.Wake(store.DueTopic(JobDue))
		n, err := b.Work(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			b.Log.ErrorContext(ctx, "inquiries overdue", slog.Any("error", err))
		case n > 0:
			continue
		}
		if err := b.rest(ctx, wake); err != nil {
			return err
		}
	}
}

// rest waits for the next deadline.
func (b *Book) rest(ctx context.Context, wake <-chan struct{}) error {
	wait := time.Hour
	at, ok, err := b.Store.NextDue(ctx, []string{JobDue})
	if err == nil && ok {
		var now time.Time
		err = b.read(ctx, func(tx *store.Tx) error { now = tx.Now(); return nil })
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
	case <-wake:
	case <-timer.C:
	}
	return nil
}

// Work marks what is overdue and says how many it was.
func (b *Book) Work(ctx context.Context) (done int, err error) {
	jobs, err := b.Store.Claim(ctx, []string{JobDue}, 64, time.Minute)
	if err != nil || len(jobs) == 0 {
		return 0, err
	}
	return len(jobs), b.write(ctx, func(tx *store.Tx) (err error) {
		for _, j := range jobs {
			err = errors.Join(err, b.markOverdue(tx, stix.ID(j.Key)))
			_, finished := tx.Finish(j)
			err = errors.Join(err, finished)
		}
		return err
	})
}

func (b *Book) markOverdue(tx *store.Tx, id stix.ID) error {
	t, err := b.find(tx, id)
	if errors.Is(err, mithaq.NotFound) {
		return nil
	}
	if err != nil || !t.Clock.Overdue(tx.Now()) || !t.Overdue.IsZero() {
		return err
	}
	t.Overdue, t.Late = t.Clock.Due, true
	if err := b.keep(tx, t); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "inquiry-overdue", At: mithaq.At(tx.Now()), About: t.ID, Case: string(t.Case), Purpose: t.Purpose,
		Notes: map[string]string{"side": string(t.Side)},
	})
}
