package mithaq

import (
	"fmt"
	"strings"
)

// An OrgID names an organisation by a lower-case DNS name that it holds, such
// as "atlas.example". Names in other scripts are written as A-labels.
type OrgID string

// Check says what is wrong with the name, if anything.
func (o OrgID) Check() error {
	labels := strings.Split(string(o), ".")
	if len(o) > 253 || len(labels) < 2 {
		return o.fault("want a domain of at least two labels")
	}
	for _, label := range labels {
		if !plainLabel(label) {
			return o.fault("want lower-case letters, digits and inner hyphens")
		}
	}
	return nil
}

func (o OrgID) fault(want string) error {
	return fmt.Errorf("organisation %q: %s: %w", string(o), want, Invalid)
}

// plainLabel follows the preferred name syntax of RFC 1035, 2.3.1, with the
// leading digits that RFC 1123, 2.1 allows.
func plainLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, r := range label {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}
