package peer

import (
	"context"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// Check holds every message kept here to what was signed: its header to its
// digest, to the chain and to its leaf, and each object that is still here to
// the salted digest under the content root. What was erased is passed over.
// The trees are for ledger.Verify.
func (p *Peer) Check(ctx context.Context) ([]Difference, error) {
	c := &checking{p: p}
	var lanes []*lane
	err := p.cfg.Store.Read(ctx, func(tx *store.Tx) (err error) {
		lanes, err = lanesWhere(tx, "1 = 1")
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range lanes {
		for sequence := int64(1); sequence < l.next; sequence++ {
			// one short read each, so that nobody waits for the whole
			err := p.cfg.Store.Read(ctx, func(tx *store.Tx) error { return c.one(tx, l, sequence) })
			if err != nil {
				return c.found, named(err, "check message %d of %s", sequence, l.origin())
			}
		}
	}
	return c.found, nil
}

type checking struct {
	p     *Peer
	found []Difference
}

func (c *checking) one(tx *store.Tx, l *lane, sequence int64) error {
	e, err := keptAt(tx, l, sequence)
	if errors.Is(err, mithaq.NotFound) {
		c.differ(e, DifferMissing, -1)
		return nil
	}
	if err != nil {
		return err
	}
	var h mithaq.EnvelopeHeader
	_, digest, err := sign.Bytes(e.header)
	if err == nil {
		err = strict.Decode(e.header, maxReceipt, &h)
	}
	if err != nil || digest != e.digest || h.Sequence != sequence {
		c.differ(e, DifferEnvelope, -1)
		return nil
	}
	if err := c.leaf(tx, e, &h); err != nil {
		return err
	}
	return c.objects(tx, e, &h)
}

func keptAt(tx *store.Tx, l *lane, sequence int64) (*kept, error) {
	e := &kept{lane: l, sequence: sequence}
	var digest, items []byte
	err := tx.QueryRow("SELECT id, digest, kind, state, header, salts, digests, items FROM peer_envelope WHERE lane = ? AND sequence = ?", l.id, sequence).
		Scan(&e.id, &digest, &e.kind, &e.state, &e.header, &e.salts, &e.digests, &items)
	e.digest, e.items = digestOf(digest), unpackItems(items)
	return e, named(err, "message %d of lane %d", sequence, l.id)
}

func (c *checking) differ(e *kept, what string, position int) {
	partner := e.lane.From
	if partner == c.p.cfg.Org {
		partner = e.lane.To
	}
	d := Difference{
		Partner: partner, Pact: e.lane.Pact, Lane: e.lane.Lane, From: e.lane.From, Index: e.sequence - 1,
		Ours: &Record{Envelope: e.id}, Position: position, Origin: e.lane.origin(), What: what,
	}
	if position >= 0 && position < len(e.items) {
		d.Item = e.items[position]
	}
	c.found = append(c.found, d)
}

// leaf wants the entry to open to what the header says.
func (c *checking) leaf(tx *store.Tx, e *kept, h *mithaq.EnvelopeHeader) error {
	entry, err := ledger.EntryAt(tx, e.lane.log, e.sequence-1)
	if errors.Is(err, mithaq.NotFound) {
		c.differ(e, DifferMissing, -1)
		return nil
	}
	if err != nil {
		return err
	}
	if !entry.Opens() || entry.AccountSalt != h.AccountSalt || !entry.Erased() && entry.ContentRoot != h.ContentRoot {
		c.differ(e, DifferOpening, -1)
	}
	return nil
}

// objects wants the digests to give the content root, and the bytes the digests.
func (c *checking) objects(tx *store.Tx, e *kept, h *mithaq.EnvelopeHeader) error {
	var root mithaq.RootBuilder
	for i := range len(e.digests) / 32 {
		d := e.digestAt(i)
		root.Add(d[:])
	}
	if root.Root() != h.ContentRoot {
		c.differ(e, DifferEnvelope, -1)
		return nil
	}
	if e.salts == nil || e.state == refused {
		return nil
	}
	raws, err := c.p.rawObjects(tx, e)
	if err != nil {
		return err
	}
	for i, raw := range raws {
		if raw != nil && !e.erased(i) && mithaq.ObjectDigest(e.salt(i), raw) != e.digestAt(i) {
			c.differ(e, DifferObject, i)
		}
	}
	return nil
}
