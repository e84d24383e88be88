package psi

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
)

func (w *world) grant(lists ...Commitment) Grant {
	return Grant{
		Version: Version, Kind: kindGrant, Pact: w.info.Pact, Asker: w.info.Asker, Answerer: w.info.Answerer,
		Purpose: w.info.Purpose, Event: "Atlas Cup 2026", Lists: lists, Notice: "told in writing on 12 October; contest at the accreditation desk",
		From: mithaq.At(noon), Until: mithaq.At(noon.Add(48 * time.Hour)),
	}
}

func TestThirtyOpenedEntriesAreOfTheListAndWereAsked(t *testing.T) {
	w := newWorld(t, 0)
	inputs := phones(upTo(100)...)
	list := must[*List](t)(NewList(inputs, w.random))
	c := must[Commitment](t)(list.Commit())
	asked := w.ask(list.Part(0)...)
	if list.Part(1) != nil && len(list.Part(1)) != 0 {
		t.Error("something is left after the end")
	}
	drawn := Draw(Challenge{1, 2, 3}, c)
	if len(drawn) != Drawn || !slices.IsSorted(drawn) || len(slices.Compact(slices.Clone(drawn))) != Drawn {
		t.Fatalf("drawn %v", drawn)
	}
	for _, index := range drawn {
		e := must[Entry](t)(list.Open(index, asked))
		back := must[Entry](t)(ReadEntry(e.Bytes()))
		if err := back.Verify(c, asked.Question()); err != nil || back.Input() != inputs[index] {
			t.Errorf("entry %d: %q %v", index, back.Input(), err)
		}
	}
}

func TestAnEntryThatWasSwappedIsFound(t *testing.T) {
	w := newWorld(t, 0)
	inputs := phones(upTo(9)...)
	list := must[*List](t)(NewList(inputs, w.random))
	c := must[Commitment](t)(list.Commit())
	asked, others := w.ask(inputs...), w.ask(phones(20, 21, 22, 23, 24, 25, 26, 27, 28)...)
	good := must[Entry](t)(list.Open(4, asked))
	for name, change := range map[string]func(*Entry){
		"another value": func(e *Entry) { e.Value = phoneOf(5).Value() },
		"another salt":  func(e *Entry) { e.Salt[0] ^= 1 },
		"another place": func(e *Entry) { e.Index = 5 },
		"another blind": func(e *Entry) { e.Blind[0] ^= 1 },
		"no blind":      func(e *Entry) { e.Blind = Blind{} },
		"no proof":      func(e *Entry) { e.Proof = nil },
		"another type":  func(e *Entry) { e.Type = Email },
		"beyond":        func(e *Entry) { e.Index = 9 },
		"negative":      func(e *Entry) { e.Index = -1 },
	} {
		bad := good
		bad.Proof = slices.Clone(good.Proof)
		change(&bad)
		if err := bad.Verify(c, asked.Question()); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := good.Verify(c, others.Question()); !errors.Is(err, BadOpening) {
		t.Errorf("others were asked about than are on the list: %v", err)
	}
	if _, err := list.Open(4, others); !errors.Is(err, WrongQuestion) {
		t.Errorf("opened what was not asked: %v", err)
	}
}

func TestTheDrawIsEven(t *testing.T) {
	c := Commitment{Phone.Scheme(), 100, digestOf("root")}
	var seen [100]int
	for i := range 1000 {
		for _, index := range Draw(Challenge(digestOf(fmt.Sprint(i))), c) {
			seen[index]++
		}
	}
	for index, n := range seen {
		if n < 230 || n > 370 { // of 300, nearly five standard deviations
			t.Errorf("entry %d was drawn %d times", index, n)
		}
	}
	if got := Draw(Challenge{}, Commitment{Phone.Scheme(), 3, digestOf("root")}); !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("of three: %v", got)
	}
}

func TestAGrantCoversItsListOnceAndNoMore(t *testing.T) {
	w := newWorld(t, 0)
	g := w.grant(Commitment{Phone.Scheme(), 4096 + 10, digestOf("root")})
	q := func(count int) *Question { return &Question{Info: w.info, Count: count} }
	for name, c := range map[string]struct {
		q      *Question
		number int
		at     time.Duration
		want   error
	}{
		"the first":           {q(4096), 0, 0, nil},
		"the last":            {q(16), 1, 0, nil},
		"a last too large":    {q(4096), 1, 0, OverBudget},
		"a first too small":   {q(256), 0, 0, OverBudget},
		"one more":            {q(16), 2, 0, OverBudget},
		"one before":          {q(4096), -1, 0, OverBudget},
		"too early":           {q(4096), 0, -time.Second, OutOfTime},
		"too late":            {q(4096), 0, 48 * time.Hour, OutOfTime},
		"a type not granted":  {&Question{Info: infoOf(Email), Count: 4096}, 0, 0, WrongInfo},
		"for another purpose": {&Question{Info: Info{Version, w.info.Pact, w.info.Asker, w.info.Answerer, w.info.Scheme, mithaq.Fraud, 7}, Count: 4096}, 0, 0, WrongInfo},
	} {
		if err := g.Covers(c.q, c.number, noon.Add(c.at)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGrants(t *testing.T) {
	w := newWorld(t, 0)
	good := w.grant(Commitment{Phone.Scheme(), 60_000, digestOf("root")}, Commitment{Document.Scheme(), 60_000, digestOf("other")})
	if back := must[Grant](t)(ReadGrant(good.Bytes())); !bytes.Equal(back.Bytes(), good.Bytes()) {
		t.Error("read otherwise than written")
	}
	for name, c := range map[string]struct {
		change func(*Grant)
		want   Fault
	}{
		"no notice":        {func(g *Grant) { g.Notice = "" }, Malformed},
		"no event":         {func(g *Grant) { g.Event = "" }, Malformed},
		"a year":           {func(g *Grant) { g.Until = mithaq.At(noon.AddDate(1, 0, 0)) }, OutOfTime},
		"no list":          {func(g *Grant) { g.Lists = nil }, WrongCount},
		"an empty list":    {func(g *Grant) { g.Lists = []Commitment{{Phone.Scheme(), 0, digestOf("x")}} }, WrongCount},
		"two of one type":  {func(g *Grant) { g.Lists[1].Scheme = Phone.Scheme() }, WrongCount},
		"no purpose":       {func(g *Grant) { g.Purpose = "" }, Malformed},
		"an older phone":   {func(g *Grant) { g.Lists[0].Scheme = "phone/0" }, WrongInfo},
		"with oneself":     {func(g *Grant) { g.Asker = g.Answerer }, Malformed},
		"another's kind":   {func(g *Grant) { g.Kind = "psi-set" }, Malformed},
		"control in event": {func(g *Grant) { g.Event = "a\x1b[2J" }, Malformed},
	} {
		bad := good
		bad.Lists = slices.Clone(good.Lists)
		c.change(&bad)
		if _, err := ReadGrant(bad.Bytes()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenList(phones(1, 2), make([]Salt, 1)); !errors.Is(err, WrongCount) {
		t.Errorf("a salt too few: %v", err)
	}
	if _, err := OpenList([]Input{phoneOf(1), "email\x00a@b.example"}, make([]Salt, 2)); !errors.Is(err, BadIdentifier) {
		t.Errorf("two types in a list: %v", err)
	}
}
