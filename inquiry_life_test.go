package mithaq

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq/stix"
)

// An end is one side of an inquiry with what is on its way to it.
type end struct {
	side  InquirySide
	life  Life
	clock Clock
	inbox []told
}

type told struct {
	step   StepKind
	id, re stix.ID
	at     time.Time
}

const wholeTime = 8 * time.Hour

// act takes a step and tells it to the other end.
func (e *end) act(t *rapid.T, other *end, step StepKind, id, re stix.ID, at time.Time) {
	after, err := e.life.Take(step, e.side, id, re)
	if err != nil {
		t.Fatalf("%s cannot %s at %s: %v", e.side, step, e.life.Stage, err)
	}
	e.clock = e.clock.After(e.life, after, at, wholeTime)
	e.life = after
	if slices.Contains(CrossingSteps(), step) {
		other.inbox = append(other.inbox, told{step, id, re, at})
	}
}

// hear takes what came first, and answers what a node answers by itself.
func (e *end) hear(t *rapid.T, other *end, next func() (stix.ID, time.Time)) {
	s := e.inbox[0]
	e.inbox = e.inbox[1:]
	after, _, err := e.life.Hear(s.step, other.side, s.id, s.re)
	if err != nil {
		t.Fatalf("%s refuses to hear %s at %s: %v", e.side, s.step, e.life.Stage, err)
	}
	e.clock = e.clock.After(e.life, after, s.at, wholeTime)
	e.life = after
	if after.Stage == StageClarified {
		id, at := next()
		e.act(t, other, StepReceive, id, "", at)
	}
}

// Two ends that act whenever they like, over lines that keep each direction's
// order and nothing else, agree once both have heard all.
func TestBothEndsAgreeOnceTheyHaveHeardAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		informs := rapid.Bool().Draw(t, "informs")
		asker, asked := &end{side: Asker, life: NewLife(informs)}, &end{side: Asked, life: NewLife(informs)}
		n, now := 0, noon
		next := func() (stix.ID, time.Time) {
			n++
			now = now.Add(time.Minute)
			return stix.ID(fmt.Sprintf("x-mithaq-inquiry-step--%08d-0000-4000-8000-000000000000", n)), now
		}
		asker.act(t, asked, StepSend, "", "", now)
		asked.life.Stage = StageSent // the inquiry itself came
		id, at := next()
		asked.act(t, asker, StepReceive, id, "", at)
		for range rapid.IntRange(0, 25).Draw(t, "moves") {
			e, other := asker, asked
			if rapid.Bool().Draw(t, "asked") {
				e, other = asked, asker
			}
			steps := slices.DeleteFunc(e.life.May(e.side), func(s StepKind) bool {
				return !slices.Contains(CrossingSteps(), s) || s == StepReceive || s == StepTaken
			})
			if len(e.inbox) > 0 && (len(steps) == 0 || rapid.Bool().Draw(t, "hear")) {
				e.hear(t, other, next)
				continue
			}
			if len(steps) > 0 {
				id, at := next()
				e.act(t, other, rapid.SampledFrom(steps).Draw(t, "step"), id, e.life.Open, at)
			}
		}
		for len(asker.inbox)+len(asked.inbox) > 0 {
			for _, way := range [][2]*end{{asker, asked}, {asked, asker}} {
				if len(way[0].inbox) > 0 {
					way[0].hear(t, way[1], next)
				}
			}
		}
		if asker.life != asked.life {
			t.Fatalf("the asker is at %+v, the asked at %+v", asker.life, asked.life)
		}
		if asker.clock.Runs() != asked.clock.Runs() {
			t.Fatalf("the clocks differ: %+v, %+v", asker.clock, asked.clock)
		}
	})
}

// A step is taken exactly when May lists it, and a refusal leaves the life.
func TestWhatMayBeDoneCanBeDoneAndNothingElse(t *testing.T) {
	for _, informs := range []bool{false, true} {
		for _, stage := range Stages() {
			life := Life{Stage: stage, Back: StageAccepted, Open: "open", Informs: informs}
			for _, side := range []InquirySide{Asker, Asked} {
				may := life.May(side)
				if stage.Over() && slices.ContainsFunc(may, func(s StepKind) bool { return s != StepTaken }) {
					t.Errorf("%s: over, and yet %v", stage, may)
				}
				for _, step := range append(StepKinds(), "paint") {
					after, err := life.Take(step, side, "id", "open")
					if (err == nil) != slices.Contains(may, step) {
						t.Errorf("informs %v: %s takes %s at %s: %v, and May lists %v", informs, side, step, stage, err, may)
					}
					r, refused := errors.AsType[*Refusal](err)
					if err != nil && (!refused || r.Key == "" || after != life) {
						t.Errorf("%s at %s: refused with %v, and moved to %+v", step, stage, err, after)
					}
				}
			}
		}
	}
}

func TestTheClockStandsStillWhileAClarificationIsAwaited(t *testing.T) {
	clock, life := Clock{}, NewLife(false)
	move := func(step StepKind, side InquirySide, at time.Duration, want Clock) {
		t.Helper()
		after, err := life.Take(step, side, "q", life.Open)
		if err != nil {
			t.Fatal(err)
		}
		clock = clock.After(life, after, noon.Add(at), 72*time.Hour)
		life = after
		if clock != want {
			t.Errorf("after %s: %+v, want %+v", step, clock, want)
		}
	}
	move(StepSend, Asker, 0, Clock{})
	move(StepReceive, Asked, time.Hour, Clock{Due: noon.Add(73 * time.Hour)})
	move(StepAccept, Asked, 2*time.Hour, Clock{Due: noon.Add(73 * time.Hour)})
	move(StepAsk, Asked, 3*time.Hour, Clock{Left: 70 * time.Hour})
	move(StepClarify, Asker, 50*time.Hour, Clock{Left: 70 * time.Hour})
	move(StepReceive, Asked, 60*time.Hour, Clock{Due: noon.Add(130 * time.Hour)})
	if life.Stage != StageAccepted {
		t.Errorf("back at %s", life.Stage)
	}
	move(StepPartial, Asked, 61*time.Hour, Clock{Due: noon.Add(130 * time.Hour)})
	if !clock.Overdue(noon.Add(130*time.Hour)) || clock.Overdue(noon.Add(130*time.Hour-1)) {
		t.Error("overdue at the wrong moment")
	}
	move(StepAnswer, Asked, 62*time.Hour, Clock{})
}

func TestHoursByUrgency(t *testing.T) {
	terms := agreedTerms(t)
	terms.AllowInquiries("identity-check")
	for urgency, want := range map[Urgencies]time.Duration{Emergency: 8 * time.Hour, Urgent: 3 * 24 * time.Hour, Routine: 7 * 24 * time.Hour} {
		if got := terms.Inquiries.Hours(urgency); got != want {
			t.Errorf("%v: %v, want %v", urgency.Words(), got, want)
		}
	}
}
