package peer

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// A sealed file carries, for one partner, what a line would: our cards, the
// receipts for what it sent us, and the messages that wait for it. Inside the
// seal are parts, each with its length before it as eight bytes, big-endian:
//
//	{"cards":[…]}         as in an introduction
//	{"objects":[receipt…]}
//	{"objects":[header, opening, object…]}   any number
//
// Whoever finds the file learns its padded length.

// A Carried says what was in a file.
type Carried struct {
	From, To mithaq.OrgID
	Cards    int     // that were new
	Receipts int     // taken note of
	Messages int     // received, or put in
	Again    int     // of those received: had been stored before
	Refused  []error // what was not taken, in order
}

// CarryOut seals what waits for a partner into w, at most limit bytes of
// messages (zero: what a message may have). Nothing is taken off its lane: that
// the receipt does, which comes back over the line or in a file.
func (p *Peer) CarryOut(ctx context.Context, org mithaq.OrgID, w io.Writer, limit int64) (c Carried, err error) {
	if limit <= 0 {
		limit = p.cfg.Body
	}
	var plain bytes.Buffer
	var sealKeys [][]byte
	c = Carried{From: p.cfg.Org, To: org}
	err = p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		f := &packing{p: p, tx: tx, org: org, out: &plain, limit: limit, c: &c}
		sealKeys, err = f.recipients()
		return errors.Join(err, f.cards(), f.receipts(), f.messages())
	})
	if err != nil {
		return c, fmt.Errorf("carry out to %s: %w", org, err)
	}
	if err := seal.To(w, plain.Bytes(), sealKeys...); err != nil {
		return c, err
	}
	return c, p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		return p.enter(tx, mithaq.Account{
			Kind: "carry-out", From: p.cfg.Org, To: org,
			Counts: map[string]int64{"messages": int64(c.Messages), "receipts": int64(c.Receipts)},
		})
	})
}

type packing struct {
	p     *Peer
	tx    *store.Tx
	org   mithaq.OrgID
	out   *bytes.Buffer
	limit int64
	c     *Carried
}

func (f *packing) recipients() (list [][]byte, err error) {
	partner, err := partnerRow(f.tx, f.org)
	if err != nil {
		return nil, err
	}
	if err := open(partner, mithaq.MessageCard); err != nil {
		return nil, err
	}
	theirs, err := f.p.cards(f.tx, f.org)
	if err != nil {
		return nil, err
	}
	for _, k := range theirs.Current().Current(mithaq.KeySeal, f.p.cfg.Now()) {
		list = append(list, k.MLKEM768X25519)
	}
	if len(list) == 0 {
		return nil, mithaq.Refuse(mithaq.NotFound, "peer.no-seal-key", f.org)
	}
	return list, nil
}

func (f *packing) part(raw []byte) {
	_ = binary.Write(f.out, binary.BigEndian, uint64(len(raw))) // a buffer takes all
	f.out.Write(raw)
}

func (f *packing) cards() error {
	raw, err := f.p.introduction(f.tx, introduction{})
	if err == nil {
		f.part(raw)
	}
	return err
}

// receipts are those of the newest messages of each lane, whichever road they
// came by: one too many does no harm.
func (f *packing) receipts() error {
	rows, err := f.tx.Query(`SELECT e.receipt FROM peer_envelope e JOIN peer_lane l ON l.id = e.lane
		WHERE l.sender = ? AND l.receiver = ? AND e.receipt IS NOT NULL AND e.road = 'file' ORDER BY e.settled DESC LIMIT 1000`, f.org, f.p.cfg.Org)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var list []jsontext.Value
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return err
		}
		list = append(list, bytes.Clone(raw))
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return err
	}
	raw, err := json.Marshal(map[string][]jsontext.Value{"objects": list})
	f.c.Receipts = len(list)
	f.part(raw)
	return err
}

// messages puts in what waits, the urgent lanes first, while there is room.
func (f *packing) messages() error {
	lanes, err := lanesWhere(f.tx, "sender = ? AND receiver = ? AND frozen = ''", f.p.cfg.Org, f.org)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		if err := f.lane(l); err != nil {
			return err
		}
	}
	return nil
}

func (f *packing) lane(l *lane) error {
	for after := int64(0); ; {
		c, err := f.p.nextParcel(f.tx, l, after)
		if errors.Is(err, mithaq.NotFound) || errors.Is(err, mithaq.Denied) {
			return nil // no more, or held back
		}
		if err != nil {
			return err
		}
		body := c.body()
		if f.c.Messages > 0 && int64(f.out.Len()+len(body)) > f.limit {
			return nil
		}
		f.part(body)
		f.c.Messages++
		after = c.sequence
	}
}

// CarryIn takes a sealed file: it is read to its end before anything in it is
// looked at, and each message goes the way of one that came over the line. What
// was not taken is told message by message, and an order that is broken shows
// which one is missing. An error is for a file that is not for us, or damaged.
func (p *Peer) CarryIn(ctx context.Context, r io.Reader) (c Carried, err error) {
	id, err := p.cfg.Keys.Identity()
	if err != nil {
		return c, err
	}
	plain, err := seal.Open(r, id, 2*p.cfg.Body+maxIntroduction)
	if err != nil {
		p.refused(ctx, mithaq.Account{Kind: "refusal", To: p.cfg.Org, Notes: note("why", "peer.file")}, nil)
		return c, notForUs(err)
	}
	parts, err := partsOf(plain)
	if err != nil {
		return c, fmt.Errorf("carry in: %w", err)
	}
	u := &unpacking{p: p, c: &c}
	c.To = p.cfg.Org
	if err := u.cards(ctx, parts[0]); err != nil {
		return c, fmt.Errorf("carry in: %w", err)
	}
	for _, raw := range parts[1:] {
		u.part(ctx, raw)
	}
	return c, p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		return p.enter(tx, mithaq.Account{Kind: "carry-in", From: c.From, To: p.cfg.Org, Counts: map[string]int64{
			"messages": int64(c.Messages), "again": int64(c.Again), "receipts": int64(c.Receipts), "refused": int64(len(c.Refused)),
		}})
	})
}

// notForUs says of a file that does not open only that: what is wrong with it
// is for whoever made it.
func notForUs(err error) error {
	kind, ok := errors.AsType[mithaq.Kind](err)
	if !ok {
		return fmt.Errorf("carry in: %w", err)
	}
	return mithaq.Refuse(kind, "peer.file")
}

func partsOf(plain []byte) (parts [][]byte, err error) {
	for len(plain) > 0 {
		if len(plain) < 8 {
			return nil, fmt.Errorf("file cut off: %w", mithaq.Invalid)
		}
		n := binary.BigEndian.Uint64(plain)
		if plain = plain[8:]; n > uint64(len(plain)) {
			return nil, fmt.Errorf("file cut off: %w", mithaq.Invalid)
		}
		parts, plain = append(parts, plain[:n:n]), plain[n:]
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("file with nothing in it: %w", mithaq.Invalid)
	}
	return parts, nil
}

type unpacking struct {
	p *Peer
	c *Carried
}

// cards learns the sender's cards, which say who it is. That alone opens
// nothing: every message has its own signature.
func (u *unpacking) cards(ctx context.Context, raw []byte) error {
	var i introduction
	if err := strict.Decode(raw, maxIntroduction, &i); err != nil {
		return err
	}
	cards, err := readAllShown(i.Cards)
	if err != nil {
		return err
	}
	if _, err := u.p.introducer(cards); err != nil {
		return err
	}
	u.c.From = cards[len(cards)-1].Org
	return u.p.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		fresh, err := u.p.learnAll(tx, u.c.From, cards)
		if fresh {
			u.c.Cards++
		}
		if errors.Is(err, mithaq.NotFound) {
			err = mithaq.Refuse(mithaq.Denied, "peer.stranger", u.c.From)
		}
		return err
	})
}

func (u *unpacking) part(ctx context.Context, raw []byte) {
	if receipts, ok := bareReceipts(raw); ok {
		if err := u.p.settleAll(ctx, u.c.From, receipts, roadFile); err != nil {
			u.c.Refused = append(u.c.Refused, err)
			return
		}
		u.c.Receipts += len(receipts)
		return
	}
	a := &arrival{p: u.p, from: u.c.From, road: roadFile}
	_, err := u.p.receive(ctx, a, raw)
	switch {
	case err != nil:
		u.c.Refused = append(u.c.Refused, err)
	case a.known != nil:
		u.c.Again++
	default:
		u.c.Messages++
	}
}
