package inquiry_test

import (
	"context"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

const (
	whereabouts = "whereabouts"
	ofThePact   = "an open proceeding"
)

// A scene is two organisations with a pact that allows questions, and a case of
// the first's.
type scene struct {
	t           *testing.T
	w           *mithaqtest.World
	atlas, najd *mithaqtest.Node
	pact, file  stix.ID
}

func inScene(t *testing.T, test func(s *scene)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := mithaqtest.New(t)
		s := &scene{t: t, w: w, atlas: w.Node("atlas.example", mithaqtest.Clock(40*time.Second)), najd: w.Node("najd.example")}
		w.Acquaint(s.atlas, s.najd)
		s.pact = w.AgreeOn(s.terms(), s.atlas, s.najd)
		s.file = s.open(s.atlas)
		test(s)
	})
}

func (s *scene) terms() mithaq.Terms {
	terms := s.w.Terms(mithaq.EventTemplate)
	terms.AllowInquiries(whereabouts, mithaq.InquiryInformation)
	terms.Inquiries.Grounds = []string{ofThePact}
	terms.Urgencies |= mithaq.Emergency
	return terms
}

// open opens a case of a node's for all of its people.
func (s *scene) open(n *mithaqtest.Node) stix.ID {
	s.t.Helper()
	var members []mithaq.PersonID
	for _, name := range []string{"amal", "rami", "salma", "lina"} {
		members = append(members, n.Person(name).ID)
	}
	c := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(n.Now()), "Forged tickets", mithaqtest.Purpose, mithaq.LegalBasis{Ref: mithaqtest.Basis}, members...)
	v := n.Analyst()
	n.Write(func(tx *store.Tx) error { return n.Gate().OpenCase(tx, v, c) })
	return c.ID
}

// question is one that concerns nobody, and needs neither assessment nor review.
func (s *scene) question() mithaq.Inquiry {
	return mithaq.Inquiry{
		Pact: s.pact, Kind: whereabouts, Case: s.file, Registry: "2026/114", Purpose: mithaqtest.Purpose, Basis: mithaqtest.Basis,
		Urgency: mithaq.Urgent, Urgent: "the match is on Saturday", Facts: "The site tickets7.example sells forged tickets.",
		Sought: mithaq.SoughtTechnical, Question: "Where is it hosted?", Link: "The name servers are yours.",
		Use: mithaq.UsedAsIntelligence, Subjects: mithaq.SubjectNone, Codes: mithaq.H0, Language: "en",
	}
}

// personal is one about a person.
func (s *scene) personal() mithaq.Inquiry {
	q := s.question()
	q.Subjects, q.Act, q.Provision, q.Date = mithaq.SubjectSuspect, "sale of forged tickets", "Penal code, 222", "2026-10"
	return q
}

func (s *scene) draft(q mithaq.Inquiry) stix.ID {
	s.t.Helper()
	v := s.atlas.Analyst()
	var id stix.ID
	s.atlas.Write(func(tx *store.Tx) error {
		all, err := s.atlas.Inquiries().Draft(tx, v, q, s.najd.Org)
		if err == nil {
			id = all[0].ID
		}
		return err
	})
	return id
}

func (s *scene) submit(id stix.ID) error {
	v := s.atlas.Analyst()
	return s.atlas.Store().Write(s.t.Context(), func(tx *store.Tx) error {
		_, err := s.atlas.Inquiries().Submit(tx, v, id)
		return err
	})
}

// ask drafts and sends a question, and lets it arrive.
func (s *scene) ask(q mithaq.Inquiry) stix.ID {
	s.t.Helper()
	id := s.draft(q)
	s.must(s.submit(id))
	s.w.Settle()
	return id
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// assess answers for a question as a person of a node's, and gives what that says.
func (s *scene) assess(n *mithaqtest.Node, id stix.ID) error {
	v, pair := n.Analyst(), n.Person("amal").Credential.Pair
	return n.Store().Write(s.t.Context(), func(tx *store.Tx) error {
		view, err := n.Inquiries().Show(tx, v, id)
		if err != nil {
			return err
		}
		a := mithaq.NewAssessment(stix.NewID(mithaq.TypeAssessment), mithaq.At(n.Now()), n.Org, v.Person, view.Inquiry.Ref())
		a.Credential, a.Answers = pair.KeyID(), clear()
		sig, _, err := sign.Object(pair, mithaq.UseAssessment, a)
		if err != nil {
			return err
		}
		a.Signatures = []mithaq.Signature{sig}
		_, err = n.Inquiries().Assess(tx, v, id, a)
		return err
	})
}

func clear() mithaq.Answers {
	return mithaq.Answers{
		Act: "sale of forged tickets", Provision: "Penal code, 222", Facts: "sold on line", Ordinary: mithaq.Yes,
		Standing: mithaq.StandingOrdinary, Political: mithaq.No, Military: mithaq.No, Religious: mithaq.No, Racial: mithaq.No,
		Source: mithaq.Yes, Refused: mithaq.No, Obligations: mithaq.Yes,
	}
}

// approve lets the supervisor sign for a question.
func (s *scene) approve(id stix.ID) error {
	n := s.atlas
	v, pair := n.Supervisor(), n.Person("salma").Credential.Pair
	return n.Store().Write(s.t.Context(), func(tx *store.Tx) error {
		view, err := n.Inquiries().Show(tx, v, id)
		if err != nil {
			return err
		}
		a := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(n.Now()), n.Org, view.Digest, v.Person, pair.KeyID(), mithaq.SoftwareKey)
		sig, _, err := sign.Object(pair, mithaq.UseApproval, a)
		if err != nil {
			return err
		}
		a.Signatures = []mithaq.Signature{sig}
		_, err = n.Inquiries().Approve(tx, v, id, a)
		return err
	})
}

// act takes a step at a node, as its releaser.
func (s *scene) act(n *mithaqtest.Node, id stix.ID, m inquiry.Move) error {
	v := n.Releaser()
	return n.Store().Write(context.WithoutCancel(s.t.Context()), func(tx *store.Tx) error {
		_, err := n.Inquiries().Act(tx, v, id, m)
		return err
	})
}

// acts is act that is wanted to succeed.
func (s *scene) acts(n *mithaqtest.Node, id stix.ID, m inquiry.Move) {
	s.t.Helper()
	s.must(s.act(n, id, m))
}

func (s *scene) view(n *mithaqtest.Node, id stix.ID) (view *inquiry.View) {
	s.t.Helper()
	v := n.Analyst()
	n.Write(func(tx *store.Tx) (err error) {
		view, err = n.Inquiries().Show(tx, v, id)
		return err
	})
	return view
}

// agree wants both nodes to see an inquiry at a stage, with the same clock, and
// their records to be the same.
func (s *scene) agree(id stix.ID, stage mithaq.Stage) {
	s.t.Helper()
	s.w.Settle()
	a, n := s.view(s.atlas, id), s.view(s.najd, id)
	if a.Life.Stage != stage || n.Life.Stage != stage {
		s.t.Fatalf("atlas sees %s, najd %s, want %s", a.Life.Stage, n.Life.Stage, stage)
	}
	if !a.Clock.Due.Equal(n.Clock.Due) || a.Clock.Left != n.Clock.Left {
		s.t.Errorf("at %s atlas has the clock %+v, najd %+v", stage, a.Clock, n.Clock)
	}
}

// shares gives an item to atlas as an answer of najd's.
func (s *scene) shares(id stix.ID, item int) (release stix.ID, err error) {
	s.t.Helper()
	s.najd.Import(s.najd.Profile(), mithaqtest.Indicator(item))
	ask := mithaqtest.Ask(s.pact, gate.Selection{IDs: []stix.ID{mithaqtest.IndicatorID(item)}}, s.atlas)
	ask.Inquiry = id
	all, err := s.najd.Gate().Propose(s.t.Context(), s.najd.Releaser(), ask)
	if err != nil {
		return "", err
	}
	if all[0].State != gate.Sent {
		s.t.Fatalf("the answer is %s: %+v", all[0].State, all[0].Stays)
	}
	return all[0].Release.ID, nil
}

func kinds(v *inquiry.View) (list []mithaq.StepKind) {
	for _, s := range v.Steps {
		list = append(list, s.Kind)
	}
	return list
}
