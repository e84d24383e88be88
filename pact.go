package mithaq

import (
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A PartyKind says whether a party runs a node.
type PartyKind string

// The kinds of party.
const (
	Peer  PartyKind = "peer"  // a Mithaq node
	Plain PartyKind = "plain" // a MISP, a TAXII client or a mailbox
)

// PartyRoles is the set of what a party does under a pact.
type PartyRoles uint8

// The roles of a party.
const (
	Gives PartyRoles = 1 << iota
	Receives
	Coordinates
	Witnesses
)

var partyRoleWords = vocabulary{"party role", []string{"gives", "receives", "coordinates", "witnesses"}}

// Has reports whether all of the given roles are in the set.
func (r PartyRoles) Has(want PartyRoles) bool { return r&want == want }

// Words lists the roles in the set.
func (r PartyRoles) Words() []string { return partyRoleWords.list(uint16(r)) }

// MarshalJSON writes the set as a list of words.
func (r PartyRoles) MarshalJSON() ([]byte, error) { return partyRoleWords.writeSet(uint16(r)) }

// UnmarshalJSON reads a list of words.
func (r *PartyRoles) UnmarshalJSON(raw []byte) error { return readSet(&partyRoleWords, r, raw) }

// A Contact is where a party is reached by people.
type Contact struct {
	Desk   string `json:"desk"`
	Phone  string `json:"phone,omitzero"`
	Email  string `json:"email,omitzero"`
	Always bool   `json:"always,omitzero"` // day and night
}

// A Party is one organisation of a pact.
type Party struct {
	Org         OrgID             `json:"organisation"`
	Name        map[string]string `json:"name"` // by language
	Kind        PartyKind         `json:"kind"`
	Roles       PartyRoles        `json:"roles"`
	Fingerprint Digest            `json:"fingerprint,omitzero"` // of a peer's organisation key
	Card        Digest            `json:"card,omitzero"`        // of a peer's card
	Paper       Digest            `json:"paper,omitzero"`       // of the paper agreement with a plain party
	Contacts    []Contact         `json:"contacts,omitempty"`
}

// A Pact is an agreement between two or more organisations. It is in force once
// every peer has signed this version.
type Pact struct {
	Head
	Version    int               `json:"version"`           // from 1
	Previous   Digest            `json:"previous,omitzero"` // of the version before
	Title      map[string]string `json:"title"`             // by language
	Parties    []Party           `json:"parties"`
	Terms      Terms             `json:"terms"`
	Signatures []Signature       `json:"signatures,omitempty"`
}

// NewPact drafts the first version of a pact.
func NewPact(id stix.ID, at Time, title map[string]string, parties []Party, terms Terms) *Pact {
	return &Pact{Head: NewHead(TypePact, id, at), Version: 1, Title: title, Parties: parties, Terms: terms}
}

// Next drafts the version after p, with other terms.
func (p *Pact) Next(at Time, parties []Party, terms Terms) *Pact {
	next := *p
	next.Modified, next.Version, next.Previous = at, p.Version+1, p.Digest()
	next.Parties, next.Terms, next.Signatures = parties, terms, nil
	return &next
}

// Digest returns the digest of what the parties sign.
func (p *Pact) Digest() Digest { return digestSigned(p) }

// Party returns the party that an organisation is, or nil.
func (p *Pact) Party(org OrgID) *Party {
	i := slices.IndexFunc(p.Parties, func(party Party) bool { return party.Org == org })
	if i < 0 {
		return nil
	}
	return &p.Parties[i]
}

// Peers returns the parties that run a node: they sign, and receipts bind them.
func (p *Pact) Peers() []OrgID {
	var peers []OrgID
	for _, party := range p.Parties {
		if party.Kind == Peer {
			peers = append(peers, party.Org)
		}
	}
	return peers
}
