package peer

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A chain is the cards of one organisation that we hold, and its public keys
// read once: reading an ML-DSA key costs about as much as using it.
type chain struct {
	*card.Holder
	mu      sync.Mutex
	publics map[mithaq.KeyID]*sign.Public
}

// verify wants a signature by a message key that the organisation had at t, or
// has now: what waited while keys changed is signed anew.
func (c *chain) verify(t, now time.Time, use mithaq.SignatureUse, signed []byte, s *mithaq.Signature) error {
	k, err := c.Key(s.Key, mithaq.KeyMessage, t)
	if err != nil && c.owns(s.Key, mithaq.KeyMessage, now) {
		k, err = c.Current().Key(s.Key), nil
	}
	if err != nil {
		return err
	}
	pub, err := c.public(k)
	if err != nil {
		return err
	}
	return pub.Verify(use, signed, s)
}

// stands wants a key not to be revoked, whenever it signed: a date that the
// holder of a stolen key writes says nothing about what comes only now.
func (c *chain) stands(id mithaq.KeyID) error {
	if r := c.Current().Revocation(id); r != nil {
		return mithaq.Refuse(mithaq.Gone, "card.key-revoked", c.Current().Org, id, r.At)
	}
	return nil
}

func (c *chain) public(k *mithaq.PublicKey) (*sign.Public, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pub, ok := c.publics[k.ID]; ok {
		return pub, nil
	}
	pub, err := sign.ParsePublic(k.Ed25519, k.MLDSA65)
	if err == nil {
		c.publics[k.ID] = pub
	}
	return pub, err
}

// hop finds the key that signs requests and answers, if it may now.
func (c *chain) hop(id mithaq.KeyID, now time.Time) (ed25519.PublicKey, error) {
	if err := c.Current().Usable(id, mithaq.KeyMessage, now); err != nil {
		return nil, err
	}
	return c.Current().Key(id).Ed25519, nil
}

// owns says whether a key is on the current card and usable now.
func (c *chain) owns(id mithaq.KeyID, use mithaq.KeyUse, now time.Time) bool {
	return c.Current().Usable(id, use, now) == nil
}

// chains remembers chains by their newest card, so that another process's
// changes are seen with the row that names it.
type chains struct {
	mu sync.Mutex
	of map[mithaq.OrgID]*chain
}

// chain gives an organisation's cards up to the current one.
func (p *Peer) chain(tx *store.Tx, org mithaq.OrgID, current mithaq.Digest) (*chain, error) {
	p.chains.mu.Lock()
	c, ok := p.chains.of[org]
	p.chains.mu.Unlock()
	if ok && c.Current().Digest == current {
		return c, nil
	}
	c, err := readChain(tx, org, current)
	if err != nil {
		return nil, named(err, "cards of %s", org)
	}
	p.chains.mu.Lock()
	defer p.chains.mu.Unlock()
	p.chains.of[org] = c
	return c, nil
}

// readChain reads the cards of an organisation as they are stored. Those of an
// organisation key it had before a new introduction are left out, and of two
// with one serial the later.
func readChain(tx *store.Tx, org mithaq.OrgID, current mithaq.Digest) (*chain, error) {
	raws, err := rawCards(tx, org)
	if err != nil {
		return nil, err
	}
	var all []*card.Signed
	var key mithaq.Digest
	for _, raw := range raws {
		c, err := card.Read(raw)
		if err != nil {
			return nil, err
		}
		if all = append(all, c); c.Digest == current {
			key = c.Organisation.Fingerprint()
		}
	}
	all = slices.DeleteFunc(all, func(c *card.Signed) bool { return c.Organisation.Fingerprint() != key })
	if len(all) == 0 {
		return nil, fmt.Errorf("card %s: %w", current, mithaq.NotFound)
	}
	holder := card.Hold(all[0])
	for _, c := range all[1:] {
		if _, err := holder.Accept(c); err != nil && !errors.Is(err, mithaq.Conflict) {
			return nil, err
		}
	}
	return &chain{Holder: holder, publics: map[mithaq.KeyID]*sign.Public{}}, nil
}

// rawCards lists the cards of an organisation, by serial; of two with one
// serial, first the one that came first.
func rawCards(tx *store.Tx, org mithaq.OrgID) (raws [][]byte, err error) {
	rows, err := tx.Query("SELECT raw FROM peer_card WHERE org = ? ORDER BY serial, at", org)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		raws = append(raws, raw)
	}
	return raws, rows.Err()
}

// keepCard stores a card and whose its keys are. A key that another
// organisation's card has is refused: nobody speaks with another's key.
func keepCard(tx *store.Tx, c *card.Signed, raw []byte) error {
	_, err := tx.Exec("INSERT INTO peer_card(digest, org, serial, raw, at) VALUES(?, ?, ?, ?, ?) ON CONFLICT(digest) DO NOTHING",
		c.Digest[:], c.Org, c.Serial, raw, micros(tx.Now()))
	if err != nil {
		return named(err, "keep card of %s", c.Org)
	}
	for i := range c.Keys {
		if err := keepKey(tx, c.Org, &c.Keys[i]); err != nil {
			return err
		}
	}
	return nil
}

func keepKey(tx *store.Tx, org mithaq.OrgID, k *mithaq.PublicKey) error {
	_, err := tx.Exec("INSERT INTO peer_key(id, org, use) VALUES(?, ?, ?) ON CONFLICT(id) DO NOTHING", k.ID, org, k.Use)
	if err != nil {
		return named(err, "keep key %s", k.ID)
	}
	owner, err := ownerOf(tx, k.ID)
	if err == nil && owner != org {
		err = mithaq.Refuse(mithaq.Denied, "card.key-of-another", org, k.ID)
	}
	return err
}

// ownerOf is whose key it is. NotFound: nobody's we know.
func ownerOf(tx *store.Tx, id mithaq.KeyID) (org mithaq.OrgID, err error) {
	err = tx.QueryRow("SELECT org FROM peer_key WHERE id = ?", id).Scan(&org)
	return org, named(err, "key %s", id)
}
