package peer

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A machine that is put back to a snapshot of yesterday does not know that a day
// is missing: it would give numbers to messages that are taken. So before the
// first message to each partner after a start, and of all partners at the start,
// a node asks what they hold of what it sent. A message beyond its own records
// that bears its own signature shows what happened, and puts it in quarantine, as
// after a restore. A partner's word alone does not: it would be a way to stop us.

// abreast are the partners that were asked since the start.
type abreast struct{ asked sync.Map }

// lookBack asks every partner once.
func (p *Peer) lookBack(ctx context.Context) {
	var partners []*mithaq.Partner
	err := p.cfg.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if p.free(tx) != nil {
			return nil
		}
		partners, err = p.Partners(tx)
		return err
	})
	if err != nil && ctx.Err() == nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "partners not asked what they hold", slog.Any("error", err))
	}
	for _, partner := range partners {
		if ctx.Err() == nil && partner.Kind == mithaq.Peer && open(partner, mithaq.MessageCard) == nil {
			_ = p.lookBackWith(ctx, partner.Org)
		}
	}
}

// lookBackWith asks one partner, unless it was. When it cannot be asked, nothing
// can be sent to it either, and it is asked the next time. Its error says that the
// node is in quarantine from now on.
func (p *Peer) lookBackWith(ctx context.Context, org mithaq.OrgID) error {
	if _, done := p.abreast.asked.Load(org); done {
		return nil
	}
	v := &comparing{p: p, ctx: ctx, c: &Comparison{Partner: org}}
	states, err := v.ask("", "")
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	for _, s := range states {
		if err := v.lookBack(s); err != nil {
			return err
		}
	}
	p.abreast.asked.Store(org, true)
	return nil
}

// lookBack looks at one lane on which we send.
func (v *comparing) lookBack(s logState) error {
	w := way{s.Pact, mithaq.OrgID(s.From), mithaq.OrgID(s.To), s.Lane}
	if w.From != v.p.cfg.Org || w.To != v.c.Partner || w.origin() != s.Origin {
		return nil
	}
	at, err := v.strange(w, s.Tree)
	if err != nil || at == 0 {
		return err
	}
	body, err := v.message(s.Origin, at)
	if err != nil {
		return nil //nolint:nilerr // it claims more than it shows
	}
	m, err := v.p.readOwn(v.ctx, v.c.Partner, body)
	if err != nil || wayOf(&m.Header) != w || m.Header.Sequence != at {
		return nil //nolint:nilerr // likewise
	}
	if held, err := v.holds(w, at, m.Digest); err != nil || held {
		return err // its tree was wrong, and we forgot nothing
	}
	return v.p.putBack(v.ctx, v.c.Partner, m.Header.ID)
}

// strange is the sequence of a message that the partner must hold, by its tree,
// and we do not; 0 when there is none. We may have given its number again since.
func (v *comparing) strange(w way, theirs mithaq.Tree) (sequence int64, err error) {
	err = v.p.cfg.Store.Read(v.ctx, func(tx *store.Tx) error {
		l, err := findLane(tx, w)
		switch {
		case errors.Is(err, mithaq.NotFound):
			sequence = min(1, theirs.Size)
			return nil
		case err != nil:
			return err
		case theirs.Size >= l.next:
			sequence = l.next
			return nil
		}
		ours, err := ledger.TreeAt(tx, l.log, theirs.Size)
		if err == nil && ours != theirs {
			sequence = theirs.Size
		}
		return err
	})
	return sequence, err
}

// holds reports whether we have a message of a lane.
func (v *comparing) holds(w way, sequence int64, digest mithaq.Digest) (held bool, err error) {
	err = v.p.cfg.Store.Read(v.ctx, func(tx *store.Tx) error {
		l, err := findLane(tx, w)
		if err != nil {
			return err
		}
		e, err := keptAt(tx, l, sequence)
		held = err == nil && e.digest == digest
		return err
	})
	if errors.Is(err, mithaq.NotFound) {
		err = nil
	}
	return held, err
}

// putBack puts the node in quarantine.
func (p *Peer) putBack(ctx context.Context, org mithaq.OrgID, shown stix.ID) error {
	err := p.cfg.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if why, err := tx.Quarantined(); err != nil || why != "" {
			return err
		}
		if err := p.enter(tx, mithaq.Account{Kind: "put-back", At: mithaq.At(tx.Now()), From: org, About: shown}); err != nil {
			return err
		}
		return tx.Quarantine("put back to an earlier state: " + string(org) + " holds later messages of ours")
	})
	if err != nil {
		return err
	}
	p.cfg.Log.LogAttrs(ctx, slog.LevelError, "put back to an earlier state, in quarantine", slog.String("peer", string(org)))
	return p.freeNow(ctx)
}
