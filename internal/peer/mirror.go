package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// mirrorPath is where a node gives the leaf hashes of its own log.
const mirrorPath = "/mithaq/v1/mirror"

// stretch answers GET /mithaq/v1/mirror?from=N: the leaf hashes of the node's own
// log from an index up to its newest checkpoint. Never an opening: who mirrors a
// log learns how long it is, and can show later that it was rewritten.
type stretch struct {
	Origin     string          `json:"origin"`
	From       int64           `json:"from"`
	Hashes     []mithaq.Digest `json:"hashes"`
	Checkpoint string          `json:"checkpoint"`
}

// maxStretch bounds one answer: 262,144 hashes of 32 bytes, written in hex.
const maxStretch = 1 << 18

// serveMirror answers accepted partners.
func (p *Peer) serveMirror(w http.ResponseWriter, r *http.Request) {
	a := w.(*answer)
	from, err := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
	if err != nil || from < 0 {
		a.fail(p, r, mithaq.Refuse(mithaq.Invalid, "peer.range", r.URL.RawQuery))
		return
	}
	var s *stretch
	err = p.cfg.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		s, err = p.ownStretch(tx, from)
		return err
	})
	if err != nil {
		a.fail(p, r, err)
		return
	}
	a.json(http.StatusOK, s)
}

func (p *Peer) ownStretch(tx *store.Tx, from int64) (*stretch, error) {
	log, err := ledger.FindLog(tx, mithaq.OwnOrigin(p.cfg.Org))
	if err != nil {
		return nil, err
	}
	pin, err := p.cfg.Journal.Pin(tx)
	if err != nil {
		return nil, err
	}
	s := &stretch{Origin: log.Origin, From: from, Hashes: []mithaq.Digest{}, Checkpoint: pin}
	if pin == "" {
		return s, nil
	}
	cp, err := ledger.ReadCheckpoint([]byte(pin))
	if err != nil || cp.Size <= from {
		return s, err
	}
	if cp.Size-from > maxStretch {
		return nil, mithaq.Refuse(mithaq.TooLarge, "peer.range", fmt.Sprint(from))
	}
	m, err := ledger.MirrorOf(tx, log.ID, from, cp.Size)
	if err != nil {
		return nil, err
	}
	s.Hashes, s.Checkpoint = m.Hashes, string(m.Checkpoint)
	return s, nil
}

// Mirror fetches what our mirror lacks of a partner's own log, holds it to the
// checkpoint that the partner signed, and gives the mirror's tree. A log that was
// rewritten since we last looked is a *ledger.Caught: evidence, and an alarm.
func (p *Peer) Mirror(ctx context.Context, org mithaq.OrgID) (tree mithaq.Tree, err error) {
	from, err := p.mirrored(ctx, org)
	if err != nil {
		return tree, err
	}
	resp, err := p.ask(ctx, errand{
		org: org, method: http.MethodGet, path: mirrorPath + "?" + url.Values{"from": {strconv.FormatInt(from, 10)}}.Encode(), limit: p.cfg.Body,
	})
	if err != nil {
		return tree, fmt.Errorf("mirror %s: %w", org, err)
	}
	var s stretch
	if err := json.Unmarshal(resp.Body, &s); err != nil || s.Origin != mithaq.OwnOrigin(org) || s.From != from {
		return tree, mithaq.Refuse(mithaq.Invalid, "peer.mirror", string(org))
	}
	if len(s.Hashes) == 0 {
		return mithaq.Tree{Size: from}, nil
	}
	err = p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		tree, err = p.addStretch(tx, org, &s)
		return err
	})
	return tree, p.caught(ctx, org, err)
}

// mirrored is how far our mirror of a partner's own log reaches.
func (p *Peer) mirrored(ctx context.Context, org mithaq.OrgID) (size int64, err error) {
	err = p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		log, err := ledger.FindLog(tx, mithaq.OwnOrigin(org))
		if errors.Is(err, mithaq.NotFound) {
			return nil
		}
		size = log.Size
		return err
	})
	return size, err
}

func (p *Peer) addStretch(tx *store.Tx, org mithaq.OrgID, s *stretch) (mithaq.Tree, error) {
	theirs, err := p.cards(tx, org)
	if err != nil {
		return mithaq.Tree{}, err
	}
	verifier, err := ledger.LogVerifier(s.Origin, theirs.Current().Current(mithaq.KeyLog, tx.Now())...)
	if err != nil {
		return mithaq.Tree{}, err
	}
	return ledger.AddMirror(tx, &ledger.Mirrored{From: s.From, Hashes: s.Hashes, Checkpoint: []byte(s.Checkpoint)}, verifier)
}

// caught raises the alarm when a log was rewritten.
func (p *Peer) caught(ctx context.Context, org mithaq.OrgID, err error) error {
	evidence, ok := errors.AsType[*ledger.Caught](err)
	if !ok {
		return err
	}
	alarm := p.cfg.Store.Write(ctx, func(tx *store.Tx) error { return p.alarm(tx, org, org, evidence.Evidence) })
	return errors.Join(err, alarm)
}

// mirroring looks at each partner's own log, hour by hour.
func (p *Peer) mirroring(ctx context.Context) {
	tick := time.NewTicker(p.cfg.PinEvery)
	defer tick.Stop()
	lead := p.cfg.Store.Lead("peer/mirroring")
	defer lead.Leave()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !lead.Mine(ctx) {
			continue
		}
		for _, org := range p.toMirror(ctx) {
			if _, err := p.Mirror(ctx, org); err != nil && ctx.Err() == nil {
				p.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "mirror", slog.String("peer", string(org)), slog.Any("error", err))
			}
		}
	}
}

// toMirror lists the partners whose newest pinned checkpoint is beyond our mirror, so that
// a quiet partner costs nothing.
func (p *Peer) toMirror(ctx context.Context) (orgs []mithaq.OrgID) {
	err := p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		partners, err := p.Partners(tx)
		if err != nil {
			return err
		}
		for _, partner := range partners {
			if partner.State == mithaq.PartnerAccepted && partner.Kind == mithaq.Peer && p.beyond(tx, partner.Org) {
				orgs = append(orgs, partner.Org)
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "mirror", slog.Any("error", err))
	}
	return orgs
}

func (p *Peer) beyond(tx *store.Tx, org mithaq.OrgID) bool {
	note, err := ledger.NewestSeen(tx, mithaq.OwnOrigin(org))
	if err != nil {
		return false
	}
	cp, err := ledger.ReadCheckpoint(note)
	if err != nil {
		return false
	}
	log, err := ledger.FindLog(tx, mithaq.OwnOrigin(org))
	return errors.Is(err, mithaq.NotFound) || err == nil && log.Size < cp.Size
}
