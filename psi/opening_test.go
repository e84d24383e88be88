package psi

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/cloudflare/circl/group"
	"pgregory.net/rapid"
)

func TestAnOpeningShowsWhatWasAsked(t *testing.T) {
	w := newWorld(t, 1)
	asked := w.ask(phones(4, 0, 9)...)
	opening := must[[]byte](t)(asked.Opening())
	inputs := must[[]Input](t)(Open(w.ann, asked.Bytes(), opening))
	if !slices.Equal(inputs, phones(4, 0, 9)) {
		t.Errorf("opened to %q", inputs)
	}
}

func TestAnOpeningIsBinding(t *testing.T) {
	w := newWorld(t, 1)
	asked, other := w.ask(phones(4, 0)...), w.ask(phones(5, 0)...)
	opening := must[[]byte](t)(asked.Opening())
	rapid.Check(t, func(t *rapid.T) {
		bad, at := flip(t, opening)
		if inputs, err := Open(w.ann, asked.Bytes(), bad); err == nil {
			t.Fatalf("bit %d: %q", at, inputs)
		}
	})
	if _, err := Open(w.ann, other.Bytes(), opening); !errors.Is(err, WrongQuestion) {
		t.Errorf("of another question: %v", err)
	}
	if _, err := Open(w.ann, asked.Bytes(), append(bytes.Clone(opening), 0)); !errors.Is(err, Malformed) {
		t.Errorf("longer: %v", err)
	}
	strange := w.ann
	strange.Epoch++
	if _, err := Open(strange, asked.Bytes(), opening); !errors.Is(err, WrongInfo) {
		t.Errorf("under another announcement: %v", err)
	}
}

// A batch opens whole: no element can be passed off as a dummy, left out, or
// moved behind the dummies.
func TestABatchOpensWhole(t *testing.T) {
	w := newWorld(t, 1)
	asked := w.ask(phones(1, 2, 3)...)
	opened := func(change func(*Asked)) error {
		a := *asked
		a.inputs, a.blinds = slices.Clone(a.inputs), slices.Clone(a.blinds)
		change(&a)
		_, err := Open(w.ann, asked.Bytes(), must[[]byte](t)(a.Opening()))
		return err
	}
	if err := opened(func(*Asked) {}); err != nil {
		t.Fatal(err)
	}
	if err := opened(func(a *Asked) { a.inputs[1] = make([]byte, dummySize) }); !errors.Is(err, Malformed) {
		t.Errorf("a dummy among the inputs: %v", err)
	}
	if err := opened(func(a *Asked) { a.inputs[2] = make([]byte, dummySize) }); !errors.Is(err, BadOpening) {
		t.Errorf("an input as a dummy: %v", err)
	}
	if err := opened(func(a *Asked) { a.inputs, a.blinds = a.inputs[:15], a.blinds[:15] }); !errors.Is(err, WrongQuestion) {
		t.Errorf("one left out: %v", err)
	}
	if err := opened(func(a *Asked) { a.inputs[0] = []byte("email\x00a@b.example") }); !errors.Is(err, BadIdentifier) {
		t.Errorf("another type: %v", err)
	}
	if err := opened(func(a *Asked) { a.blinds[0], a.blinds[1] = a.blinds[1], a.blinds[0] }); !errors.Is(err, BadOpening) {
		t.Errorf("blinds swapped: %v", err)
	}
}

// An asker of another make, who fills up more than it must, is told so.
func TestAQuestionWithMoreDummiesThanItNeedsDoesNotOpen(t *testing.T) {
	w := newWorld(t, 1)
	asked := w.ask(phones(1, 2)...)
	asked.inputs[1], asked.real = make([]byte, dummySize), 1
	if err := asked.write(w.info, Case{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(w.ann, asked.Bytes(), must[[]byte](t)(asked.Opening())); !errors.Is(err, Malformed) {
		t.Errorf("one input among 16: %v", err)
	}
}

// After a restart the asker reads the answer from what it kept; sent again, the
// question is the same bytes.
func TestALostAnswerIsReadAfterARestart(t *testing.T) {
	w := newWorld(t, 3)
	set, _ := w.build()
	asked := w.ask(phones(2, 50)...)
	question, opening := asked.Bytes(), must[[]byte](t)(asked.Opening())
	answer := w.answer(asked)

	back := must[*Asked](t)(Reopen(w.ann, question, opening))
	if !bytes.Equal(back.Bytes(), question) {
		t.Error("another question")
	}
	results := must[[]Result](t)(back.Finalise(answer, set))
	if len(results) != 2 || !results[0].Hit || results[1].Hit {
		t.Errorf("%+v", results)
	}
}

func TestForgettingWipes(t *testing.T) {
	w := newWorld(t, 1)
	set, _ := w.build()
	asked := w.ask(phoneOf(0))
	answer := w.answer(asked)
	input, blind := asked.inputs[0], asked.blinds[0]
	asked.Forget()
	if !bytes.Equal(input, make([]byte, len(input))) || !group.Scalar.IsZero(blind) {
		t.Error("input or blind is still there")
	}
	if _, err := asked.Finalise(answer, set); !errors.Is(err, Destroyed) {
		t.Errorf("finalise: %v", err)
	}
	if _, err := asked.Opening(); !errors.Is(err, Destroyed) {
		t.Errorf("opening: %v", err)
	}
}

func TestQuestionsAreAsLongAsTheLadderSays(t *testing.T) {
	w := newWorld(t, 0)
	for n, want := range map[int]int{1: 1, 2: 16, 16: 16, 17: 256, 256: 256} {
		asked := w.ask(phones(upTo(n)...)...)
		if asked.Question().Count != want {
			t.Errorf("%d inputs: %d elements, want %d", n, asked.Question().Count, want)
		}
	}
	if paddedCount(257) != 4096 || paddedCount(4096) != 4096 {
		t.Error("the ladder ends at 4096")
	}
	for _, n := range []int{0, MaxQuestion + 1} {
		if _, err := Ask(w.ann, w.info, Case{}, phones(upTo(n)...), w.random); !errors.Is(err, WrongCount) {
			t.Errorf("%d inputs: %v", n, err)
		}
	}
	if _, err := Ask(w.ann, w.info, Case{}, []Input{"email\x00a@b.example"}, w.random); !errors.Is(err, BadIdentifier) {
		t.Errorf("an e-mail among phones: %v", err)
	}
	other := w.info
	other.Epoch++
	if _, err := Ask(w.ann, other, Case{}, phones(1), w.random); !errors.Is(err, WrongInfo) {
		t.Errorf("another epoch than announced: %v", err)
	}
}

// The answerer sees nothing that two questions about the same have in common.
func TestTheSameAskedTwiceLooksDifferent(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.ask(phoneOf(0)), w.ask(phoneOf(0))
	if a.question.elements[0] == b.question.elements[0] {
		t.Error("the same element twice")
	}
}

func TestAPseudonymIsOnePerCaseAndPartner(t *testing.T) {
	secret, pact := []byte("a secret of the asker"), digestOf("pact")
	one := Pseudonym(secret, pact, digestOf("lyon"), "case 7")
	for name, other := range map[string]Case{
		"case": Pseudonym(secret, pact, digestOf("lyon"), "case 8"), "partner": Pseudonym(secret, pact, digestOf("izmir"), "case 7"),
		"pact": Pseudonym(secret, digestOf("other"), digestOf("lyon"), "case 7"), "secret": Pseudonym([]byte("x"), pact, digestOf("lyon"), "case 7"),
	} {
		if other == one {
			t.Errorf("another %s, the same pseudonym", name)
		}
	}
	if again := Pseudonym(secret, pact, digestOf("lyon"), "case 7"); again != one {
		t.Error("the same case, another pseudonym")
	}
}

func TestBatchesAreWholeAndInOrder(t *testing.T) {
	for n, want := range map[int][]int{
		0: nil, 1: {1}, 16: {16}, 17: {17}, 300: {256, 44}, 1024: {256, 256, 256, 256}, 1025: {1025}, 4096: {4096}, 9000: {4096, 4096, 256, 256, 256, 40},
	} {
		inputs := phones(upTo(n)...)
		var got []int
		var all []Input
		for batch := range Batches(inputs) {
			got = append(got, len(batch))
			all = append(all, batch...)
		}
		if !slices.Equal(got, want) || !slices.Equal(all, inputs) {
			t.Errorf("%d inputs in %v, want %v", n, got, want)
		}
	}
}
