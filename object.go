package mithaq

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// Head is what each signed object of ours begins with: a STIX 2.1 custom
// object made by an extension definition of its own.
// STIX 2.1, 7.3
type Head struct {
	Type        string               `json:"type"`
	SpecVersion string               `json:"spec_version"`
	ID          stix.ID              `json:"id"`
	Created     Time                 `json:"created"`
	Modified    Time                 `json:"modified"`
	Extensions  map[string]Extension `json:"extensions"`
}

// Extension names how an extension definition extends an object.
type Extension struct {
	ExtensionType string `json:"extension_type"`
}

// NewHead begins an object of one of our signed types at a time of ours.
func NewHead(objectType string, id stix.ID, now Time) Head {
	return Head{
		Type:        objectType,
		SpecVersion: "2.1",
		ID:          id,
		Created:     now,
		Modified:    now,
		Extensions:  map[string]Extension{definitions[objectType]: {ExtensionType: "new-sdo"}},
	}
}

func (h *Head) check(objectType string) error {
	switch {
	case h.Type != objectType:
		return invalidf("type", "want %s, got %q", objectType, h.Type)
	case h.SpecVersion != "2.1":
		return invalidf("spec_version", "want 2.1, got %q", h.SpecVersion)
	case !idOfType(h.ID, objectType):
		return invalidf("id", "want %s--UUIDv4, got %q", objectType, string(h.ID))
	case h.Created.IsZero() || h.Modified.Before(h.Created.Time):
		return invalidf("modified", "before created, or no created")
	case len(h.Extensions) != 1 || h.Extensions[definitions[objectType]].ExtensionType != "new-sdo":
		return invalidf("extensions", "want %s as new-sdo alone", definitions[objectType])
	}
	return nil
}

// RFC 9562, 5.4
var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func idOfType(id stix.ID, objectType string) bool {
	kind, uuid, ok := strings.Cut(string(id), "--")
	return ok && kind == objectType && uuid4.MatchString(uuid)
}

// invalidf names the member that is wrong, and how; it unwraps to Invalid.
func invalidf(member, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", member, fmt.Sprintf(format, args...), Invalid)
}
