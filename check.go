package mithaq

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// Check says all that is wrong with the pact, each fault with its place.
func (p *Pact) Check() error {
	faults := []error{p.Head.check(TypePact), p.checkVersion()}
	for _, lang := range p.Terms.Languages {
		if p.Title[lang] == "" {
			faults = append(faults, invalidf("title", "none in %s", lang))
		}
	}
	for i := range p.Parties {
		faults = append(faults, inside(fmt.Sprintf("parties[%d]", i), p.Parties[i].check()))
	}
	return errors.Join(append(faults, inside("terms", p.Terms.check(p.Parties)))...)
}

func (p *Pact) checkVersion() error {
	switch {
	case p.Version < 1:
		return invalidf("version", "%d; the first is 1", p.Version)
	case (p.Version == 1) != p.Previous.IsZero():
		return invalidf("previous", "the first version has none, each other one has")
	}
	return nil
}

func (p *Party) check() error {
	faults := []error{inside("organisation", p.Org.Check()), p.checkKind()}
	if len(p.Name) == 0 {
		faults = append(faults, invalidf("name", "empty"))
	}
	if p.Roles == 0 {
		faults = append(faults, invalidf("roles", "none"))
	}
	return errors.Join(append(faults, each("contacts", p.Contacts, (*Contact).check)...)...)
}

func (p *Party) checkKind() error {
	keyed := !p.Fingerprint.IsZero() && !p.Card.IsZero()
	switch {
	case p.Kind != Peer && p.Kind != Plain:
		return invalidf("kind", "want peer or plain, have %q", string(p.Kind))
	case p.Kind == Peer && !keyed:
		return invalidf("card", "a peer has a fingerprint and a card")
	case p.Kind == Peer && !p.Paper.IsZero():
		return invalidf("paper", "a peer signs the pact itself")
	case p.Kind == Plain && (!p.Fingerprint.IsZero() || !p.Card.IsZero()):
		return invalidf("card", "a plain party has neither fingerprint nor card")
	case p.Kind == Plain && p.Paper.IsZero():
		return invalidf("paper", "a plain party has the digest of the paper agreement")
	}
	return nil
}

func (c *Contact) check() error {
	if c.Desk == "" || c.Phone == "" && c.Email == "" {
		return invalidf("desk", "want a desk and a way to reach it")
	}
	return nil
}

// check says all that is wrong with terms between some parties.
func (t *Terms) check(parties []Party) error {
	return errors.Join(
		checkParties(parties),
		t.checkBasis(),
		t.checkTerm(),
		t.checkLanguages(),
		t.checkPurposes(),
		t.checkFlows(parties),
		t.checkImpersonal(),
		t.checkManner(),
		t.checkAfter(),
		t.checkRecall(parties),
		t.checkOptional(parties),
	)
}

func checkParties(parties []Party) error {
	var faults []error
	var roles PartyRoles
	peers := 0
	seen := map[OrgID]bool{}
	for i, p := range parties {
		if seen[p.Org] {
			faults = append(faults, invalidf(fmt.Sprintf("parties[%d]", i), "%s twice", string(p.Org)))
		}
		seen[p.Org] = true
		roles |= p.Roles
		if p.Kind == Peer {
			peers++
		}
	}
	if len(parties) < 2 {
		faults = append(faults, invalidf("parties", "want at least two, have %d", len(parties)))
	}
	if peers == 0 {
		faults = append(faults, invalidf("parties", "no peer"))
	}
	if !roles.Has(Gives | Receives) {
		faults = append(faults, invalidf("parties", "want somebody who gives and somebody who receives"))
	}
	return errors.Join(faults...)
}

func (t *Terms) checkBasis() error {
	var faults []error
	if len(t.Basis) == 0 {
		faults = append(faults, invalidf("legal_basis", "none"))
	}
	for i, b := range t.Basis {
		same := func(o LegalBasis) bool { return o.Ref == b.Ref }
		place := fmt.Sprintf("legal_basis[%d]", i)
		switch {
		case b.Ref == "":
			faults = append(faults, invalidf(place, "no reference"))
		case slices.ContainsFunc(t.Basis[:i], same):
			faults = append(faults, invalidf(place, "%s twice", b.Ref))
		case b.Text[t.Authoritative] == "":
			faults = append(faults, invalidf(place, "no text in %s", t.Authoritative))
		}
	}
	if t.Transfer != nil && (t.Transfer.Basis.Ref == "" || t.Transfer.Assurances[t.Authoritative] == "") {
		faults = append(faults, invalidf("transfer", "want a reference, and assurances in %s", t.Authoritative))
	}
	return errors.Join(faults...)
}

func (t *Terms) checkTerm() error {
	switch {
	case t.From.IsZero() || t.Until.IsZero():
		return invalidf("valid_from", "want both the first instant and the end")
	case !t.From.Before(t.Until.Time):
		return invalidf("valid_until", "%s is not after %s", t.Until, t.From)
	}
	return nil
}

func (t *Terms) checkLanguages() error {
	var faults []error
	for i, lang := range t.Languages {
		if !isLanguage(lang) || slices.Contains(t.Languages[:i], lang) {
			faults = append(faults, invalidf(fmt.Sprintf("languages[%d]", i), "want a language tag, once, have %q", lang))
		}
	}
	if !slices.Contains(t.Languages, t.Authoritative) {
		faults = append(faults, invalidf("authoritative", "%q is not one of the languages", t.Authoritative))
	}
	return errors.Join(faults...)
}

func (t *Terms) checkPurposes() error {
	var faults []error
	if len(t.Purposes) == 0 {
		faults = append(faults, invalidf("purposes", "none"))
	}
	for i, p := range t.Purposes {
		place := fmt.Sprintf("purposes[%d]", i)
		faults = append(faults, inside(place, p.Check()))
		if slices.Contains(t.Purposes[:i], p) {
			faults = append(faults, invalidf(place, "%s twice", string(p)))
		}
	}
	return errors.Join(faults...)
}

func (t *Terms) checkFlows(parties []Party) error {
	var faults []error
	if len(t.Flows) == 0 {
		faults = append(faults, invalidf("flows", "nothing may cross"))
	}
	for i := range t.Flows {
		place := fmt.Sprintf("flows[%d]", i)
		faults = append(faults, inside(place, t.Flows[i].check(parties)), inside(place, t.checkTransfer(&t.Flows[i])))
	}
	return errors.Join(append(faults, t.checkOverlap(parties))...)
}

// checkTransfer holds that personal data has a basis to cross on.
func (t *Terms) checkTransfer(f *Flow) error {
	if f.Subjects.Persons() != 0 && t.Transfer == nil {
		return invalidf("subjects", "name persons, and the pact has no transfer basis")
	}
	return nil
}

func (t *Terms) checkOverlap(parties []Party) error {
	var faults []error
	for _, from := range parties {
		for _, to := range parties {
			if n := t.flowsBetween(from.Org, to.Org); n > 1 {
				faults = append(faults, invalidf("flows", "%d from %s to %s; want at most one", n, string(from.Org), string(to.Org)))
			}
		}
	}
	return errors.Join(faults...)
}

func (t *Terms) flowsBetween(from, to OrgID) int {
	n := 0
	for i := range t.Flows {
		if t.Flows[i].Joins(from, to) {
			n++
		}
	}
	return n
}

func (f *Flow) check(parties []Party) error {
	faults := []error{f.checkTypes(), f.checkPlain(parties)}
	for _, org := range slices.Concat(f.From, f.To) {
		if !slices.ContainsFunc(parties, func(p Party) bool { return p.Org == org }) {
			faults = append(faults, invalidf("from", "%s is not a party", string(org)))
		}
	}
	if f.Ceiling == 0 || f.Ceiling > red {
		faults = append(faults, invalidf("tlp_ceiling", "not said"))
	}
	if f.Floor.Source == 0 || f.Floor.Info == 0 {
		faults = append(faults, invalidf("evaluation_floor", "want a source and an information grade"))
	}
	if f.Subjects == 0 {
		faults = append(faults, invalidf("subjects", "not said; none where it concerns nobody"))
	}
	return errors.Join(faults...)
}

func (f *Flow) checkTypes() error {
	var faults []error
	if len(f.Types) == 0 {
		faults = append(faults, invalidf("types", "none"))
	}
	for i, typ := range f.Types {
		if !isTypeName(typ) || IsControl(typ) {
			faults = append(faults, invalidf(fmt.Sprintf("types[%d]", i), "%q cannot cross as an item", typ))
		}
	}
	return errors.Join(faults...)
}

// isTypeName follows STIX 2.1, 3.1.
func isTypeName(name string) bool {
	return len(name) >= 3 && len(name) <= 250 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// checkPlain holds what a flow to or from a party without a node may be.
func (f *Flow) checkPlain(parties []Party) error {
	if !f.touches(parties, Plain) {
		return nil
	}
	var faults []error
	if f.Subjects.Persons() != 0 {
		faults = append(faults, invalidf("subjects", "no personal data with a plain party"))
	}
	if f.Ceiling > green {
		faults = append(faults, invalidf("tlp_ceiling", "with a plain party at most %s", stix.TLPGreen))
	}
	return errors.Join(faults...)
}

func (f *Flow) touches(parties []Party, kind PartyKind) bool {
	for _, a := range parties {
		for _, b := range parties {
			if f.Joins(a.Org, b.Org) && (a.Kind == kind || b.Kind == kind) {
				return true
			}
		}
	}
	return false
}

func (t *Terms) checkImpersonal() error {
	var faults []error
	for i, typ := range t.Impersonal {
		own := strings.HasPrefix(typ, "x-") && isTypeName(typ) && !IsControl(typ)
		if !own && !slices.Contains(impersonalTypes, typ) {
			faults = append(faults, invalidf(fmt.Sprintf("impersonal_types[%d]", i), "%q is not of the published list", typ))
		}
	}
	return errors.Join(faults...)
}

func (t *Terms) checkManner() error {
	var faults []error
	if t.Review == 0 {
		faults = append(faults, invalidf("review", "not said"))
	}
	if !t.Codes.Has(H0) {
		faults = append(faults, invalidf("codes", "want at least H0"))
	}
	if t.Urgencies == 0 {
		faults = append(faults, invalidf("urgencies", "none"))
	}
	return errors.Join(faults...)
}

func (t *Terms) checkAfter() error {
	var faults []error
	if t.Retention.Days < 1 {
		faults = append(faults, invalidf("retention", "want at least one day, have %d", t.Retention.Days))
	}
	if t.Retention.ReviewDays < 0 || t.Retention.ReviewDays > max(t.Retention.Days, 0) {
		faults = append(faults, invalidf("retention", "a review %d days before the end lies outside %d days", t.Retention.ReviewDays, t.Retention.Days))
	}
	if t.Onward == 0 || t.Onward == OnwardOpen {
		faults = append(faults, invalidf("onward", "want within-group, with-consent or never"))
	}
	if t.Court == 0 {
		faults = append(faults, invalidf("court", "not said"))
	}
	if t.AtEnd == 0 {
		faults = append(faults, invalidf("at_end", "not said"))
	}
	if t.NoticeDays < 0 {
		faults = append(faults, invalidf("notice_days", "less than none"))
	}
	return errors.Join(faults...)
}

// checkRecall holds that recall is promised among peers, and by nobody else.
func (t *Terms) checkRecall(parties []Party) error {
	peers := 0
	for _, p := range parties {
		if p.Kind == Peer {
			peers++
		}
	}
	switch {
	case peers > 1 && t.RecallHours < 1:
		return invalidf("recall_hours", "want at least one hour between peers, have %d", t.RecallHours)
	case peers < 2 && t.RecallHours != 0:
		return invalidf("recall_hours", "a plain party promises no recall")
	}
	return nil
}

func (t *Terms) checkOptional(parties []Party) error {
	return errors.Join(
		inside("inquiries", t.Inquiries.check()),
		inside("match", t.Match.check()),
		inside("rooms", t.Rooms.check(parties)),
	)
}

func (q *InquiryTerms) check() error {
	switch {
	case q == nil:
		return nil
	case len(q.Kinds) == 0:
		return invalidf("kinds", "none")
	case q.Emergency < 1 || q.Urgent < q.Emergency || q.Routine < q.Urgent:
		return invalidf("routine_hours", "want 1 ≤ emergency ≤ urgent ≤ routine, have %d, %d, %d", q.Emergency, q.Urgent, q.Routine)
	}
	return nil
}

func (m *MatchTerms) check() error {
	switch {
	case m == nil:
		return nil
	case len(m.Identifiers) == 0:
		return invalidf("identifiers", "none")
	case m.PerDay < 1 || m.SetSize < 1:
		return invalidf("questions_per_day", "want at least one a day, and a set of at least one")
	}
	return nil
}

func (r *RoomTerms) check(parties []Party) error {
	switch {
	case r == nil:
		return nil
	case len(r.Capabilities) == 0:
		return invalidf("capabilities", "none")
	}
	for i, org := range r.Members {
		if !slices.ContainsFunc(parties, func(p Party) bool { return p.Org == org && p.Kind == Peer }) {
			return invalidf(fmt.Sprintf("members[%d]", i), "%s is not a peer of this pact", string(org))
		}
	}
	return nil
}
