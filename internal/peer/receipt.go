package peer

import (
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

const maxReceipt = 4 << 20

// recalled is the clause under which an object is refused that its sender took
// back before it came.
const recalled = "recalled"

// keep stores a message that has come, with the receipt it gets.
func (a *arrival) keep(tx *store.Tx, l *lane, tree mithaq.Tree, out message.Outcome) error {
	h := a.in.Header
	out = a.complete(out)
	receipt, err := a.sign(tx, l, tree, out)
	if err != nil {
		return err
	}
	e := &kept{
		lane: l, sequence: h.Sequence, id: h.ID, digest: a.in.Digest, kind: h.Kind, state: settled, road: a.road,
		header: a.parsed.RawHeader, digests: packDigests(a.parsed.Digests), items: out.Items, receipt: receipt,
		salts: append(a.parsed.Opening.ContentSalt[:], a.parsed.Opening.Salts...),
	}
	if out.Whole != nil {
		e.state = refused
	}
	if h.Kind != mithaq.MessageItems && out.Whole == nil {
		e.objects = a.ownObjects(out.Items)
	}
	if err := errors.Join(e.insert(tx), l.step(tx, a.in.Digest), tx.Change(TopicEnvelope, string(h.ID), []byte(e.state))); err != nil {
		return err
	}
	a.receipt = receipt
	if stops(h.Kind) && out.Whole == nil {
		a.p.cutSoon(tx, h.From)
	}
	return a.enterRefused(tx, out)
}

// complete gives an outcome one number an object, and refuses those that were
// taken back, which a handler passes over.
func (a *arrival) complete(out message.Outcome) message.Outcome {
	if len(out.Items) != len(a.in.Raw) {
		out.Items = make([]int64, len(a.in.Raw))
	}
	if out.Whole != nil {
		return message.Outcome{Items: make([]int64, len(a.in.Raw)), Whole: out.Whole}
	}
	named := make(map[int]bool, len(out.Refused))
	for _, r := range out.Refused {
		named[r.Index] = true
	}
	var all []mithaq.RefusedObject
	next := 0
	for i, raw := range a.in.Raw {
		switch {
		case named[i]:
			all = append(all, out.Refused[next])
			next++
		case raw == nil:
			all = append(all, mithaq.RefusedObject{Index: i, Clauses: []string{recalled}})
		}
	}
	out.Refused = all
	return out
}

// ownObjects are those that lie with their message and nowhere else.
func (a *arrival) ownObjects(items []int64) (list []keptObject) {
	for i, raw := range a.in.Raw {
		if raw != nil && items[i] == 0 {
			list = append(list, keptObject{i, raw})
		}
	}
	return list
}

// sign makes the receipt, with our cosignature on the tree that both now have.
func (a *arrival) sign(tx *store.Tx, l *lane, tree mithaq.Tree, out message.Outcome) ([]byte, error) {
	h := a.in.Header
	now := mithaq.At(tx.Now())
	_, lines, err := a.p.witness.CosignHeld(tx, l.log)
	if err != nil {
		return nil, err
	}
	r := &mithaq.Receipt{
		Head: mithaq.NewHead(mithaq.TypeReceipt, stix.NewID(mithaq.TypeReceipt), now), Version: 1,
		Envelope: h.ID, EnvelopeDigest: a.in.Digest, Pact: h.Pact, From: h.To, To: h.From,
		Lane: h.Lane, Sequence: h.Sequence, StoredAt: now,
		Refused: out.Refused, RefusedAll: out.Whole, Tree: tree,
		Cosignature: strings.Split(strings.TrimSuffix(lines, "\n"), "\n"),
	}
	if out.Whole == nil {
		r.Accepted = len(a.in.Raw) - len(out.Refused)
	}
	return a.p.signReceipt(r)
}

func (p *Peer) signReceipt(r *mithaq.Receipt) ([]byte, error) {
	signer, err := p.cfg.Keys.Message()
	if err != nil {
		return nil, err
	}
	signed, err := jcs.Marshal(r)
	if err != nil {
		return nil, err
	}
	sig, err := signer.Sign(mithaq.UseReceipt, signed)
	if err != nil {
		return nil, err
	}
	r.Signatures = []mithaq.Signature{sig}
	if err := r.Check(); err != nil {
		return nil, err
	}
	return jcs.Marshal(r)
}

// enterRefused notes in our own log what of a message was refused.
func (a *arrival) enterRefused(tx *store.Tx, out message.Outcome) error {
	if out.Whole == nil && len(out.Refused) == 0 {
		return nil
	}
	h := a.in.Header
	account := mithaq.Account{
		Kind: "refusal", From: h.From, To: h.To, Pact: h.Pact, Purpose: h.Account.Purpose, About: h.ID,
		Counts: map[string]int64{"objects": int64(h.Objects), "refused": int64(len(out.Refused))},
	}
	if out.Whole != nil {
		account.Notes = map[string]string{"why": out.Whole.Key, "receipt": "given"}
		account.Counts["refused"] = int64(h.Objects)
	}
	return a.p.enter(tx, account)
}

// A settling is a receipt being held to the message it is for.
type settling struct {
	p       *Peer
	raw     []byte
	road    string
	digest  mithaq.Digest // of what was signed
	receipt mithaq.Receipt
	signed  []byte
	header  mithaq.EnvelopeHeader
}

// readReceipt reads a receipt strictly; its signature is checked by settle.
func (p *Peer) readReceipt(raw []byte, road string) (*settling, error) {
	s := &settling{p: p, raw: raw, road: road}
	canonical, err := strict.Signed(raw, maxReceipt, &s.receipt)
	if err != nil {
		return nil, err
	}
	if err := s.receipt.Check(); err != nil {
		return nil, err
	}
	if s.receipt.To != p.cfg.Org {
		return nil, mithaq.Refuse(mithaq.Denied, "receipt.not-for-us", s.receipt.To, p.cfg.Org)
	}
	if s.signed, _, err = jcs.Without(canonical, "signatures"); err != nil {
		return nil, err
	}
	s.digest = sha256.Sum256(s.signed)
	return s, nil
}

// settle holds the receipt to what we sent and takes note of it. Of a message
// that has one already nothing changes. more says that others wait on the lane.
func (s *settling) settle(tx *store.Tx) (l *lane, more bool, err error) {
	r := &s.receipt
	var id, sequence int64
	var digest, header []byte
	var state string
	err = tx.QueryRow("SELECT lane, sequence, digest, header, state FROM peer_envelope WHERE id = ?", r.Envelope).Scan(&id, &sequence, &digest, &header, &state)
	if err != nil {
		return nil, false, named(err, "receipt for envelope %s", r.Envelope)
	}
	if l, err = laneByID(tx, id); err != nil {
		return nil, false, err
	}
	if l.From != s.p.cfg.Org {
		return nil, false, mithaq.Refuse(mithaq.Denied, "receipt.not-ours", r.Envelope)
	}
	if state == waiting {
		if err := s.check(tx, l, header, digestOf(digest)); err != nil {
			return nil, false, err
		}
		if err := s.note(tx, l, sequence); err != nil {
			return nil, false, err
		}
	}
	more, err = waits(tx, l.id)
	return l, more, err
}

func (s *settling) check(tx *store.Tx, l *lane, header []byte, digest mithaq.Digest) error {
	if err := strict.Decode(header, maxReceipt, &s.header); err != nil {
		return err
	}
	r := &s.receipt
	if err := r.Answers(&s.header, digest); err != nil {
		return err
	}
	if r.Tree != s.header.Tree {
		return mithaq.Refuse(mithaq.Conflict, "receipt.other-tree", r.Lane, r.Sequence)
	}
	partner, err := partnerRow(tx, l.To)
	if err != nil {
		return err
	}
	theirs, err := s.p.chain(tx, l.To, partner.Card)
	if err != nil {
		return err
	}
	if err := theirs.verify(r.StoredAt.Time, s.p.cfg.Now(), mithaq.UseReceipt, s.signed, &r.Signatures[0]); err != nil {
		return err
	}
	return s.cosigned(tx, l, theirs)
}

// cosigned attaches the partner's cosignature to our log of the lane.
func (s *settling) cosigned(tx *store.Tx, l *lane, theirs *chain) error {
	v, err := ledger.WitnessVerifier(ledger.WitnessName(l.To), theirs.noteKeys(mithaq.KeyWitness)...)
	if err != nil {
		return err
	}
	lines := strings.Join(s.receipt.Cosignature, "\n") + "\n"
	return ledger.Attach(tx, l.log, s.receipt.Tree.Size, lines, v)
}

func (s *settling) note(tx *store.Tx, l *lane, sequence int64) error {
	r := &s.receipt
	state := settled
	if r.RefusedAll != nil {
		state = refused
	}
	_, err := tx.Exec("UPDATE peer_envelope SET state = ?, road = ?, settled = ?, receipt = ? WHERE lane = ? AND sequence = ?",
		state, s.road, micros(tx.Now()), s.raw, l.id, sequence)
	if err != nil {
		return named(err, "settle envelope %s", r.Envelope)
	}
	if err := tx.Change(TopicEnvelope, string(r.Envelope), []byte(state)); err != nil {
		return err
	}
	if err := dropErased(tx, l, sequence); err != nil {
		return err
	}
	h, ok := s.p.handlers[s.header.Kind]
	if !ok || h.Receipted == nil {
		return nil
	}
	return h.Receipted(tx, message.Sent{
		Envelope: r.Envelope, Digest: r.EnvelopeDigest, To: l.To, Pact: l.Pact, Lane: l.Lane, Sequence: sequence,
	}, r)
}

func waits(tx *store.Tx, lane int64) (more bool, err error) {
	err = tx.QueryRow("SELECT EXISTS (SELECT 1 FROM peer_envelope WHERE lane = ? AND state = 'waiting')", lane).Scan(&more)
	return more, err
}
