package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A drafting is the form that reads like an agreement.
type drafting struct {
	From      string // digest of the text that is changed; "" for a new pact
	Template  string
	Templates []string
	Articles  []draftArticle
	Faulty    int // fields that do not fit
}

// A draftArticle is one article of the form.
type draftArticle struct {
	Number int
	Fields []draftField
}

// A base is what a draft starts from.
type base struct {
	text    *pact.Text // nil for a new pact
	parties []mithaq.Party
	ours    mithaq.OrgID
}

// draftForm shows the form: of a template, or of a text that is to be changed.
func (s *site) draftForm(v *visit) error {
	if !v.viewer.MayDraft() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-draft")
	}
	if err := v.form(); err != nil {
		return err
	}
	b, err := s.base(v)
	if err != nil {
		return err
	}
	kind := mithaq.TemplateKind(v.field("template"))
	if !slices.Contains(mithaq.Templates(), kind) {
		kind = mithaq.EventTemplate
	}
	p, err := s.beginning(v, b, kind)
	if err != nil {
		return err
	}
	return s.showDraft(v, http.StatusOK, b, string(kind), valuesOf(p), nil)
}

// base finds what a draft starts from: the text named, and who can be a party.
func (s *site) base(v *visit) (*base, error) {
	return desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (*base, error) {
		b := &base{ours: s.Desk.Org}
		ours, err := s.Desk.OurParty(tx)
		if err != nil {
			return nil, err
		}
		b.parties = append(b.parties, ours)
		partners, err := s.Desk.Peer.Partners(tx)
		if err != nil {
			return nil, err
		}
		for _, one := range partners {
			if one.Kind != mithaq.Peer || !one.Accepted() {
				continue
			}
			party, err := s.Desk.Party(tx, one.Org)
			if err != nil {
				return nil, err
			}
			b.parties = append(b.parties, party)
		}
		return b, s.addBase(tx, v, b)
	})
}

// addBase reads the text that is changed; its plain parties stay as they are.
func (s *site) addBase(tx *store.Tx, v *visit, b *base) (err error) {
	if v.field("from") == "" {
		return nil
	}
	if b.text, err = s.Desk.Text(tx, v.field("from")); err != nil {
		return err
	}
	if len(b.text.Pact.Terms.Flows) != 1 || len(b.text.Pact.Terms.Flows[0].From)+len(b.text.Pact.Terms.Flows[0].To) > 0 {
		return mithaq.Refuse(mithaq.Conflict, "web.draft.flows")
	}
	for _, p := range b.text.Pact.Parties {
		if p.Kind == mithaq.Plain {
			b.parties = append(b.parties, p)
		}
	}
	return nil
}

// beginning is the pact that the form shows first.
func (s *site) beginning(v *visit, b *base, kind mithaq.TemplateKind) (*mithaq.Pact, error) {
	if b.text != nil {
		return b.text.Pact, nil
	}
	terms, err := mithaq.Template(kind)
	if err != nil {
		return nil, err
	}
	today := s.Now().UTC().Truncate(24 * 3600e9)
	terms.From, terms.Until = mithaq.At(today), mithaq.At(today.AddDate(1, 0, 0))
	terms.Languages, terms.Authoritative = []string{v.say.Lang()}, v.say.Lang()
	return mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(s.Now()), nil, b.parties, terms), nil
}

// saveDraft keeps what the form says as a draft, or shows it again with each
// fault beside its field.
func (s *site) saveDraft(v *visit) error {
	if !v.viewer.MayDraft() {
		return mithaq.Refuse(mithaq.Denied, "pact.may-not-draft")
	}
	if err := v.form(); err != nil {
		return err
	}
	b, err := s.base(v)
	if err != nil {
		return err
	}
	p, faults := draftOf(v.r.PostForm, b, mithaq.At(s.Now()))
	if err := p.Check(); err != nil {
		faults = append(faults, fieldsOf(err)...)
	}
	if len(faults) > 0 {
		return s.showDraft(v, http.StatusUnprocessableEntity, b, v.field("template"), v.r.PostForm, faults)
	}
	err = s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Pacts.Draft(tx, v.viewer, p) })
	if err != nil {
		return err
	}
	return v.to("/pacts/" + p.Digest().String())
}

func (s *site) showDraft(v *visit, status int, b *base, kind string, values url.Values, faults []string) error {
	d := drafting{Template: kind, Articles: draftArticles(v, b, values, faults)}
	for _, a := range d.Articles {
		for _, f := range a.Fields {
			if f.Fault {
				d.Faulty++
			}
		}
	}
	for _, t := range mithaq.Templates() {
		d.Templates = append(d.Templates, string(t))
	}
	if b.text != nil {
		d.From = b.text.Digest.String()
	}
	v.showAs(status, "draft", v.say.T("web.draft"), d)
	return nil
}

// places are the fields of the form that a fault of mithaq.Pact.Check is about, by
// the last of these names in it.
var places = map[string]string{
	"title": "title", "parties": "party", "legal_basis": "basis", "transfer": "transfer.ref", "valid_from": "valid_from", "valid_until": "valid_until",
	"languages": "lang", "authoritative": "authoritative", "purposes": "purpose", "flows": "type", "types": "type", "subjects": "subject",
	"tlp_ceiling": "tlp", "evaluation_floor": "source", "impersonal_types": "impersonal", "review": "review", "codes": "code",
	"urgencies": "urgency", "retention": "days", "onward": "onward", "court": "court", "at_end": "at_end", "notice_days": "notice",
	"recall_hours": "recall", "kinds": "kinds", "routine_hours": "routine", "identifiers": "identifiers",
	"questions_per_day": "per_day", "capabilities": "capabilities", "members": "rooms",
}

// fieldsOf are the fields that the faults of a pact are about.
func fieldsOf(err error) (list []string) {
	for line := range strings.Lines(err.Error()) {
		field := "title"
		for part := range strings.SplitSeq(line, ": ") {
			name, _, _ := strings.Cut(part, "[")
			if f, ok := places[name]; ok {
				field = f
			}
		}
		list = append(list, field)
	}
	return list
}
