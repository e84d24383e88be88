package peer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

var _ message.Outbox = (*Peer)(nil)

// Send puts a message on its lane: see message.Outbox. Whether the partner and
// the pact carry it now is asked here, in the transaction that hands it over,
// so that a suspension stored before it stops it.
func (p *Peer) Send(tx *store.Tx, m message.Outbound) (message.Sent, error) {
	if err := p.free(tx); err != nil {
		return message.Sent{}, named(err, "send %s to %s", m.Kind, m.To)
	}
	o, err := p.outgoing(tx, m)
	if err != nil {
		return message.Sent{}, named(err, "send %s to %s", m.Kind, m.To)
	}
	for _, step := range []func() error{o.append, o.pin, o.sign, o.keep, o.schedule} {
		if err := step(); err != nil {
			return message.Sent{}, named(err, "send %s to %s", m.Kind, m.To)
		}
	}
	return o.sent(), nil
}

// outgoing is a message on its way onto a lane.
type outgoing struct {
	p       *Peer
	tx      *store.Tx
	m       message.Outbound
	partner *mithaq.Partner
	content *message.Packed
	lane    *lane
	header  mithaq.EnvelopeHeader
	opening ledger.Opening
	digest  mithaq.Digest
	raw     []byte // of the header
}

var noContent = message.Pack(nil)

func (p *Peer) outgoing(tx *store.Tx, m message.Outbound) (*outgoing, error) {
	o := &outgoing{p: p, tx: tx, m: m, content: m.Content}
	if o.content == nil {
		o.content = &message.Packed{Root: noContent.Root}
		_, _ = rand.Read(o.content.ContentSalt[:]) // never fails
	}
	if n := len(o.content.Objects); n > mithaq.MaxEnvelopeObjects {
		return nil, mithaq.Refuse(mithaq.TooLarge, "peer.too-many-objects", n, mithaq.MaxEnvelopeObjects)
	}
	var err error
	if o.partner, err = partnerRow(tx, m.To); err != nil {
		return nil, err
	}
	if err := open(o.partner, m.Kind); err != nil {
		return nil, err
	}
	if o.lane, err = openLane(tx, way{m.Pact, p.cfg.Org, m.To, m.Lane}, ledger.Kept); err != nil {
		return nil, err
	}
	if o.lane.frozen != "" {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.link-frozen", m.To, o.lane.frozen)
	}
	return o, o.address()
}

// address fills what the header says of parties, pact and time.
func (o *outgoing) address() error {
	ours, err := o.p.ownCard(o.tx)
	if err != nil {
		return err
	}
	now := mithaq.At(o.tx.Now())
	life := o.m.NotAfter
	if life <= 0 {
		life = o.p.cfg.NotAfter
	}
	o.header = mithaq.EnvelopeHeader{
		Head: mithaq.NewHead(mithaq.TypeEnvelope, stix.NewID(mithaq.TypeEnvelope), now), Version: 1, Kind: o.m.Kind,
		PactID: o.m.Pact, From: o.p.cfg.Org, To: o.m.To, FromCard: ours.Current().Digest, ToCard: o.partner.Card,
		Lane: o.m.Lane, Sequence: o.lane.next, Previous: o.lane.previous,
		NotAfter: now.Plus(life), Account: o.m.Account,
		ContentRoot: o.content.Root, Objects: len(o.content.Objects),
	}
	if err := o.underPact(now.Time); err != nil {
		return err
	}
	return o.account(now)
}

func (o *outgoing) underPact(now time.Time) (err error) {
	if o.m.Pact == "" {
		return nil
	}
	h := &o.header
	if h.Pact, err = o.p.cfg.Pacts.Current(o.tx, o.m.Pact); err != nil {
		return err
	}
	return o.p.cfg.Pacts.Check(o.tx, o.m.Pact, h.Pact, o.m.To, o.m.Kind, o.m.Account.Purpose, now)
}

func (o *outgoing) account(now mithaq.Time) (err error) {
	a := &o.header.Account
	a.From, a.To, a.Pact = o.p.cfg.Org, o.m.To, o.header.Pact
	if a.Kind == "" {
		a.Kind = string(o.m.Kind)
	}
	if a.At.IsZero() {
		a.At = now
	}
	_, _ = rand.Read(o.header.AccountSalt[:])
	o.opening = ledger.Opening{AccountSalt: o.header.AccountSalt, ContentRoot: o.content.Root, ContentSalt: o.content.ContentSalt}
	o.opening.Account, err = jcs.Marshal(a)
	return err
}

// append enters the leaf; the header states the tree with it.
func (o *outgoing) append() (err error) {
	_, o.header.Tree, err = ledger.Append(o.tx, o.lane.log, o.opening.Leaf(), &o.opening)
	return err
}

func (o *outgoing) sign() error {
	signer, err := o.p.cfg.Keys.Message()
	if err != nil {
		return err
	}
	signed, err := jcs.Marshal(&o.header)
	if err != nil {
		return err
	}
	sig, err := signer.Sign(mithaq.UseEnvelope, signed)
	if err != nil {
		return err
	}
	o.digest = sha256.Sum256(signed)
	o.header.Signatures = []mithaq.Signature{sig}
	if err := o.header.Check(); err != nil {
		return err
	}
	o.raw, err = jcs.Marshal(&o.header)
	return err
}

// keep stores the message as waiting.
func (o *outgoing) keep() error {
	c := o.content
	e := &kept{
		lane: o.lane, sequence: o.header.Sequence, id: o.header.ID, digest: o.digest, kind: o.m.Kind, state: waiting,
		header: o.raw, salts: packSalts(c.ContentSalt, c.Salts), digests: packDigests(c.Digests),
	}
	for i, obj := range c.Objects {
		e.items = append(e.items, obj.Item)
		if obj.Item == 0 {
			e.objects = append(e.objects, keptObject{i, obj.Raw})
		}
	}
	if err := e.insert(o.tx); err != nil {
		return err
	}
	if stops(o.m.Kind) {
		o.p.cut(o.tx, o.m.To)
	}
	return o.lane.step(o.tx, o.digest)
}

// stops says whether a message stops a link: then its lines are closed once it
// is stored, at both ends.
func stops(k mithaq.MessageKind) bool {
	return k == mithaq.MessagePactSuspend || k == mithaq.MessagePactEnd
}

// schedule makes a delivery due, if none is: one that failed keeps its back-off.
func (o *outgoing) schedule() error {
	var first int64
	err := o.tx.QueryRow("SELECT min(sequence) FROM peer_envelope WHERE lane = ? AND state = 'waiting'", o.lane.id).Scan(&first)
	if err != nil || first != o.header.Sequence {
		return err
	}
	return o.tx.Due(dueLane(o.lane, o.tx.Now()))
}

func (o *outgoing) sent() message.Sent {
	return message.Sent{
		Envelope: o.header.ID, Digest: o.digest, To: o.m.To, Pact: o.m.Pact, Lane: o.m.Lane, Sequence: o.header.Sequence,
	}
}

func packSalts(content mithaq.CommitmentSalt, salts []mithaq.ObjectSalt) []byte {
	b := make([]byte, 0, len(content)+16*len(salts))
	b = append(b, content[:]...)
	for i := range salts {
		b = append(b, salts[i][:]...)
	}
	return b
}

func packDigests(list []mithaq.Digest) []byte {
	b := make([]byte, 0, 32*len(list))
	for i := range list {
		b = append(b, list[i][:]...)
	}
	return b
}

func packItems(list []int64) []byte {
	b := make([]byte, 0, 8*len(list))
	for _, n := range list {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}

func unpackItems(b []byte) []int64 {
	list := make([]int64, len(b)/8)
	for i := range list {
		list[i] = int64(binary.BigEndian.Uint64(b[8*i:]))
	}
	return list
}
