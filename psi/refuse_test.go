package psi

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// Encodings that are refused, by the sections of the RFC that say so.
// RFC 9496, 4.3.1 and A.2
var badElements = []struct {
	name, hex string
	want      Fault
}{
	{"the identity", "0000000000000000000000000000000000000000000000000000000000000000", Identity},
	{"the field's prime", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", NotCanonical},
	{"above the prime", "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", NotCanonical},
	{"all ones", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", NotCanonical},
	{"the generator with the top bit", "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6", NotCanonical},
	{"negative", "0100000000000000000000000000000000000000000000000000000000000000", NotCanonical},
	{"minus the generator's", "0b0d51f595438e8e577b569e3affaea0a71cf495597d2272495906ba1f72d209", NotCanonical},
	{"no square", "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371", NotCanonical},
	{"no square, II", "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f", NotCanonical},
	{"negative product", "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e", NotCanonical},
	{"y is zero", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", NotCanonical},
}

func TestBadElementsAreRefusedWhereverTheyStand(t *testing.T) {
	w := newWorld(t, 1)
	set, _ := w.build()
	asked := w.ask(phoneOf(0), phoneOf(1))
	good := w.answer(asked)
	for _, bad := range badElements {
		e := element(unhex(t, bad.hex))
		if _, err := e.decode(); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v", bad.name, err)
		}
		if err := PublicKey(e).Check(); !errors.Is(err, bad.want) {
			t.Errorf("%s as a public key: %v", bad.name, err)
		}
		if _, err := w.answerTo(replaced(asked.Bytes(), asked.question.elements[3], e)); !errors.Is(err, bad.want) {
			t.Errorf("%s in a question: %v", bad.name, err)
		}
		back := must[*answer](t)(readAnswer(good))
		if _, err := asked.Finalise(replaced(good, back.elements[3], e), set); !errors.Is(err, bad.want) {
			t.Errorf("%s in an answer: %v", bad.name, err)
		}
	}
}

// What no field element is written as never reaches the library.
func TestWhatIsNotCanonicalIsRefusedBeforeTheLibrary(t *testing.T) {
	early := 0
	for _, bad := range badElements {
		if element(unhex(t, bad.hex)).check() != nil {
			early++
		}
	}
	if early != 7 { // the other four are field elements, but of no point
		t.Errorf("%d of the bad elements are refused early, want 7", early)
	}
}

func (w *world) answerTo(question []byte) ([]byte, error) {
	q, err := ReadQuestion(question)
	if err != nil {
		return nil, err
	}
	return w.key.Answer(w.info, q)
}

func replaced(raw []byte, old, by element) []byte { return bytes.Replace(raw, old[:], by[:], 1) }

func TestAnElementTwiceIsRefused(t *testing.T) {
	w := newWorld(t, 1)
	asked := w.ask(phoneOf(0), phoneOf(1))
	e := asked.question.elements
	if _, err := w.answerTo(replaced(asked.Bytes(), e[5], e[2])); !errors.Is(err, Duplicate) {
		t.Errorf("an element twice: %v", err)
	}
	if _, err := Ask(w.ann, w.info, Case{1}, phones(1, 2, 1), w.random); !errors.Is(err, Duplicate) {
		t.Errorf("an input twice: %v", err)
	}
}

// What an answerer that cheats, or somebody between, could send instead.
func TestAnswersThatAreNotOneToTheQuestion(t *testing.T) {
	w := newWorld(t, 4)
	set, _ := w.build()
	asked, other := w.ask(phones(0, 1)...), w.ask(phones(0, 1)...)
	good := w.answer(asked)
	strange := newWorld(t, 0)
	strange.key = must[*Key](t)(NewKey(&stream{label: "another key"}))
	elements := must[*answer](t)(readAnswer(good)).elements

	check := func(name string, raw []byte, want Fault) {
		t.Helper()
		if results, err := asked.Finalise(raw, set); !errors.Is(err, want) || results != nil {
			t.Errorf("%s: %+v %v", name, results, err)
		}
	}
	rewritten := func(change func(*answer)) []byte {
		a := must[*answer](t)(readAnswer(bytes.Clone(good)))
		change(a)
		return writeAnswer(*a)
	}
	check("replayed from another question", w.answer(other), WrongQuestion)
	check("replayed under this question's digest", rewritten(func(a *answer) {
		old := must[*answer](t)(readAnswer(w.answer(other)))
		a.elements, a.proof = old.elements, old.proof
	}), BadProof)
	check("two evaluations swapped", rewritten(func(a *answer) {
		a.elements[0], a.elements[1] = elements[1], elements[0]
	}), BadProof)
	check("the proof of another answer", rewritten(func(a *answer) {
		a.proof = must[*answer](t)(readAnswer(w.answer(other))).proof
	}), BadProof)
	check("another key", strange.answer(asked), BadProof)
	check("the question back", rewritten(func(a *answer) { a.elements = asked.question.elements }), BadProof)
	check("a proof whose scalar is not reduced", rewritten(func(a *answer) {
		copy(a.proof[32:], unhex(t, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
	}), BadProof)
	check("half", rewritten(func(a *answer) { a.elements = a.elements[:8] }), WrongCount)
	check("cut off", good[:len(good)-1], WrongCount)
	check("longer", append(bytes.Clone(good), 0), WrongCount)
	check("nothing", nil, Malformed)
	if results := must[[]Result](t)(asked.Finalise(good, set)); !results[0].Hit {
		t.Errorf("the good answer still counts: %+v", results)
	}
}

func TestOneInfoIsOfNoUseUnderAnother(t *testing.T) {
	w := newWorld(t, 4)
	set, _ := w.build()
	asked := w.ask(phoneOf(0))
	for name, change := range map[string]func(*Info){
		"pact":     func(i *Info) { i.Pact = digestOf("amended") },
		"asker":    func(i *Info) { i.Asker = digestOf("somebody") },
		"answerer": func(i *Info) { i.Answerer = digestOf("somebody") },
		"type":     func(i *Info) { i.Scheme = Email.Scheme() },
		"purpose":  func(i *Info) { i.Purpose = mithaq.Fraud },
		"epoch":    func(i *Info) { i.Epoch++ },
	} {
		other := w.info
		change(&other)
		if _, err := w.key.Answer(other, asked.Question()); !errors.Is(err, WrongInfo) || !errors.Is(err, mithaq.Denied) {
			t.Errorf("answered under another %s: %v", name, err)
		}
		// An answerer that does so all the same is found out.
		elements, p, err := w.key.evaluate(asked.question.elements, other.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := asked.Finalise(writeAnswer(answer{asked.question.Digest, elements, p}), set); !errors.Is(err, BadProof) {
			t.Errorf("evaluated under another %s: %v", name, err)
		}
		h := set.Header()
		h.Info = other
		_, rows := w.build()
		stray := &Set{h, bytes.NewReader(rows)}
		if _, err := asked.Finalise(w.answer(asked), stray); !errors.Is(err, WrongInfo) {
			t.Errorf("looked up in a set of another %s: %v", name, err)
		}
	}
}

func TestAnnouncementsOfAnEpoch(t *testing.T) {
	w := newWorld(t, 0)
	if back := must[Announcement](t)(ReadAnnouncement(w.ann.Bytes())); back.Digest() != w.ann.Digest() {
		t.Error("read otherwise than written")
	}
	for name, c := range map[string]struct {
		change func(*Announcement)
		want   Fault
	}{
		"32 days":        {func(a *Announcement) { a.Until = mithaq.At(a.From.Add(MaxEpoch + time.Second)) }, OutOfTime},
		"backwards":      {func(a *Announcement) { a.From, a.Until = a.Until, a.From }, OutOfTime},
		"no end":         {func(a *Announcement) { a.Until = mithaq.Time{} }, OutOfTime},
		"another suite":  {func(a *Announcement) { a.Suite = "P256-SHA256" }, WrongSuite},
		"no key":         {func(a *Announcement) { a.Key = PublicKey{} }, Identity},
		"no epoch":       {func(a *Announcement) { a.Epoch = 0 }, Malformed},
		"no pact":        {func(a *Announcement) { a.Pact = mithaq.Digest{} }, Malformed},
		"version 2":      {func(a *Announcement) { a.Version = 2 }, Malformed},
		"another's kind": {func(a *Announcement) { a.Kind = "psi-set" }, Malformed},
	} {
		bad := w.ann
		c.change(&bad)
		if _, err := ReadAnnouncement(bad.Bytes()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAKeyNeverChangesInsideAnEpoch(t *testing.T) {
	w := newWorld(t, 0)
	next, changed, again := w.ann, w.ann, w.ann
	other := must[*Key](t)(NewKey(w.random)).Public()
	next.Epoch, next.Key = 8, other
	changed.Key = other
	again.Epoch = 8
	back := next
	back.Epoch = 6
	for name, c := range map[string]struct {
		a, before Announcement
		want      error
	}{
		"the first":             {w.ann, Announcement{}, nil},
		"the same once more":    {w.ann, w.ann, nil},
		"the next epoch":        {next, w.ann, nil},
		"another key":           {changed, w.ann, KeyChanged},
		"the old key once more": {again, w.ann, KeyChanged},
		"an epoch that is over": {back, w.ann, KeyChanged},
	} {
		if err := c.a.Follows(c.before); !errors.Is(err, c.want) || err != nil && !errors.Is(err, mithaq.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClocksMayBeApartByTheSkewAndNoMore(t *testing.T) {
	w := newWorld(t, 0)
	const skew = 5 * time.Minute
	for at, want := range map[time.Time]bool{
		noon: true, noon.Add(-skew): true, noon.Add(-skew - 1): false,
		noon.Add(MaxEpoch): true, noon.Add(MaxEpoch + skew): false,
	} {
		err := w.ann.InForce(at, skew)
		if (err == nil) != want || err != nil && (!errors.Is(err, OutOfTime) || !errors.Is(err, mithaq.Expired)) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestADestroyedKeyDoesNothing(t *testing.T) {
	w := newWorld(t, 2)
	set, _ := w.build()
	asked := w.ask(phoneOf(0))
	seed := w.key.Seed()
	w.key.Destroy()
	if _, err := w.key.Answer(w.info, asked.Question()); !errors.Is(err, Destroyed) || !errors.Is(err, mithaq.Gone) {
		t.Errorf("answer: %v", err)
	}
	if _, err := w.key.Build(w.info, each(w.offers), &bytes.Buffer{}, w.building()); !errors.Is(err, Destroyed) {
		t.Errorf("build: %v", err)
	}
	if err := w.key.Audit(set, each(w.offers)); !errors.Is(err, Destroyed) {
		t.Errorf("audit: %v", err)
	}
	if w.key.Public() != (PublicKey{}) || !slices.Equal(w.key.Seed(), make([]byte, SeedSize)) {
		t.Error("something is left of the key")
	}
	if k := must[*Key](t)(OpenKey(seed)); k.Public() != w.ann.Key {
		t.Error("a seed opens to another key")
	}
	if _, err := OpenKey(seed[1:]); !errors.Is(err, Malformed) {
		t.Errorf("a short seed: %v", err)
	}
}

func TestASecretScalarIsReadInOneForm(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want Fault
	}{
		"zero":         {"0000000000000000000000000000000000000000000000000000000000000000", Identity},
		"the order":    {"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", NotCanonical},
		"one above it": {"eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", NotCanonical},
		"too long":     {"010000000000000000000000000000000000000000000000000000000000000000", NotCanonical},
	} {
		if _, err := readScalar(must[[]byte](t)(hex.DecodeString(c.hex))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRandomnessThatEndsIsAnError(t *testing.T) {
	w := newWorld(t, 1)
	short := func() *bytes.Reader { return bytes.NewReader(make([]byte, 10)) }
	if _, err := NewKey(short()); err == nil {
		t.Error("a key of ten bytes")
	}
	if _, err := Ask(w.ann, w.info, Case{}, phones(1), short()); err == nil {
		t.Error("a question of ten bytes")
	}
	how := w.building()
	how.Random = short()
	if _, err := w.key.Build(w.info, each(w.offers), &bytes.Buffer{}, how); err == nil {
		t.Error("a set of ten bytes")
	}
	if _, err := NewList(phones(1), short()); err == nil {
		t.Error("a list of ten bytes")
	}
}
