package mispsync

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp/remote"
	"github.com/mithaq-hub/mithaq/stix"
)

// JobPush is the kind of due job that pushes what waits for a partner; its key is
// the organisation.
const JobPush = "misp-push"

const (
	pushLease   = 10 * time.Minute
	pushTimeout = 2 * time.Minute
	pushWait    = 20 * time.Second
	pushFirst   = time.Minute
	pushLast    = 12 * time.Hour
)

// The states of an item that was handed over.
const (
	stateWaiting   = "waiting"
	stateTaken     = "taken"      // the server said that it saved it
	stateRefused   = "refused"    // it said that it did not
	stateKeptBack  = "kept-back"  // its MISP distribution does not let it go there
	stateTakenBack = "taken-back" // the server was told to delete it, and said it did
)

// Run pushes what waits until ctx ends.
func (b *Book) Run(ctx context.Context) error {
	for {
		wake := b.Store.Wake(store.DueTopic(JobPush))
		did, err := b.Work(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			b.Log.ErrorContext(ctx, "misp push", slog.Any("error", err))
		case did:
			continue
		}
		if err := b.rest(ctx, wake, err != nil); err != nil {
			return err
		}
	}
}

// rest waits for the next job.
func (b *Book) rest(ctx context.Context, wake <-chan struct{}, failed bool) error {
	wait := time.Hour
	at, ok, err := b.Store.NextDue(ctx, []string{JobPush})
	if err == nil && ok {
		var now time.Time
		err = b.Store.Read(ctx, func(tx *store.Tx) error { now = tx.Now(); return nil })
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
	case <-wake:
	case <-timer.C:
	}
	return nil
}

// Work pushes to one partner for whom something is due, and reports whether there
// was one.
func (b *Book) Work(ctx context.Context) (bool, error) {
	jobs, err := b.Store.Claim(ctx, []string{JobPush}, 1, pushLease)
	if err != nil || len(jobs) == 0 {
		return false, err
	}
	return true, b.push(ctx, jobs[0])
}

// push sends all that waits for a partner, message by message.
func (b *Book) push(ctx context.Context, job store.DueJob) error {
	org := mithaq.OrgID(job.Key)
	way, err := b.open(ctx, org)
	if errors.Is(err, mithaq.NotFound) || errors.Is(err, mithaq.Denied) {
		return b.Store.Write(ctx, func(tx *store.Tx) error { _, err := tx.Finish(job); return err })
	}
	if err != nil {
		return err
	}
	server, err := b.server(way)
	for err == nil {
		var m *out
		if m, err = b.next(ctx, org); m == nil {
			break
		}
		err = (&pushing{b: b, way: way, server: server, out: m}).run(ctx)
	}
	return b.rested(ctx, job, way, err)
}

// open is the way to a partner with whom nothing stands.
func (b *Book) open(ctx context.Context, org mithaq.OrgID) (way *Way, err error) {
	err = b.Store.Read(ctx, func(tx *store.Tx) error {
		why, err := tx.Quarantined()
		if err != nil {
			return err
		}
		partner, err := b.Partner(tx, org)
		if err != nil {
			return err
		}
		if why != "" || !partner.Accepted() {
			return mithaq.Refuse(mithaq.Denied, "partner.not-accepted", string(org))
		}
		way, err = b.Road(tx, org)
		return err
	})
	return way, err
}

// rested notes how it went, and when to go on.
func (b *Book) rested(ctx context.Context, job store.DueJob, way *Way, failed error) error {
	if failed != nil {
		b.Log.LogAttrs(ctx, slog.LevelWarn, "misp push", slog.String("partner", job.Key), slog.Any("error", failed))
	}
	return b.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		fails, why := 0, ""
		if failed != nil {
			fails, why = way.Fails+1, cut(failed.Error())
		}
		if _, err := tx.Exec("UPDATE mispsync_road SET fails = ?, why = ? WHERE org = ?", fails, why, job.Key); err != nil {
			return err
		}
		if failed == nil {
			_, err := tx.Finish(job)
			return err
		}
		next := tx.Now().Add(store.Backoff(fails, pushFirst, pushLast))
		if busy, ok := errors.AsType[*remote.StatusError](failed); ok && busy.Until.After(next) {
			next = busy.Until
		}
		return tx.Later(job, next)
	})
}

const maxWhy = 300

func cut(text string) string {
	if len(text) > maxWhy {
		text = text[:maxWhy] + "…"
	}
	return text
}

// An out is a message that waits.
type out struct {
	envelope stix.ID
	org      mithaq.OrgID
	pact     stix.ID
	kind     mithaq.MessageKind
	number   int64
	objects  int
}

// next is the first message that waits for a partner, nil where none does.
func (b *Book) next(ctx context.Context, org mithaq.OrgID) (m *out, err error) {
	err = b.Store.Read(ctx, func(tx *store.Tx) error {
		m = &out{org: org}
		err := tx.QueryRow("SELECT envelope, pact, kind, number, objects FROM mispsync_out WHERE org = ? AND done = 0 ORDER BY number LIMIT 1", string(org)).
			Scan((*string)(&m.envelope), (*string)(&m.pact), (*string)(&m.kind), &m.number, &m.objects)
		if errors.Is(err, sql.ErrNoRows) {
			m = nil
			return nil
		}
		return err
	})
	return m, err
}

// settle ends a message: what the server said of each item is what a receipt
// would say, but that nobody signed it.
func (b *Book) settle(tx *store.Tx, m *out) error {
	if _, err := tx.Exec("UPDATE mispsync_out SET done = ? WHERE envelope = ?", tx.Now().UnixMicro(), string(m.envelope)); err != nil {
		return err
	}
	if m.kind != mithaq.MessageItems {
		return nil
	}
	rows, err := tx.Query("SELECT position, state, why FROM mispsync_item WHERE envelope = ? ORDER BY position", string(m.envelope))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	r := &mithaq.Receipt{Envelope: m.envelope, From: m.org, To: b.Org, StoredAt: mithaq.At(tx.Now())}
	for rows.Next() {
		var i int
		var state, why string
		if err := rows.Scan(&i, &state, &why); err != nil {
			return err
		}
		if state == stateTaken {
			r.Accepted++
			continue
		}
		r.Refused = append(r.Refused, mithaq.RefusedObject{Index: i, Clauses: []string{"misp"}, Text: why})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if b.Settled == nil {
		return nil
	}
	return b.Settled(tx, message.Sent{Envelope: m.envelope, To: m.org, Pact: m.pact, Sequence: m.number}, r)
}
