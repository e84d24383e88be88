package pact

import (
	"encoding/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Draft keeps a text of ours. A counter-proposal or an amendment is a text
// that names the digest of the one it answers (mithaq.Pact.Next).
// Denied: the viewer may not draft. Conflict: the version number is taken by a
// text in force. Invalid: whatever is wrong with the text.
func (b *Book) Draft(tx *store.Tx, v mithaq.Viewer, p *mithaq.Pact) error {
	if !v.MayDraft() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-draft")
	}
	if err := b.checkOurs(tx, p); err != nil {
		return err
	}
	if err := b.keep(tx, p, mithaq.Drafted, b.Org); err != nil {
		return err
	}
	return b.enter(tx, "pact-draft", v.Person, p)
}

func (b *Book) checkOurs(tx *store.Tx, p *mithaq.Pact) error {
	if err := p.Check(); err != nil {
		return err
	}
	if p.Party(b.Org) == nil {
		return mithaq.Refuse(mithaq.Invalid, "pact.we-are-no-party", string(b.Org))
	}
	if _, err := b.Text(tx, p.Digest()); !isNotFound(err) {
		return orElse(err, mithaq.Refuse(mithaq.Conflict, "pact.held-already", p.Digest().String()))
	}
	return b.checkPlace(tx, p)
}

// checkPlace holds a text to the versions before it.
func (b *Book) checkPlace(tx *store.Tx, p *mithaq.Pact) error {
	last, err := b.InForce(tx, p.ID)
	if err == nil && p.Version <= last.Pact.Version {
		return mithaq.Refuse(mithaq.Conflict, "pact.version-taken", p.Version, last.Pact.Version)
	}
	if err != nil && !isNotFound(err) {
		return err
	}
	if p.Version == 1 {
		return nil
	}
	before, err := b.Text(tx, p.Previous)
	if isNotFound(err) {
		return mithaq.Refuse(mithaq.Busy, "pact.previous-not-held", p.Previous.String())
	}
	if err == nil && (before.Pact.ID != p.ID || before.Pact.Version != p.Version-1) {
		return mithaq.Refuse(mithaq.Invalid, "pact.previous-other", p.Previous.String())
	}
	return err
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Propose sends a draft to every other peer party. It signs nothing.
// Denied: not an accepted partner among the parties, or the viewer may not.
func (b *Book) Propose(tx *store.Tx, v mithaq.Viewer, digest mithaq.Digest) error {
	if !v.MayDraft() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-draft")
	}
	t, err := b.Text(tx, digest)
	if err != nil {
		return err
	}
	if t.Status != mithaq.Drafted {
		return mithaq.Refuse(mithaq.Conflict, "pact.not-a-draft", t.Status.String())
	}
	if err := b.checkCards(tx, t.Pact); err != nil {
		return err
	}
	if err := setStatus(tx, digest, mithaq.Proposed); err != nil {
		return err
	}
	if err := b.tell(tx, v, mithaq.MessagePact, t.Pact, nil); err != nil {
		return err
	}
	return b.enter(tx, "pact-propose", v.Person, t.Pact)
}

// checkCards wants the text to name the present Card of every peer party.
func (b *Book) checkCards(tx *store.Tx, p *mithaq.Pact) error {
	for _, party := range p.Parties {
		if party.Kind != mithaq.Peer {
			continue
		}
		current, err := b.Cards.Current(tx, party.Org)
		if isNotFound(err) {
			return mithaq.Refuse(mithaq.Denied, "pact.party-not-accepted", string(party.Org))
		}
		if err != nil {
			return err
		}
		if current != party.Card {
			return mithaq.Refuse(mithaq.Conflict, "pact.card-changed", string(party.Org))
		}
	}
	return nil
}

// Sign puts the organisation's signature under a text by a person's decision,
// and sends it to every other peer party.
// Conflict: another text of this version number bears our signature.
func (b *Book) Sign(tx *store.Tx, v mithaq.Viewer, digest mithaq.Digest) error {
	if !v.MaySign() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-sign")
	}
	t, err := b.Text(tx, digest)
	if err != nil {
		return err
	}
	if err := b.maySign(tx, t); err != nil {
		return err
	}
	signed := *t.Pact
	signed.Signatures = nil
	s, _, err := sign.Object(b.Signer, mithaq.UsePact, &signed)
	if err != nil {
		return err
	}
	if err := b.addSignature(tx, t.Pact, b.Org, v.Person, &s); err != nil {
		return err
	}
	if err := b.tell(tx, v, mithaq.MessagePactSignature, t.Pact, &s); err != nil {
		return err
	}
	if err := b.enter(tx, "pact-sign", v.Person, t.Pact); err != nil {
		return err
	}
	return b.settle(tx, t)
}

func (b *Book) maySign(tx *store.Tx, t *Text) error {
	if t.Status != mithaq.Proposed {
		return mithaq.Refuse(mithaq.Conflict, "pact.not-proposed", t.Status.String())
	}
	if err := b.checkPlace(tx, t.Pact); err != nil {
		return err
	}
	var others int64
	err := tx.QueryRow(`SELECT count(*) FROM pact_signature s JOIN pact_version v ON v.digest = s.digest
		WHERE v.pact = ? AND v.version = ? AND s.org = ?`, string(t.Pact.ID), t.Pact.Version, string(b.Org)).Scan(&others)
	if err != nil {
		return err
	}
	if others > 0 {
		return mithaq.Refuse(mithaq.Conflict, "pact.signed-already", t.Pact.Version)
	}
	return b.checkCards(tx, t.Pact)
}

// tell sends a text, with our signature where there is one, to every other peer
// party over the acquaintance link.
func (b *Book) tell(tx *store.Tx, v mithaq.Viewer, kind mithaq.MessageKind, p *mithaq.Pact, s *mithaq.Signature) error {
	out := *p
	out.Signatures = nil
	if s != nil {
		out.Signatures = []mithaq.Signature{*s}
	}
	return b.toPeers(tx, p, message.Outbound{
		Lane: mithaq.LaneControl, Kind: kind,
		Account: mithaq.Account{Kind: string(kind), At: mithaq.At(tx.Now()), By: v.Person, About: p.ID},
	}, &out)
}

// toPeers sends one object of ours to every other peer party.
func (b *Book) toPeers(tx *store.Tx, p *mithaq.Pact, m message.Outbound, object any) error {
	raw, err := json.Marshal(object)
	if err != nil {
		return err
	}
	for _, org := range p.Peers() {
		if org == b.Org {
			continue
		}
		m.To, m.Content = org, message.Pack([]message.Object{{Raw: raw}})
		if _, err := b.Outbox.Send(tx, m); err != nil {
			return err
		}
	}
	return nil
}
