package mithaq

import "slices"

import "time"

// A Clock is the time within which an inquiry is to be answered. It runs from the
// moment at which the partner's node took the inquiry, stands still from the
// question for a clarification until that has come, and ends with the last
// word of an answer. It counts by the signed times of the steps, so
// that both ends have the same.
type Clock struct {
	Due  time.Time     // while it runs; zero otherwise
	Left time.Duration // while it stands still
}

// Hours is how long an answer may take, by the terms of the pact and the urgency.
func (q *InquiryTerms) Hours(u Urgencies) time.Duration {
	hours := q.Routine
	switch {
	case u.Has(Emergency):
		hours = q.Emergency
	case u.Has(Urgent):
		hours = q.Urgent
	}
	return time.Duration(hours) * time.Hour
}

// Runs reports whether the clock runs.
func (c Clock) Runs() bool { return !c.Due.IsZero() }

// Overdue reports whether the time is over at an instant.
func (c Clock) Overdue(at time.Time) bool { return c.Runs() && !at.Before(c.Due) }

// After is the clock after a step that led from one stage to another at an
// instant; whole is the time that the pact gives. Information has no clock.
func (c Clock) After(from, to Life, at time.Time, whole time.Duration) Clock {
	switch {
	case to.Informs || from.Stage == to.Stage:
		return c
	case from.Stage == StageSent && to.Stage == StageReceived:
		return Clock{Due: at.Add(whole)}
	case to.Stage == StageClarifying && c.Runs():
		return Clock{Left: c.Due.Sub(at)}
	case to.Stage == StageClarified:
		return c
	case to.works() && !c.Runs():
		return Clock{Due: at.Add(c.Left)}
	case to.works():
		return c
	}
	return Clock{}
}

func (l Life) works() bool {
	return slices.Contains(working, l.Stage)
}
