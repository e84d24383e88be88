package mithaq

import (
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// An ItemRef names one version of one object exactly: two objects with the same
// id and version but other bytes are different items.
type ItemRef struct {
	ID      stix.ID `json:"id"`
	Version string  `json:"version,omitzero"` // "modified" as written; none for objects without versions
	Digest  Digest  `json:"digest"`           // SHA-256 of the bytes
}

// Check says what is wrong with the reference, if anything.
func (r *ItemRef) Check() error {
	switch {
	case r.ID.Type() == "":
		return invalidf("id", "want a STIX identifier, have %q", string(r.ID))
	case r.Digest.IsZero():
		return invalidf("digest", "none for %s", string(r.ID))
	}
	return nil
}

// An Item is one STIX 2.1 object, kept byte for byte. Its bytes carry no
// handling of their own beyond their markings: that belongs to a Holding.
type Item struct {
	ItemRef
	Raw []byte `json:"-"`
}

// controlTypes are the types that speak for a party: they are accepted in that
// party's own envelope only, never as items.
var controlTypes = map[string]bool{
	TypePact: true, TypeSuspension: true, TypeResumption: true, TypePactEnd: true,
	TypeSourceProfile: true, TypeAssessment: true, TypeRelease: true, TypeApproval: true,
	TypeRecall: true, TypeNarrowing: true, TypeErasure: true, TypeConsentAsk: true, TypeConsent: true,
	TypeCredential: true, TypeManifest: true, TypeMark: true, TypeInquiry: true, TypeInquiryStep: true,
	TypeCard: true, TypeEnvelope: true, TypeOpening: true, TypeReceipt: true,
}

// IsControl reports whether objects of a type speak for a party, so that no
// import, feed or release may carry them as items.
func IsControl(objectType string) bool {
	return strings.HasPrefix(objectType, "x-mithaq-") && controlTypes[objectType]
}
