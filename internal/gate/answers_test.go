package gate

import (
	"errors"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func clearly() mithaq.Answers {
	return mithaq.Answers{
		Act: "sale of forged tickets", Provision: "Penal code, 222", Facts: "sold at the gate", Ordinary: mithaq.Yes,
		Standing: mithaq.StandingOrdinary, Political: mithaq.No, Military: mithaq.No, Religious: mithaq.No, Racial: mithaq.No,
		Source: mithaq.Yes, Refused: mithaq.No, Obligations: mithaq.Yes,
	}
}

// answered keeps answers of a person's about an item.
func (n *node) answered(v mithaq.Viewer, ref mithaq.ItemRef, q mithaq.Answers) (a *mithaq.Assessment, err error) {
	err = n.try(func(tx *store.Tx) error {
		a, err = n.Answer(tx, v, q, ref)
		return err
	})
	return a, err
}

func (n *node) try(f func(tx *store.Tx) error) error { return n.Store.Write(n.w.t.Context(), f) }

// sign signs what waits, as the credential of a person does it elsewhere.
func (n *node) sign(v mithaq.Viewer, a *mithaq.Assessment) (err error) {
	pair := n.credential(v)
	copied := *a
	if v.Person == a.Person {
		copied.Credential = pair.KeyID()
	}
	signed, err := wordBytes(&copied)
	if err != nil {
		return err
	}
	sig, err := pair.Sign(mithaq.UseAssessment, signed)
	if err != nil {
		return err
	}
	return n.try(func(tx *store.Tx) error {
		done, err := n.SignAnswers(tx, v, a.ID, sig)
		if err == nil {
			*a = *done
		}
		return err
	})
}

func (n *node) verdict(ref mithaq.ItemRef) (got mithaq.Assessed) {
	n.must(func(tx *store.Tx) error {
		a, err := n.assessment(tx, ref)
		if a != nil {
			got = a.verdict
		}
		return err
	})
	return got
}

func TestAnswersCountOnceTheyAreSigned(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	a.take21(a.profile(suspects), mailbox)
	ref := a.versions(mailboxID)[0].Ref
	unfinished := clearly()
	unfinished.Source = 0
	if _, err := a.answered(a.analyst(), ref, unfinished); !errors.Is(err, mithaq.Invalid) {
		t.Errorf("a question without an answer: %v", err)
	}
	given, err := a.answered(a.analyst(), ref, clearly())
	if err != nil {
		t.Fatal(err)
	}
	if got := a.verdict(ref); got != mithaq.AssessedNot {
		t.Errorf("before it is signed: %v", got)
	}
	if err := a.sign(a.second(), given); !errors.Is(err, mithaq.Denied) {
		t.Errorf("somebody else signs: %v", err)
	}
	if err := a.sign(a.analyst(), given); err != nil {
		t.Fatal(err)
	}
	if got := a.verdict(ref); got != mithaq.AssessedClear {
		t.Errorf("signed: %v", got)
	}
	if err := a.sign(a.analyst(), given); !errors.Is(err, mithaq.NotFound) {
		t.Errorf("signed again: %v", err)
	}
}

func TestDoubtGoesToASecondPerson(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	a.take21(a.profile(suspects), mailbox)
	ref := a.versions(mailboxID)[0].Ref
	doubtful := clearly()
	doubtful.Political = mithaq.Doubt
	given, err := a.answered(a.analyst(), ref, doubtful)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.sign(a.analyst(), given); !errors.Is(err, mithaq.Denied) {
		t.Errorf("signed in doubt: %v", err)
	}
	second := func(v mithaq.Viewer) error {
		return a.try(func(tx *store.Tx) error {
			got, err := a.GiveSecond(tx, v, given.ID, mithaq.Yes, "a plain fraud")
			if err == nil {
				*given = *got
			}
			return err
		})
	}
	if err := second(a.analyst()); !errors.Is(err, mithaq.Denied) {
		t.Errorf("the first answers again: %v", err)
	}
	if err := second(a.second()); err != nil {
		t.Fatal(err)
	}
	if err := second(a.legal()); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("a third person: %v", err)
	}
	if err := a.sign(a.second(), given); !errors.Is(err, mithaq.Denied) {
		t.Errorf("the second signs before the first: %v", err)
	}
	if err := errors.Join(a.sign(a.analyst(), given)); err != nil {
		t.Fatal(err)
	}
	if got := a.verdict(ref); got != mithaq.AssessedNot {
		t.Errorf("signed by one of two: %v", got)
	}
	if err := a.sign(a.second(), given); err != nil {
		t.Fatal(err)
	}
	if got := a.verdict(ref); got != mithaq.AssessedClear {
		t.Errorf("signed by both: %v", got)
	}
}

func TestWhatAPartnerGaveAboutAPersonIsNotUsedBeforeOurOwnAssessment(t *testing.T) {
	w := newWorld(t, atlas, najd)
	a, n := w.nodes[atlas], w.nodes[najd]
	w.agree(mithaq.EventTemplate, nil)
	object := hunting(1, `,"description":"ask john@example.com"`)
	profile := a.profile(suspects)
	a.take21(profile, object)
	ref := a.versions(indicatorID(1))[0].Ref
	if err := a.assess(a.analyst(), ref, nil); err != nil {
		t.Fatal(err)
	}
	p := a.propose(a.ask(profile))
	if p.State == Proposed {
		if err := a.Approve(t.Context(), a.second(), a.approval(a.second(), p.Digest)); err != nil {
			t.Fatal(err)
		}
	}
	w.carry()
	if len(n.versions(indicatorID(1))) != 1 {
		t.Fatal("it did not cross")
	}
	export := func() (int, map[string]int) {
		ids, out, err := exported(t, n, n.analyst(), Exporting{Selection: Selection{Giver: atlas}, Use: mithaq.Detecting{Exposure: mithaq.Search, TLP: stix.TLPRed}})
		if err != nil {
			t.Fatal(err)
		}
		return len(ids), out.Left
	}
	if taken, left := export(); taken != 0 || left["assessment"] != 1 {
		t.Errorf("before it is assessed here: %d taken, left %v", taken, left)
	}
	n.must(func(tx *store.Tx) error {
		waiting, err := n.ToAssess(tx, n.analyst(), 10)
		if len(waiting) != 1 || waiting[0].Ref != ref {
			t.Errorf("what waits: %v", waiting)
		}
		return err
	})
	if err := n.assess(n.analyst(), ref, nil); err != nil {
		t.Fatal(err)
	}
	if taken, left := export(); taken != 1 {
		t.Errorf("once it is: %d taken, left %v", taken, left)
	}
	if err := n.assess(n.second(), ref, func(x *mithaq.Assessment) { x.Answers.Religious = mithaq.Yes }); err != nil {
		t.Fatal(err)
	}
	if taken, left := export(); taken != 0 || left["assessment"] != 1 {
		t.Errorf("once somebody says no: %d taken, left %v", taken, left)
	}
}

func TestADrawnAssessmentIsMadeAgainBySomebodyElse(t *testing.T) {
	w := newWorld(t, atlas)
	a := w.nodes[atlas]
	a.Sample = 1 // every one
	a.take21(a.profile(suspects), mailbox)
	ref := a.versions(mailboxID)[0].Ref
	if _, _, err := a.Item(t.Context(), a.analyst(), mailboxID); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(3 * time.Minute)
	if err := a.assess(a.analyst(), ref, nil); err != nil {
		t.Fatal(err)
	}
	waiting := func(v mithaq.Viewer) (n int) {
		a.must(func(tx *store.Tx) error {
			list, err := a.ToAssess(tx, v, 10)
			n = len(list)
			return err
		})
		return n
	}
	if mine, theirs := waiting(a.analyst()), waiting(a.second()); mine != 0 || theirs != 1 {
		t.Errorf("it waits for the first %d, for others %d", mine, theirs)
	}
	w.now = w.now.Add(time.Minute)
	if err := a.assess(a.second(), ref, func(x *mithaq.Assessment) { x.Answers.Political = mithaq.Yes }); err != nil {
		t.Fatal(err)
	}
	if n := waiting(a.legal()); n != 1 { // the second one was drawn in its turn
		t.Errorf("%d", n)
	}
	auditor := person(atlas, 9, mithaq.Auditor)
	a.must(func(tx *store.Tx) error {
		list, err := a.Assessors(tx, auditor, time.Time{})
		if len(list) != 2 || list[0].Made != 1 || list[0].Clear != 1 || list[0].Differed != 1 || list[0].Middle != 3*time.Minute || list[1].Against != 1 {
			t.Errorf("%+v", list)
		}
		return err
	})
	if err := a.try(func(tx *store.Tx) error { _, err := a.Assessors(tx, a.analyst(), time.Time{}); return err }); !errors.Is(err, mithaq.Denied) {
		t.Errorf("an analyst watches: %v", err)
	}
}
