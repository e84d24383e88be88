// Package iep reads and writes FIRST Information Exchange Policies, version 2.0,
// and holds them against the labels of a holding.
//
//	policy.iepj → Read → Policy → Handling + what has no place
//	Handling    → Policy + what has no place → Write
//
// The two say different things. A policy says nothing about persons, evaluation,
// purposes, retention or the originator's consent; labels say nothing about
// encryption, attribution, resale or notices to those affected. Whatever has no
// place on the other side is named, and where a word has two readings the
// stricter one is taken.
package iep

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// A Policy is an IEP policy object. Words are those of the specification, in
// lower case; the empty word is "not said". A reference to a policy elsewhere is
// none: nothing is fetched. IEP 2.0, 5
type Policy struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Version     jsontext.Value `json:"iep_version"`
	Start       *time.Time     `json:"start_date"` // nil: from always
	End         *time.Time     `json:"end_date"`   // nil: without end
	Encrypt     string         `json:"encrypt_in_transit,omitempty"`
	Actions     string         `json:"permitted_actions,omitempty"`
	Notify      string         `json:"affected_party_notifications,omitempty"`
	TLP         string         `json:"tlp,omitempty"`
	Attribution string         `json:"attribution,omitempty"`
	Resale      string         `json:"unmodified_resale,omitempty"`
	References  []string       `json:"external_references,omitempty"`
}

// MaxSize bounds a policy, in bytes.
const MaxSize = 64 << 10

// words are what each statement may say. IEP 2.0, 7 to 10
var words = []struct {
	member string
	of     func(*Policy) string
	may    []string
}{
	{"encrypt_in_transit", func(p *Policy) string { return p.Encrypt }, []string{"must", "may"}},
	{"permitted_actions", func(p *Policy) string { return p.Actions }, []string{
		none, contact, "contact-for-instructions", internal, indirect, direct,
	}},
	{"affected_party_notifications", func(p *Policy) string { return p.Notify }, []string{"may", "must-not"}},
	{"tlp", func(p *Policy) string { return p.TLP }, []string{"red", "amber", "amber+strict", "green", "white", "clear"}},
	{"attribution", func(p *Policy) string { return p.Attribution }, []string{"may", "must", "must-not"}},
	{"unmodified_resale", func(p *Policy) string { return p.Resale }, []string{"may", "must-not"}},
}

// The words of permitted_actions, from the strictest.
const (
	none     = "none"
	contact  = "contact-for-instruction"
	internal = "internally-visible-actions"
	indirect = "externally-visible-indirect-actions"
	direct   = "externally-visible-direct-actions"
)

// Read reads one policy strictly. Invalid: everything that is wrong with it.
func Read(raw []byte) (*Policy, error) {
	var p Policy
	if err := strict.Decode(raw, MaxSize, &p); err != nil {
		return nil, fmt.Errorf("IEP policy: %w", err)
	}
	return &p, p.Check()
}

// Check says everything that is wrong with a policy.
func (p *Policy) Check() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(format+": %w", append(args, mithaq.Invalid)...))
	}
	if p.ID == "" {
		fault("id: empty")
	}
	if v := string(bytes.Trim(p.Version, `"`)); v != "2.0" && v != "2" {
		fault("iep_version: want 2.0, have %q", v)
	}
	for _, w := range words {
		if word := w.of(p); word != "" && !contains(w.may, word) {
			fault("%s: there is no %q", w.member, word)
		}
	}
	if p.Start != nil && p.End != nil && !p.End.After(*p.Start) {
		fault("end_date: not after start_date")
	}
	return errors.Join(faults...)
}

func contains(list []string, word string) bool {
	return slices.Contains(list, word)
}

// Write writes a policy as JSON.
func Write(p *Policy) ([]byte, error) {
	if p.Version == nil {
		p.Version = jsontext.Value("2.0")
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	return json.Marshal(p, jsontext.Multiline(true))
}
