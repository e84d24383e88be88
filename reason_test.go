package mithaq

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEveryRefusalExplainsItself walks the domains and holds that each failed
// clause of each decision is explained, with keys that the catalogues have.
func TestEveryRefusalExplainsItself(t *testing.T) {
	known := map[string]bool{}
	for key := range Keys() {
		known[key] = true
	}
	said := map[string]bool{}
	var explained Clauses
	for _, name := range slices.Sorted(maps.Keys(domains)) {
		n := 0
		for s := range domains[name](t) {
			n++
			if n%97 != 0 { // a prime, so that the walk meets every factor
				continue
			}
			p := &Pact{Parties: s.parties, Terms: *s.terms}
			d := Decide(s.rules, s.facts, s.request)
			reasons := d.Reasons(p, s.facts, s.request)
			if len(reasons) != d.Failed.Len() {
				t.Fatalf("%d reasons for [%s]", len(reasons), d.Failed)
			}
			for _, r := range reasons {
				explained |= 1 << r.Clause
				for _, m := range []Message{r.Asks, r.Has, r.Do} {
					collectKeys(m, said)
				}
				if r.Has.Key == "has.other" {
					t.Fatalf("%s is not explained", r.Article())
				}
			}
		}
	}
	for key := range said {
		if key != "" && !known[key] {
			t.Errorf("%s is not among the keys", key)
		}
	}
	for c := range AllClauses() {
		if decided := !explanatory.Has(c) && c != SafeControl; decided && !explained.Has(c) {
			t.Errorf("no refusal by %s was met", c)
		}
	}
}

func collectKeys(m Message, said map[string]bool) {
	said[m.Key] = true
	for _, arg := range m.Args {
		switch v := arg.(type) {
		case Message:
			collectKeys(v, said)
		case []Message:
			for _, inner := range v {
				collectKeys(inner, said)
			}
		}
	}
}

func TestAReasonNamesClauseLabelAndRemedy(t *testing.T) {
	p, f, q := agreedPact(t), agreedFacts(), agreedRequest()
	f.Handling.TLP, q.Named = red, true
	f.Handling.PAP = 0
	reasons := Decide(agreedRules(t), f, q).Reasons(p, f, q)
	want := []Reason{
		{ClauseTLP, Say("clause.5.4", "TLP:AMBER+STRICT"), Say("has.tlp", "TLP:RED"), Say("do.tlp")},
		{ClausePAP, Say("clause.8.3"), Say("has.missing", Say("word.label.pap")), Say("do.label", Say("word.label.pap"))},
	}
	if !reflect.DeepEqual(reasons, want) {
		t.Errorf("%+v", reasons)
	}
}

func TestReviewIsAwaitedWhereNothingElseFails(t *testing.T) {
	r, f, q := agreedRules(t), agreedFacts(), agreedRequest()
	q.Approvals = 0
	if d := Decide(r, f, q); d.Allowed() || !d.NeedsReview() {
		t.Errorf("without approval: fails [%s]", d.Failed)
	}
	f.Handling.PAP = 0
	if d := Decide(r, f, q); d.NeedsReview() {
		t.Error("an approval would not help")
	}
}

func TestADirectionWithoutAFlowSaysSo(t *testing.T) {
	p, f, q := agreedPact(t), agreedFacts(), agreedRequest()
	p.Terms.Flows[0].From = []OrgID{najd}
	rules, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	d := Decide(rules, f, q)
	if !d.Failed.Has(ClauseTypes) {
		t.Fatalf("fails [%s]", d.Failed)
	}
	for _, r := range d.Reasons(p, f, q) {
		if r.Clause.Article() == 5 && r.Asks.Key != "clause.closed" {
			t.Errorf("%s asks %s", r.Article(), r.Asks.Key)
		}
	}
}

func TestAMessageSurvivesItsJSON(t *testing.T) {
	m := SayN("a.b", 0, "text", 7, asof, Texts{"ar": "نص"}, word("subject", "victim"), names([]string{"x", "y"}))
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got Message
	if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("%s became %+v (%v)", raw, got, err)
	}
	if _, err := json.Marshal(Say("a.b", 1.5)); err == nil {
		t.Error("an argument of no known kind is written")
	}
}

func TestTheTemplateReadsAsTwelveArticles(t *testing.T) {
	for _, kind := range Templates() {
		terms, err := Template(kind)
		if err != nil {
			t.Fatal(err)
		}
		terms.Inquiries, terms.Match, terms.Rooms = nil, nil, nil
		p := &Pact{Parties: []Party{peer(atlas), peer(najd)}, Terms: terms}
		var numbers []int
		for _, a := range p.Articles() {
			numbers = append(numbers, a.Number)
		}
		if !slices.Equal(numbers, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) {
			t.Errorf("%s: %v", kind, numbers)
		}
	}
	if n := len(agreedPact(t).Articles()); n != 15 {
		t.Errorf("with all optional articles: %d", n)
	}
}

func TestClausesAreReadInOrder(t *testing.T) {
	clauses := fullPact(t).Clauses()
	if !slices.IsSortedFunc(clauses, func(a, b Clause) int { return int(a.ID) - int(b.ID) }) {
		t.Error("out of order")
	}
	for _, c := range clauses {
		if !strings.HasPrefix(c.Sentence.Key, "clause.") {
			t.Errorf("%s: %s", c.ID, c.Sentence.Key)
		}
	}
	if n := len(Safeguards()); n != 15 {
		t.Errorf("%d safeguards", n)
	}
}

func TestADiffSaysWhatMoved(t *testing.T) {
	a := agreedPact(t)
	b := clone(t, a)
	b.Terms.Flows[0].Ceiling = amber
	b.Terms.Retention.Days = 365
	b.Terms.Purposes = []Purpose{EventSecurity, CivilProtection, Fraud}
	b.Terms.NoticeDays = 10
	b.Parties[1].Card = DigestOf([]byte("a new card"))
	got := map[string]Effect{}
	for _, c := range Diff(a, b) {
		got[c.Clause.String()] = c.Effect
	}
	want := map[string]Effect{"1.1": Alters, "4.1": Alters, "5.4": Narrows, "9.1": Widens, "12.2": Alters}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if len(Diff(a, clone(t, a))) != 0 {
		t.Error("a pact differs from itself")
	}
}
