package gate

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/redline"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// suspects labels a source as concerning suspects.
func suspects(p *mithaq.SourceProfile) {
	p.Default.Subjects, p.Default.Source = mithaq.SubjectSuspect, mithaq.SourceA
}

const mailbox = `{"type":"email-addr","spec_version":"2.1","id":"email-addr--2d77a846-6264-5d51-b586-e43822ea1ea3","value":"john@example.com"}`

const mailboxID stix.ID = "email-addr--2d77a846-6264-5d51-b586-e43822ea1ea3"

// assess answers for an item, clearly unless edited.
func (n *node) assess(v mithaq.Viewer, ref mithaq.ItemRef, edit func(*mithaq.Assessment)) error {
	pair := n.credential(v)
	a := mithaq.NewAssessment(stix.NewID(mithaq.TypeAssessment), mithaq.At(n.w.now), n.org, v.Person, ref)
	a.Credential = pair.KeyID()
	a.Answers = mithaq.Answers{
		Act: "sale of forged tickets", Provision: "Penal code, 222", Facts: "sold at the gate", Ordinary: mithaq.Yes,
		Standing: mithaq.StandingOrdinary, Political: mithaq.No, Military: mithaq.No, Religious: mithaq.No, Racial: mithaq.No,
		Source: mithaq.Yes, Refused: mithaq.No, Obligations: mithaq.Yes,
	}
	if edit != nil {
		edit(a)
	}
	signed, err := wordBytes(a)
	if err != nil {
		return err
	}
	sig, err := pair.Sign(mithaq.UseAssessment, signed)
	if err != nil {
		return err
	}
	a.Signatures = append([]mithaq.Signature{sig}, a.Signatures...)
	return n.Store.Write(context.Background(), func(tx *store.Tx) error { return n.Assess(tx, v, a) })
}

// approval signs a release's digest.
func (n *node) approval(v mithaq.Viewer, digest mithaq.Digest) *mithaq.Approval {
	pair := n.credential(v)
	a := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(n.w.now), n.org, digest, v.Person, pair.KeyID(), mithaq.SoftwareKey)
	signed, err := wordBytes(a)
	if err != nil {
		n.w.t.Fatal(err)
	}
	sig, err := pair.Sign(mithaq.UseApproval, signed)
	if err != nil {
		n.w.t.Fatal(err)
	}
	a.Signatures = []mithaq.Signature{sig}
	return a
}

func stays(p Preview) (clauses []string) {
	for _, s := range p.Stays {
		clauses = append(clauses, s.Clauses.String())
	}
	return clauses
}

func TestAPersonCrossesWithAssessmentAndFourEyes(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(suspects)
	a.take21(profile, mailbox)
	ref := a.versions(mailboxID)[0].Ref

	if p := a.propose(a.ask(profile)); p.Release != nil || !slices.Equal(stays(p.Preview), []string{"7.1 S3"}) {
		t.Fatalf("without an assessment: %v %v", p.Release, stays(p.Preview))
	}
	if err := a.assess(a.analyst(), ref, nil); err != nil {
		t.Fatal(err)
	}
	p := a.propose(a.ask(profile))
	if p.State != Proposed || p.Reviews != 1 || len(b.versions(mailboxID)) != 0 {
		t.Fatalf("without a second person: %+v", p)
	}
	own := a.approval(a.releaser(), p.Digest)
	if err := a.Approve(context.Background(), a.releaser(), own); !errors.Is(err, mithaq.Denied) {
		t.Errorf("the proposer approves: %v", err)
	}
	forged := a.approval(a.second(), p.Digest)
	forged.Signatures[0].MLDSA[7] ^= 1
	if err := a.Approve(context.Background(), a.second(), forged); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("a forged approval: %v", err)
	}
	fresh := a.second()
	fresh.Since = mithaq.At(w.now.Add(-time.Hour))
	if err := a.Approve(context.Background(), fresh, a.approval(fresh, p.Digest)); !errors.Is(err, mithaq.Denied) {
		t.Errorf("a role an hour old approves: %v", err)
	}
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); err != nil {
		t.Fatal(err)
	}
	w.carry()
	a.expect(p.Release.ID, mithaq.Acknowledged, 1, 0)
	if len(b.versions(mailboxID)) != 1 {
		t.Error("najd does not hold it")
	}
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("approved twice: %v", err)
	}
}

func TestAssessmentsThatDoNotClear(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	profile := a.profile(suspects)
	a.take21(profile, mailbox)
	ref := a.versions(mailboxID)[0].Ref
	if err := a.assess(a.analyst(), ref, func(x *mithaq.Assessment) { x.Answers.Political = mithaq.Yes }); err != nil {
		t.Fatal(err)
	}
	if p := a.propose(a.ask(profile)); p.Release != nil || !slices.Equal(stays(p.Preview), []string{"7.1 S4"}) {
		t.Errorf("political: %v", stays(p.Preview))
	}
	// A later, kinder answer does not outvote it.
	if err := a.assess(a.second(), ref, nil); err != nil {
		t.Fatal(err)
	}
	if p := a.propose(a.ask(profile)); p.Release != nil {
		t.Errorf("outvoted: %v", stays(p.Preview))
	}
	other := ref
	other.Digest[0] ^= 1
	if err := a.assess(a.analyst(), other, nil); !errors.Is(err, mithaq.NotFound) {
		t.Errorf("an assessment of what is not here: %v", err)
	}
	err := a.assess(a.analyst(), ref, func(x *mithaq.Assessment) { x.Person = a.second().Person })
	if !errors.Is(err, mithaq.Denied) {
		t.Errorf("in another's name: %v", err)
	}
}

// The receiver's gate believes nothing that the envelope does not show.
func TestTheReceiverRefusesWhatOnlyTheSenderChecked(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(suspects)
	a.take21(profile, mailbox)
	if err := a.assess(a.analyst(), a.versions(mailboxID)[0].Ref, nil); err != nil {
		t.Fatal(err)
	}
	w.cut = true
	p := a.propose(a.ask(profile))
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); err != nil {
		t.Fatal(err)
	}
	l := a.out[len(a.out)-1]
	whole, salts := l.raws, l.salts
	check := func(name string, clauses []string, without ...string) {
		t.Helper()
		l.header.ID = stix.NewID(mithaq.TypeEnvelope) // each try is a message of its own
		l.state, l.raws, l.salts = "waiting", nil, nil
		for i, raw := range whole {
			if !slices.Contains(without, typeOf(raw)) {
				l.raws, l.salts = append(l.raws, raw), append(l.salts, salts[16*i:16*(i+1)]...)
			}
		}
		if err := w.deliver(a, l); err != nil {
			t.Fatal(err)
		}
		if len(clauses) == 0 {
			if l.receipt.RefusedAll == nil || l.receipt.RefusedAll.Key != "gate.no-speech" {
				t.Errorf("%s: %+v", name, l.receipt)
			}
			return
		}
		if len(l.receipt.Refused) != 1 || !slices.Equal(l.receipt.Refused[0].Clauses, clauses) {
			t.Errorf("%s: %+v, want %v", name, l.receipt, clauses)
		}
	}
	check("no release", nil, mithaq.TypeRelease)
	check("no manifest", nil, mithaq.TypeManifest)
	check("no approval", []string{"7.1"}, mithaq.TypeApproval)
	check("no assessment", []string{"S3"}, mithaq.TypeAssessment)
	check("no certificate", []string{"7.1", "S3"}, mithaq.TypeCredential)
	by := l.header.Account.By
	l.header.Account.By = ""
	check("no person", []string{"S5"})
	l.header.Account.By = by
	if len(b.versions(mailboxID)) != 0 {
		t.Fatal("najd took it")
	}
	l.header.ID, l.state, l.raws, l.salts = l.sent.Envelope, "waiting", whole, salts
	w.cut = false
	w.carry()
	if len(b.versions(mailboxID)) != 1 {
		t.Error("najd did not take the whole")
	}
}

func TestAnApprovalIsOfExactlyTheItemsThatCome(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.CaseTemplate, func(terms *mithaq.Terms) { terms.Purposes = append(terms.Purposes, mithaq.EventSecurity) })
	a, b := w.nodes[atlas], w.nodes[najd]
	a.Envelope = 2
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, ""), indicator(3, ""))
	p := a.propose(a.ask(profile))
	if p.Reviews != 3 {
		t.Fatalf("%+v", p)
	}
	// One is taken back between proposal and approval; the rest still goes.
	ref := a.versions(indicatorID(2))[0].Ref
	if _, err := a.Recall(context.Background(), a.releaser(), Recalling{Items: []mithaq.ItemRef{ref}, Reason: mithaq.WrongInformation}); err != nil {
		t.Fatal(err)
	}
	w.cut = true
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); err != nil {
		t.Fatal(err)
	}
	// An item that nobody approved is slipped in for one that was.
	l := a.out[len(a.out)-1]
	at := len(l.raws) - 1
	good := l.raws[at]
	l.raws[at], l.header.ID = []byte(indicator(4, "")), stix.NewID(mithaq.TypeEnvelope)
	if err := w.deliver(a, l); err != nil {
		t.Fatal(err)
	}
	if len(l.receipt.Refused) != 1 || !slices.Equal(l.receipt.Refused[0].Clauses, []string{"7.1"}) {
		t.Errorf("%+v", l.receipt)
	}
	l.raws[at], l.header.ID, l.state = good, l.sent.Envelope, "waiting"
	w.cut = false
	w.carry()
	a.expect(p.Release.ID, mithaq.Acknowledged, 2, 0)
	if len(b.versions(indicatorID(1))) != 1 || len(b.versions(indicatorID(2))) != 0 || len(b.versions(indicatorID(3))) != 1 {
		t.Error("najd holds something else than was approved")
	}
}

func TestWhatStaysSaysWhy(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, func(terms *mithaq.Terms) { terms.Flows[0].Ceiling = stix.TLPGreen })
	a := w.nodes[atlas]
	check := func(name, clauses string, edit func(*mithaq.SourceProfile)) {
		t.Helper()
		profile := a.profile(edit)
		n := len(name) + 100
		a.take21(profile, indicator(n, ""))
		look, err := a.Preview(context.Background(), a.analyst(), a.ask(profile))
		if err != nil {
			t.Fatal(err)
		}
		if got := stays(look[0]); !slices.Equal(got, []string{clauses}) {
			t.Errorf("%s: %v, want %s", name, got, clauses)
		}
		a.must(func(tx *store.Tx) error {
			_, err := a.Store.SetState(tx, []store.HoldingKey{{Item: a.versions(indicatorID(n))[0].Seq, Giver: atlas, Under: profile}}, mithaq.Erased)
			return err
		})
	}
	check("TLP", "5.4", func(p *mithaq.SourceProfile) { p.Default.TLP = stix.TLPAmber })
	check("grade", "5.5", func(p *mithaq.SourceProfile) { p.Default.Source = mithaq.SourceX })
	check("purpose", "4.2", func(p *mithaq.SourceProfile) { p.Default.Purposes = []mithaq.Purpose{mithaq.Prosecution} })
	check("missing-label", "8.3", func(p *mithaq.SourceProfile) { p.Default.PAP = 0 })
	check("another's-own", "S10", func(p *mithaq.SourceProfile) {
		p.Default.Originator, p.Default.Onward = anatolia, mithaq.OnwardNever
	})
	if kinds := a.entries(); !slices.Contains(kinds, "dry-run") {
		t.Error("a dry run left no entry")
	}
	for _, ask := range []Ask{{Pact: w.pact.ID, Basis: "MoU 4"}, {Pact: w.pact.ID, Purpose: mithaq.Fraud}} {
		ask.Selection.Giver = atlas
		if _, err := a.Preview(context.Background(), a.analyst(), ask); !errors.Is(err, mithaq.Denied) {
			t.Errorf("no purpose or no basis: %v", err)
		}
	}
}

func TestSuspensionStopsReleases(t *testing.T) {
	w, profile := shared(t)
	a := w.nodes[atlas]
	a.take21(profile, indicator(3, ""))
	a.must(func(tx *store.Tx) error {
		_, err := a.book.Suspend(tx, a.legal(), w.pact.ID, "", "")
		return err
	})
	look, err := a.Preview(context.Background(), a.analyst(), a.ask(profile))
	if err != nil || look[0].Goes != 0 || !slices.Equal(stays(look[0]), []string{"12.1"}) {
		t.Errorf("%v %v", stays(look[0]), err)
	}
	// Recalls always pass.
	if _, err := a.Recall(context.Background(), a.releaser(), Recalling{IDs: []stix.ID{indicatorID(1)}, Reason: mithaq.WrongInformation}); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if left := w.nodes[najd].versions(indicatorID(1)); len(left) != 0 {
		t.Error("a recall did not pass a suspension")
	}
}

func TestRedLinesStandAboveThePactAtBothEnds(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""))
	line, err := redline.Parse("red.cedar", []byte(`@id("no-indicators") forbid (principal, action, resource) when { resource.type == "indicator" };`))
	if err != nil {
		t.Fatal(err)
	}
	a.Lines = line
	look, err := a.Preview(context.Background(), a.analyst(), a.ask(profile))
	if err != nil || look[0].Goes != 0 || !slices.Equal(look[0].Stays[0].Lines, []string{"no-indicators"}) {
		t.Fatalf("%+v %v", look, err)
	}
	if p := a.propose(a.ask(profile)); p.Release != nil {
		t.Error("proposed across a red line")
	}
	a.Lines, b.Lines = nil, line
	p := a.propose(a.ask(profile))
	way := a.expect(p.Release.ID, mithaq.PartRefused, 0, 1)
	if !slices.Equal(way.Details[0].Clauses, []string{"red-line"}) {
		t.Errorf("%+v", way.Details)
	}
}

func TestTLPRedIsForPersonsNamed(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, func(terms *mithaq.Terms) { terms.Flows[0].Ceiling = stix.TLPRed })
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(func(p *mithaq.SourceProfile) { p.Default.TLP = stix.TLPRed })
	_, err := a.Intake(context.Background(), a.analyst(), readerOf(indicator(1, "")), Import{Profile: profile, Red: []mithaq.PersonID{a.releaser().Person}})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.versions(indicatorID(1))) != 0 {
		t.Error("an analyst who is not named reads it")
	}
	ask := a.ask(profile)
	if p := a.propose(ask); p.Release != nil || !slices.Equal(stays(p.Preview), []string{"S11"}) {
		t.Fatalf("without names: %v", stays(p.Preview))
	}
	ask.Recipients = []string{string(b.legal().Person)}
	p := a.propose(ask)
	a.expect(p.Release.ID, mithaq.Acknowledged, 1, 0)
	if len(b.versions(indicatorID(1))) != 0 {
		t.Error("somebody not named reads it")
	}
	_ = b.Store.Read(context.Background(), func(tx *store.Tx) error {
		list, err := b.Store.Versions(tx, b.legal(), indicatorID(1))
		if len(list) != 1 {
			t.Error("the person named does not read it")
		}
		return err
	})
}

func TestCasesKeepThingsToTheirMembers(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	file := mithaq.NewCase(stix.NewID(mithaq.TypeCase), mithaq.At(w.now), "Forged tickets", mithaq.Fraud, mithaq.LegalBasis{Ref: "MoU 4"}, a.releaser().Person)
	a.must(func(tx *store.Tx) error { return a.OpenCase(tx, a.releaser(), file) })
	member := a.releaser()
	a.must(func(tx *store.Tx) error {
		ids, err := a.Cases(tx, member.Person)
		for _, id := range ids {
			member.Cases = append(member.Cases, stix.ID(id))
		}
		return err
	})
	if _, err := a.Intake(context.Background(), a.analyst(), readerOf(indicator(1, "")), Import{Profile: profile, Case: file.ID}); !errors.Is(err, mithaq.NotFound) {
		t.Errorf("an outsider imports into the case: %v", err)
	}
	if _, err := a.Intake(context.Background(), member, readerOf(indicator(1, "")), Import{Profile: profile, Case: file.ID}); err != nil {
		t.Fatal(err)
	}
	if len(a.versions(indicatorID(1))) != 0 {
		t.Error("an outsider reads what belongs to the case")
	}
	ask := a.ask(profile)
	ask.Case = file.ID
	all, err := a.Propose(context.Background(), member, ask)
	if err != nil || all[0].Goes != 1 {
		t.Errorf("%+v %v", all, err)
	}
	a.must(func(tx *store.Tx) error {
		super := a.second()
		super.Person = member.Person
		return a.CloseCase(tx, super, file.ID)
	})
	if _, err := a.Propose(context.Background(), member, ask); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("released for a closed case: %v", err)
	}
}

func TestRefusingARelease(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.CaseTemplate, func(terms *mithaq.Terms) { terms.Purposes = append(terms.Purposes, mithaq.EventSecurity) })
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""))
	p := a.propose(a.ask(profile))
	a.must(func(tx *store.Tx) error { return a.RefuseRelease(tx, a.second(), p.Release.ID, "too old") })
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("approved after a refusal: %v", err)
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Releases(tx, a.analyst(), Declined)
		if len(list) != 1 || list[0].Why != "too old" {
			t.Errorf("%+v", list)
		}
		return err
	})
}

// A suspension that comes between a person's decision and the sending leaves
// nothing that only looks sent.
func TestASuspensionThatOvertakesAReleaseStopsIt(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, func(terms *mithaq.Terms) { terms.Review = mithaq.ReviewAlways })
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(3, ""))
	p := a.propose(a.ask(profile))
	if p.Release == nil || p.State != Proposed {
		t.Fatalf("%s, %v", p.State, stays(p.Preview))
	}
	a.must(func(tx *store.Tx) error {
		_, err := a.book.Suspend(tx, a.legal(), w.pact.ID, "", "")
		return err
	})
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); !errors.Is(err, mithaq.Denied) {
		t.Errorf("sent while suspended: %v", err)
	}
	a.must(func(tx *store.Tx) error {
		s, err := a.Release(tx, p.Release.ID)
		if err == nil && (s.State != Stopped || s.Why != "gate.suspended") {
			t.Errorf("the release is %s (%s), want stopped", s.State, s.Why)
		}
		return err
	})
}
