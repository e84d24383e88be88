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
	Ed25519    []byte         `json:"ed25519"`
	MLDSA65    []byte         `json:"mldsa65"`
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

// Check says all that is wrong with the certificate's form.
func (c *Credential) Check() error {
	faults := []error{c.Head.check(TypeCredential), inside("organisation", c.Org.Check()), inside("person", c.Person.Check())}
	if c.Key != KeyIDOf(c.Ed25519, c.MLDSA65) {
		faults = append(faults, invalidf("key", "%q is not the id of the keys", string(c.Key)))
	}
	return errors.Join(faults...)
}
