package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// assessPage is what waits: for this person's signature, for a second person, and
// for anybody's answers.
type assessPage struct {
	Sign   []unsigned
	Second []unsigned
	Others []unsigned // that wait for others
	Rows   []row
	Reason bool
	Watch  bool
}

// unsigned is answers that wait.
type unsigned struct {
	*mithaq.Assessment
	Who string
}

func (s *site) assessments(v *visit) error {
	p := assessPage{Reason: v.viewer.HasReason(), Watch: mayWatchAssessors(v.viewer)}
	if !v.viewer.MayAssess() {
		if p.Watch {
			return v.to("/assess/people")
		}
		return mithaq.Refuse(mithaq.Denied, "gate.may-not-assess")
	}
	waiting, err := desk.Read(v.r.Context(), &s.Desk, func(tx *store.Tx) ([]store.Item, error) {
		if err := s.fillAssess(tx, v, &p); err != nil {
			return nil, err
		}
		return s.Desk.Gate.ToAssess(tx, v.viewer, listed)
	})
	if err != nil {
		return err
	}
	if p.Rows, err = s.rows(v.r.Context(), v, waiting); err != nil {
		return err
	}
	return v.show("assess", v.say.T("web.assess"), p)
}

func mayWatchAssessors(v mithaq.Viewer) bool { return v.MayAudit() || v.Is(mithaq.LegalOfficer) }

func (s *site) fillAssess(tx *store.Tx, v *visit, p *assessPage) error {
	all, err := s.Desk.Gate.AllUnsigned(tx, v.viewer)
	for _, a := range all {
		one := unsigned{a, s.personName(tx, a.Person)}
		switch {
		case gate.NeedsSignature(a, v.viewer.Person):
			p.Sign = append(p.Sign, one)
		case gate.NeedsSecond(a) && a.Person != v.viewer.Person:
			p.Second = append(p.Second, one)
		default:
			p.Others = append(p.Others, one)
		}
	}
	return err
}

// A shownItem is one item with all that it says, for whoever answers for it.
type shownItem struct {
	row
	Version string // digest of what is shown
	Texts   []string
	Fields  []member
}

// An asked is one of those that are answered by yes, no or doubt.
type asked struct {
	Name   string // assess.q.NAME in the catalogue
	Answer *mithaq.Answer
}

// questions are what a person is asked, in this order.
func questions(a *mithaq.Answers) []asked {
	return []asked{
		{"ordinary", &a.Ordinary},
		{"political", &a.Political},
		{"military", &a.Military},
		{"religious", &a.Religious},
		{"racial", &a.Racial},
		{"source", &a.Source},
		{"refused", &a.Refused},
		{"obligations", &a.Obligations},
	}
}

// standings are those of a person that ask for care; ordinary is said where none does.
var standings = mithaq.Standings(1<<10 - 1).Words()

type assessForm struct {
	Items     []shownItem
	Answers   mithaq.Answers
	Questions []asked
	Standings []string
	Out       []string // exceptions taken out
	Fault     string
}

// Words are the three answers.
func (f assessForm) Words() []string { return answerWords }

var answerWords = []string{"yes", "no", "doubt"}

// Chosen are the words of the standings that were ticked.
func (f assessForm) Chosen() []string { return f.Answers.Standing.Words() }

func (s *site) assessForm(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	return s.showAssess(v, http.StatusOK, assessForm{})
}

func (s *site) showAssess(v *visit, status int, f assessForm) (err error) {
	if !v.viewer.MayAssess() {
		return mithaq.Refuse(mithaq.Denied, "gate.may-not-assess")
	}
	items, err := s.named(v, v.list("id"))
	if err != nil {
		return err
	}
	if f.Items, err = s.shownItems(v, items); err != nil {
		return err
	}
	f.Questions, f.Standings = questions(&f.Answers), standings
	v.showAs(status, "assessnew", v.say.T("assess.new"), f)
	return nil
}

// named are the last versions of some objects; that they were read is entered.
// NotFound: one of them is not there, or not for this person to read.
func (s *site) named(v *visit, ids []string) ([]store.Item, error) {
	switch {
	case len(ids) == 0:
		return nil, mithaq.Refuse(mithaq.Invalid, "gate.empty-selection")
	case len(ids) > most:
		return nil, mithaq.Refuse(mithaq.TooLarge, "web.too-many", most)
	}
	q := store.Query{Limit: len(ids), Which: store.LastVersion}
	for _, id := range ids {
		q.IDs = append(q.IDs, stix.ID(id))
	}
	page, _, err := s.Desk.Gate.Page(v.r.Context(), v.viewer, q)
	for _, id := range ids {
		if err == nil && !slices.ContainsFunc(page, func(it store.Item) bool { return string(it.Ref.ID) == id }) {
			err = mithaq.Refuse(mithaq.NotFound, "gate.no-item", id)
		}
	}
	return page, err
}

func (s *site) shownItems(v *visit, items []store.Item) (list []shownItem, err error) {
	rows, err := s.rows(v.r.Context(), v, items)
	for i := range rows {
		one := shownItem{row: rows[i], Version: items[i].Ref.Digest.String()}
		one.Texts, one.Fields = membersOf(items[i].Raw)
		list = append(list, one)
	}
	return list, err
}

// assess keeps the answers. What is not whole comes back as it was.
func (s *site) assess(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	f := assessForm{Out: v.list("out")}
	a, err := s.answered(v, &f)
	switch {
	case errors.Is(err, mithaq.Invalid) && len(v.list("id")) > 0:
		f.Fault = v.sentence(err)
		return s.showAssess(v, http.StatusUnprocessableEntity, f)
	case err != nil:
		return err
	}
	return v.to("/assess/" + string(a.ID))
}

// answered keeps what a form answers, for the versions that it showed.
func (s *site) answered(v *visit, f *assessForm) (*mithaq.Assessment, error) {
	if err := v.answers(&f.Answers); err != nil {
		return nil, err
	}
	items, err := s.named(v, slices.DeleteFunc(v.list("id"), func(id string) bool { return slices.Contains(f.Out, id) }))
	if err != nil {
		return nil, err
	}
	var refs []mithaq.ItemRef
	for i := range items {
		if !slices.Contains(v.r.PostForm["seen"], items[i].Ref.Digest.String()) {
			return nil, mithaq.Refuse(mithaq.Invalid, "assess.changed")
		}
		refs = append(refs, items[i].Ref)
	}
	return desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (*mithaq.Assessment, error) {
		return s.Desk.Gate.Answer(tx, v.viewer, f.Answers, refs...)
	})
}

// answers reads them from a form; what is not there is not answered.
func (v *visit) answers(a *mithaq.Answers) error {
	a.Act, a.Provision, a.Facts, a.Context = v.field("act"), v.field("provision"), v.long("facts"), v.long("context")
	for _, q := range questions(a) {
		if word := v.field(q.Name); word != "" && q.Answer.UnmarshalText([]byte(word)) != nil {
			return mithaq.Invalid
		}
	}
	for _, word := range v.list("standing") {
		i := slices.Index(standings, word)
		if i < 0 {
			return mithaq.Invalid
		}
		a.Standing |= 1 << i
	}
	if a.Standing&mithaq.StandingOrdinary != 0 && a.Standing != mithaq.StandingOrdinary {
		return mithaq.Refuse(mithaq.Invalid, "assess.standing")
	}
	return nil
}

// assessmentPage is answers that wait for what comes next.
type assessmentPage struct {
	A         unsigned
	Questions []asked
	Chosen    []string
	Items     []shownItem
	Verdict   string
	Second    string // name of the second person
	Needs     bool   // a second person
	MayGive   bool   // this one may be the second person
	MaySign   bool
	Mine      bool
	Sign      string // the command that signs
	Answers   []string
}

func (s *site) assessment(v *visit) error {
	id := stix.ID(v.r.PathValue("id"))
	p := assessmentPage{Answers: answerWords, Sign: s.command("--as", "…", "assess", "sign", string(id))}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		a, err := s.Desk.Gate.Unsigned(tx, v.viewer, id)
		if err != nil {
			return err
		}
		p.A = unsigned{a, s.personName(tx, a.Person)}
		if a.Second != nil {
			p.Second = s.personName(tx, a.Second.Person)
		}
		return nil
	})
	if err != nil {
		return err
	}
	a := p.A.Assessment
	p.Questions, p.Chosen, p.Verdict = questions(&a.Answers), a.Answers.Standing.Words(), a.Verdict().String()
	p.Needs, p.Mine = gate.NeedsSecond(a), a.Person == v.viewer.Person
	p.MayGive, p.MaySign = p.Needs && !p.Mine, gate.NeedsSignature(a, v.viewer.Person)
	if err := s.fillAssessment(v, &p); err != nil {
		return err
	}
	return v.show("assessment", v.say.T("assess.one"), p)
}

func (s *site) fillAssessment(v *visit, p *assessmentPage) error {
	var ids []string
	for _, ref := range p.A.Covers {
		ids = append(ids, string(ref.ID))
	}
	items, err := s.named(v, ids)
	if errors.Is(err, mithaq.NotFound) {
		return nil // this person has not said why they read what concerns persons
	}
	if err != nil {
		return err
	}
	p.Items, err = s.shownItems(v, items)
	return err
}

func (s *site) giveSecond(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	var clears mithaq.Answer
	if word := v.field("clears"); word != "" && clears.UnmarshalText([]byte(word)) != nil {
		return mithaq.Invalid
	}
	id := stix.ID(v.r.PathValue("id"))
	_, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (*mithaq.Assessment, error) {
		return s.Desk.Gate.GiveSecond(tx, v.viewer, id, clears, v.long("why"))
	})
	if err != nil {
		return err
	}
	return v.to("/assess/" + string(id))
}

func (s *site) dropAnswers(v *visit) error {
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		return s.Desk.Gate.DropAnswers(tx, v.viewer, stix.ID(v.r.PathValue("id")))
	})
	if err != nil {
		return err
	}
	return v.to("/assess")
}

// assessorsPage is who answers how fast and how.
type assessorsPage struct {
	Since time.Time
	Rows  []assessor
}

type assessor struct {
	gate.Assessor
	Name    string
	Seconds int64
}

// watched is how far back the page of assessors looks.
const watched = 90 * 24 * time.Hour

func (s *site) assessors(v *visit) error {
	p := assessorsPage{Since: s.Now().UTC().Add(-watched)}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		all, err := s.Desk.Gate.Assessors(tx, v.viewer, p.Since)
		for _, one := range all {
			p.Rows = append(p.Rows, assessor{one, s.personName(tx, one.Person), int64(one.Middle.Seconds())})
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show("assessors", v.say.T("assess.people"), p)
}

// assessing is the address of the form for some items.
func assessing(ids ...string) string {
	q := url.Values{}
	for _, id := range ids {
		q.Add("id", id)
	}
	return "/assess/new?" + q.Encode()
}

// Assess is where the items of a reason are assessed, where that is what they
// lack; "" else.
func (w why) Assess() string {
	lacks := slices.ContainsFunc(w.Reasons, func(r mithaq.Reason) bool { return r.Clause == mithaq.SafeAssessment })
	if !lacks || len(w.Rows) == 0 {
		return ""
	}
	var ids []string
	for _, r := range w.Rows {
		ids = append(ids, string(r.ID))
	}
	return assessing(ids...)
}
