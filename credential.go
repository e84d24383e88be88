package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Credential certifies, under the giver's message key and so under its Card,
// with what one of its persons approves and assesses. The person stays a
// pseudonym.
type Credential struct {
	Head
	Org        OrgID          `json:"organisation"`
	Person     PersonID       `json:"person"`
	Key        KeyID          `json:"key"`
	Kind       CredentialKind `json:"credential_kind"`
	Ed25519    []byte         `json:"ed25519,omitempty"` // of a software key, with MLDSA65
	MLDSA65    []byte         `json:"mldsa65,omitempty"`
	Passkey    *PublicPasskey `json:"passkey,omitempty"` // of a passkey
	Signatures []Signature    `json:"signatures,omitempty"`
}

// NewCredential certifies the public keys of a person's software credential;
// the organisation's signature follows.
func NewCredential(id stix.ID, at Time, org OrgID, person PersonID, ed25519, mldsa65 []byte) *Credential {
	return &Credential{
		Head: NewHead(TypeCredential, id, at), Org: org, Person: person, Kind: SoftwareKey,
		Key: KeyIDOf(ed25519, mldsa65), Ed25519: ed25519, MLDSA65: mldsa65,
	}
}

// NewPasskeyCredential certifies a person's passkey.
func NewPasskeyCredential(id stix.ID, at Time, org OrgID, person PersonID, key *PublicPasskey) *Credential {
	return &Credential{Head: NewHead(TypeCredential, id, at), Org: org, Person: person, Kind: Passkey, Key: key.KeyID(), Passkey: key}
}

// Check says all that is wrong with the certificate's form.
func (c *Credential) Check() error {
	return errors.Join(c.Head.check(TypeCredential), inside("organisation", c.Org.Check()), inside("person", c.Person.Check()), c.checkKey())
}

// checkKey wants the keys of the kind that is said, and no others.
func (c *Credential) checkKey() error {
	bare := len(c.Ed25519) == 0 && len(c.MLDSA65) == 0
	switch {
	case c.Kind == SoftwareKey && c.Passkey == nil:
		return c.checkID(KeyIDOf(c.Ed25519, c.MLDSA65))
	case c.Kind == Passkey && bare && c.Passkey != nil:
		return errors.Join(inside("passkey", c.Passkey.Check()), c.checkID(c.Passkey.KeyID()))
	}
	return invalidf("credential_kind", "the keys are not those of the kind %q", string(c.Kind))
}

func (c *Credential) checkID(id KeyID) error {
	if c.Key != id {
		return invalidf("key", "%q is not the id of the keys", string(c.Key))
	}
	return nil
}
