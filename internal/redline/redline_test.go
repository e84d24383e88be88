package redline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

const some = `
@id("no-victims")
forbid (principal, action == Action::"give", resource)
when { resource.subjects.contains("victim") };

@id("not-from-there")
forbid (principal == Organisation::"elsewhere.example", action == Action::"take", resource);

forbid (principal, action, resource)
when { resource.tlp >= 4 && !context.attended };
`

func lines(t *testing.T, text string) *Lines {
	t.Helper()
	l, err := Parse("red.cedar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRedLines(t *testing.T) {
	l := lines(t, some)
	if got := l.Names(); !slices.Equal(got, []string{"no-victims", "not-from-there", "policy 3"}) {
		t.Error(got)
	}
	plain := mithaq.Facts{Type: "indicator", State: mithaq.Held, Handling: mithaq.Handling{TLP: stix.TLPGreen}}
	out := mithaq.Request{From: "atlas.example", To: "najd.example", Purpose: mithaq.Fraud, Attended: true}
	check := func(name string, f mithaq.Facts, q mithaq.Request, want ...string) {
		t.Helper()
		if got := l.Crossed(&f, &q); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	check("nothing stands against it", plain, out)
	victim := plain
	victim.Handling.Subjects = mithaq.SubjectVictim
	check("a victim goes nowhere", victim, out, "no-victims")
	in := mithaq.Request{From: "elsewhere.example", To: "atlas.example", Side: mithaq.Receiver, Attended: true}
	check("one partner gives us nothing", victim, in, "not-from-there")
	strict := victim
	strict.Handling.TLP = stix.TLPAmberStrict
	out.Attended = false
	check("two at once", strict, out, "no-victims", "policy 3")
}

func TestRedLinesAreValidatedStrictly(t *testing.T) {
	for text, want := range map[string]string{
		`forbid (principal, action, resource) when { resource.subject.contains("victim") };`:            "redline.not-valid policy 1",
		`@id("typo") forbid (principal, action, resource) when { resource.tlp == "red" };`:              "redline.not-valid typo",
		`forbid (principal == Org::"x", action, resource);`:                                             "redline.not-valid policy 1",
		`@id("open") permit (principal, action, resource);`:                                             "redline.permits open",
		`@id("a") forbid (principal, action, resource); @id("a") forbid (principal, action, resource);`: "redline.not-valid a",
		`forbid (principal, action, resource`:                                                           "redline.unreadable red.cedar",
	} {
		_, err := Parse("red.cedar", []byte(text))
		if !errors.Is(err, mithaq.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A policy can still fail when it is evaluated, as by an overflow.
func TestAnErrorIsARefusalUnderThePolicysName(t *testing.T) {
	l := lines(t, `@id("sum") forbid (principal, action, resource) when { resource.tlp + 9223372036854775807 > 0 };`)
	f := mithaq.Facts{Type: "indicator", Handling: mithaq.Handling{TLP: stix.TLPGreen}}
	if got := l.Crossed(&f, &mithaq.Request{To: "najd.example"}); !slices.Equal(got, []string{"sum"}) {
		t.Error(got)
	}
}

// What we ask is what the schema promises.
func TestQuestionsConformToTheSchema(t *testing.T) {
	check, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	f := mithaq.Facts{Type: "indicator", Extensions: []string{"extension-definition--1"}, Handling: mithaq.Handling{Codes: mithaq.H1}}
	entities, request := question(&f, &mithaq.Request{To: "najd.example", Urgency: mithaq.Urgent})
	if err := check.Entities(entities); err != nil {
		t.Error(err)
	}
	if err := check.Request(request); err != nil {
		t.Error(err)
	}
}

func BenchmarkCrossed(b *testing.B) {
	l, err := Parse("red.cedar", []byte(some))
	if err != nil {
		b.Fatal(err)
	}
	f := mithaq.Facts{Type: "indicator", Handling: mithaq.Handling{TLP: stix.TLPGreen}}
	q := mithaq.Request{To: "najd.example"}
	for b.Loop() {
		l.Crossed(&f, &q)
	}
}
