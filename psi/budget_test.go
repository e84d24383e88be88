package psi

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mithaq-hub/mithaq"
)

func TestBudgets(t *testing.T) {
	b := Budget{PerDay: 1000}
	for name, c := range map[string]struct {
		spent, count int
		known        bool
		want         Spending
		err          error
	}{
		"the first":               {0, 16, false, Spending{Cost: 16, Left: 984}, nil},
		"identical bytes again":   {1000, 256, true, Spending{}, nil},
		"half is quick":           {484, 16, false, Spending{Cost: 16, Left: 500}, nil},
		"then it is slowed":       {734, 16, false, Spending{Cost: 16, Left: 250, Delay: 5 * time.Second}, nil},
		"the last fifth is told":  {800, 1, false, Spending{Cost: 1, Left: 199, Delay: 6020 * time.Millisecond, Warn: true}, nil},
		"the last":                {999, 1, false, Spending{Cost: 1, Delay: 10 * time.Second, Warn: true}, nil},
		"more than is left":       {990, 16, false, Spending{Left: 10, Warn: true}, OverBudget},
		"all at once, too much":   {0, 4096, false, Spending{Left: 1000, Warn: true}, OverBudget},
		"after it was made lower": {2000, 1, false, Spending{Warn: true}, OverBudget},
		"a negative number":       {0, -5, false, Spending{Left: 1000, Warn: true}, OverBudget},
	} {
		got, err := b.Spend(c.spent, c.count, c.known)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if _, err := (Budget{}).Spend(0, 1, false); !errors.Is(err, OverBudget) || !errors.Is(err, mithaq.Denied) {
		t.Errorf("no budget said is none: %v", err)
	}
}

// However it is asked, a day gives no more than the day's budget.
func TestADayGivesNoMoreThanItsBudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Budget{rapid.IntRange(0, 10_000).Draw(t, "per day")}
		spent, asked := 0, map[int]bool{}
		for range 40 {
			id := rapid.IntRange(0, 30).Draw(t, "question")
			s, err := b.Spend(spent, ladder[id%len(ladder)], asked[id])
			if err != nil {
				continue
			}
			if asked[id] && s.Cost != 0 {
				t.Fatal("the same bytes cost twice")
			}
			asked[id] = true
			if spent += s.Cost; spent > b.PerDay || s.Left != b.PerDay-spent || s.Delay < 0 || s.Delay > slowest {
				t.Fatalf("%d of %d spent: %+v", spent, b.PerDay, s)
			}
		}
	})
}

func TestADayIsTheSameAtBothEnds(t *testing.T) {
	rabat := time.FixedZone("+01", 3600)
	if got := Day(time.Date(2026, 11, 4, 0, 30, 0, 0, rabat)); got != "2026-11-03" {
		t.Errorf("half past midnight in Rabat is of %s", got)
	}
}
