package web

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A threadLine is an inquiry in a list, with its clock.
type threadLine struct {
	*inquiry.Thread
	Late    bool
	Seconds int64 // until it is due
}

func lineOf(t *inquiry.Thread, now time.Time) threadLine {
	return threadLine{t, t.OverdueAt(now), int64(t.Clock.Due.Sub(now).Seconds())}
}

// Left is the seconds that are left while the clock stands still.
func (l threadLine) Left() int64 { return int64(l.Clock.Left.Seconds()) }

type inquiriesPage struct {
	Theirs, Ours, Over []threadLine // what is over: the newest first
	MayAsk             bool
}

// overLines are how many inquiries that are over a list shows.
const overLines = 50

// inquiries is the inbox: questions to us and from us, the overdue first.
func (s *site) inquiries(v *visit) error {
	p := inquiriesPage{MayAsk: v.viewer.MayPropose() || v.viewer.Is(mithaq.LegalOfficer)}
	err := s.Desk.Store.Read(v.r.Context(), func(tx *store.Tx) error {
		all, err := s.Desk.Asks.List(tx, v.viewer, inquiry.Filter{})
		for _, t := range all {
			p.add(lineOf(t, tx.Now()))
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.show("inquiries", v.say.T("web.inquiries"), p)
}

func (p *inquiriesPage) add(l threadLine) {
	switch {
	case l.Life.Stage.Over():
		if len(p.Over) < overLines {
			p.Over = append(p.Over, l)
		}
	case l.Side == mithaq.Asked:
		p.Theirs = append(p.Theirs, l)
	default:
		p.Ours = append(p.Ours, l)
	}
}

// An action is a step that can be taken, and what its form asks for.
type action struct {
	Step   mithaq.StepKind
	Fields []string
}

// says are the fields of each step.
var says = map[mithaq.StepKind][]string{
	mithaq.StepAccept: {"registry", "case"}, mithaq.StepForward: {"unit"}, mithaq.StepAsk: {"text"}, mithaq.StepClarify: {"text"},
	mithaq.StepPartial: {"text", "release", "granted"}, mithaq.StepAnswer: {"text", "release", "granted"}, mithaq.StepRefuse: {"ground"},
	mithaq.StepFeedback: {"worth"}, mithaq.StepWithdraw: nil, mithaq.StepClose: nil,
}

type inquiryPage struct {
	V        *inquiry.View
	Line     threadLine
	Actions  []action
	Common   []inquiry.Crossing
	Clauses  []mithaq.Clause // of the pact, that speak of inquiries
	Pact     *mithaq.Pact
	Grounds  []string
	Cases    []*mithaq.Case
	Releases []stix.ID // that went out as answers
	Worths   []string
	Uses     []string
	Assess   string // the command that assesses
	Approve  string // and the one that approves
	Draft    bool
	Waits    bool // for a second person
}

// inquiry is one thread with every step.
func (s *site) inquiry(v *visit) error {
	p, err := desk.Write(v.r.Context(), &s.Desk, func(tx *store.Tx) (*inquiryPage, error) {
		view, err := s.Desk.Asks.Show(tx, v.viewer, stix.ID(v.r.PathValue("id")))
		if err != nil {
			return nil, err
		}
		p := &inquiryPage{V: view, Line: lineOf(view.Thread, tx.Now())}
		return p, s.fillInquiry(tx, v, p)
	})
	if err != nil {
		return err
	}
	return v.show("inquiry", v.say.T("web.inquiry"), p)
}

func (s *site) fillInquiry(tx *store.Tx, v *visit, p *inquiryPage) (err error) {
	id := string(p.V.ID)
	p.Draft, p.Waits = p.V.Life.Stage == mithaq.StageDraft, p.V.Life.Stage == mithaq.StageReview
	p.Assess = s.command("--as", "…", "--reason", "…", "--purpose", string(p.V.Purpose), "--basis", "…", "inquiry", "assess", id)
	p.Approve = s.command("--as", "…", "--reason", "…", "--purpose", string(p.V.Purpose), "--basis", "…", "inquiry", "approve", id)
	p.Worths, p.Uses = []string{"of-no-use", "known-already", "useful", "decisive"}, allUses()
	for _, step := range p.V.May {
		if fields, ok := says[step]; ok {
			p.Actions = append(p.Actions, action{step, fields})
		}
	}
	for _, a := range p.V.Answers {
		if !slices.Contains(p.Releases, a.Release) && p.V.Side == mithaq.Asked {
			p.Releases = append(p.Releases, a.Release)
		}
	}
	if p.Cases, err = s.knownCases(tx, v); err != nil {
		return err
	}
	if p.V.Side == mithaq.Asked && p.V.Inquiry != nil {
		if p.Common, err = s.Desk.Asks.Cross(tx, v.viewer, p.V.ID); err != nil {
			return err
		}
	}
	return s.clauses(tx, p)
}

func allUses() []string { return mithaq.Uses(1<<8 - 1).Words() }

func (s *site) knownCases(tx *store.Tx, v *visit) (list []*mithaq.Case, err error) {
	for _, id := range v.viewer.Cases {
		c, err := s.Desk.Gate.Case(tx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// speaking are the clauses that stand in the margin of an inquiry.
var speaking = mithaq.ClausesOf(
	mithaq.ClausePurpose, mithaq.ClauseReview, mithaq.ClauseUrgency, mithaq.ClauseCourt, mithaq.ClauseOnward, mithaq.ClauseInquiries,
	mithaq.ClauseDeadlines, mithaq.ClauseGrounds,
)

func (s *site) clauses(tx *store.Tx, p *inquiryPage) error {
	for _, g := range mithaq.Grounds() {
		p.Grounds = append(p.Grounds, string(g))
	}
	if p.V.Pact == "" {
		return nil
	}
	t, err := s.Desk.Pacts.InForce(tx, p.V.Pact)
	if err != nil {
		return err
	}
	p.Pact = t.Pact
	for _, c := range t.Pact.Clauses() {
		if speaking.Has(c.ID) {
			p.Clauses = append(p.Clauses, c)
		}
	}
	return nil
}

// OurGrounds are those of the pact itself.
func (p *inquiryPage) OurGrounds() []string {
	if p.Pact == nil || p.Pact.Terms.Inquiries == nil {
		return nil
	}
	return p.Pact.Terms.Inquiries.Grounds
}

// step is a form of the thread that was sent.
func (s *site) inquiryStep(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	id := stix.ID(v.r.PathValue("id"))
	m := inquiry.Move{
		Step: mithaq.StepKind(v.field("step")), Text: v.prose("text"), Ground: mithaq.Ground(v.field("ground")), Unit: v.field("unit"),
		Registry: v.field("registry"), Case: stix.ID(v.field("case")), Side: mithaq.InquirySide(v.field("side")),
	}
	for _, r := range v.list("release") {
		m.Releases = append(m.Releases, stix.ID(r))
	}
	if err := m.Worth.UnmarshalText([]byte(v.field("worth"))); err != nil {
		return err
	}
	if err := readSet(v.list("granted"), &m.Granted); err != nil {
		return err
	}
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		_, err := s.Desk.Asks.Act(tx, v.viewer, id, m)
		return err
	})
	if err != nil {
		return err
	}
	return v.to("/inquiries/" + string(id))
}

// moveInquiry is a button of a draft: submit, decline or discard.
func (s *site) moveInquiry(v *visit) error {
	move, ok := map[string]func(*inquiry.Book, *store.Tx, mithaq.Viewer, stix.ID) (*inquiry.Thread, error){
		"submit": (*inquiry.Book).Submit, "decline": (*inquiry.Book).Decline, "discard": (*inquiry.Book).Discard,
	}[v.r.PathValue("move")]
	if !ok {
		return mithaq.NotFound
	}
	id := stix.ID(v.r.PathValue("id"))
	err := s.Desk.Store.Write(v.r.Context(), func(tx *store.Tx) error {
		_, err := move(s.Desk.Asks, tx, v.viewer, id)
		return err
	})
	if err != nil {
		return err
	}
	return v.to("/inquiries/" + string(id))
}

// prose is a long field: what a person writes to a partner.
func (v *visit) prose(name string) string {
	text := strings.TrimSpace(strings.ReplaceAll(v.r.Form.Get(name), "\r\n", "\n"))
	if len(text) > mithaq.MaxInquiryText || !utf8.ValidString(text) {
		return ""
	}
	return text
}

// readSet reads words of ours as a form gives them.
func readSet(words []string, into interface{ UnmarshalJSON([]byte) error }) error {
	if len(words) == 0 {
		return nil
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		if strings.ContainsAny(w, `"\`) {
			return mithaq.Invalid
		}
		quoted[i] = `"` + w + `"`
	}
	return into.UnmarshalJSON([]byte("[" + strings.Join(quoted, ",") + "]"))
}
