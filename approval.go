package mithaq

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// A CredentialKind says with what a person signs.
type CredentialKind string

// The kinds of credential.
const (
	SoftwareKey CredentialKind = "software" // a key file under a passphrase
	Passkey     CredentialKind = "passkey"
)

// An Approval is one person's word over a release's digest: a signature with a
// software key, or an assertion of a passkey whose challenge is that digest. It
// travels with the envelope, and the recipient's gate checks it.
type Approval struct {
	Head
	Org        OrgID          `json:"organisation"`
	Release    Digest         `json:"release"`
	Person     PersonID       `json:"person"`
	Credential KeyID          `json:"credential"`
	Kind       CredentialKind `json:"credential_kind"`
	Assertion  *Assertion     `json:"assertion,omitempty"` // of a passkey
	Signatures []Signature    `json:"signatures,omitempty"`
}

// NewApproval begins the approval of a release; its signature or assertion follows.
func NewApproval(id stix.ID, at Time, org OrgID, release Digest, person PersonID, credential KeyID, kind CredentialKind) *Approval {
	return &Approval{
		Head: NewHead(TypeApproval, id, at), Org: org, Release: release,
		Person: person, Credential: credential, Kind: kind,
	}
}

// Digest returns the digest of what the signature covers.
func (a *Approval) Digest() Digest { return digestSigned(a) }

// Approves reports whether the approval is of this very release, by another
// person of the giver's than the one who proposed it.
func (a *Approval) Approves(r *Release) bool {
	return a.Release == r.Digest() && a.Person != r.Person && a.Org == r.Org
}

// Check says all that is wrong with the approval's form.
func (a *Approval) Check() error {
	faults := []error{
		a.Head.check(TypeApproval), inside("organisation", a.Org.Check()),
		inside("person", a.Person.Check()), inside("credential", a.Credential.Check()),
	}
	if a.Release.IsZero() {
		faults = append(faults, invalidf("release", "no digest"))
	}
	return errors.Join(append(faults, a.checkKind())...)
}

// checkKind wants a passkey's assertion with a passkey alone, and no signature
// beside it.
func (a *Approval) checkKind() error {
	switch {
	case a.Kind != SoftwareKey && a.Kind != Passkey:
		return invalidf("credential_kind", "no such kind %q", string(a.Kind))
	case a.Kind == SoftwareKey && a.Assertion != nil:
		return invalidf("assertion", "a software key makes none")
	case a.Kind == Passkey && len(a.Signatures) > 0:
		return invalidf("signatures", "a passkey makes an assertion in their place")
	case a.Kind == Passkey && a.Assertion == nil:
		return invalidf("assertion", "the passkey's is missing")
	case a.Kind == Passkey:
		return inside("assertion", a.Assertion.Check())
	}
	return nil
}

// ApprovedBy returns how many different persons of an organisation, beside who
// proposed it, approve what has a digest.
func ApprovedBy(org OrgID, digest Digest, proposer PersonID, approvals []Approval) int {
	persons := map[PersonID]bool{}
	for i := range approvals {
		if a := &approvals[i]; a.Release == digest && a.Org == org && a.Person != proposer {
			persons[a.Person] = true
		}
	}
	return len(persons)
}

// CountApprovals returns how many different persons approve a release.
func CountApprovals(r *Release, approvals []Approval) int {
	return ApprovedBy(r.Org, r.Digest(), r.Person, approvals)
}
