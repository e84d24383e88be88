package mithaq

import (
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// A PersonID names a person by a pseudonym of their organisation's, "person-"
// and 16 lower-case hexadecimal digits; who it is stays at home.
type PersonID string

// Check says what is wrong with the pseudonym, if anything.
func (p PersonID) Check() error {
	digits, ok := strings.CutPrefix(string(p), "person-")
	if !ok || len(digits) != 16 || strings.Trim(digits, "0123456789abcdef") != "" {
		return invalidf("person", "want person- and 16 hexadecimal digits, have %q", string(p))
	}
	return nil
}

// A Role is what a person may do; roles are granted by two persons.
type Role string

// The roles.
const (
	Analyst       Role = "analyst"       // imports, reads, assesses, proposes
	Releaser      Role = "releaser"      // releases, recalls
	Supervisor    Role = "supervisor"    // approves as the second person
	LegalOfficer  Role = "legal-officer" // pacts, disputes, requests of persons
	Auditor       Role = "auditor"       // sees everything that was done, changes nothing
	Administrator Role = "administrator" // persons, keys, configuration; no content
	Guest         Role = "guest"         // reads the cases named, nothing else
)

// Roles returns every role.
func Roles() []Role {
	return []Role{Analyst, Releaser, Supervisor, LegalOfficer, Auditor, Administrator, Guest}
}

// Check says what is wrong with the role, if anything.
func (r Role) Check() error {
	if !slices.Contains(Roles(), r) {
		return invalidf("role", "no such role %q", string(r))
	}
	return nil
}

// CoolingOff is how long a role newly granted cannot approve, once set-up is over.
const CoolingOff = 24 * time.Hour

// A Viewer is on whose behalf something is read or done. Exactly one of Person,
// Partner, Token and Node is set; the zero Viewer sees nothing and may do nothing.
type Viewer struct {
	Org     OrgID     `json:"organisation"`     // whose node this is
	Person  PersonID  `json:"person,omitzero"`  // a signed-in person of ours
	Partner OrgID     `json:"partner,omitzero"` // another organisation's node
	Pact    stix.ID   `json:"pact,omitzero"`    // under which the partner reads
	Token   string    `json:"token,omitzero"`   // the name of a service token
	Node    bool      `json:"node,omitzero"`    // the node itself, at its own work
	Roles   []Role    `json:"roles,omitempty"`  // of the person
	Since   Time      `json:"since,omitzero"`   // when the newest of the roles was granted, after set-up
	Cases   []stix.ID `json:"cases,omitempty"`  // open cases with a need to know
	Reason  string    `json:"reason,omitzero"`  // why, in the person's words
	Purpose Purpose   `json:"purpose,omitzero"` // what for
	Basis   string    `json:"basis,omitzero"`   // reference of the legal basis

	// What a service token is held to, within what it may do anyway.
	Ceiling   stix.TLP `json:"ceiling,omitzero"`    // nothing above it, nor what has no level; zero: no ceiling
	ReadOnly  bool     `json:"read_only,omitzero"`  // it takes nothing in
	WriteOnly bool     `json:"write_only,omitzero"` // it reads nothing
}

// NodeViewer returns the viewer of a node at its own work, such as delivering
// what was decided. It reads everything, and what it does is entered.
func NodeViewer(org OrgID) Viewer { return Viewer{Org: org, Node: true} }

// Check says whether the viewer is exactly one somebody.
func (v *Viewer) Check() error {
	seats := 0
	for _, taken := range []bool{v.Person != "", v.Partner != "", v.Token != "", v.Node} {
		if taken {
			seats++
		}
	}
	if seats != 1 {
		return invalidf("viewer", "want one of person, partner, token and node, have %d", seats)
	}
	return nil
}

// Is reports whether the viewer is a person with one of the roles.
func (v *Viewer) Is(roles ...Role) bool {
	return v.Check() == nil && v.Person != "" && slices.ContainsFunc(roles, func(r Role) bool {
		return slices.Contains(v.Roles, r)
	})
}

// HasReason reports whether the viewer said why, as reading personal data asks.
func (v *Viewer) HasReason() bool {
	return v.Node || v.Reason != "" && v.Purpose != "" && v.Basis != ""
}

// Knows reports whether the viewer has a need to know a case.
func (v *Viewer) Knows(casefile stix.ID) bool { return slices.Contains(v.Cases, casefile) }

// MayRead reports whether the viewer may read a holding of this node.
//
// Staff read what belongs to no case and what belongs to theirs; guests only
// the latter; TLP:RED only those it names; whatever concerns a person asks for a
// reason. Partners read what was delivered to them, which their outbox holds.
// Auditors and administrators as such read no content. A token reads no more
// than its ceiling. What is not in use any more, recalled or past its
// retention, only the node still sees.
func (v *Viewer) MayRead(h *Holding, personal bool) bool {
	switch {
	case v.Check() != nil, h.State == Erased, personal && !v.HasReason(), !v.Node && !h.State.InUse():
		return false
	case v.Node:
		return true
	case v.WriteOnly, v.Ceiling != 0 && (h.Handling.TLP == 0 || h.Handling.TLP > v.Ceiling):
		return false
	case h.Handling.TLP == red:
		return v.Person != "" && slices.Contains(h.Recipients, v.Person)
	case h.Case != "" && v.Knows(h.Case):
		return v.Token != "" || v.Is(Analyst, Releaser, Supervisor, LegalOfficer, Guest)
	case h.Case != "":
		return false
	}
	return v.Token != "" && v.HasReason() || v.Is(Analyst, Releaser, Supervisor, LegalOfficer)
}

// MayImport reports whether the viewer may take items in from a source.
func (v *Viewer) MayImport() bool {
	return v.Is(Analyst, Releaser, Supervisor) || v.Check() == nil && v.Token != "" && v.HasReason() && !v.ReadOnly
}

// MayAssess reports whether the viewer may answer for the character of an item
// that concerns a person.
func (v *Viewer) MayAssess() bool { return v.Is(Analyst, Releaser, Supervisor, LegalOfficer) }

// MayPropose reports whether the viewer may propose a release.
func (v *Viewer) MayPropose() bool { return v.Is(Analyst, Releaser, Supervisor) }

// MayRelease reports whether the viewer may let a release go that needs no
// second person.
func (v *Viewer) MayRelease() bool { return v.Is(Releaser, Supervisor) }

// MayApprove reports whether the viewer may approve what another person
// proposed, at an instant: a role newly granted waits a day.
func (v *Viewer) MayApprove(proposer PersonID, at Time) bool {
	rested := v.Since.IsZero() || !at.Before(v.Since.Plus(CoolingOff).Time)
	return v.Is(Releaser, Supervisor) && v.Person != proposer && proposer != "" && rested
}

// MayRecall reports whether the viewer may take back or narrow what we gave.
func (v *Viewer) MayRecall() bool { return v.Is(Releaser, Supervisor, LegalOfficer) }

// MayConsent reports whether the viewer may answer a partner who asks to pass on
// what is ours.
func (v *Viewer) MayConsent() bool { return v.Is(Supervisor, LegalOfficer) }

// MayDraft reports whether the viewer may draft and negotiate a pact.
func (v *Viewer) MayDraft() bool { return v.Is(Supervisor, LegalOfficer) }

// MaySign reports whether the viewer may sign, amend, suspend or end a pact.
func (v *Viewer) MaySign() bool { return v.Is(LegalOfficer) }

// MayProfile reports whether the viewer may sign a source profile.
func (v *Viewer) MayProfile() bool { return v.Is(Supervisor, LegalOfficer) }

// MayAudit reports whether the viewer may read everything that was done.
func (v *Viewer) MayAudit() bool { return v.Is(Auditor) }

// MayAdminister reports whether the viewer may change persons, keys and
// configuration. An auditor never does, whatever other roles they hold.
func (v *Viewer) MayAdminister() bool { return v.Is(Administrator) && !v.Is(Auditor) }

// MayAcceptPartner reports whether the viewer may be one of the two persons who
// accept a partner's card.
func (v *Viewer) MayAcceptPartner() bool { return v.Is(Administrator, LegalOfficer, Supervisor) }
