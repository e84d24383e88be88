package peer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Each lane with something waiting has one due job, named by its number.
func dueKind(l mithaq.Lane) string { return "peer-" + string(l) }

func dueLane(l *lane, at time.Time) store.DueJob {
	return store.DueJob{Kind: dueKind(l.Lane), Key: strconv.FormatInt(l.id, 10), At: at}
}

// lease is how long a delivery may be silent before another takes it up, after
// a crash of the process that had it.
func (p *Peer) lease() time.Duration { return 2*p.cfg.Answer + time.Minute }

// busy is what the dispatcher of this process has in hand.
type busy struct {
	mu      sync.Mutex
	lanes   map[int64]*store.DueJob // under way; with the job that was claimed meanwhile
	failing map[mithaq.OrgID]bool   // partners to whom the last delivery found no line
}

// tellFailing is told with the name of a partner to whom another process found no
// line, so that being contacted by them here is enough to try again.
const tellFailing = "peer/failing"

func (b *busy) hearFailing(key string) {
	if key != "" {
		b.fails(mithaq.OrgID(key), true)
	}
}

// take begins with a lane. False: one is at it, and will take this job when
// done, which may have been set after it looked for the last time.
func (b *busy) take(lane int64, job store.DueJob) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, on := b.lanes[lane]; on {
		b.lanes[lane] = &job
		return false
	}
	b.lanes[lane] = nil
	return true
}

// leave ends with a lane, or gives the job that came meanwhile.
func (b *busy) leave(lane int64) *store.DueJob {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.lanes[lane]
	if next == nil {
		delete(b.lanes, lane)
	} else {
		b.lanes[lane] = nil
	}
	return next
}

func (b *busy) fails(org mithaq.OrgID, failed bool) (was bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was = b.failing[org]
	if failed {
		b.failing[org] = true
	} else {
		delete(b.failing, org)
	}
	return was
}

// resume makes all that waits due now: what was under way when the process
// ended was not receipted, or was and will be told so again.
func (p *Peer) resume(ctx context.Context) error {
	if err := p.cfg.Store.Inherit(ctx); err != nil {
		return err
	}
	return p.cfg.Store.Write(ctx, func(tx *store.Tx) error { return dueNow(tx, "sender = ?", p.cfg.Org) })
}

func dueNow(tx *store.Tx, where string, args ...any) error {
	lanes, err := lanesWhere(tx, where+" AND EXISTS (SELECT 1 FROM peer_envelope e WHERE e.lane = peer_lane.id AND e.state = 'waiting')", args...)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		job := dueLane(l, tx.Now())
		elsewhere, err := tx.ClaimedElsewhere(job.Kind, job.Key)
		if err != nil {
			return err
		}
		if elsewhere {
			continue // another process is at it, and will go on until nothing waits
		}
		if err := tx.Due(job); err != nil {
			return err
		}
	}
	return nil
}

// Contacted makes what waits for a partner due now: it is there.
func (p *Peer) contacted(ctx context.Context, org mithaq.OrgID) {
	if !p.busy.fails(org, false) {
		return
	}
	err := p.cfg.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return dueNow(tx, "sender = ? AND receiver = ?", p.cfg.Org, org)
	})
	if err != nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "deliveries not resumed", slog.String("peer", string(org)), slog.Any("error", err))
	}
}

// dispatch carries messages until ctx ends, the urgent lanes first, each lane
// by one delivery at a time.
func (p *Peer) dispatch(ctx context.Context) {
	slots := make(chan struct{}, p.cfg.Parallel)
	var running sync.WaitGroup
	defer running.Wait()
	for ctx.Err() == nil {
		wakes := p.wakes()
		for _, job := range p.claim(ctx, cap(slots)-len(slots)) {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				p.deliver(ctx, job)
			})
		}
		p.rest(ctx, wakes, len(slots) == cap(slots))
	}
}

func (p *Peer) wakes() (list []<-chan struct{}) {
	for _, l := range mithaq.Lanes {
		list = append(list, p.cfg.Store.Wake(store.DueTopic(dueKind(l))))
	}
	return list
}

// claim takes up to n jobs, none of a lower lane while a higher one has any left over.
func (p *Peer) claim(ctx context.Context, n int) (jobs []store.DueJob) {
	at, ok, err := p.nextDue(ctx) // one look in place of three: mostly there is nothing
	if err == nil && (!ok || at.After(p.cfg.Now())) || p.freeNow(ctx) != nil {
		return nil
	}
	for _, l := range mithaq.Lanes {
		if len(jobs) >= n {
			break
		}
		some, err := p.cfg.Store.Claim(ctx, []string{dueKind(l)}, n-len(jobs), p.lease())
		if err != nil {
			p.cfg.Log.LogAttrs(ctx, slog.LevelError, "deliveries not claimed", slog.Any("error", err))
			return jobs
		}
		jobs = append(jobs, some...)
	}
	return jobs
}

// rest waits until a job is set or due. When all slots are taken it waits a
// little, since whoever is done wakes nobody; when there is nothing, it looks
// again in a minute only where another process may have set a job.
func (p *Peer) rest(ctx context.Context, wakes []<-chan struct{}, full bool) {
	wait := time.Hour
	if p.cfg.Store.Postgres() {
		wait = time.Minute
	}
	if full {
		wait = 50 * time.Millisecond
	} else if at, ok, err := p.nextDue(ctx); err == nil && ok {
		wait = max(0, at.Sub(p.cfg.Now()))
		if p.freeNow(ctx) != nil {
			wait = max(wait, time.Second) // quarantined: what is due stays so
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wakes[0]:
	case <-wakes[1]:
	case <-wakes[2]:
	}
}

func (p *Peer) nextDue(ctx context.Context) (time.Time, bool, error) {
	var kinds []string
	for _, l := range mithaq.Lanes {
		kinds = append(kinds, dueKind(l))
	}
	return p.cfg.Store.NextDue(ctx, kinds)
}

// deliver sends what waits on a lane, in order, until nothing does or something fails.
func (p *Peer) deliver(ctx context.Context, job store.DueJob) {
	id, err := strconv.ParseInt(job.Key, 10, 64)
	if err != nil || !p.busy.take(id, job) {
		return
	}
	for next := &job; next != nil; next = p.busy.leave(id) {
		p.deliverAlone(ctx, id, *next)
	}
}

// deliverAlone delivers unless another process does so on the same lane: its job
// was set anew meanwhile, and it will be done in a moment.
func (p *Peer) deliverAlone(ctx context.Context, id int64, job store.DueJob) {
	done, ok, err := p.cfg.Store.TryAlone(ctx, "peer/lane/"+job.Key)
	if err == nil && ok {
		defer done()
		d := &delivery{p: p, job: job, lane: id}
		d.run(ctx)
		return
	}
	err = errors.Join(err, p.cfg.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.Later(job, tx.Now().Add(turnEvery))
	}))
	if err != nil && ctx.Err() == nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "delivery not begun", slog.Int64("lane", id), slog.Any("error", err))
	}
}

// turnEvery is when a lane is looked at again that another process delivers on.
const turnEvery = 100 * time.Millisecond

func (d *delivery) run(ctx context.Context) {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = d.one(ctx); errors.Is(err, errNoAddress) {
			d.leaveForPoll(ctx)
			return
		} else if err != nil {
			d.putOff(ctx, err)
			return
		}
	}
}

// leaveForPoll ends the job of a partner that comes to us. A card with an
// address makes it due again.
func (d *delivery) leaveForPoll(ctx context.Context) {
	err := d.p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Finish(d.job)
		return err
	})
	if err != nil && ctx.Err() == nil {
		d.p.cfg.Log.LogAttrs(ctx, slog.LevelError, "delivery not left for polling", slog.Any("error", err))
	}
}

// A delivery is one run over a lane.
type delivery struct {
	p    *Peer
	job  store.DueJob
	lane int64
	to   mithaq.OrgID
	sent int
}

func (d *delivery) one(ctx context.Context) (more bool, err error) {
	if err := d.whither(ctx); err != nil {
		return false, err
	}
	ctx, done, err := d.p.during(ctx, d.to)
	if err != nil {
		return false, err
	}
	defer done()
	parcel, err := d.next(ctx)
	if errors.Is(err, mithaq.NotFound) {
		return false, d.finish(ctx)
	}
	if err != nil {
		return false, err
	}
	receipt, err := d.p.push(ctx, parcel)
	if err != nil {
		return false, err
	}
	d.p.busy.fails(d.to, false)
	return d.settle(ctx, receipt)
}

// whither finds out whose lane it is, once.
func (d *delivery) whither(ctx context.Context) error {
	if d.to != "" {
		return nil
	}
	return d.p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		l, err := laneByID(tx, d.lane)
		if err == nil {
			d.to = l.To
		}
		return err
	})
}

func (d *delivery) next(ctx context.Context) (parcel *parcel, err error) {
	err = d.p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		l, err := laneByID(tx, d.lane)
		if err != nil {
			return err
		}
		if l.frozen != "" {
			return mithaq.Refuse(mithaq.Denied, "peer.link-frozen", l.To, l.frozen)
		}
		parcel, err = d.p.nextParcel(tx, l, 0)
		return err
	})
	return parcel, err
}

// settle takes note of the receipt, and in the same transaction ends the job
// when nothing waits any more, so that a message sent meanwhile begins a new one.
func (d *delivery) settle(ctx context.Context, raw []byte) (more bool, err error) {
	s, err := d.p.readReceipt(raw, roadPush)
	if err != nil {
		return false, named(err, "receipt")
	}
	err = d.p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		var l *lane
		if l, more, err = s.settle(tx); err != nil {
			return err
		}
		if l.trouble != "" {
			if err := noteTrouble(tx, l.id, ""); err != nil {
				return err
			}
		}
		if more {
			return tx.Renew(d.job, d.p.lease())
		}
		_, err = tx.Finish(d.job)
		return err
	})
	d.sent++
	return more, err
}

func (d *delivery) finish(ctx context.Context) error {
	return d.p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		if more, err := waits(tx, d.lane); err != nil || more {
			return err
		}
		_, err := tx.Finish(d.job)
		return err
	})
}

// putOff tries again later: soon when this run delivered something, or else
// after twice as long as the last time.
func (d *delivery) putOff(ctx context.Context, cause error) {
	p := d.p
	p.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "delivery put off", slog.String("peer", string(d.to)), slog.Int64("lane", d.lane),
		slog.Int("attempt", d.job.Attempt), slog.Any("cause", cause))
	// Who answered is there: being contacted by them changes nothing, and two
	// that refuse each other would try again and again without a pause.
	_, answered := errors.AsType[*mithaq.Refusal](cause)
	p.busy.fails(d.to, !answered)
	why, _ := reason(cause)
	if why == "" {
		why = "peer.no-line"
	}
	err := p.cfg.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if !answered {
			tx.Tell(tellFailing, string(d.to))
		}
		if err := noteTrouble(tx, d.lane, why); err != nil {
			return err
		}
		if d.sent > 0 {
			again := d.job
			again.At = tx.Now().Add(store.Backoff(1, p.cfg.RetryFirst, p.cfg.RetryMost))
			return tx.Due(again)
		}
		return tx.Later(d.job, tx.Now().Add(store.Backoff(d.job.Attempt, p.cfg.RetryFirst, p.cfg.RetryMost)))
	})
	if err != nil && ctx.Err() == nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "delivery not put off", slog.Any("error", err))
	}
}

func noteTrouble(tx *store.Tx, lane int64, why string) error {
	_, err := tx.Exec("UPDATE peer_lane SET trouble = ? WHERE id = ?", why, lane)
	return named(err, "lane %d", lane)
}

// errNoAddress: the partner's card names none, so that it comes to us.
var errNoAddress = fmt.Errorf("the partner's card has no address: %w", mithaq.Unavailable)

// Waiting counts the messages of ours that are not receipted yet.
func (p *Peer) Waiting(tx *store.Tx) (n int64, err error) {
	err = tx.QueryRow("SELECT count(*) FROM peer_envelope WHERE state = 'waiting'").Scan(&n)
	return n, named(err, "what waits")
}
