package names

import (
	"slices"
	"strings"
)

// A table holds what each part of x is to each of y, and to two neighbours of y, once for all orders.
type table struct {
	x, y  []Part
	pairs []step // len(x) rows of len(y)
	twoX  []step // parts i and i+1 of x against part j of y; value 0 where it makes no sense
	twoY  []step // part i of x against parts j and j+1 of y
	grid  []cell
}

func newTable(x, y []Part) *table {
	n := len(x) * len(y)
	steps := make([]step, 3*n)
	t := &table{x: x, y: y, pairs: steps[:n], twoX: steps[n : 2*n], twoY: steps[2*n:], grid: make([]cell, (len(x)+1)*(len(y)+1))}
	for i := range x {
		for j := range y {
			t.pairs[t.at(i, j)] = pairStep(&x[i], &y[j])
		}
	}
	for i := range x {
		for j := range y {
			t.join(i, j)
		}
	}
	return t
}

func (t *table) at(i, j int) int { return i*len(t.y) + j }

func pairStep(p, q *Part) step {
	like, rule := compare(p, q)
	value := factorOf(like)
	if rule == RuleInitial && p.Role != q.Role {
		value = initialOnly
	}
	return step{dx: 1, dy: 1, value: value, like: like, rule: rule}
}

// join reads parts i and i+1, or j and j+1, as one word, where they are not found apart.
func (t *table) join(i, j int) {
	at := t.at(i, j)
	if i+1 < len(t.x) && max(t.pairs[at].like, t.pairs[t.at(i+1, j)].like) < 0.8 {
		t.twoX[at] = joinedStep(2, 1, &t.x[i], &t.x[i+1], &t.y[j])
	}
	if j+1 < len(t.y) && max(t.pairs[at].like, t.pairs[at+1].like) < 0.8 {
		t.twoY[at] = joinedStep(1, 2, &t.y[j], &t.y[j+1], &t.x[i])
	}
}

// A step is one move of an alignment: how many parts of each side it takes.
type step struct {
	dx, dy int
	free   bool // what is left out may have been a title: M.
	value  float64
	like   float64
	rule   Rule
}

// A cell is the best alignment of what comes before, for each combination of
// "a part of x was left out" and "a part of y was left out".
type cell [4]struct {
	value float64
	step  step
	from  int
}

// An alignment is a way to lay two names side by side.
type alignment struct {
	value    float64
	path     []Alignment
	bothLack bool // each side has a part that the other lacks
}

// align finds the alignment in order with the greatest product of factors.
func (t *table) align(x, y []int) alignment {
	clear(t.grid)
	t.grid[0][0].value = 1
	var room [5]step
	for i := 0; i <= len(x); i++ {
		for j := 0; j <= len(y); j++ {
			for _, s := range t.steps(room[:0], x, y, i, j) {
				advance(t.cell(i-s.dx, j-s.dy), t.cell(i, j), s)
			}
		}
	}
	return t.trace(x, y)
}

func (t *table) cell(i, j int) *cell { return &t.grid[i*(len(t.y)+1)+j] }

func advance(from, to *cell, s step) {
	for state, before := range from {
		next := state
		if s.dy == 0 && !s.free {
			next |= 1
		}
		if s.dx == 0 && !s.free {
			next |= 2
		}
		v := before.value * s.value
		if next == 3 && state != 3 {
			v *= bothDiffer
		}
		if v > to[next].value {
			to[next].value, to[next].step, to[next].from = v, s, state
		}
	}
}

// steps are the moves that end at parts i of x and j of y.
func (t *table) steps(out []step, x, y []int, i, j int) []step {
	if i > 0 && j > 0 {
		out = append(out, t.pairs[t.at(x[i-1], y[j-1])])
	}
	if i > 0 {
		out = append(out, gap(1, 0, t.x, x, i-1))
	}
	if j > 0 {
		out = append(out, gap(0, 1, t.y, y, j-1))
	}
	if i > 1 && j > 0 && x[i-1] == x[i-2]+1 {
		out = sensible(out, t.twoX[t.at(x[i-2], y[j-1])])
	}
	if i > 0 && j > 1 && y[j-1] == y[j-2]+1 {
		out = sensible(out, t.twoY[t.at(x[i-1], y[j-2])])
	}
	return out
}

func sensible(out []step, s step) []step {
	if s.value == 0 {
		return out
	}
	return append(out, s)
}

// joinedStep reads p and q as one word and compares it with r, where their lengths suit.
func joinedStep(dx, dy int, p, q, r *Part) step {
	if len(p.readings) == 0 || len(q.readings) == 0 || r.Role != Word || len(r.readings) == 0 {
		return step{}
	}
	if n, m := len(p.readings[0].sounds)+len(q.readings[0].sounds), len(r.readings[0].sounds); m < 5 || n > 2*m || m > 2*n {
		return step{}
	}
	like, _ := likeness(joined(p, q), r.readings[0])
	if like < 0.82 {
		return step{}
	}
	return step{dx: dx, dy: dy, value: factorOf(like) * joinedApart, like: like, rule: RuleJoined}
}

func gap(dx, dy int, parts []Part, order []int, at int) step {
	return step{dx: dx, dy: dy, value: missing(parts, order, at), rule: RuleMissing, free: len(parts) > 2 && parts[order[at]].Value == "m"}
}

func missing(parts []Part, order []int, at int) float64 {
	switch {
	case parts[order[at]].Role == Initial:
		return missingInitial
	case order[at] == 0:
		return missingOwn
	case order[at] == len(order)-1:
		return missingLast
	}
	return missingMiddle
}

// trace walks back from the end of the grid.
func (t *table) trace(x, y []int) alignment {
	i, j := len(x), len(y)
	state, end := 0, t.cell(i, j)
	for s := range end {
		if end[s].value > end[state].value {
			state = s
		}
	}
	out := alignment{value: end[state].value, bothLack: state == 3}
	for i > 0 || j > 0 {
		c := t.cell(i, j)[state]
		if c.step.dx+c.step.dy == 0 {
			return alignment{}
		}
		out.path = append(out.path, t.aligned(c.step, x[i-c.step.dx:i], y[j-c.step.dy:j]))
		i, j, state = i-c.step.dx, j-c.step.dy, c.from
	}
	slices.Reverse(out.path)
	return out
}

func (t *table) aligned(s step, x, y []int) Alignment {
	return Alignment{A: textOf(t.x, x), B: textOf(t.y, y), Like: s.like, Factor: s.value, Rule: s.rule}
}

func textOf(parts []Part, at []int) string {
	texts := make([]string, len(at))
	for i, k := range at {
		texts[i] = parts[k].Text
	}
	return strings.Join(texts, " ")
}
