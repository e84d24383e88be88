package web

import (
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

type askPage struct {
	Pacts     []*pact.Text // that allow inquiries
	Pact      *pact.Text   // the one chosen
	Peers     []mithaq.OrgID
	Cases     []*mithaq.Case
	Sought    []string
	Uses      []string
	Subjects  []string
	Language  string
	Languages []string
}

// askForm is an empty question, under a pact that allows questions.
func (s *site) askForm(v *visit) error {
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (p askPage, err error) {
		if p.Cases, err = s.knownCases(tx, v); err != nil {
			return p, err
		}
		texts, err := s.Desk.Pacts.Texts(tx)
		for _, t := range texts {
			if t.Status == mithaq.InForce && t.Pact.Terms.Inquiries != nil {
				p.Pacts = append(p.Pacts, t)
			}
		}
		return p, err
	})
	if err != nil {
		return err
	}
	p.choose(v.r.URL.Query().Get("pact"), s.Desk.Org)
	p.Sought, p.Uses = mithaq.Sought(1<<16-1).Words(), allUses()
	p.Subjects, p.Language = mithaq.Subjects(1<<11-1).Words(), v.say.Lang()
	return v.show("ask", v.say.T("web.inquiry.ask"), p)
}

// choose takes the pact named, or the only one.
func (p *askPage) choose(id string, ours mithaq.OrgID) {
	for _, t := range p.Pacts {
		if string(t.Pact.ID) == id || len(p.Pacts) == 1 {
			p.Pact = t
			p.Peers = slices.DeleteFunc(t.Pact.Peers(), func(o mithaq.OrgID) bool { return o == ours })
		}
	}
}

// ask keeps the question as a draft for each partner; people look at it once
// more before it goes.
func (s *site) ask(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	q, err := v.question()
	if err != nil {
		return err
	}
	var to []mithaq.OrgID
	for _, org := range v.list("to") {
		to = append(to, mithaq.OrgID(org))
	}
	drafts, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) ([]*inquiry.Thread, error) {
		return s.Desk.Ask(tx, v.viewer, q, to, false)
	})
	if err != nil {
		return err
	}
	if len(drafts) == 1 {
		return v.to("/inquiries/" + string(drafts[0].ID))
	}
	return v.to("/inquiries")
}

// question reads the form.
func (v *visit) question() (q mithaq.Inquiry, err error) {
	q = mithaq.Inquiry{
		Pact: stix.ID(v.field("pact")), Kind: v.field("kind"), Case: stix.ID(v.field("case")), Registry: v.field("registry"),
		Purpose: mithaq.Purpose(v.field("purpose")), Basis: v.field("basis"), Urgent: v.prose("urgent"), Act: v.prose("act"),
		Provision: v.prose("provision"), Date: v.field("date"), Facts: v.prose("facts"), Question: v.prose("question"),
		Link: v.prose("link"), Language: v.field("language"), Codes: mithaq.H0, References: v.list("reference"),
	}
	for name := range strings.SplitSeq(v.prose("names"), "\n") {
		if name = strings.TrimSpace(name); name != "" {
			q.Names = append(q.Names, name)
		}
	}
	for field, set := range map[string]interface{ UnmarshalJSON([]byte) error }{
		"sought": &q.Sought, "use": &q.Use, "subject": &q.Subjects, "urgency": &q.Urgency, "code": &q.Codes,
	} {
		if err := readSet(v.list(field), set); err != nil {
			return q, err
		}
	}
	return q, nil
}
