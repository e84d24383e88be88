package mithaq

import (
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// A Stage is how far an inquiry has come.
type Stage string

// The stages. Draft and review are known to the asker alone.
const (
	StageDraft      Stage = "draft"
	StageReview     Stage = "review" // waits for a second person of the asker's
	StageSent       Stage = "sent"
	StageReceived   Stage = "received"
	StageAccepted   Stage = "accepted"
	StageForwarded  Stage = "forwarded"  // to the unit or authority that can answer
	StageClarifying Stage = "clarifying" // a clarification was asked for
	StageClarified  Stage = "clarified"  // it is on its way
	StagePartial    Stage = "partial"    // a part was answered
	StageAnswered   Stage = "answered"
	StageFeedback   Stage = "feedback" // the answer was valued
	StageRefused    Stage = "refused"
	StageWithdrawn  Stage = "withdrawn"
	StageClosed     Stage = "closed"
	StageDiscarded  Stage = "discarded" // before it was sent
	StageReturned   Stage = "returned"  // the partner's gate did not take it
)

// Stages returns every stage, in the order of a life.
func Stages() []Stage {
	return []Stage{
		StageDraft, StageReview, StageSent, StageReceived, StageAccepted, StageForwarded, StageClarifying, StageClarified,
		StagePartial, StageAnswered, StageFeedback, StageRefused, StageWithdrawn, StageClosed, StageDiscarded, StageReturned,
	}
}

// Over reports whether nothing follows a stage any more.
func (s Stage) Over() bool {
	return slices.Contains([]Stage{StageWithdrawn, StageClosed, StageDiscarded, StageReturned}, s)
}

// A StepKind is what moves an inquiry on.
type StepKind string

// The steps. The first five stay with the asker; all others cross.
const (
	StepSubmit   StepKind = "submit"  // for review
	StepDecline  StepKind = "decline" // the second person's no: it is a draft again
	StepSend     StepKind = "send"
	StepDiscard  StepKind = "discard"
	StepReturned StepKind = "returned" // by the partner's gate, in its receipt

	StepReceive  StepKind = "received" // by the partner's node itself, and again when a clarification came
	StepAccept   StepKind = "accepted"
	StepForward  StepKind = "forwarded"
	StepAsk      StepKind = "clarification-asked"
	StepClarify  StepKind = "clarified"
	StepPartial  StepKind = "partial-answer"
	StepAnswer   StepKind = "answer"
	StepRefuse   StepKind = "refused"
	StepFeedback StepKind = "feedback"
	StepWithdraw StepKind = "withdrawn"
	StepClose    StepKind = "closed"
	StepTaken    StepKind = "taken-back" // by the partner's node itself: what was withdrawn was erased, and whether it was opened
)

// CrossingSteps returns the steps that one side tells the other.
func CrossingSteps() []StepKind {
	return []StepKind{
		StepReceive, StepAccept, StepForward, StepAsk, StepClarify, StepPartial, StepAnswer, StepRefuse, StepFeedback,
		StepWithdraw, StepClose, StepTaken,
	}
}

// StepKinds returns every step.
func StepKinds() []StepKind {
	return append([]StepKind{StepSubmit, StepDecline, StepSend, StepDiscard, StepReturned}, CrossingSteps()...)
}

// InquirySide is one end of an inquiry.
type InquirySide string

// The sides: who asks, or informs; and who is asked, or informed.
const (
	Asker InquirySide = "asker"
	Asked InquirySide = "asked"
)

// A Life is where an inquiry stands.
type Life struct {
	Stage   Stage
	Back    Stage   // to which a clarification leads back
	Open    stix.ID // the step that asked for the clarification
	Informs bool    // it asks nothing
}

// NewLife begins a life.
func NewLife(informs bool) Life { return Life{Stage: StageDraft, Informs: informs} }

// A move is who may take a step, from where, and where it leads. No stage of its
// own leaves the life where it is.
type move struct {
	by   InquirySide
	from []Stage
	to   Stage
}

var (
	working  = []Stage{StageReceived, StageAccepted, StageForwarded, StagePartial}
	pausing  = []Stage{StageClarifying, StageClarified}
	ongoing  = slices.Concat(working, pausing)
	beforeIt = []Stage{StageDraft, StageReview}
)

// common are the moves of questions and of information.
var common = map[StepKind]move{
	StepSubmit:   {Asker, []Stage{StageDraft}, StageReview},
	StepDecline:  {Asker, []Stage{StageReview}, StageDraft},
	StepSend:     {Asker, beforeIt, StageSent},
	StepDiscard:  {Asker, beforeIt, StageDiscarded},
	StepReturned: {Asked, []Stage{StageSent}, StageReturned},
	StepReceive:  {Asked, []Stage{StageSent, StageClarified}, StageReceived},
	StepAsk:      {Asked, working, StageClarifying},
	StepClarify:  {Asker, []Stage{StageClarifying}, StageClarified},
	StepWithdraw: {Asker, append([]Stage{StageSent}, ongoing...), StageWithdrawn},
	StepTaken:    {Asked, []Stage{StageWithdrawn}, StageWithdrawn},
}

var questions = map[StepKind]move{
	StepAccept:   {Asked, []Stage{StageReceived}, StageAccepted},
	StepForward:  {Asked, working, StageForwarded},
	StepPartial:  {Asked, ongoing, StagePartial},
	StepAnswer:   {Asked, ongoing, StageAnswered},
	StepRefuse:   {Asked, ongoing, StageRefused},
	StepFeedback: {Asker, []Stage{StageAnswered}, StageFeedback},
	StepClose:    {Asker, []Stage{StagePartial, StageAnswered, StageFeedback, StageRefused}, StageClosed},
}

var informations = map[StepKind]move{
	StepForward:  {Asked, working, StageForwarded},
	StepFeedback: {Asked, ongoing, StageFeedback},
	StepClose:    {Asker, []Stage{StageReceived, StageForwarded, StageFeedback}, StageClosed},
}

func (l Life) move(step StepKind) (m move, ok bool) {
	if m, ok = common[step]; ok {
		return m, true
	}
	if l.Informs {
		m, ok = informations[step]
	} else {
		m, ok = questions[step]
	}
	return m, ok
}

// May lists the steps that a side can take from here.
func (l Life) May(side InquirySide) (steps []StepKind) {
	for _, step := range StepKinds() {
		if m, ok := l.move(step); ok && m.by == side && slices.Contains(m.from, l.Stage) {
			steps = append(steps, step)
		}
	}
	return steps
}

// Take moves a life on by a step that a side takes here. id names the step, and
// re the one that it answers, where it answers one.
//
// Invalid: there is no such step. Denied: it is the other side's. Conflict: it
// does not follow from where the life stands.
func (l Life) Take(step StepKind, side InquirySide, id, re stix.ID) (Life, error) {
	m, ok := l.move(step)
	switch {
	case !ok:
		return l, Refuse(Invalid, "inquiry.no-step", string(step))
	case m.by != side:
		return l, Refuse(Denied, "inquiry.not-your-step", Say("word.inquiry-step."+string(step)))
	case !slices.Contains(m.from, l.Stage), step == StepClarify && re != l.Open:
		return l, Refuse(Conflict, "inquiry.not-now", Say("word.inquiry-step."+string(step)), Say("word.stage."+string(l.Stage)))
	}
	return l.after(step, m.to, id), nil
}

func (l Life) after(step StepKind, to Stage, id stix.ID) Life {
	switch {
	case step == StepAsk:
		l.Back, l.Open = l.Stage, id
	case step == StepReceive && l.Stage == StageClarified:
		to = l.Back
	}
	if to != StageClarifying && to != StageClarified {
		l.Back, l.Open = "", ""
	}
	l.Stage = to
	return l
}

// Hear moves a life on by a step that the other side took. It knew less than we
// do when both acted at once; then the step has crossed one of ours: the asker's
// withdrawal or closing stands whatever else was said, and any other step
// that crossed leaves the life where it is. Both ends agree once both have heard
// all.
func (l Life) Hear(step StepKind, by InquirySide, id, re stix.ID) (after Life, crossed bool, err error) {
	after, err = l.Take(step, by, id, re)
	if err == nil {
		return after, false, nil
	}
	m, ok := l.move(step)
	switch {
	case !ok || m.by != by || slices.Contains(beforeIt, l.Stage):
		return l, false, err
	case l.Stage.Over():
		return l, true, nil
	case step == StepWithdraw || step == StepClose:
		return Life{Stage: m.to, Informs: l.Informs}, true, nil
	}
	return l, true, nil
}
