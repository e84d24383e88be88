package mithaq

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq/stix"
)

// The generators draw mostly what is agreed and sometimes anything else, so that
// a good part of the crossings is allowed and each clause fails now and then.

func usually[T any](agreed T, others ...T) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		if len(others) == 0 || rapid.IntRange(0, 19).Draw(t, "usual") < 18 {
			return agreed
		}
		return rapid.SampledFrom(others).Draw(t, "other")
	})
}

func drawHandling(t *rapid.T, name string) Handling {
	h := agreedHandling()
	h.TLP = usually(amber, upTo(stix.TLPRed)...).Draw(t, name+".tlp")
	h.PAP = usually(PAPAmber, upTo(PAPRed)...).Draw(t, name+".pap")
	h.Codes = usually(H0, upTo(H0|H1|H2|H3)...).Draw(t, name+".codes")
	h.Source = usually(SourceA, upTo(SourceX)...).Draw(t, name+".source")
	h.Info = usually(Info1, upTo(Info4)...).Draw(t, name+".info")
	h.Subjects = usually(SubjectSuspect, everySubject()...).Draw(t, name+".subjects")
	h.Nature = usually(Fact, upTo(Opinion)...).Draw(t, name+".nature")
	h.Purposes = usually([]Purpose{EventSecurity, Fraud}, nil, []Purpose{EventSecurity}, []Purpose{AssetRecovery}).Draw(t, name+".purposes")
	h.Originator = usually(atlas, "", anatolia, najd).Draw(t, name+".originator")
	h.Onward = usually(OnwardConsent, upTo(OnwardNever)...).Draw(t, name+".onward")
	h.RetainDays = usually(60, 0, 30).Draw(t, name+".days")
	h.RetainUntil = usually(Time{}, At(noon), At(noon.AddDate(1, 0, 0))).Draw(t, name+".until")
	return h
}

func drawFacts(t *rapid.T) *Facts {
	f := agreedFacts()
	f.Handling = drawHandling(t, "handling")
	f.Type = usually("indicator", "note", "x-own", TypeRecall).Draw(t, "type")
	f.Extensions = usually(nil, []string{"a"}, []string{"a", "b"}).Draw(t, "extensions")
	f.State = usually(Held, upTo(Erased)...).Draw(t, "state")
	f.Personal = rapid.Bool().Draw(t, "personal")
	f.Assessed = usually(AssessedClear, upTo(AssessedClear)...).Draw(t, "assessed")
	f.Group = usually(nil, []OrgID{najd}).Draw(t, "group")
	f.Consented = rapid.Bool().Draw(t, "consented")
	return f
}

func drawRequest(t *rapid.T) *Request {
	q := agreedRequest()
	q.From = usually(atlas, najd, anatolia, "stranger.example").Draw(t, "from")
	q.To = usually(najd, atlas, anatolia, "stranger.example").Draw(t, "to")
	q.Purpose = usually(EventSecurity, "", Fraud, Prosecution).Draw(t, "purpose")
	q.Basis = usually("MoU 2026, 4", "", "another").Draw(t, "basis")
	q.Urgency = usually(Routine, upTo(Routine|Urgent|Emergency)...).Draw(t, "urgency")
	q.At = usually(noon, noon.AddDate(0, -2, 0), noon.AddDate(0, 6, 0), noon.AddDate(2, 0, 0)).Draw(t, "at")
	q.Use = usually(UseShare, UseInquiry, UseOffer, UseRoom).Draw(t, "use")
	q.Detail = usually("phone", "identity-check", "tasks", "log").Draw(t, "detail")
	q.State.Status = usually(InForce, upTo(Ended)...).Draw(t, "status")
	q.State.Suspended = usually(nil, stops...).Draw(t, "suspended")
	q.Attended = usually(true, false).Draw(t, "attended")
	q.Approvals = usually(1, 0, 2).Draw(t, "approvals")
	q.Named = rapid.Bool().Draw(t, "named")
	q.Side = rapid.SampledFrom([]Side{Sender, Receiver}).Draw(t, "side")
	return q
}

func drawPact(t *rapid.T, of testing.TB) *Pact {
	p := agreedPact(of)
	terms, flow := &p.Terms, &p.Terms.Flows[0]
	terms.Review = rapid.SampledFrom(upTo(ReviewAlways)[1:]).Draw(t, "review")
	terms.Codes = H0 | rapid.SampledFrom(upTo(H0|H1|H2|H3)).Draw(t, "honoured")
	terms.Urgencies = rapid.SampledFrom(upTo(Routine | Urgent | Emergency)[1:]).Draw(t, "urgencies")
	terms.Court = rapid.SampledFrom(upTo(CourtNever)[1:]).Draw(t, "court")
	terms.Onward = rapid.SampledFrom([]OnwardRule{OnwardGroup, OnwardConsent, OnwardNever}).Draw(t, "pact onward")
	terms.SuspendAll = rapid.Bool().Draw(t, "suspend all")
	terms.Purposes = append([]Purpose{EventSecurity}, usually(nil, []Purpose{Prosecution}, []Purpose{Fraud, Prosecution}).Draw(t, "pact purposes")...)
	flow.Subjects = Subjects(rapid.IntRange(1, 0x7ff).Draw(t, "pact subjects")) | SubjectSuspect
	flow.Ceiling = rapid.SampledFrom(upTo(stix.TLPRed)[1:]).Draw(t, "ceiling")
	flow.Floor.Source = rapid.SampledFrom(upTo(SourceX)[1:]).Draw(t, "source floor")
	flow.Floor.Info = rapid.SampledFrom(upTo(Info4)[1:]).Draw(t, "info floor")
	flow.FactsOnly = rapid.Bool().Draw(t, "facts only")
	flow.Extensions = usually([]string{"a"}, nil, []string{"a", "b"}).Draw(t, "pact extensions")
	return p
}

// clone copies a pact deeply, by the form in which it is signed.
func clone(t interface{ Fatal(...any) }, p *Pact) *Pact {
	raw, err := signedBytes(p)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := decodePact(raw)
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// narrowings each make one term stricter, where there is room for it.
var narrowings = map[string]func(*rapid.T, *Pact){
	"roles":      func(_ *rapid.T, p *Pact) { p.Parties[2].Roles = Receives },
	"basis":      func(_ *rapid.T, p *Pact) { p.Terms.Basis[0].Ref = "MoU 2027" },
	"transfer":   func(_ *rapid.T, p *Pact) { p.Terms.Transfer, p.Terms.Flows[0].Subjects = nil, SubjectNone },
	"from":       func(_ *rapid.T, p *Pact) { p.Terms.From = At(noon.AddDate(0, 0, 1)) },
	"until":      func(_ *rapid.T, p *Pact) { p.Terms.Until = At(noon) },
	"purposes":   func(t *rapid.T, p *Pact) { p.Terms.Purposes = without(t, p.Terms.Purposes) },
	"types":      func(t *rapid.T, p *Pact) { p.Terms.Flows[0].Types = without(t, p.Terms.Flows[0].Types) },
	"extensions": func(_ *rapid.T, p *Pact) { p.Terms.Flows[0].Extensions = nil },
	"directions": func(_ *rapid.T, p *Pact) { p.Terms.Flows[0].From = []OrgID{najd} },
	"subjects": func(t *rapid.T, p *Pact) {
		p.Terms.Flows[0].Subjects &= Subjects(rapid.IntRange(0, 0x7ff).Draw(t, "mask"))
	},
	"ceiling":       func(_ *rapid.T, p *Pact) { p.Terms.Flows[0].Ceiling-- },
	"source floor":  func(_ *rapid.T, p *Pact) { p.Terms.Flows[0].Floor.Source-- },
	"info floor":    func(_ *rapid.T, p *Pact) { p.Terms.Flows[0].Floor.Info-- },
	"facts only":    func(_ *rapid.T, p *Pact) { p.Terms.Flows[0].FactsOnly = true },
	"statement":     func(t *rapid.T, p *Pact) { p.Terms.Impersonal = without(t, p.Terms.Impersonal) },
	"review":        func(_ *rapid.T, p *Pact) { p.Terms.Review = ReviewAlways },
	"codes":         func(_ *rapid.T, p *Pact) { p.Terms.Codes = H0 },
	"urgencies":     func(_ *rapid.T, p *Pact) { p.Terms.Urgencies &^= Urgent },
	"onward":        func(_ *rapid.T, p *Pact) { p.Terms.Onward = OnwardNever },
	"court":         func(_ *rapid.T, p *Pact) { p.Terms.Court = CourtNever },
	"suspend all":   func(_ *rapid.T, p *Pact) { p.Terms.SuspendAll = true },
	"recall":        func(_ *rapid.T, p *Pact) { p.Terms.RecallHours = 1 },
	"retention":     func(_ *rapid.T, p *Pact) { p.Terms.Retention.Days = 30 },
	"no inquiries":  func(_ *rapid.T, p *Pact) { p.Terms.Inquiries = nil },
	"no match":      func(_ *rapid.T, p *Pact) { p.Terms.Match = nil },
	"rooms of two":  func(_ *rapid.T, p *Pact) { p.Terms.Rooms.Members = []OrgID{najd, anatolia} },
	"fewer parties": func(_ *rapid.T, p *Pact) { p.Parties = p.Parties[:2] },
}

func without[T any](t *rapid.T, list []T) []T {
	return slices.Delete(slices.Clone(list), 0, rapid.IntRange(0, len(list)-1).Draw(t, "dropped"))
}

func TestNarrowingATermNeverAllowsMore(t *testing.T) {
	for name, narrow := range narrowings {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				wide := drawPact(rt, t)
				strict := clone(rt, wide)
				narrow(rt, strict)
				before, errBefore := wide.Compile()
				after, errAfter := strict.Compile()
				if errBefore != nil || errAfter != nil {
					rt.Skip("does not check")
				}
				f, q := drawFacts(rt), drawRequest(rt)
				if was, is := Decide(before, f, q), Decide(after, f, q); is.Allowed() && !was.Allowed() {
					rt.Fatalf("allowed now, and was refused by %s", was.Failed)
				}
				for _, change := range Diff(wide, strict) {
					if name != "basis" && change.Effect == Widens {
						rt.Fatalf("reads as wider in %s", change.Clause)
					}
				}
			})
		})
	}
}

func TestADiffWithoutWideningAllowsNothingMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawPact(rt, t), drawPact(rt, t)
		widened := func(c ClauseChange) bool { return c.Effect != Narrows }
		if slices.ContainsFunc(Diff(a, b), widened) {
			b = clone(rt, a)
			for range rapid.IntRange(1, 3).Draw(rt, "narrowings") {
				narrowings[rapid.SampledFrom([]string{"types", "ceiling", "subjects", "codes", "review", "until"}).Draw(rt, "narrowing")](rt, b)
			}
		}
		before, errBefore := a.Compile()
		after, errAfter := b.Compile()
		if errBefore != nil || errAfter != nil || slices.ContainsFunc(Diff(a, b), widened) {
			rt.Skip("not a narrowing")
		}
		f, q := drawFacts(rt), drawRequest(rt)
		if Decide(after, f, q).Allowed() && !Decide(before, f, q).Allowed() {
			rt.Fatalf("allowed although nothing reads as wider: %v", Diff(a, b))
		}
	})
}

// removals each take one label off a holding. The two limits of retention are
// one label: when it ends.
var removals = map[string]func(*Handling){
	"tlp":        func(h *Handling) { h.TLP = 0 },
	"pap":        func(h *Handling) { h.PAP = 0 },
	"codes":      func(h *Handling) { h.Codes = 0 },
	"source":     func(h *Handling) { h.Source = 0 },
	"info":       func(h *Handling) { h.Info = 0 },
	"subjects":   func(h *Handling) { h.Subjects = 0 },
	"nature":     func(h *Handling) { h.Nature = 0 },
	"purposes":   func(h *Handling) { h.Purposes = nil },
	"originator": func(h *Handling) { h.Originator = "" },
	"retention":  func(h *Handling) { h.RetainDays, h.RetainUntil = 0, Time{} },
	"onward":     func(h *Handling) { h.Onward = 0 },
}

func TestRemovingALabelIsARefusal(t *testing.T) {
	for name, remove := range removals {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				rules, err := drawPact(rt, t).Compile()
				if err != nil {
					rt.Skip("does not check")
				}
				f, q := drawFacts(rt), drawRequest(rt)
				remove(&f.Handling)
				if Decide(rules, f, q).Allowed() {
					rt.Fatal("crosses without the label")
				}
			})
		})
	}
}

func TestTheMostRestrictiveMarkingWins(t *testing.T) {
	allowed := 0
	rapid.Check(t, func(rt *rapid.T) {
		rules, err := drawPact(rt, t).Compile()
		if err != nil {
			rt.Skip("does not check")
		}
		f, q := drawFacts(rt), drawRequest(rt)
		a := f.Handling
		b := drawHandling(rt, "second").Fill(agreedHandling())
		a = a.Fill(agreedHandling())
		if f.Personal && (a.Subjects == SubjectNone || b.Subjects == SubjectNone) {
			rt.Skip("a label that denies the person in it is wrong, and the other corrects it")
		}
		decide := func(h Handling) bool {
			f.Handling = h
			return Decide(rules, f, q).Allowed()
		}
		if decide(Strictest(a, b)) {
			allowed++
			if !decide(a) || !decide(b) {
				rt.Fatalf("the two together cross, and one alone does not:\n%+v\n%+v", a, b)
			}
		}
	})
	if allowed == 0 && !testing.Short() {
		t.Error("no pair of markings crossed at all")
	}
}

func TestStrictestIsAJoin(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b, c := drawHandling(rt, "a"), drawHandling(rt, "b"), drawHandling(rt, "c")
		same := func(law string, x, y Handling) {
			if x.Key() != y.Key() {
				rt.Fatalf("%s:\n%s\n%s", law, x.Key(), y.Key())
			}
		}
		if errors.Join(a.checkSubjects(), a.checkCodes()) == nil {
			same("with itself", Strictest(a, a), a)
			same("with nothing said", Strictest(a, Handling{}), a)
		}
		same("either way round", Strictest(a, b), Strictest(b, a))
		same("in any order", Strictest(Strictest(a, b), c), Strictest(a, Strictest(b, c)))
	})
}

func TestWhatTheReceiverKeepsIsNoWider(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rules, err := drawPact(rt, t).Compile()
		if err != nil {
			rt.Skip("does not check")
		}
		h := drawHandling(rt, "handling").Fill(agreedHandling())
		if h.checkSubjects() != nil || h.checkCodes() != nil {
			rt.Skip("no sound label")
		}
		kept := Effective(h, rules, noon)
		joined := Strictest(kept, h)
		limit := At(noon).Plus(days(rules.Terms().Retention.Days))
		switch {
		case kept.RetainUntil.IsZero() || kept.RetainUntil.After(limit.Time):
			rt.Fatalf("kept until %s, the pact says %s", kept.RetainUntil, limit)
		case kept.Onward < max(h.Onward, rules.Terms().Onward):
			rt.Fatalf("onward %s", kept.Onward)
		case joined.Key() != kept.Key():
			rt.Fatalf("wider than the label:\n%+v\n%+v", kept, h)
		}
	})
}
