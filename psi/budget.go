package psi

import (
	"fmt"
	"time"
)

// A Budget is the signed daily allowance of one asker under one pact.
type Budget struct {
	PerDay int // elements, dummies among them, since nobody can tell them apart
}

// A Spending says what a question costs, and what to do about it.
type Spending struct {
	Cost  int           // elements to add to what is spent, in the transaction that stores the answer
	Left  int           // of today, afterwards
	Delay time.Duration // wait so long before answering
	Warn  bool          // tell a person at the answerer: somebody may be enumerating
}

const (
	slowest   = 10 * time.Second
	slowAfter = 2 // the second half of a day's budget is slowed
	warnAfter = 5 // the last fifth of it raises a warning
)

// Spend decides about a question of count elements when spent elements were
// answered today (Day). A question whose bytes were answered before is known:
// it gets the stored answer, costs nothing, is not slowed and never refused.
func (b Budget) Spend(spent, count int, known bool) (Spending, error) {
	left := max(0, b.PerDay-spent)
	if known {
		return Spending{Left: left}, nil
	}
	if count < 1 || count > left {
		return Spending{Left: left, Warn: true}, fmt.Errorf("%d elements asked, %d of %d left today: %w", count, left, b.PerDay, OverBudget)
	}
	after := spent + count
	s := Spending{Cost: count, Left: b.PerDay - after, Warn: after > b.PerDay-b.PerDay/warnAfter}
	if over := after - b.PerDay/slowAfter; over > 0 {
		s.Delay = time.Duration(float64(slowest) * float64(over) / float64(b.PerDay-b.PerDay/slowAfter))
	}
	return s, nil
}

// Day is the day of a budget: a date in UTC, the same at both ends.
func Day(now time.Time) string { return now.UTC().Format(time.DateOnly) }
