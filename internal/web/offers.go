package web

import (
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

type offersPage struct {
	Offers  []match.Offer
	Sets    []match.Shelf
	Pacts   []*pact.Text
	Types   []psi.Type
	Classes []mithaq.Subjects
	Cases   []*mithaq.Case
	Done    int
	Refused []match.Offered
	May     bool
	Now     bool // they may let sets change before the hour
}

// classes are those that may be offered, nobody first.
var classes = []mithaq.Subjects{
	mithaq.SubjectNone, mithaq.SubjectSuspect, mithaq.SubjectConvicted, mithaq.SubjectAssociate, mithaq.SubjectMissing, mithaq.SubjectOther,
}

func (s *site) offers(v *visit) error { return s.showOffers(v, nil) }

func (s *site) showOffers(v *visit, made []match.Offered) error {
	p := offersPage{Classes: classes, May: match.MayOffer(v.viewer), Now: match.MayPublish(v.viewer)}
	for _, o := range made {
		if o.Why != nil {
			p.Refused = append(p.Refused, o)
			continue
		}
		p.Done++
	}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		if p.Pacts, err = s.matched(tx); err != nil {
			return err
		}
		for _, t := range p.Pacts {
			p.Types = addTypes(p.Types, t)
		}
		if p.Sets, err = s.Desk.Match.Shelves(tx); err != nil {
			return err
		}
		p.Offers, err = s.Desk.Match.Offers(tx, v.viewer, "", 200, 0)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("offers", v.say.T("web.offers"), p)
}

func (s *site) offer(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	o := match.Offering{
		Pact: stix.ID(v.field("pact")), Purpose: mithaq.Purpose(v.field("purpose")), Type: psi.Type(v.field("type")),
		Values: eachLine(v.r.PostForm.Get("values")), Desk: v.field("desk"), Item: stix.ID(v.field("item")), Assessment: stix.ID(v.field("assessment")),
	}
	if err := o.Class.UnmarshalJSON([]byte(`["` + v.field("class") + `"]`)); err != nil {
		return mithaq.Invalid
	}
	made, err := s.Desk.Match.Offer(v.r.Context(), v.viewer, o)
	if err != nil {
		return err
	}
	return s.showOffers(v, made)
}

// eachLine is the values of a field, one a line.
func eachLine(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func (s *site) withdrawOffer(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Match.Withdraw(tx, v.viewer, id) })
	if err != nil {
		return err
	}
	return v.to("/offers")
}

func (s *site) publishSets(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if err := s.Desk.Match.PublishNow(v.r.Context(), v.viewer, stix.ID(v.field("pact"))); err != nil {
		return err
	}
	return v.to("/offers")
}
