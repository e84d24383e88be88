package mithaq

import "time"

// PartnerState is where an acquaintance stands.
type PartnerState string

// The states of a partner. Frozen: two Cards or two checkpoints disagree, and
// people must settle it.
const (
	PartnerIntroduced PartnerState = "introduced"
	PartnerAccepted   PartnerState = "accepted"
	PartnerSuspended  PartnerState = "suspended"
	PartnerFrozen     PartnerState = "frozen"
	PartnerEnded      PartnerState = "ended"
)

// A Partner is another organisation and what we know of its Card. A peer runs
// a Mithaq node; a plain party is a MISP, a TAXII client or a mailbox.
type Partner struct {
	Org         OrgID        `json:"org"`
	Kind        PartyKind    `json:"kind"`
	State       PartnerState `json:"state"`
	Fingerprint Digest       `json:"fingerprint"` // of the organisation's two public keys
	Card        Digest       `json:"card"`        // the current one
	Serial      int64        `json:"serial"`
	Acceptances []Acceptance `json:"acceptances,omitempty"`
}

// An Acceptance is one person's word that the fingerprint was compared, on a
// number found outside the Card.
type Acceptance struct {
	Person    PersonID `json:"person"`
	At        Time     `json:"at"`
	How       string   `json:"how"`       // the number or place, and where it was found
	Positions []int    `json:"positions"` // of the words or groups typed in as heard, from 1
}

// MinPositions is how many words are typed in as heard, at the least.
const MinPositions = 3

// Check wants a comparison of at least three different positions and says how.
func (a *Acceptance) Check() error {
	seen := map[int]bool{}
	for _, p := range a.Positions {
		if p < 1 || p > 12 {
			return invalidf("positions", "no position %d among 12", p)
		}
		seen[p] = true
	}
	switch {
	case a.Person == "" || a.At.IsZero() || !isText(a.How):
		return invalidf("acceptance", "who, when and how are all needed")
	case len(seen) < MinPositions:
		return invalidf("positions", "want at least %d, got %d", MinPositions, len(seen))
	}
	return nil
}

// Accepted says whether two different persons accepted the fingerprint.
func (p *Partner) Accepted() bool {
	for i := range p.Acceptances {
		for j := range p.Acceptances[:i] {
			if p.Acceptances[i].Person != p.Acceptances[j].Person {
				return p.State == PartnerAccepted
			}
		}
	}
	return false
}

// Accept adds one person's acceptance; with the second person's the partner
// is accepted. Conflict: the same person twice, or a state that waits for
// something else.
func (p *Partner) Accept(a Acceptance) error {
	if err := a.Check(); err != nil {
		return err
	}
	if p.State != PartnerIntroduced {
		return &Refusal{Kind: Conflict, Key: "partner.not-introduced", Args: []any{p.Org, p.State}}
	}
	for _, o := range p.Acceptances {
		if o.Person == a.Person {
			return &Refusal{Kind: Conflict, Key: "partner.same-person", Args: []any{p.Org, a.Person}}
		}
	}
	p.Acceptances = append(p.Acceptances, a)
	if len(p.Acceptances) >= 2 {
		p.State = PartnerAccepted
	}
	return nil
}

// Since is when the partner was accepted: the time of the second acceptance.
func (p *Partner) Since() time.Time {
	if !p.Accepted() {
		return time.Time{}
	}
	return p.Acceptances[1].At.Time
}
