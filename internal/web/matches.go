package web

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// A table is a partner that can be asked under a pact.
type table struct {
	Partner mithaq.OrgID
	Pact    stix.ID
	Title   map[string]string
}

// Value is both as one choice of a form.
func (t table) Value() string { return string(t.Partner) + " " + string(t.Pact) }

// A matchForm is what a question is made of.
type matchForm struct {
	Tables []table
	Types  []psi.Type
	Cases  []*mithaq.Case
}

type matchPage struct {
	matchForm
	Questions []*match.Question
	May       bool
}

func (s *site) match(v *visit) error {
	p := matchPage{May: match.MayAsk(v.viewer)}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) (err error) {
		if p.matchForm, err = s.matchForm(tx, v); err != nil {
			return err
		}
		p.Questions, err = s.Desk.Match.Questions(tx, v.viewer, 50, 0)
		return err
	})
	if err != nil {
		return err
	}
	return v.show("match", v.say.T("web.match"), p)
}

// matchForm finds whom this person can ask, about what, in which of their cases.
func (s *site) matchForm(tx *store.Tx, v *visit) (f matchForm, err error) {
	texts, err := s.matched(tx)
	if err != nil {
		return f, err
	}
	for _, t := range texts {
		for _, org := range t.Pact.Peers() {
			if org != s.Desk.Org {
				f.Tables = append(f.Tables, table{org, t.Pact.ID, t.Pact.Title})
			}
		}
		f.Types = addTypes(f.Types, t)
	}
	for _, id := range v.viewer.Cases {
		c, err := s.Desk.Gate.Case(tx, id)
		if err != nil {
			return f, err
		}
		f.Cases = append(f.Cases, c)
	}
	return f, nil
}

// matched lists the pacts in force that have an article about matching.
func (s *site) matched(tx *store.Tx) (list []*pact.Text, err error) {
	texts, err := s.Desk.Pacts.Texts(tx)
	for _, t := range texts {
		if t.Status == mithaq.InForce && t.Pact.Terms.Match != nil {
			list = append(list, t)
		}
	}
	return list, err
}

func addTypes(types []psi.Type, t *pact.Text) []psi.Type {
	for _, name := range t.Pact.Terms.Match.Identifiers {
		if typ := psi.Type(name); typ.Scheme() != "" && !slices.Contains(types, typ) {
			types = append(types, typ)
		}
	}
	return types
}

// asked reads the form of a question or a batch.
func (s *site) asked(v *visit) (a match.Ask, err error) {
	if err := v.form(); err != nil {
		return a, err
	}
	partner, id, _ := strings.Cut(v.field("table"), " ")
	a = match.Ask{Partner: mithaq.OrgID(partner), Pact: stix.ID(id), Type: psi.Type(v.field("type")), Case: stix.ID(v.field("case"))}
	c, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (*mithaq.Case, error) { return s.Desk.Gate.Case(tx, a.Case) })
	if err == nil {
		a.Purpose = c.Purpose
	}
	return a, err
}

func (s *site) askMatch(v *visit) error {
	ask, err := s.asked(v)
	if err != nil {
		return err
	}
	ask.Values = []string{v.field("value")}
	id, err := s.Desk.Match.Ask(v.r.Context(), v.viewer, ask)
	if err != nil {
		return err
	}
	return v.to("/match/" + string(id))
}

func (s *site) matchQuestion(v *visit) error {
	q, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) (*match.Question, error) {
		return s.Desk.Match.Question(tx, v.viewer, stix.ID(v.r.PathValue("id")))
	})
	if err != nil {
		return err
	}
	return v.show("question", v.say.T("web.match.question", v.names.short(q.Partner)), q)
}

func (s *site) askMatchAgain(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error { return s.Desk.Match.Again(tx, v.viewer, id) })
	if err != nil {
		return err
	}
	return v.to("/match/" + string(id))
}

// Typed says a type of identifier in the reader's language.
func (r reader) Typed(t psi.Type) string { return r.v.say.T("match.type." + string(t)) }

// Classed says which persons an offer concerns.
func (r reader) Classed(c mithaq.Subjects) string {
	words := c.Words()
	if len(words) == 0 {
		return ""
	}
	return string(r.v.say.Word("subject", words[0]))
}

// Quoted is a reference as an inquiry quotes it.
func (r reader) Quoted(ref psi.Reference) string { return hex.EncodeToString(ref[:]) }

// Why says why something was refused here.
func (r reader) Why(err error) string { return r.v.sentence(err) }

// Refused says why a partner refused, in the reader's language.
func (r reader) Refused(w *mithaq.RefusedWhole) string {
	args := make([]any, len(w.Args))
	for i, a := range w.Args {
		args[i] = a
	}
	return r.v.say.T(w.Key, args...)
}
