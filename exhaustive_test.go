package mithaq

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// A situation is one point of a finite domain: terms, facts and a request.
type situation struct {
	terms   *Terms
	parties []Party
	rules   *Rules
	facts   *Facts
	request *Request
}

// A domain walks every combination of some factors, the rest being as agreed.
// Terms are compiled once for each of their own combinations.
type domain func(testing.TB) iter.Seq[situation]

var domains = map[string]domain{
	"origin":     originDomain,
	"persons":    personsDomain,
	"evaluation": evaluationDomain,
	"term":       termDomain,
	"direction":  directionDomain,
	"uses":       usesDomain,
	"control":    controlDomain,
	"life":       lifeDomain,
}

var trueFalse = []bool{false, true}

func upTo[T ~uint8 | ~uint16](last T) []T {
	list := make([]T, 0, int(last)+1)
	for i := range int(last) + 1 {
		list = append(list, T(i))
	}
	return list
}

// compiled yields a situation for terms changed in some way, or nothing where
// the change does not check.
func compiled(t testing.TB, parties []Party, change func(*Terms)) (situation, bool) {
	terms := agreedTerms(t)
	change(&terms)
	rules, err := terms.Compile(parties)
	return situation{&terms, parties, rules, agreedFacts(), agreedRequest()}, err == nil
}

func twoPeers() []Party  { return []Party{peer(atlas), peer(najd)} }
func withPlain() []Party { return []Party{peer(atlas), plainParty(najd)} }

func forPlain(t *Terms) {
	t.Flows[0].Subjects, t.Flows[0].Ceiling, t.RecallHours = SubjectNone, green, 0
}

// originDomain: TLP × ceiling × originator × onward × codes × consent × group × named × approvals × kind of party.
func originDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		for _, ceiling := range upTo(stix.TLPRed) {
			for _, plain := range trueFalse {
				parties := twoPeers()
				if plain {
					parties = withPlain()
				}
				s, ok := compiled(t, parties, func(t *Terms) {
					if plain {
						forPlain(t)
					}
					t.Flows[0].Ceiling = ceiling
				})
				if ok && !originFactors(s, yield) {
					return
				}
			}
		}
	}
}

func originFactors(s situation, yield func(situation) bool) bool {
	h := &s.facts.Handling
	for h.TLP = range upToSeq(stix.TLPRed) {
		for h.Onward = range upToSeq(OnwardNever) {
			for h.Codes = range upToSeq(H0 | H1 | H2 | H3) {
				for _, h.Originator = range []OrgID{"", atlas, anatolia} {
					for _, s.facts.Group = range [][]OrgID{nil, {anatolia}, {anatolia, najd}} {
						if !permissionFactors(s, yield) {
							return false
						}
					}
				}
			}
		}
	}
	return true
}

func permissionFactors(s situation, yield func(situation) bool) bool {
	for _, s.facts.Consented = range trueFalse {
		for _, s.request.Named = range trueFalse {
			for s.request.Approvals = range 2 {
				if !yield(s) {
					return false
				}
			}
		}
	}
	return true
}

// upToSeq lets a field be the loop's variable.
func upToSeq[T ~uint8 | ~uint16](last T) iter.Seq[T] { return slices.Values(upTo(last)) }

// everySubject is no label, each category, and each two of them.
func everySubject() []Subjects {
	list := []Subjects{0}
	for i := range 11 {
		for j := i; j < 11; j++ {
			list = append(list, 1<<i|1<<j)
		}
	}
	return list
}

// personsDomain: subjects × allowed × personal × assessment × statement × attended × approvals × review × use × transfer.
func personsDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		for _, allowed := range []Subjects{SubjectNone, SubjectSuspect, SubjectNone | SubjectSuspect | SubjectVictim, 0x7ff} {
			for _, review := range upTo(ReviewAlways) {
				for _, transfer := range trueFalse {
					s, ok := compiled(t, twoPeers(), func(t *Terms) {
						t.Flows[0].Subjects, t.Review = allowed, review
						if !transfer {
							t.Transfer = nil
						}
					})
					if ok && !personsFactors(s, yield) {
						return
					}
				}
			}
		}
	}
}

func personsFactors(s situation, yield func(situation) bool) bool {
	f, q := s.facts, s.request
	for _, f.Handling.Subjects = range everySubject() {
		for _, f.Personal = range trueFalse {
			for f.Assessed = range upToSeq(AssessedClear) {
				for _, f.Type = range []string{"indicator", "note"} {
					for _, q.Attended = range trueFalse {
						for _, q.Approvals = range []int{0, 1} {
							for _, q.Use = range []Use{UseShare, UseOffer} {
								q.Detail = "phone"
								if !yield(s) {
									return false
								}
							}
						}
					}
				}
			}
		}
	}
	return true
}

// evaluationDomain: both grades × both floors × nature × facts only × PAP × urgency.
func evaluationDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		for _, floor := range upTo(SourceX) {
			for _, info := range upTo(Info4) {
				for _, factsOnly := range trueFalse {
					s, ok := compiled(t, twoPeers(), func(t *Terms) {
						t.Flows[0].Floor, t.Flows[0].FactsOnly = Floor{floor, info}, factsOnly
						t.Urgencies = Routine | Emergency
					})
					if ok && !evaluationFactors(s, yield) {
						return
					}
				}
			}
		}
	}
}

func evaluationFactors(s situation, yield func(situation) bool) bool {
	h := &s.facts.Handling
	for h.Source = range upToSeq(SourceX) {
		for h.Info = range upToSeq(Info4) {
			for h.Nature = range upToSeq(Opinion) {
				for h.PAP = range upToSeq(PAPRed) {
					for s.request.Urgency = range upToSeq(Routine | Urgent | Emergency) {
						if !yield(s) {
							return false
						}
					}
				}
			}
		}
	}
	return true
}

var stops = [][]Stop{
	nil,
	{{By: atlas}},
	{{By: najd}},
	{{By: anatolia}},
	{{By: najd, Purpose: EventSecurity}},
	{{By: najd, Purpose: Fraud}},
	{{By: anatolia, Purpose: EventSecurity}},
	{{By: anatolia}, {By: atlas, Purpose: EventSecurity}},
}

// termDomain: suspend all × status × suspensions × clock × purpose × purposes of the label × basis.
func termDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		for _, all := range trueFalse {
			s, ok := compiled(t, []Party{peer(atlas), peer(najd), peer(anatolia)}, func(t *Terms) { t.SuspendAll = all })
			if ok && !termFactors(s, yield) {
				return
			}
		}
	}
}

// clocks are the instants at which the agreed term could be misread.
func clocks(t *Terms) []time.Time {
	return []time.Time{t.From.Add(-1), t.From.Time, noon, t.Until.Add(-1), t.Until.Time}
}

func termFactors(s situation, yield func(situation) bool) bool {
	q := s.request
	for _, q.At = range clocks(s.terms) {
		for q.State.Status = range upToSeq(Ended) {
			for _, q.State.Suspended = range stops {
				if !purposeFactors(s, yield) {
					return false
				}
			}
		}
	}
	return true
}

func purposeFactors(s situation, yield func(situation) bool) bool {
	for _, s.request.Purpose = range []Purpose{"", EventSecurity, PublicSafety, AssetRecovery} {
		for _, s.facts.Handling.Purposes = range [][]Purpose{nil, {EventSecurity, Fraud}, {AssetRecovery}} {
			for _, s.request.Basis = range []string{"", "MoU 2026, 4", "another"} {
				if !yield(s) {
					return false
				}
			}
		}
	}
	return true
}

// lifeDomain: clock × both limits of retention × state × side × maker × giver × time of the version × type.
func lifeDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		s, _ := compiled(t, twoPeers(), func(*Terms) {})
		h := &s.facts.Handling
		for _, s.request.At = range clocks(s.terms) {
			for _, h.RetainDays = range []int{0, 30} {
				for _, h.RetainUntil = range []Time{{}, At(noon), At(noon.AddDate(2, 0, 0))} {
					for s.facts.State = range upToSeq(Erased) {
						if !versionFactors(s, yield) {
							return
						}
					}
				}
			}
		}
	}
}

// directionDomain: roles × flows × giver × receiver × type × extensions.
func directionDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		for roles := range upToSeq(Gives | Receives | Coordinates | Witnesses) {
			for _, to := range [][]OrgID{nil, {najd, anatolia}} {
				parties := []Party{peer(atlas), peer(najd), peer(anatolia)}
				parties[1].Roles = roles
				s, ok := compiled(t, parties, func(t *Terms) {
					t.Flows[0].To, t.Flows[0].Extensions = to, []string{"extension-definition--a", "b"}
				})
				if ok && !directionFactors(s, yield) {
					return
				}
			}
		}
	}
}

func directionFactors(s situation, yield func(situation) bool) bool {
	everybody := []OrgID{"", atlas, najd, anatolia, "stranger.example"}
	types := []string{"indicator", "x-own", TypeRecall, TypeEnvelope, ""}
	for _, s.request.From = range everybody {
		for _, s.request.To = range everybody {
			for _, s.facts.Type = range types {
				for _, s.facts.Extensions = range [][]string{nil, {"b"}, {"b", "c"}} {
					if !yield(s) {
						return false
					}
				}
			}
		}
	}
	return true
}

func versionFactors(s situation, yield func(situation) bool) bool {
	for _, s.request.Side = range []Side{Sender, Receiver} {
		for _, s.facts.MadeBy = range []OrgID{"", atlas, anatolia} {
			for _, s.facts.GivenBy = range []OrgID{"", atlas, anatolia} {
				for _, ahead := range []time.Duration{-time.Hour, Skew, Skew + 1} {
					s.facts.Modified = s.request.At.Add(ahead)
					if !yield(s) {
						return false
					}
				}
			}
		}
	}
	return true
}

// controlDomain: every type of ours.
func controlDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		s, _ := compiled(t, twoPeers(), func(*Terms) {})
		for _, s.facts.Type = range append(SpineTypes(), TypeOpening, "x-mithaq-unheard-of") {
			if !yield(s) {
				return
			}
		}
	}
}

// usesDomain: which optional articles there are × use × detail × court × prosecution × codes × originator × consent.
func usesDomain(t testing.TB) iter.Seq[situation] {
	return func(yield func(situation) bool) {
		for optional := range 8 {
			for _, court := range upTo(CourtNever) {
				for _, members := range [][]OrgID{nil, {atlas, najd}, {najd}} {
					s, ok := compiled(t, []Party{peer(atlas), peer(najd)}, func(t *Terms) {
						t.Court, t.Purposes, t.Rooms.Members = court, []Purpose{EventSecurity, Prosecution}, members
						dropOptional(t, optional)
					})
					if ok && !usesFactors(s, yield) {
						return
					}
				}
			}
		}
	}
}

func dropOptional(t *Terms, which int) {
	if which&1 != 0 {
		t.Inquiries = nil
	}
	if which&2 != 0 {
		t.Match = nil
	}
	if which&4 != 0 {
		t.Rooms = nil
	}
}

func usesFactors(s situation, yield func(situation) bool) bool {
	q, f := s.request, s.facts
	f.Handling.Purposes = []Purpose{EventSecurity, Prosecution}
	for _, q.Use = range []Use{UseShare, UseInquiry, UseOffer, UseRoom, UseRoom + 1} {
		for _, q.Detail = range []string{"", "identity-check", "phone", "log"} {
			for _, q.Purpose = range []Purpose{EventSecurity, Prosecution} {
				for _, f.Handling.Codes = range []Codes{H0, H1, H1 | H2} {
					for _, f.Handling.Originator = range []OrgID{atlas, anatolia} {
						for _, f.Consented = range trueFalse {
							if !yield(s) {
								return false
							}
						}
					}
				}
			}
		}
	}
	return true
}

// decider is Decide, or a Decide with a fault seeded into it.
type decider func(*Rules, *Facts, *Request) Decision

// compare walks a domain and returns the first difference between a decider and
// the naive evaluator, how many situations it saw, and which clauses the naive
// evaluator failed and passed.
func compare(t testing.TB, walk domain, decide decider) (difference string, seen int, failed, passed Clauses) {
	for s := range walk(t) {
		seen++
		want := clausesNamed(t, naive(s.terms, s.parties, s.facts, s.request))
		failed, passed = failed|want, passed|^want
		if got := decide(s.rules, s.facts, s.request).Failed; got != want {
			difference = fmt.Sprintf("Decide fails [%s], the prose [%s]\nfacts %+v\nrequest %+v", got, want, *s.facts, *s.request)
			return difference, seen, failed, passed
		}
	}
	return "", seen, failed, passed
}

func clausesNamed(t testing.TB, names map[string]bool) Clauses {
	var set Clauses
	for name := range names {
		c, err := ParseClause(name)
		if err != nil {
			t.Fatal(err)
		}
		set |= 1 << c
	}
	return set
}

// explanatory are the clauses that a reader needs and a decision does not.
var explanatory = ClausesOf(ClauseContacts, ClauseLanguages, ClausePersons, ClauseReviewDue, ClauseRecall,
	ClauseCorrection, ClauseAfterEnd, ClauseDeadlines, ClauseGrounds, ClauseMatchSize)

func TestDecideAgreesWithTheProse(t *testing.T) {
	var failed, passed Clauses
	for _, name := range slices.Sorted(maps.Keys(domains)) {
		difference, seen, f, p := compare(t, domains[name], Decide)
		if difference != "" {
			t.Errorf("%s: %s", name, difference)
		}
		failed, passed = failed|f, passed|p
		t.Logf("%s: %d situations", name, seen)
	}
	for c := range AllClauses() {
		if !explanatory.Has(c) && (!failed.Has(c) || !passed.Has(c)) {
			t.Errorf("no situation tells whether clause %s holds", c)
		}
	}
}

// TestSeededFaultsAreCaught shows that the comparison can fail: each of these
// deciders differs from Decide in one small way, as a slip would make it. (That a
// clause forgotten or invented is caught follows from the test above, which holds
// that the prose both fails and passes it.)
func TestSeededFaultsAreCaught(t *testing.T) {
	for _, fault := range seededFaults {
		if difference, _, _, _ := compare(t, domains[fault.domain], fault.decide); difference == "" {
			t.Errorf("%s: nobody noticed", fault.name)
		}
	}
}

var seededFaults = []struct {
	name, domain string
	decide       decider
}{
	{"the ceiling is one too high", "origin", func(r *Rules, f *Facts, q *Request) Decision {
		d := Decide(r, f, q)
		if tlp := f.Handling.TLP; tlp > 1 && tlp-1 == r.route(q.From, q.To).ceiling {
			d.Failed &^= 1 << ClauseTLP
		}
		return d
	}},
	{"a missing subject is nobody", "persons", func(r *Rules, f *Facts, q *Request) Decision {
		lenient := *f
		if f.Handling.Subjects == 0 && !f.Personal {
			lenient.Handling.Subjects = SubjectNone
		}
		return Decide(r, &lenient, q)
	}},
	{"the instant of the end counts", "term", func(r *Rules, f *Facts, q *Request) Decision {
		early := *q
		if q.At.Equal(r.terms.Until.Time) {
			early.At = q.At.Add(-1)
		}
		return Decide(r, f, &early)
	}},
	{"H2 is forgotten", "origin", func(r *Rules, f *Facts, q *Request) Decision {
		lenient := *f
		if f.Handling.Codes == H1|H2 {
			lenient.Handling.Codes = H1
		}
		return Decide(r, &lenient, q)
	}},
	{"consent overrides never", "origin", func(r *Rules, f *Facts, q *Request) Decision {
		lenient := *f
		if f.Consented && f.Handling.Onward == OnwardNever {
			lenient.Handling.Onward = OnwardConsent
		}
		return Decide(r, &lenient, q)
	}},
	{"an approval counts as an assessment", "persons", func(r *Rules, f *Facts, q *Request) Decision {
		d := Decide(r, f, q)
		if q.Approvals > 0 {
			d.Failed &^= 1 << SafeAssessment
		}
		return d
	}},
	{"anybody's suspension stops every link", "term", func(r *Rules, f *Facts, q *Request) Decision {
		all := *r
		all.terms.SuspendAll = true
		return Decide(&all, f, q)
	}},
}
