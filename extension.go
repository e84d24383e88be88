package mithaq

import (
	"maps"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// The types of the spine's own objects. Each is a STIX 2.1 extension object;
// its signatures cover its canonical JSON without the member "signatures".
const (
	TypePact          = "x-mithaq-pact"
	TypeSuspension    = "x-mithaq-suspension"
	TypeResumption    = "x-mithaq-resumption"
	TypePactEnd       = "x-mithaq-pact-end"
	TypeCase          = "x-mithaq-case"
	TypeSourceProfile = "x-mithaq-source-profile"
	TypeAssessment    = "x-mithaq-assessment"
	TypeRelease       = "x-mithaq-release"
	TypeApproval      = "x-mithaq-approval"
	TypeRecall        = "x-mithaq-recall"
	TypeNarrowing     = "x-mithaq-narrowing"
	TypeErasure       = "x-mithaq-erasure"
	TypeConsentAsk    = "x-mithaq-consent-ask"
	TypeConsent       = "x-mithaq-consent"
	TypeCard          = "x-mithaq-card"
	TypeEnvelope      = "x-mithaq-envelope"
	TypeOpening       = "x-mithaq-opening" // of an envelope; unsigned, and no extension of its own
	TypeReceipt       = "x-mithaq-receipt"
	TypeCredential    = "x-mithaq-credential"
	TypeManifest      = "x-mithaq-manifest"
	TypeMark          = "x-mithaq-mark"
	TypeInquiry       = "x-mithaq-inquiry"
	TypeInquiryStep   = "x-mithaq-inquiry-step"
)

// definitions names the published extension definition of each type.
var definitions = map[string]string{
	TypePact:          "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a01",
	TypeSuspension:    "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a02",
	TypeResumption:    "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a03",
	TypePactEnd:       "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a04",
	TypeCase:          "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a05",
	TypeSourceProfile: "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a06",
	TypeAssessment:    "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a07",
	TypeRelease:       "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a08",
	TypeApproval:      "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a09",
	TypeRecall:        "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0a",
	TypeNarrowing:     "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0b",
	TypeErasure:       "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0c",
	TypeConsentAsk:    "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0d",
	TypeConsent:       "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0e",
	TypeCard:          "extension-definition--5b3a1f0e-8f6d-4c43-9d0b-2f7a6f0c1e11",
	TypeEnvelope:      "extension-definition--0d8e7f52-3b64-4a0c-8a54-6c1f9be2d722",
	TypeReceipt:       "extension-definition--c46b9a7d-1e35-4f98-b7c2-94d0a3e5f833",
	TypeCredential:    "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0f",
	TypeManifest:      "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a10",
	TypeMark:          "extension-definition--7d0a2c5e-41b9-4f6a-8c1d-5e9b3a7f2c01",
	TypeInquiry:       "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a21",
	TypeInquiryStep:   "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a22",
}

// SpineTypes returns the types of the spine's own objects, sorted.
func SpineTypes() []string { return slices.Sorted(maps.Keys(definitions)) }

// DefinitionOf returns the extension definition of one of the spine's types.
func DefinitionOf(objectType string) (stix.ID, bool) {
	id, ok := definitions[objectType]
	return stix.ID(id), ok
}

// UseOf returns what a signature over an object of a type is for: the type's
// own name, so that a signature under one type is none under another.
func UseOf(objectType string) SignatureUse {
	return SignatureUse(strings.TrimPrefix(objectType, "x-mithaq-"))
}
