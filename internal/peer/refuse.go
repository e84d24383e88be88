package peer

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A forked lane has two histories: the sender's and ours.
type forked struct {
	lane    *lane
	refusal mithaq.Refusal
}

func (f *forked) Error() string { return f.refusal.Error() }
func (f *forked) Unwrap() error { return &f.refusal }

// An equivocated message came with another content than the one we hold.
type equivocated struct {
	held    []byte // header
	refusal mithaq.Refusal
}

func (e *equivocated) Error() string { return e.refusal.Error() }
func (e *equivocated) Unwrap() error { return &e.refusal }

// refuse enters a refusal without receipt into our own log, keeps evidence
// where there is some, and gives the error back. What is busy, or our own
// fault, is not refused.
func (a *arrival) refuse(ctx context.Context, err error) error {
	why, kind := reason(err)
	if kind == "" || kind == mithaq.Busy || kind == mithaq.Unavailable {
		return err
	}
	from := a.from
	if from == "" && a.in.Header != nil {
		from = a.in.Header.From
	}
	account := mithaq.Account{Kind: "refusal", From: from, To: a.p.cfg.Org, Notes: map[string]string{"why": why}}
	if a.in.Header != nil && a.in.Header.ID.Valid() {
		account.About = a.in.Header.ID
	}
	var note func(*store.Tx) error // where there is nothing to keep, refusals of one sort are counted
	if a.chain != nil && contradicts(err) {
		note = func(tx *store.Tx) error { return a.evidence(tx, err, why) }
	}
	a.p.refused(ctx, account, note)
	return err
}

// contradicts says whether a refused message is one side of a contradiction.
func contradicts(err error) bool {
	if _, ok := errors.AsType[*equivocated](err); ok {
		return true
	}
	_, ok := errors.AsType[*forked](err)
	return ok
}

// evidence keeps both sides of a contradiction, and stops what it concerns.
func (a *arrival) evidence(tx *store.Tx, err error, why string) error {
	h := a.in.Header
	other, jsonErr := jcs.Marshal(h)
	if jsonErr != nil {
		return jsonErr
	}
	if e, ok := errors.AsType[*equivocated](err); ok {
		return keepEvidence(tx, h.From, why, e.held, other)
	}
	f, ok := errors.AsType[*forked](err)
	if !ok {
		return nil
	}
	held, err := headerAt(tx, f.lane, f.lane.next-1)
	if err != nil {
		return err
	}
	return errors.Join(
		keepEvidence(tx, h.From, why, held, other),
		freezeLink(tx, f.lane.way, why),
		tx.Change(TopicAlarm, string(h.From), []byte(why)),
	)
}

func headerAt(tx *store.Tx, l *lane, sequence int64) (header []byte, err error) {
	if sequence < 1 {
		return []byte{}, nil
	}
	err = tx.QueryRow("SELECT header FROM peer_envelope WHERE lane = ? AND sequence = ?", l.id, sequence).Scan(&header)
	return header, named(err, "header %d of lane %d", sequence, l.id)
}

// maxEvidence is how much is kept of one sort against one organisation: the
// first of it proves the sort, and nobody fills our disk with more.
const maxEvidence = 100

func keepEvidence(tx *store.Tx, org mithaq.OrgID, why string, first, other []byte) error {
	if first == nil {
		first = []byte{}
	}
	var have int
	err := tx.QueryRow("SELECT count(*) FROM peer_evidence WHERE org = ? AND why = ?", org, why).Scan(&have)
	if err != nil || have >= maxEvidence {
		return named(err, "evidence about %s", org)
	}
	_, err = tx.Exec("INSERT INTO peer_evidence(id, org, why, at, first, other) VALUES(?, ?, ?, ?, ?, ?)",
		stix.NewID("x-mithaq-evidence"), org, why, micros(tx.Now()), first, other)
	return named(err, "keep evidence about %s", org)
}

// reason is the coded word for an error and its kind; "" for our own faults.
func reason(err error) (why string, kind mithaq.Kind) {
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return r.Key, r.Kind
	}
	for _, k := range mithaq.Kinds() {
		if errors.Is(err, k) {
			return "peer." + string(k), k
		}
	}
	return "", ""
}

// refusals keeps a stranger who knocks a thousand times from writing a thousand
// entries: of each sort one is entered at once, and those that follow within a
// minute are counted into the next.
type refusals struct {
	mu   sync.Mutex
	last map[refusalKey]*refusalCount
}

type refusalKey struct {
	from mithaq.OrgID
	why  string
}

type refusalCount struct {
	at      time.Time
	account mithaq.Account
	more    int64
}

const refusalEvery = time.Minute

// refused enters a refusal; note runs in the same transaction, and such
// refusals are never only counted.
func (p *Peer) refused(ctx context.Context, account mithaq.Account, note func(*store.Tx) error) {
	if !p.refusals.first(account, p.cfg.Now()) && note == nil {
		return
	}
	err := p.cfg.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err := p.enter(tx, account); err != nil {
			return err
		}
		if note == nil {
			return nil
		}
		return note(tx)
	})
	p.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "refused", slog.String("peer", string(account.From)), slog.String("why", account.Notes["why"]))
	if err != nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "refusal not entered", slog.Any("error", err))
	}
}

func (r *refusals) first(a mithaq.Account, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = map[refusalKey]*refusalCount{}
	}
	key := refusalKey{a.From, a.Notes["why"]}
	if c, ok := r.last[key]; ok && now.Sub(c.at) < refusalEvery {
		c.more++
		return false
	}
	r.last[key] = &refusalCount{at: now, account: a}
	return true
}

// due takes out what was counted and has waited its minute.
func (r *refusals) due(now time.Time) (list []mithaq.Account) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, c := range r.last {
		if now.Sub(c.at) < refusalEvery {
			continue
		}
		delete(r.last, key)
		if c.more > 0 {
			c.account.Counts = map[string]int64{"more": c.more}
			c.account.At = mithaq.Time{}
			list = append(list, c.account)
		}
	}
	return list
}

// counting enters what refusals were counted, every minute.
func (p *Peer) counting(ctx context.Context) {
	tick := time.NewTicker(refusalEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		list := p.refusals.due(p.cfg.Now())
		if len(list) == 0 {
			continue
		}
		err := p.cfg.Store.Write(ctx, func(tx *store.Tx) (err error) {
			for _, a := range list {
				err = errors.Join(err, p.enter(tx, a))
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			p.cfg.Log.LogAttrs(ctx, slog.LevelError, "refusals not entered", slog.Any("error", err))
		}
	}
}
