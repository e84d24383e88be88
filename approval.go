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

// An Approval is one person's signature over a release's digest. It travels
// with the envelope, and the recipient's gate checks it.
type Approval struct {
	Head
	Org        OrgID          `json:"organisation"`
	Release    Digest         `json:"release"`
	Person     PersonID       `json:"person"`
	Credential KeyID          `json:"credential"`
	Kind       CredentialKind `json:"credential_kind"`
	Signatures []Signature    `json:"signatures,omitempty"`
}

// NewApproval begins the approval of a release; its signature follows.
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
	if a.Kind != SoftwareKey && a.Kind != Passkey {
		faults = append(faults, invalidf("credential_kind", "no such kind %q", string(a.Kind)))
	}
	return errors.Join(faults...)
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
