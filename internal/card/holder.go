package card

import (
	"fmt"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// A Conflict is two Cards of one organisation with one serial and different
// digests, both signed by its key: portable evidence, and a reason to freeze
// the link until people have spoken.
type Conflict struct {
	Held, Other *Signed
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("card of %s: two Cards with serial %d: %s and %s", c.Held.Org, c.Held.Serial, c.Held.Digest, c.Other.Digest)
}

// Unwrap makes a Conflict a mithaq.Conflict.
func (c *Conflict) Unwrap() error { return mithaq.Conflict }

// A Holder keeps the Cards of one organisation whose organisation key is
// pinned by the first. It is not safe for concurrent use.
type Holder struct {
	chain []*Signed // by serial, without gaps; the last is current
}

// Hold pins the organisation key of a Card that people have compared. The
// Card may be one with a later serial.
func Hold(first *Signed) *Holder { return &Holder{chain: []*Signed{first}} }

// Resume takes back Cards that were kept, oldest first, and holds each to the
// one before.
func Resume(kept []*Signed) (*Holder, error) {
	if len(kept) == 0 {
		return nil, fmt.Errorf("no card kept: %w", mithaq.NotFound)
	}
	h := Hold(kept[0])
	for _, c := range kept[1:] {
		if _, err := h.Accept(c); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Current is the Card that counts now.
func (h *Holder) Current() *Signed { return h.chain[len(h.chain)-1] }

// ByDigest finds a Card by the digest that a pact or an envelope names.
func (h *Holder) ByDigest(d mithaq.Digest) (*Signed, error) {
	for _, c := range h.chain {
		if c.Digest == d {
			return c, nil
		}
	}
	return nil, fmt.Errorf("card %s: %w", d, mithaq.NotFound)
}

// Digests lists the Cards held, oldest first.
func (h *Holder) Digests() []mithaq.Digest {
	list := make([]mithaq.Digest, len(h.chain))
	for i, c := range h.chain {
		list[i] = c.Digest
	}
	return list
}

// Accept takes a Card that Read has verified. fresh is false when it was held
// already.
//
// Denied: another organisation's, older than what we hold, or not made from
// it. Busy: one in between is missing; ask for it. *Conflict: two Cards with
// the same serial.
func (h *Holder) Accept(c *Signed) (fresh bool, err error) {
	oldest, current := h.chain[0], h.Current()
	if c.Org != current.Org || c.Organisation.Fingerprint() != current.Organisation.Fingerprint() {
		return false, &mithaq.Refusal{Kind: mithaq.Denied, Key: "card.other-organisation", Args: []any{current.Org, c.Org}}
	}
	switch {
	case c.Serial < oldest.Serial:
		return false, &mithaq.Refusal{Kind: mithaq.Denied, Key: "card.not-next", Args: []any{c.Org, current.Serial, c.Serial}}
	case c.Serial <= current.Serial:
		held := h.chain[c.Serial-oldest.Serial]
		if held.Digest != c.Digest {
			return false, &Conflict{Held: held, Other: c}
		}
		return false, nil
	}
	if err := follows(current, c); err != nil {
		return false, err
	}
	h.chain = append(h.chain, c)
	return true, nil
}

// At is the Card that was current at t; the oldest we hold if t is earlier.
func (h *Holder) At(t time.Time) *Signed {
	for _, c := range slices.Backward(h.chain) {
		if !t.Before(c.Modified.Time) {
			return c
		}
	}
	return h.chain[0]
}

// Key finds a key that was usable at t: on the Card of that time, within its
// dates, and not revoked by then, by what the current Card says of it.
// The errors are those of Card.Usable.
func (h *Holder) Key(id mithaq.KeyID, use mithaq.KeyUse, t time.Time) (*mithaq.PublicKey, error) {
	if r := h.Current().Revocation(id); r != nil && !t.Before(r.At.Time) {
		return nil, &mithaq.Refusal{Kind: mithaq.Gone, Key: "card.key-revoked", Args: []any{h.Current().Org, id, r.At}}
	}
	c := h.At(t)
	if err := c.Usable(id, use, t); err != nil {
		return nil, err
	}
	return c.Key(id), nil
}
