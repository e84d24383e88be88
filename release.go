package mithaq

import (
	"errors"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Listing names one holding that a release draws on, and how it would cross.
type Listing struct {
	Item       ItemRef `json:"item"`
	Giver      OrgID   `json:"giver"`               // of the holding drawn on
	Under      stix.ID `json:"under,omitzero"`      // what that holding came under
	Assessment Digest  `json:"assessment,omitzero"` // of the assessment that covers it
}

// A Release is the decision that holdings go to partners under a pact. An
// approval signs its digest, and so exactly these items, partners and reasons.
type Release struct {
	Head
	Org        OrgID     `json:"organisation"` // who gives
	Pact       stix.ID   `json:"pact"`
	Terms      Digest    `json:"terms"` // of the version decided under
	To         []OrgID   `json:"to"`
	Recipients []string  `json:"recipients,omitempty"` // persons named, for TLP:RED
	Purpose    Purpose   `json:"purpose"`
	Basis      string    `json:"legal_basis"` // a reference of the pact's
	Case       stix.ID   `json:"case,omitzero"`
	Urgency    Urgencies `json:"urgency"`
	Use        Use       `json:"use,omitzero"`
	Inquiry    stix.ID   `json:"inquiry,omitzero"` // that it answers, where it answers one
	Person     PersonID  `json:"person"`           // who proposed it
	Holdings   []Listing `json:"holdings,omitempty"`
	Count      int       `json:"count"`            // of holdings
	Root       Digest    `json:"listing,omitzero"` // of the listing, where it is kept apart
}

// NewRelease begins a release under a pact; what it lists follows.
func NewRelease(id stix.ID, at Time, org OrgID, p *Pact, person PersonID) *Release {
	return &Release{Head: NewHead(TypeRelease, id, at), Org: org, Pact: p.ID, Terms: p.Digest(), Person: person, Use: UseShare, Urgency: Routine}
}

// Detach moves the listing out of the release, leaving its digest: a release of
// many holdings is signed and sent without repeating them.
func (r *Release) Detach() []Listing {
	list := r.Holdings
	r.Root, r.Count, r.Holdings = ListingDigest(list), len(list), nil
	return list
}

// ListingDigest returns the digest of a listing's canonical JSON.
func ListingDigest(list []Listing) Digest {
	return digestSigned(struct {
		List []Listing `json:"list"`
	}{list})
}

// Digest returns the digest of the release's canonical JSON, which is what an
// approval signs.
func (r *Release) Digest() Digest { return digestSigned(r) }

// Check says all that is wrong with the release's form; Decide judges it.
func (r *Release) Check() error {
	faults := []error{
		r.Head.check(TypeRelease), inside("organisation", r.Org.Check()), checkPactRef(r.Pact, r.Terms),
		inside("purpose", r.Purpose.Check()), inside("person", r.Person.Check()), r.checkTo(), r.checkListing(),
	}
	if r.Basis == "" {
		faults = append(faults, invalidf("legal_basis", "empty"))
	}
	if r.Inquiry != "" && (r.Use != UseInquiry || !idOfType(r.Inquiry, TypeInquiry)) {
		faults = append(faults, invalidf("inquiry", "want x-mithaq-inquiry--UUIDv4, and the use inquiry"))
	}
	if len(r.Urgency.Words()) != 1 {
		faults = append(faults, invalidf("urgency", "want one class"))
	}
	return errors.Join(faults...)
}

func (r *Release) checkTo() error {
	if len(r.To) == 0 || slices.Contains(r.To, r.Org) {
		return invalidf("to", "want other organisations, at least one")
	}
	return errors.Join(each("to", r.To, func(o *OrgID) error { return o.Check() })...)
}

func (r *Release) checkListing() error {
	switch {
	case r.Root.IsZero() == (len(r.Holdings) == 0):
		return invalidf("holdings", "want either a listing or its digest")
	case r.Root.IsZero() && r.Count != len(r.Holdings), r.Count < 1:
		return invalidf("count", "says %d, the listing has %d", r.Count, len(r.Holdings))
	}
	return errors.Join(each("holdings", r.Holdings, func(l *Listing) error { return l.Item.Check() })...)
}
