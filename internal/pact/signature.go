package pact

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Signed says which party signed a text, when and by whose decision.
type Signed struct {
	Org       mithaq.OrgID
	Person    mithaq.PersonID
	At        time.Time
	Signature mithaq.Signature
}

// Signatures lists the signatures held under a text.
func (b *Book) Signatures(tx *store.Tx, digest mithaq.Digest) ([]Signed, error) {
	rows, err := tx.Query("SELECT org, person, at, raw FROM pact_signature WHERE digest = ? ORDER BY org", digest[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Signed
	for rows.Next() {
		var s Signed
		var at int64
		var raw []byte
		if err := rows.Scan((*string)(&s.Org), (*string)(&s.Person), &at, &raw); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &s.Signature); err != nil {
			return nil, fmt.Errorf("signature of %s under %s: %w", s.Org, digest, err)
		}
		s.At = timeOf(at)
		list = append(list, s)
	}
	return list, rows.Err()
}

// addSignature verifies one party's signature under a text against the Card
// that the text names for it, and keeps it.
func (b *Book) addSignature(tx *store.Tx, p *mithaq.Pact, org mithaq.OrgID, person mithaq.PersonID, s *mithaq.Signature) error {
	party := p.Party(org)
	if party == nil || party.Kind != mithaq.Peer {
		return mithaq.Refuse(mithaq.Denied, "pact.signer-no-party", string(org))
	}
	card, err := b.Cards.Card(tx, party.Card)
	if isNotFound(err) {
		return mithaq.Refuse(mithaq.Busy, "pact.card-not-held", string(org), party.Card.String())
	}
	if err != nil {
		return err
	}
	bare := *p
	bare.Signatures = nil
	text, digest, err := signedText(&bare)
	if err != nil {
		return err
	}
	if card.Org != org {
		return mithaq.Refuse(mithaq.Denied, "pact.card-of-another", string(org), string(card.Org))
	}
	if err := sign.VerifyBy(card, tx.Now(), mithaq.UsePact, text, s); err != nil {
		return err
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO pact_signature(digest, org, raw, person, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (digest, org) DO NOTHING`, digest[:], string(org), raw, string(person), micro(tx.Now()))
	return err
}

func signedText(p *mithaq.Pact) ([]byte, mithaq.Digest, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, mithaq.Digest{}, err
	}
	return sign.Bytes(raw)
}

// settle brings a text into force once every peer party's signature is held.
func (b *Book) settle(tx *store.Tx, t *Text) error {
	if t.Status != mithaq.Proposed {
		return nil
	}
	signed, err := b.Signatures(tx, t.Digest)
	if err != nil || len(signed) < len(t.Pact.Peers()) {
		return err
	}
	now := micro(tx.Now())
	if _, err := tx.Exec("UPDATE pact_version SET status = ?, replaced = ? WHERE pact = ? AND status = ? AND version < ?",
		int64(mithaq.Superseded), now, string(t.Pact.ID), int64(mithaq.InForce), t.Pact.Version); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE pact_version SET status = ?, since = ? WHERE digest = ?", int64(mithaq.InForce), now, t.Digest[:]); err != nil {
		return err
	}
	return b.enter(tx, "pact-in-force", "", t.Pact)
}

// enter notes a step in the node's own log and tells the change table.
func (b *Book) enter(tx *store.Tx, kind string, by mithaq.PersonID, p *mithaq.Pact) error {
	if err := tx.Change(Topic, string(p.ID), nil); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: kind, At: mithaq.At(tx.Now()), By: by, Pact: p.Digest(), About: p.ID,
		Counts: map[string]int64{"version": int64(p.Version)},
	})
}
