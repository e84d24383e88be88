// Package card makes, signs and verifies Cards, and follows a partner's from
// the pinned organisation key onwards.
//
// A Card is the whole state: each one replaces the one before (serial + 1,
// naming its digest) and keeps every revocation ever made. Old Cards are kept
// by digest, since pacts and envelopes name them and are verified against the
// keys of their time.
package card

import (
	"fmt"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// MaxBytes bounds the JSON of a Card.
const MaxBytes = 512 << 10

// A Signed Card with the digest it is known by.
type Signed struct {
	mithaq.Card
	Digest mithaq.Digest
}

// Details is what an organisation says of its node.
type Details struct {
	Org       mithaq.OrgID
	Name      map[string]string // by language
	Addresses []string          // https://…
	Contacts  []mithaq.CardContact
}

// New makes the first Card of an organisation, under id.
func New(d Details, keys []mithaq.PublicKey, o *sign.Pair, id stix.ID, now time.Time) (*Signed, error) {
	p := o.Public()
	c := mithaq.Card{
		Head: mithaq.NewHead(mithaq.TypeCard, id, mithaq.At(now)), Version: 1, Serial: 1, Org: d.Org, Name: d.Name,
		Addresses: d.Addresses, Contacts: d.Contacts, Keys: keys,
		Organisation: mithaq.OrganisationKey{ID: p.ID(), Ed25519: p.Ed25519(), MLDSA65: p.MLDSA65()},
	}
	return finish(c, o)
}

// Dated gives keys the dates a Card states.
func Dated(keys []mithaq.PublicKey, from time.Time, life time.Duration) []mithaq.PublicKey {
	list := slices.Clone(keys)
	for i := range list {
		list[i].ValidFrom, list[i].ValidUntil = mithaq.At(from), mithaq.At(from.Add(life))
	}
	return list
}

// Next makes the Card after prev with the changes that change makes.
func Next(prev *Signed, o *sign.Pair, now time.Time, change func(*mithaq.Card)) (*Signed, error) {
	c := prev.Card
	c.Keys, c.Revoked = slices.Clone(c.Keys), slices.Clone(c.Revoked)
	c.Serial, c.Previous, c.Signatures = prev.Serial+1, prev.Digest, nil
	c.Modified = mithaq.At(now)
	change(&c)
	next, err := finish(c, o)
	if err != nil {
		return nil, err
	}
	return next, follows(prev, next)
}

// Rotate adds keys, and drops those whose dates have passed.
func Rotate(prev *Signed, o *sign.Pair, now time.Time, added ...mithaq.PublicKey) (*Signed, error) {
	return Next(prev, o, now, func(c *mithaq.Card) {
		past := func(k mithaq.PublicKey) bool { return !now.Before(k.ValidUntil.Time) }
		c.Keys = append(slices.DeleteFunc(c.Keys, past), added...)
	})
}

// Revoke ends keys now: what they signed counts up to lastIndex of the node's
// own log (-1: nothing). Keys may be added in the same Card, so that the node
// can go on.
func Revoke(prev *Signed, o *sign.Pair, now time.Time, lastIndex int64, reason string, keys []mithaq.KeyID, added ...mithaq.PublicKey) (*Signed, error) {
	for _, id := range keys {
		if prev.Key(id) == nil {
			return nil, fmt.Errorf("revoke %s: not on the Card: %w", id, mithaq.NotFound)
		}
	}
	return Next(prev, o, now, func(c *mithaq.Card) {
		for _, id := range keys {
			c.Revoked = append(c.Revoked, mithaq.Revocation{Key: id, At: mithaq.At(now), LastIndex: lastIndex, Reason: reason})
		}
		c.Keys = append(c.Keys, added...)
	})
}

func finish(c mithaq.Card, o *sign.Pair) (*Signed, error) {
	sig, digest, err := sign.Object(o, mithaq.UseCard, &c)
	if err != nil {
		return nil, err
	}
	c.Signatures = []mithaq.Signature{sig}
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("card of %s: %w", c.Org, err)
	}
	return &Signed{c, digest}, nil
}

// Read reads a Card and verifies that the organisation key it states signed
// it. That says the Card is whole, not whose it is: for that, people compare
// its fingerprint, or a Holder pins it.
func Read(raw []byte) (*Signed, error) {
	var c mithaq.Card
	if _, err := strict.Signed(raw, MaxBytes, &c); err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	message, digest, err := sign.Bytes(raw)
	if err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	pub, err := sign.ParsePublic(c.Organisation.Ed25519, c.Organisation.MLDSA65)
	if err != nil {
		return nil, fmt.Errorf("card: organisation key: %w", err)
	}
	if err := pub.Verify(mithaq.UseCard, message, &c.Signatures[0]); err != nil {
		return nil, fmt.Errorf("card of %s: %w", c.Org, err)
	}
	return &Signed{c, digest}, nil
}

// follows wants next to come right after prev, by the same organisation, and
// to take no revocation back.
func follows(prev, next *Signed) error {
	switch {
	case next.Org != prev.Org || next.ID != prev.ID || next.Organisation.Fingerprint() != prev.Organisation.Fingerprint():
		return &mithaq.Refusal{Kind: mithaq.Denied, Key: "card.other-organisation", Args: []any{prev.Org, next.Org}}
	case next.Serial > prev.Serial+1:
		return &mithaq.Refusal{Kind: mithaq.Busy, Key: "card.gap", Args: []any{prev.Org, prev.Serial, next.Serial}}
	case next.Serial != prev.Serial+1 || next.Previous != prev.Digest:
		return &mithaq.Refusal{Kind: mithaq.Denied, Key: "card.not-next", Args: []any{prev.Org, prev.Serial, next.Serial}}
	case !next.Created.Equal(prev.Created.Time) || !next.Modified.After(prev.Modified.Time):
		return &mithaq.Refusal{Kind: mithaq.Denied, Key: "card.not-later", Args: []any{prev.Org, prev.Modified, next.Modified}}
	case len(next.Revoked) < len(prev.Revoked) || !slices.Equal(next.Revoked[:len(prev.Revoked)], prev.Revoked):
		return &mithaq.Refusal{Kind: mithaq.Denied, Key: "card.revocation-taken-back", Args: []any{prev.Org}}
	}
	return nil
}
