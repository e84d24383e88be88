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
	TypeCredential    = "x-mithaq-credential"
	TypeManifest      = "x-mithaq-manifest"
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
	TypeCredential:    "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a0f",
	TypeManifest:      "extension-definition--6f1c8f0a-52b7-4b0e-9a53-0d2b6f4f1a10",
}

// SpineTypes returns the types of the spine's own objects, sorted.
func SpineTypes() []string { return slices.Sorted(maps.Keys(definitions)) }

// DefinitionOf returns the extension definition of one of the spine's types.
func DefinitionOf(objectType string) (stix.ID, bool) {
	id, ok := definitions[objectType]
	return stix.ID(id), ok
}

// newHead begins an object of a spine type.
func newHead(objectType string, id stix.ID, at Time) Head {
	return Head{
		Type:        objectType,
		SpecVersion: "2.1",
		ID:          id,
		Created:     at,
		Modified:    at,
		Extensions:  map[string]Extension{definitions[objectType]: {ExtensionType: "new-sdo"}},
	}
}

// checkHead says what is wrong with the beginning of an object of a spine type.
func checkHead(h *Head, objectType string) error {
	switch {
	case h.Type != objectType:
		return invalidf("type", "want %s, have %q", objectType, h.Type)
	case h.SpecVersion != "2.1":
		return invalidf("spec_version", "want 2.1, have %q", h.SpecVersion)
	case !idOfType(h.ID, objectType):
		return invalidf("id", "want %s and a random UUID, have %q", objectType, string(h.ID))
	case h.Created.IsZero(), h.Modified.Before(h.Created.Time):
		return invalidf("modified", "before created, or neither is said")
	case len(h.Extensions) != 1, h.Extensions[definitions[objectType]].ExtensionType != "new-sdo":
		return invalidf("extensions", "want %s as new-sdo alone", definitions[objectType])
	}
	return nil
}

// UseOf returns what a signature over an object of a type is for: the type's
// own name, so that a signature under one type is none under another.
func UseOf(objectType string) SignatureUse {
	return SignatureUse(strings.TrimPrefix(objectType, "x-mithaq-"))
}
