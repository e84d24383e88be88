package subscribe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// lease is how long a run may go without storing anything before its job comes
// back: longer than all tries of one request.
const lease = 10 * time.Minute

var (
	errMore  = errors.New("subscribe: there is always more")
	errMoved = errors.New("subscribe: paused, removed or run by somebody else meanwhile")
)

// A going is one run under way.
type going struct {
	b     *Book
	job   store.DueJob
	sub   *Subscription
	line  *line
	began time.Time
	run   Run // its counts are those that were stored
}

// do is one run of a subscription, from its job to its account.
func (b *Book) do(ctx context.Context, job store.DueJob) error {
	done, ok, err := b.Store.TryAlone(ctx, "subscribe/"+job.Key)
	if err != nil || !ok {
		return errors.Join(err, b.later(ctx, job, 10*time.Second))
	}
	defer done()
	g, err := b.start(ctx, job)
	if g == nil {
		return err
	}
	err = g.read(ctx)
	return g.end(ctx, err)
}

func (b *Book) later(ctx context.Context, job store.DueJob, wait time.Duration) error {
	return b.write(ctx, func(tx *store.Tx) error { return tx.Later(job, tx.Now().Add(wait)) })
}

// start finds out what is to be run; nil when nothing is. A node in quarantine
// after a restore takes nothing in.
func (b *Book) start(ctx context.Context, job store.DueJob) (g *going, err error) {
	var quarantined string
	g = &going{b: b, job: job, began: time.Now()}
	err = b.read(ctx, func(tx *store.Tx) (err error) {
		if quarantined, err = tx.Quarantined(); err != nil {
			return err
		}
		g.sub, err = b.One(tx, Name(job.Key))
		g.run.Began = tx.Now()
		return err
	})
	switch {
	case errors.Is(err, mithaq.NotFound), err == nil && g.sub.State != Active:
		return nil, b.write(ctx, func(tx *store.Tx) error {
			_, err := tx.Finish(job)
			return err
		})
	case err != nil:
		return nil, err
	case quarantined != "":
		return nil, b.later(ctx, job, lease)
	}
	g.run.Number = g.sub.run + 1
	return g, nil
}

// read takes page after page until there are no more.
func (g *going) read(ctx context.Context) error {
	secret, err := g.b.openSecret(g.sub.Name, g.sub.sealed)
	if err != nil {
		return fmt.Errorf("%w: %w", errSecret, err)
	}
	g.line = g.b.line(g.sub, secret)
	defer g.line.close()
	if g.sub.Kind != TAXII {
		return g.others(ctx, secret)
	}
	if err := g.root(ctx); err != nil {
		return err
	}
	feed := &taxii.Feed{
		Client: g.line.Client, Root: g.sub.Root, Collection: g.sub.Collection, MaxPages: g.b.Pages,
		Filter: taxii.Filter{Types: g.sub.Types, SpecVersions: g.sub.SpecVersions, Limit: g.sub.Page},
	}
	for page, err := range feed.Batches(ctx, g.sub.Place) {
		if err != nil {
			return err
		}
		if g.run.Seen >= g.sub.Most {
			return errMore
		}
		if err := g.take(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

// root finds the API root, where the terms leave that to the server. TAXII 2.1, 4.1
func (g *going) root(ctx context.Context) error {
	if g.sub.Root != "" {
		return nil
	}
	d, err := g.line.Discover(ctx)
	if err != nil {
		return err
	}
	if d.Default == "" && len(d.APIRoots) > 0 {
		d.Default = d.APIRoots[0]
	}
	if g.sub.Root = d.Default; g.sub.Root == "" || len(g.sub.Root) > maxURL {
		return errNoRoot
	}
	return nil
}

// take keeps one page: its objects, those that cannot be kept, how far the
// collection was read, and the account of it, in one transaction.
func (g *going) take(ctx context.Context, page taxii.Batch) error {
	if len(page.Objects) == 0 && g.sub.Version != "" && same(page.Cursor, g.sub.Place) {
		g.run.Pages++
		return nil
	}
	raws := g.asked(page)
	next := *g.sub
	return g.keep(ctx, raws, len(page.Objects)-len(raws), func(tx *store.Tx) (*Subscription, error) {
		next.Place, next.Version = sane(page.Cursor, g.sub.Place, tx.Now()), g.line.Speaks()
		return &next, nil
	})
}

// keep takes objects in, and moves the subscription on in the same transaction to
// what next makes of it; passed are objects that were not asked for.
func (g *going) keep(ctx context.Context, raws [][]byte, passed int, next func(tx *store.Tx) (*Subscription, error)) error {
	var stored *Subscription
	var count Count
	how := gate.Import{Profile: g.sub.Source, Case: g.sub.Case, Name: string(g.sub.Name)}
	_, err := g.b.Gate.Take(ctx, g.sub.viewer(g.b.Org), raws, how, func(tx *store.Tx, results []gate.Result) (err error) {
		fates := foldAll(len(raws), results)
		count = countOf(fates, passed)
		if err := g.b.hold(tx, g.sub.Name, raws, fates); err != nil {
			return err
		}
		if stored, err = next(tx); err != nil {
			return err
		}
		stored, err = g.move(tx, stored, count)
		return err
	})
	if err != nil {
		return err
	}
	g.sub = stored
	g.run.Pages++
	g.run.add(count)
	return nil
}

// move stores how far the collection was read, unless the subscription is not
// any more what this run began with.
func (g *going) move(tx *store.Tx, to *Subscription, count Count) (*Subscription, error) {
	s := *to
	s.turn, s.run = g.sub.turn+1, g.run.Number
	text, err := s.place()
	if err != nil {
		return nil, err
	}
	res, err := tx.Exec("UPDATE subscribe_feed SET place = ?, root = ?, version = ?, run = ?, turn = ? WHERE name = ? AND turn = ? AND state = ?",
		text, s.Root, s.Version, s.run, s.turn, string(s.Name), g.sub.turn, string(Active))
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return nil, errors.Join(err, errMoved)
	}
	if err := g.account(tx, count); err != nil {
		return nil, err
	}
	return &s, tx.Renew(g.job, lease)
}

func same(a, b taxii.Cursor) bool {
	x, err := a.MarshalText()
	y, err2 := b.MarshalText()
	return err == nil && err2 == nil && string(x) == string(y)
}

// Dates of a server lie ahead of our clock by its own fault, or by that of one
// object. Beyond ahead they are not believed: what comes later would stand before
// them and never be read. Such a place is put back, by so much that a clock in
// another zone loses nothing; what is read again is known already.
const (
	ahead = time.Hour
	back  = 24 * time.Hour
)

// sane is a place whose dates can be gone on from.
func sane(c, before taxii.Cursor, now time.Time) taxii.Cursor {
	for _, t := range []*time.Time{&c.After, &c.Last} {
		if !t.After(now.Add(ahead)) {
			continue
		}
		*t = now.Add(-back).UTC().Truncate(time.Microsecond)
		if before.After.After(*t) && !before.After.After(now.Add(ahead)) {
			*t = before.After
		}
	}
	return c
}

// end accounts for the run and says when the next one is.
func (g *going) end(ctx context.Context, cause error) error {
	v := verdictOn(ctx, cause)
	if cause != nil {
		g.b.Log.LogAttrs(ctx, slog.LevelWarn, "subscription", slog.String("subscription", string(g.sub.Name)),
			slog.String("outcome", string(v.outcome)), slog.Any("error", cause))
	}
	if g.b.Ran != nil {
		g.b.Ran(v.outcome, time.Since(g.began))
	}
	return g.b.write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		now, err := g.b.One(tx, g.sub.Name)
		if errors.Is(err, mithaq.NotFound) {
			_, err := tx.Finish(g.job)
			return err
		}
		if err != nil {
			return err
		}
		return g.close(tx, now, v)
	})
}

// close writes the end of a run beside the subscription as it is now.
func (g *going) close(tx *store.Tx, now *Subscription, v verdict) error {
	run, err := g.finish(tx, v)
	if err != nil {
		return err
	}
	if err := g.report(tx, run, v); err != nil {
		return err
	}
	switch {
	case now.State != Active:
		_, err := tx.Finish(g.job)
		return err
	case v.moved: // whoever moved it says when it is run next
		return nil
	case v.outcome == BrokenOff:
		return tx.Later(g.job, tx.Now())
	}
	v.settle(g.b, now)
	if err := keep(tx, now, v, run.Number); err != nil {
		return err
	}
	if now.State != Active {
		return tx.Done(JobRun, string(now.Name))
	}
	return tx.Later(g.job, v.next(g.b, now, tx.Now()))
}

// keep stores what a verdict made of a subscription.
func keep(tx *store.Tx, s *Subscription, v verdict, run int64) error {
	why, err := v.why.bytes()
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE subscribe_feed SET state = ?, failures = ?, cuts = ?, why = ?, run = ?, version = ?, root = ? WHERE name = ?",
		string(s.State), s.Failures, s.cuts, why, run, s.Version, s.Root, string(s.Name))
	return err
}

// report enters what a run brought, or why it failed. A run that found nothing is
// in the account alone.
func (g *going) report(tx *store.Tx, run *Run, v verdict) error {
	kind := "subscription-run"
	switch {
	case run == nil:
		return nil
	case v.stop:
		kind = "subscription-stopped"
	case v.outcome == Failed:
		kind = "subscription-failed"
	case run.Seen == 0:
		return nil
	}
	counts := run.counts()
	if run.Number != g.run.Number { // it is counted with those before it
		counts = map[string]int64{"seen": 0}
	}
	a := mithaq.Account{
		Kind: kind, Purpose: g.sub.Purpose, Basis: g.sub.Basis, Case: string(g.sub.Case), Counts: counts,
		Notes: map[string]string{"subscription": string(g.sub.Name), "outcome": string(v.outcome), "source": string(g.sub.Source)},
	}
	if v.why != nil {
		a.Notes["why"] = v.why.Key
	}
	return g.b.say(tx, "", a)
}
