package web

import (
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// signedText is one party's signature under a text.
type signedText = pact.Signed

type pactLine struct {
	*pact.Text
	Signed    []signedText
	Suspended []mithaq.Stop
}

// Missing are the parties whose signature is not there yet.
func (l pactLine) Missing() (list []mithaq.OrgID) {
	for _, org := range l.Pact.Peers() {
		if !slices.ContainsFunc(l.Signed, func(s signedText) bool { return s.Org == org }) {
			list = append(list, org)
		}
	}
	return list
}

// Title is what the pact is called, in a language.
func (l pactLine) Title(lang string) string { return mithaq.Texts(l.Pact.Title).In(lang) }

type pactsPage struct {
	Open, Force, Past []pactLine
	Drafts            bool
	Time              []happening
}

func (s *site) pacts(v *visit) error {
	p, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (p pactsPage, err error) {
		texts, err := s.Desk.Pacts.Texts(tx)
		for _, t := range texts {
			line, err := s.line(tx, t)
			if err != nil {
				return p, err
			}
			p.add(line)
		}
		if err != nil {
			return p, err
		}
		p.Drafts = v.viewer.MayDraft()
		p.Time, err = s.happenings(tx, texts)
		return p, err
	})
	if err != nil {
		return err
	}
	return v.show("pacts", v.say.T("web.pacts"), p)
}

func (p *pactsPage) add(l pactLine) {
	switch l.Status {
	case mithaq.InForce:
		p.Force = append(p.Force, l)
	case mithaq.Drafted, mithaq.Proposed:
		p.Open = append(p.Open, l)
	default:
		p.Past = append(p.Past, l)
	}
}

func (s *site) line(tx *store.Tx, t *pact.Text) (l pactLine, err error) {
	l.Text = t
	if l.Signed, err = s.Desk.Pacts.Signatures(tx, t.Digest); err != nil || t.Status != mithaq.InForce {
		return l, err
	}
	l.Suspended, err = s.Desk.Pacts.Suspended(tx, t.Pact.ID)
	return l, err
}

type pactPage struct {
	Line       pactLine
	Versions   []*pact.Text
	Safeguards []mithaq.Clause
	Peers      []mithaq.OrgID
	Ask        question
	Answer     *answer
	Asks       bool
	Deeds      deeds
	Before     *pact.Text // that it changes
	Changes    []mithaq.ClauseChange
	In         string // the language it is read in
}

// A question is whether one item may go to somebody.
type question struct{ Item, To, Purpose string }

// An answer says clause by clause why not, or that it may.
type answer struct {
	Goes, Waits bool
	None        bool // there is no such item, for this person
	Reasons     []mithaq.Reason
	Lines       []string
	Met         int // clauses that are met
}

func (s *site) pact(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	if in := v.field("in"); slices.Contains(say.Languages, in) {
		v.say = say.For(in)
	}
	var p pactPage
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		p, err = s.pactOf(tx, v)
		return err
	})
	if err != nil {
		return err
	}
	p.Ask = question{v.field("item"), v.field("to"), v.field("purpose")}
	if p.Asks && p.Ask.Item != "" {
		if p.Answer, err = s.explain(v, p.Line.Pact, p.Ask); err != nil {
			return err
		}
	}
	return v.show("pact", p.Line.Title(v.say.Lang()), p)
}

func (s *site) pactOf(tx *store.Tx, v *visit) (p pactPage, err error) {
	t, err := s.Desk.Text(tx, v.r.PathValue("pact"))
	if err != nil {
		return p, err
	}
	if p.Line, err = s.line(tx, t); err != nil {
		return p, err
	}
	texts, err := s.Desk.Pacts.Texts(tx)
	if err != nil {
		return p, err
	}
	p.Versions = slices.DeleteFunc(texts, func(o *pact.Text) bool { return o.Pact.ID != t.Pact.ID })
	p.Safeguards, p.Asks = mithaq.Safeguards(), v.viewer.MayPropose() && t.Status == mithaq.InForce
	p.Peers = slices.DeleteFunc(slices.Clone(t.Pact.Peers()), func(o mithaq.OrgID) bool { return o == s.Desk.Org })
	p.Deeds, p.In = s.deeds(tx, v, &p.Line), v.say.Lang()
	p.Before, p.Changes, err = s.before(tx, t.Pact)
	return p, err
}

// explain asks the gate about one item: a dry run, which is entered as one.
func (s *site) explain(v *visit, p *mithaq.Pact, q question) (*answer, error) {
	id := stix.ID(q.Item)
	if !id.Valid() || len(p.Terms.Basis) == 0 {
		return &answer{None: true}, nil
	}
	all, err := s.Desk.Gate.Preview(v.r.Context(), v.viewer, gate.Ask{
		Selection: gate.Selection{IDs: []stix.ID{id}}, Pact: p.ID, To: []mithaq.OrgID{mithaq.OrgID(q.To)},
		Purpose: mithaq.Purpose(q.Purpose), Basis: p.Terms.Basis[0].Ref, Urgency: mithaq.Routine,
	})
	if err != nil {
		return nil, err
	}
	a := &answer{None: len(all) == 0 || all[0].Items == 0}
	if a.None {
		return a, nil
	}
	a.Goes, a.Waits = all[0].Goes > 0, all[0].Reviews > 0
	for i := range all[0].Stays {
		a.Reasons, a.Lines = all[0].Stays[i].Reasons(), all[0].Stays[i].Lines
	}
	for range mithaq.AllClauses() {
		a.Met++
	}
	a.Met -= len(a.Reasons)
	return a, nil
}
