package gate

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (n *node) recallOne(id stix.ID, reason mithaq.RecallReason) []Taken {
	n.w.t.Helper()
	taken, err := n.Recall(context.Background(), n.releaser(), Recalling{Items: []mithaq.ItemRef{n.versions(id)[0].Ref}, Reason: reason})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return taken
}

func TestARecallThatOvertakesItsItemLeavesATombstone(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, nil)
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, ""))
	w.cut = true
	p := a.propose(a.ask(profile))
	waiting := a.out[len(a.out)-1]
	before := slices.Clone(waiting.raws)
	a.recallOne(indicatorID(1), mithaq.WrongInformation)
	if waiting.raws[len(waiting.raws)-2] != nil {
		t.Error("what waits in the outbox still has the bytes of what was taken back")
	}
	waiting.raws = before // as if the sender had not erased them
	w.cut = false
	w.carry() // control first
	way := a.expect(p.Release.ID, mithaq.PartRefused, 1, 1)
	if !slices.Equal(way.Details[0].Clauses, []string{"recalled"}) {
		t.Errorf("%+v", way.Details)
	}
	if len(b.versions(indicatorID(1))) != 0 || len(b.versions(indicatorID(2))) != 1 {
		t.Error("najd holds what was taken back")
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 1 || list[0].NotHeld.Count() != 1 || list[0].Erased.Count() != 0 {
			t.Errorf("%+v", list)
		}
		return err
	})
}

func TestARecallIsPassedOnAndEveryoneAnswers(t *testing.T) {
	w := newWorld(t, atlas, najd, anatolia)
	w.agree(mithaq.EventTemplate, func(terms *mithaq.Terms) { terms.Onward = mithaq.OnwardGroup })
	a, b, c := w.nodes[atlas], w.nodes[najd], w.nodes[anatolia]
	profile := a.profile(func(p *mithaq.SourceProfile) { p.Default.Onward = mithaq.OnwardGroup })
	a.take21(profile, indicator(1, ""))
	ask := a.ask(profile)
	ask.To = []mithaq.OrgID{najd}
	a.propose(ask)
	onward := b.ask("")
	onward.Selection, onward.To = Selection{Giver: atlas}, []mithaq.OrgID{anatolia}
	p := b.propose(onward)
	b.expect(p.Release.ID, mithaq.Acknowledged, 1, 0)
	if len(c.versions(indicatorID(1))) != 1 {
		t.Fatal("within the group it goes on")
	}
	a.recallOne(indicatorID(1), mithaq.ProtectedPerson)
	w.carry()
	for _, n := range w.nodes {
		if len(n.versions(indicatorID(1))) != 0 {
			t.Errorf("%s still has it", n.org)
		}
	}
	for _, n := range []*node{a, b} {
		n.must(func(tx *store.Tx) error {
			list, err := n.Statements(tx, "")
			if len(list) != 1 || list[0].Erased.Count() != 1 {
				t.Errorf("%s: %+v", n.org, list)
			}
			return err
		})
	}
}

// sentAs names an item of ours by the envelopes in which it went out.
func (n *node) sentAs(id stix.ID) (names mithaq.CarriedAll) {
	n.w.t.Helper()
	given, err := n.Delivered(nil, n.versions(id)[0].Seq)
	if err != nil || len(given) == 0 {
		n.w.t.Fatalf("%s went nowhere: %v", id, err)
	}
	for _, d := range given {
		names.Add(d.Envelope, d.Object)
	}
	return names
}

func TestOnlyWhoGaveTakesBack(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	ref := a.sentAs(indicatorID(1))
	// najd signs a recall in atlas's name.
	r := mithaq.NewRecall(stix.NewID(mithaq.TypeRecall), mithaq.At(w.now), atlas, w.pact.ID, mithaq.WrongInformation, b.releaser().Person, ref)
	raw, err := b.seal(r, mithaq.TypeRecall, &r.Signatures)
	if err != nil {
		t.Fatal(err)
	}
	b.must(func(tx *store.Tx) error {
		_, err := b.tell(tx, atlas, w.pact.ID, mithaq.MessageRecall, raw, mithaq.Account{})
		return err
	})
	w.carry()
	if all := b.out[len(b.out)-1].receipt.RefusedAll; all == nil || all.Key != "gate.speaks-for-another" {
		t.Errorf("%+v", all)
	}
	// A recall by najd of what atlas gave reaches nothing of ours.
	r = mithaq.NewRecall(stix.NewID(mithaq.TypeRecall), mithaq.At(w.now), najd, w.pact.ID, mithaq.WrongInformation, b.releaser().Person, ref)
	if raw, err = b.seal(r, mithaq.TypeRecall, &r.Signatures); err != nil {
		t.Fatal(err)
	}
	b.must(func(tx *store.Tx) error {
		_, err := b.tell(tx, atlas, w.pact.ID, mithaq.MessageRecall, raw, mithaq.Account{})
		return err
	})
	w.carry()
	if len(a.versions(indicatorID(1))) != 1 {
		t.Error("a partner took back what is ours")
	}
	// A signature that is not the partner's.
	r.Signatures[0].Ed25519[3] ^= 1
	forged, err := canonical(r)
	if err != nil {
		t.Fatal(err)
	}
	b.must(func(tx *store.Tx) error {
		_, err := b.tell(tx, atlas, w.pact.ID, mithaq.MessageRecall, forged, mithaq.Account{})
		return err
	})
	if from, l := w.next(); true {
		err := w.deliver(from, l)
		if !errors.Is(err, mithaq.Unauthenticated) && (l.receipt == nil || l.receipt.RefusedAll == nil) {
			t.Errorf("a forged recall: %v", err)
		}
	}
}

func TestWhatIsHeldBackIsSaid(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	ref := b.versions(indicatorID(1))[0].Ref
	b.must(func(tx *store.Tx) error { return b.HoldBack(tx, b.legal(), ref, "court of Riyadh", mithaq.Time{}) })
	a.recallOne(indicatorID(1), mithaq.WrongInformation)
	w.carry()
	if len(b.versions(indicatorID(1))) != 0 {
		t.Error("what is held back is still in use")
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 1 || len(list[0].Withheld) != 1 || list[0].Withheld[0].Items.Count() != 1 || list[0].Withheld[0].Authority != "court of Riyadh" || list[0].Erased.Count() != 0 {
			t.Errorf("%+v", list[0])
		}
		return err
	})
}

func TestRecallFromOnePartnerOnly(t *testing.T) {
	w := newWorld(t, atlas, najd, anatolia)
	w.agree(mithaq.EventTemplate, nil)
	a := w.nodes[atlas]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""))
	a.propose(a.ask(profile))
	_, err := a.Recall(context.Background(), a.releaser(), Recalling{
		Items: []mithaq.ItemRef{a.versions(indicatorID(1))[0].Ref}, Reason: mithaq.WrongRecipient, Only: []mithaq.OrgID{najd},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.carry()
	for org, want := range map[mithaq.OrgID]int{atlas: 1, najd: 0, anatolia: 1} {
		if got := len(w.nodes[org].versions(indicatorID(1))); got != want {
			t.Errorf("%s has %d, want %d", org, got, want)
		}
	}
}

func TestNarrowingReachesWhoeverGotIt(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	refs := []mithaq.ItemRef{a.versions(indicatorID(1))[0].Ref}
	narrow := mithaq.Handling{TLP: stix.TLPAmberStrict, Onward: mithaq.OnwardNever}
	if err := a.Narrow(context.Background(), a.releaser(), refs, narrow); err != nil {
		t.Fatal(err)
	}
	w.carry()
	for _, n := range []*node{a, b} {
		n.must(func(tx *store.Tx) error {
			held, err := n.Store.HoldingsOf(tx, n.node, n.versions(indicatorID(1))[0].Seq)
			if len(held) != 1 || held[0].Handling.TLP != stix.TLPAmberStrict || held[0].Handling.Onward != mithaq.OnwardNever {
				t.Errorf("%s: %+v", n.org, held)
			}
			return err
		})
	}
	// It never widens.
	if err := a.Narrow(context.Background(), a.releaser(), refs, mithaq.Handling{TLP: stix.TLPClear}); err != nil {
		t.Fatal(err)
	}
	w.carry()
	b.must(func(tx *store.Tx) error {
		held, err := b.Store.HoldingsOf(tx, b.node, b.versions(indicatorID(1))[0].Seq)
		if held[0].Handling.TLP != stix.TLPAmberStrict {
			t.Errorf("widened to %v", held[0].Handling.TLP)
		}
		return err
	})
}

func TestRetentionEndsInErasureWithAStatement(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	seq := b.versions(indicatorID(1))[0].Seq
	if n, err := b.Work(context.Background()); n != 0 || err != nil {
		t.Fatalf("%d jobs before their time, %v", n, err)
	}
	w.now = w.now.AddDate(0, 0, 91) // the pact says 90 days
	if _, err := b.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.carry()
	b.must(func(tx *store.Tx) error {
		raw, err := b.Store.Raw(tx, b.node, seq)
		if !errors.Is(err, mithaq.NotFound) {
			t.Errorf("najd still has %d bytes: %v", len(raw), err)
		}
		return nil
	})
	if !b.forgot[seq] {
		t.Error("salts outlive what they opened")
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 1 || list[0].Cause != mithaq.ErasedByRetention || list[0].Erased.Count() != 2 || !list[0].BackupsEnd.After(w.now) {
			t.Errorf("%+v", list)
		}
		return err
	})
	if len(a.versions(indicatorID(1))) != 1 {
		t.Error("atlas keeps its own for a year")
	}
	w.now = w.now.AddDate(1, 0, 0)
	if _, err := a.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Store.Versions(tx, a.node, indicatorID(1))
		if len(list) != 0 {
			t.Error("atlas's own retention is over")
		}
		return err
	})
	if kinds := a.entries(); !slices.Contains(kinds, "erasure") || !slices.Contains(kinds, "erasure-received") {
		t.Error(kinds)
	}
}

func TestNewVersionsFollowTheOnesBefore(t *testing.T) {
	w, profile := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	a.take21(profile, versioned(1, "2026-11-22T10:00:00.000Z", `,"revoked":true`), indicator(7, ""))
	for range 2 {
		if _, err := a.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.carry()
	}
	if got := b.versions(indicatorID(1)); len(got) != 2 || got[1].Ref.Version != "2026-11-22T10:00:00.000Z" {
		t.Errorf("najd has %+v", got)
	}
	if len(b.versions(indicatorID(7))) != 0 {
		t.Error("something followed that is no new version")
	}
	// What was taken back is not followed.
	a.recallOne(indicatorID(2), mithaq.WrongRecipient)
	w.carry()
	a.take21(profile, versioned(2, "2026-11-23T10:00:00.000Z", ""))
	if _, err := a.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if len(b.versions(indicatorID(2))) != 0 {
		t.Error("a new version of what was taken back went out")
	}
}

func TestANewVersionAboutAPersonWaitsForAPerson(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, func(terms *mithaq.Terms) { terms.Review = mithaq.ReviewNone })
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(suspects)
	about := `,"description":"call +213 555 12 34 56"`
	a.take21(profile, indicator(1, about))
	if err := a.assess(a.analyst(), a.versions(indicatorID(1))[0].Ref, nil); err != nil {
		t.Fatal(err)
	}
	if p := a.propose(a.ask(profile)); p.State != Sent {
		t.Fatalf("%+v", p)
	}
	a.take21(profile, versioned(1, "2026-11-22T10:00:00.000Z", about))
	if err := a.assess(a.analyst(), a.versions(indicatorID(1))[1].Ref, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if len(b.versions(indicatorID(1))) != 1 {
		t.Fatal("it went although nobody decided")
	}
	var waiting []*Stored
	a.must(func(tx *store.Tx) (err error) {
		waiting, err = a.Releases(tx, a.analyst(), Proposed)
		return err
	})
	if len(waiting) != 1 {
		t.Fatalf("%d releases wait", len(waiting))
	}
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), waiting[0].Digest)); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if len(b.versions(indicatorID(1))) != 2 {
		t.Error("it did not go although a person decided")
	}
}

func TestWideningIsAReleaseOfItsOwn(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	wider := a.profile(func(p *mithaq.SourceProfile) { p.Default.TLP, p.Default.Onward = stix.TLPClear, mithaq.OnwardOpen })
	a.take21(wider, indicator(1, ""))
	a.propose(a.ask(wider))
	b.must(func(tx *store.Tx) error {
		held, err := b.Store.HoldingsOf(tx, b.node, b.versions(indicatorID(1))[0].Seq)
		if len(held) != 1 || held[0].Handling.TLP != stix.TLPClear {
			t.Errorf("%+v", held)
		}
		return err
	})
}

func TestOnwardConsentIsAskedOfTheOriginator(t *testing.T) {
	w := newWorld(t, atlas, najd, anatolia)
	w.agree(mithaq.EventTemplate, nil)
	a, b, c := w.nodes[atlas], w.nodes[najd], w.nodes[anatolia]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, ""))
	ask := a.ask(profile)
	ask.To = []mithaq.OrgID{najd}
	a.propose(ask)
	onward := b.ask("")
	onward.Selection, onward.To = Selection{Giver: atlas}, []mithaq.OrgID{anatolia}
	if p := b.propose(onward); p.Release != nil || !slices.Equal(stays(p.Preview), []string{"S10"}) {
		t.Fatalf("without consent: %v", stays(p.Preview))
	}
	refs := []mithaq.ItemRef{b.versions(indicatorID(1))[0].Ref, b.versions(indicatorID(2))[0].Ref}
	q := mithaq.NewConsentAsk(stix.NewID(mithaq.TypeConsentAsk), mithaq.At(w.now), najd, atlas, w.pact.ID, mithaq.EventSecurity, "the venue is there")
	q.Items, q.For = refs, []mithaq.OrgID{anatolia}
	b.must(func(tx *store.Tx) error { return b.AskConsent(tx, b.analyst(), q) })
	w.carry()
	a.must(func(tx *store.Tx) error {
		open, err := a.Questions(tx, false)
		if len(open) != 1 || open[0].Answer != nil {
			t.Fatalf("%+v", open)
		}
		if _, err := a.AnswerConsent(tx, a.analyst(), q.ID, Grant{}); !errors.Is(err, mithaq.Denied) {
			t.Errorf("an analyst consents: %v", err)
		}
		return err
	})
	grant := Grant{Items: refs[:1], For: []mithaq.OrgID{anatolia}, Until: mithaq.At(w.now.Add(48 * time.Hour))}
	a.must(func(tx *store.Tx) error {
		_, err := a.AnswerConsent(tx, a.second(), q.ID, grant)
		return err
	})
	w.carry()
	p := b.propose(onward)
	b.expect(p.Release.ID, mithaq.Acknowledged, 1, 0)
	if len(c.versions(indicatorID(1))) != 1 || len(c.versions(indicatorID(2))) != 0 {
		t.Error("anatolia holds something else than was consented to")
	}
	// The receiver believes no consent that it does not see.
	w.now = w.now.Add(49 * time.Hour)
	if p := b.propose(onward); p.Goes != 0 {
		t.Error("a consent outlives its end")
	}
}

func TestALineCutForHours(t *testing.T) {
	w, profile := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	w.cut = true
	for n := 10; n < 16; n++ {
		a.take21(profile, indicator(n, ""))
		ask := a.ask(profile)
		ask.Selection = Selection{IDs: []stix.ID{indicatorID(n)}}
		a.propose(ask)
		w.now = w.now.Add(time.Hour)
		if n%2 == 0 {
			a.recallOne(indicatorID(n), mithaq.WrongInformation)
		}
		a.take21(profile, versioned(1, w.now.Add(-time.Minute).Format("2006-01-02T15:04:05.000Z"), ""))
		if _, err := a.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	w.cut = false
	w.carry()
	if _, err := a.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.carry()
	for n := 10; n < 16; n++ {
		if mine, theirs := a.versions(indicatorID(n)), b.versions(indicatorID(n)); len(mine) != n%2 || len(theirs) != n%2 {
			t.Errorf("indicator %d: atlas has %d, najd %d", n, len(mine), len(theirs))
		}
	}
	mine, theirs := a.versions(indicatorID(1)), b.versions(indicatorID(1))
	if len(mine) != 7 || len(theirs) != 7 {
		t.Errorf("atlas has %d versions, najd %d", len(mine), len(theirs))
	}
}

func TestAtThePactsEndWhatCameUnderItIsErased(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	at := w.now.AddDate(0, 0, 40)
	a.must(func(tx *store.Tx) error {
		_, err := a.book.End(tx, a.legal(), w.pact.ID, at, "")
		return err
	})
	w.carry()
	if _, err := b.Work(context.Background()); err != nil || len(b.versions(indicatorID(1))) != 1 {
		t.Fatalf("erased before the end: %v", err)
	}
	w.now = at
	if _, err := b.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.carry()
	if len(b.versions(indicatorID(1))) != 0 || len(a.versions(indicatorID(1))) != 1 {
		t.Error("what najd got under the pact is still there, or what is atlas's own is gone")
	}
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 1 || list[0].Cause != mithaq.ErasedByEnd || list[0].Erased.Count() != 2 {
			t.Errorf("%+v", list)
		}
		return err
	})
}

func TestWhatWasHeldBackIsErasedWhenThatEnds(t *testing.T) {
	w, _ := shared(t)
	a, b := w.nodes[atlas], w.nodes[najd]
	it := b.versions(indicatorID(1))[0]
	until := w.now.AddDate(0, 0, 10)
	b.must(func(tx *store.Tx) error {
		return b.HoldBack(tx, b.legal(), it.Ref, "court of Riyadh", mithaq.At(until))
	})
	a.recallOne(indicatorID(1), mithaq.WrongInformation)
	w.carry()
	w.now = until.Add(time.Second)
	if _, err := b.Work(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.carry()
	b.must(func(tx *store.Tx) error {
		if _, err := b.Store.Raw(tx, b.node, it.Seq); !errors.Is(err, mithaq.NotFound) {
			t.Errorf("still here: %v", err)
		}
		return nil
	})
	a.must(func(tx *store.Tx) error {
		list, err := a.Statements(tx, najd)
		if len(list) != 2 || list[1].Erased.Count() != 1 {
			t.Errorf("%+v", list)
		}
		return err
	})
}

func TestErasureReachesOriginalsAndAnswers(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.EventTemplate, func(terms *mithaq.Terms) { terms.Review = mithaq.ReviewNone })
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(suspects)
	a.take21(profile, mailbox)
	if err := a.assess(a.analyst(), a.versions(mailboxID)[0].Ref, nil); err != nil {
		t.Fatal(err)
	}
	a.propose(a.ask(profile))
	envelope := a.out[len(a.out)-1].sent.Envelope
	has := func(want bool) {
		t.Helper()
		b.must(func(tx *store.Tx) error {
			list, err := b.Evidence(tx, b.analyst(), envelope)
			got := slices.ContainsFunc(list, func(raw []byte) bool { return typeOf(raw) == mithaq.TypeAssessment })
			if got != want || len(list) < 3 {
				t.Errorf("%d pieces of evidence, an assessment among them: %v, want %v", len(list), got, want)
			}
			return err
		})
	}
	has(true)
	a.recallOne(mailboxID, mithaq.PersonsRequest)
	w.carry()
	has(false)
	a.must(func(tx *store.Tx) error {
		open, err := a.Recalls(tx, true)
		if len(open) != 0 {
			t.Errorf("%+v", open)
		}
		return err
	})
}

func TestWhatWasApprovedTogetherArrivesWithoutWhatWasTakenBack(t *testing.T) {
	w := newWorld(t, atlas, najd)
	w.agree(mithaq.CaseTemplate, func(terms *mithaq.Terms) { terms.Purposes = append(terms.Purposes, mithaq.EventSecurity) })
	a, b := w.nodes[atlas], w.nodes[najd]
	profile := a.profile(nil)
	a.take21(profile, indicator(1, ""), indicator(2, ""), indicator(3, ""))
	p := a.propose(a.ask(profile))
	w.cut = true
	if err := a.Approve(context.Background(), a.second(), a.approval(a.second(), p.Digest)); err != nil {
		t.Fatal(err)
	}
	a.recallOne(indicatorID(2), mithaq.WrongInformation) // after it was sealed, before it left
	w.cut = false
	w.carry()
	for n, want := range map[int]int{1: 1, 2: 0, 3: 1} {
		if got := len(b.versions(indicatorID(n))); got != want {
			t.Errorf("indicator %d: %d, want %d", n, got, want)
		}
	}
}
