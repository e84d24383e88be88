package sign

import (
	"time"

	"github.com/mithaq-hub/mithaq"
)

// MessageKey finds the key of a Card that signed, usable at t, and reads it.
// Errors unwrap to the Kinds of Card.Usable.
func MessageKey(c *mithaq.Card, id mithaq.KeyID, t time.Time) (*Public, error) {
	if err := c.Usable(id, mithaq.KeyMessage, t); err != nil {
		return nil, err
	}
	k := c.Key(id)
	return ParsePublic(k.Ed25519, k.MLDSA65)
}

// VerifyBy wants a signature over message by a message key of the Card that
// is usable at t.
func VerifyBy(c *mithaq.Card, t time.Time, use mithaq.SignatureUse, message []byte, s *mithaq.Signature) error {
	p, err := MessageKey(c, s.Key, t)
	if err != nil {
		return err
	}
	return p.Verify(use, message, s)
}
