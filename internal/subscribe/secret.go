package subscribe

import (
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// A Secret is what a server knows us by: a password with the user of the terms,
// a token, or nothing. It prints as nothing.
type Secret struct {
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
}

// String hides the secret from whatever prints it.
func (s Secret) String() string { return s.method() }

// GoString hides it too.
func (s Secret) GoString() string { return s.method() }

const maxSecret = 8 << 10 // bytes; tokens that carry claims are long

// The methods by which a server is signed in to.
const (
	MethodNone     = "none"
	MethodPassword = "password"
	MethodToken    = "token"
)

func (s Secret) method() string {
	switch {
	case s.Token != "":
		return MethodToken
	case s.Password != "":
		return MethodPassword
	}
	return MethodNone
}

// check wants one of the two, fit for a header, and a user with a password.
func (s Secret) check(user string) error {
	both := s.Password != "" && s.Token != ""
	if both || (s.Password != "") != (user != "") {
		return mithaq.Refuse(mithaq.Invalid, "subscribe.secret-one")
	}
	for _, text := range []string{s.Password, s.Token} {
		if len(text) > maxSecret || strings.ContainsAny(text, "\x00\r\n") || text == s.Token && strings.ContainsAny(text, " \t") {
			return mithaq.Refuse(mithaq.Invalid, "subscribe.secret-form")
		}
	}
	return nil
}

// sealSecret closes a secret to the node's newest seal key, for one subscription.
func (b *Book) sealSecret(name Name, s Secret) ([]byte, error) {
	if s.method() == MethodNone {
		return []byte{}, nil
	}
	raw, err := jcs.Marshal(s)
	if err != nil {
		return nil, err
	}
	var key []byte
	for _, k := range b.Keys.Public() { // the newest last
		if k.Use == mithaq.KeySeal {
			key = k.MLKEM768X25519
		}
	}
	return seal.HPKE(key, b.sealedFor(name), raw)
}

// openSecret opens it. Any seal key that the node ever had opens it, so that new
// keys on the Card leave the credentials good.
func (b *Book) openSecret(name Name, sealed []byte) (s Secret, err error) {
	if len(sealed) == 0 {
		return s, nil
	}
	raw, err := b.Keys.OpenHPKE(b.sealedFor(name), sealed)
	if err != nil {
		return s, err
	}
	return s, strict.Decode(raw, 4*maxSecret, &s)
}

func (b *Book) sealedFor(name Name) []byte {
	return seal.Info("subscription", string(b.Org), string(name))
}
