package mithaq

import (
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"slices"
	"time"
)

// A Card is a node's signed self-description. The organisation key signs it
// and is the only one that can: a later Card (serial + 1, naming the digest
// of the one before) rotates or revokes operational keys.
type Card struct {
	Head
	Version      int               `json:"version"`  // 1
	Serial       int64             `json:"serial"`   // from 1
	Previous     Digest            `json:"previous"` // "" on the first
	Org          OrgID             `json:"org"`
	Name         map[string]string `json:"name"` // by language tag
	Addresses    []string          `json:"addresses"`
	Contacts     []CardContact     `json:"contacts"`
	Organisation OrganisationKey   `json:"organisation"`
	Keys         []PublicKey       `json:"keys"`
	Revoked      []Revocation      `json:"revoked,omitempty"`
	Signatures   []Signature       `json:"signatures,omitempty"`
}

// OrganisationKey is the pair whose fingerprint two people compare by voice.
type OrganisationKey struct {
	ID      KeyID  `json:"id"`
	Ed25519 []byte `json:"ed25519"`
	MLDSA65 []byte `json:"mldsa65"`
}

// Fingerprint is what two people compare by voice. Nothing but the two public
// keys enters it, no name, address or date:
// SHA-256("mithaq/v1/fingerprint" ‖ 0x00 ‖ len64 ‖ ed25519 ‖ len64 ‖ mldsa65).
func (o *OrganisationKey) Fingerprint() Digest {
	b := append([]byte(tagFingerprint), 0)
	for _, key := range [][]byte{o.Ed25519, o.MLDSA65} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(key)))
		b = append(b, key...)
	}
	return sha256.Sum256(b)
}

// CardContact is how the people of a node are reached.
type CardContact struct {
	Kind      string   `json:"kind"` // phone, mail, radio, post
	Value     string   `json:"value"`
	Languages []string `json:"languages,omitempty"`
	Always    bool     `json:"always,omitzero"` // day and night
}

// A Revocation ends a key early. What the key signed counts up to LastIndex of
// the node's own log (-1: nothing) and not later.
type Revocation struct {
	Key       KeyID  `json:"key"`
	At        Time   `json:"at"`
	LastIndex int64  `json:"last_index"`
	Reason    string `json:"reason"`
}

// Limits of a Card.
const (
	MaxCardKeys      = 64
	MaxCardRevoked   = 256
	MaxCardAddresses = 8
	MaxCardContacts  = 16
	maxText          = 512     // bytes of one free text
	maxInteger       = 1 << 53 // exclusive; RFC 8785, 3.1
)

// Check holds a Card to its rules; it verifies no signature.
func (c *Card) Check() error {
	for _, check := range []func() error{
		func() error { return c.check(TypeCard) },
		c.checkChain, c.checkName, c.checkAddresses, c.checkContacts, c.checkKeys, c.checkRevoked,
		func() error { return checkSigned(c.Signatures, 1) },
		c.checkSigner,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// Digest is what pacts and envelopes name the Card by.
func (c *Card) Digest() Digest { return digestSigned(c) }

func (c *Card) checkChain() error {
	switch {
	case c.Version != 1:
		return invalidf("version", "want 1, got %d", c.Version)
	case c.Serial < 1 || c.Serial >= maxInteger:
		return invalidf("serial", "out of range: %d", c.Serial)
	case (c.Serial == 1) != (c.Previous == Digest{}):
		return invalidf("previous", "the first Card alone has none")
	}
	return c.Org.Check()
}

func (c *Card) checkName() error {
	if len(c.Name) == 0 || len(c.Name) > 16 {
		return invalidf("name", "want 1 to 16 languages")
	}
	for lang, name := range c.Name {
		if !isLanguage(lang) || !isText(name) {
			return invalidf("name", "language %q", lang)
		}
	}
	return nil
}

func (c *Card) checkAddresses() error {
	if len(c.Addresses) > MaxCardAddresses {
		return invalidf("addresses", "more than %d", MaxCardAddresses)
	}
	for _, a := range c.Addresses {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(a) > maxText {
			return invalidf("addresses", "want https://host[:port][/path], got %q", a)
		}
	}
	return nil
}

func (c *Card) checkContacts() error {
	if len(c.Contacts) > MaxCardContacts {
		return invalidf("contacts", "more than %d", MaxCardContacts)
	}
	for _, p := range c.Contacts {
		if !slices.Contains([]string{"phone", "mail", "radio", "post"}, p.Kind) || !isText(p.Value) || !allLanguages(p.Languages) {
			return invalidf("contacts", "kind %q", p.Kind)
		}
	}
	return nil
}

func (c *Card) checkKeys() error {
	if len(c.Keys) == 0 || len(c.Keys) > MaxCardKeys {
		return invalidf("keys", "want 1 to %d, got %d", MaxCardKeys, len(c.Keys))
	}
	seen := map[KeyID]bool{c.Organisation.ID: true}
	for i := range c.Keys {
		k := &c.Keys[i]
		if err := k.Check(); err != nil {
			return err
		}
		if k.Use == KeyOrganisation || seen[k.ID] {
			return invalidf("keys", "%s %s has a second use", k.Use, k.ID)
		}
		seen[k.ID] = true
	}
	return nil
}

// checkRevoked lets revocations name keys that an earlier Card held, since a
// revoked key may leave the list while its revocation stays.
func (c *Card) checkRevoked() error {
	if len(c.Revoked) > MaxCardRevoked {
		return invalidf("revoked", "more than %d", MaxCardRevoked)
	}
	for i, r := range c.Revoked {
		same := func(o Revocation) bool { return o.Key == r.Key }
		switch {
		case r.Key.Check() != nil || r.At.IsZero() || !isText(r.Reason):
			return invalidf("revoked", "entry %d: key, time or reason", i)
		case r.LastIndex < -1 || r.LastIndex >= maxInteger:
			return invalidf("revoked", "entry %d: last index %d", i, r.LastIndex)
		case r.Key == c.Organisation.ID:
			return invalidf("revoked", "the organisation key: that needs a new introduction")
		case slices.ContainsFunc(c.Revoked[:i], same):
			return invalidf("revoked", "key %s twice", r.Key)
		}
	}
	return nil
}

func (c *Card) checkSigner() error {
	o := PublicKey{
		ID: c.Organisation.ID, Use: KeyOrganisation, Ed25519: c.Organisation.Ed25519, MLDSA65: c.Organisation.MLDSA65,
		ValidFrom: Time{time.Unix(0, 0)}, ValidUntil: Time{time.Unix(1, 0)},
	}
	if err := o.Check(); err != nil {
		return err
	}
	if c.Signatures[0].Key != o.ID {
		return invalidf("signatures", "by %s, not by the organisation key %s", c.Signatures[0].Key, o.ID)
	}
	return nil
}

// Key finds a key of the Card by its id, revoked or not; nil when absent.
func (c *Card) Key(id KeyID) *PublicKey {
	i := slices.IndexFunc(c.Keys, func(k PublicKey) bool { return k.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Keys[i]
}

// Revocation finds the revocation of a key; nil when it is not revoked.
func (c *Card) Revocation(id KeyID) *Revocation {
	i := slices.IndexFunc(c.Revoked, func(r Revocation) bool { return r.Key == id })
	if i < 0 {
		return nil
	}
	return &c.Revoked[i]
}

// Usable says why a key may not do its use at a time, or nil.
// NotFound: not on the Card, or of another use. Expired: outside its dates.
// Gone: revoked at or before t.
func (c *Card) Usable(id KeyID, use KeyUse, t time.Time) error {
	k := c.Key(id)
	switch r := c.Revocation(id); {
	case r != nil && !t.Before(r.At.Time):
		return &Refusal{Kind: Gone, Key: "card.key-revoked", Args: []any{c.Org, id, r.At}}
	case k == nil || k.Use != use:
		return &Refusal{Kind: NotFound, Key: "card.key-unknown", Args: []any{c.Org, id, use}}
	case !k.ValidAt(t):
		return &Refusal{Kind: Expired, Key: "card.key-expired", Args: []any{c.Org, id, k.ValidUntil}}
	}
	return nil
}

// Current lists the keys of a use that are usable at t, newest first.
func (c *Card) Current(use KeyUse, t time.Time) []*PublicKey {
	var list []*PublicKey
	for i := range c.Keys {
		if k := &c.Keys[i]; c.Usable(k.ID, use, t) == nil {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b *PublicKey) int { return b.ValidFrom.Compare(a.ValidFrom.Time) })
	return list
}

func allLanguages(tags []string) bool {
	return !slices.ContainsFunc(tags, func(t string) bool { return !isLanguage(t) })
}

// isLanguage accepts the short language tags we use, such as "ar" or "fr-MA".
// RFC 5646, 2.1
func isLanguage(tag string) bool {
	if len(tag) < 2 || len(tag) > 16 {
		return false
	}
	for i, c := range []byte(tag) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i < 2 || (c != '-' && (c < '0' || c > '9'))) {
			return false
		}
	}
	return true
}

// isText accepts a short line without control characters.
func isText(s string) bool {
	if s == "" || len(s) > maxText {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == 0xfffd {
			return false
		}
	}
	return true
}
