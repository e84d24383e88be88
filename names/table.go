package names

import "slices"

// A table holds the likeness of each part of x with each of y, once for all orders.
type table struct {
	x, y []Part
	like [maxParts][maxParts]float64
	rule [maxParts][maxParts]Rule
}

func newTable(x, y []Part) *table {
	t := &table{x: x, y: y}
	for i := range x {
		for j := range y {
			t.like[i][j], t.rule[i][j] = compare(&x[i], &y[j])
		}
	}
	return t
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

// align finds the alignment in order with the greatest product of factors.
func (t *table) align(x, y []int) (float64, []Alignment) {
	var grid [maxParts + 1][maxParts + 1]cell
	grid[0][0][0].value = 1
	for i := 0; i <= len(x); i++ {
		for j := 0; j <= len(y); j++ {
			for _, s := range t.steps(x, y, i, j) {
				advance(&grid[i-s.dx][j-s.dy], &grid[i][j], s)
			}
		}
	}
	return t.trace(&grid, x, y)
}

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
func (t *table) steps(x, y []int, i, j int) (out []step) {
	if i > 0 && j > 0 {
		out = append(out, t.pair(x[i-1], y[j-1]))
	}
	if i > 0 {
		out = append(out, gap(1, 0, t.x, x, i-1))
	}
	if j > 0 {
		out = append(out, gap(0, 1, t.y, y, j-1))
	}
	if i > 1 && j > 0 && x[i-1] == x[i-2]+1 {
		out = t.joinedStep(out, 2, 1, x[i-2], y[j-1])
	}
	if i > 0 && j > 1 && y[j-1] == y[j-2]+1 {
		out = t.joinedStep(out, 1, 2, x[i-1], y[j-2])
	}
	return out
}

func (t *table) pair(i, j int) step {
	like, rule := t.like[i][j], t.rule[i][j]
	value := factorOf(like)
	if rule == RuleInitial && t.x[i].Role != t.y[j].Role {
		value = initialOnly
	}
	return step{dx: 1, dy: 1, value: value, like: like, rule: rule}
}

// joinedStep reads two neighbours of one side as one word, where their lengths suit.
func (t *table) joinedStep(out []step, dx, dy, i, j int) []step {
	var a, b Part
	if dx == 2 {
		a, b = joined(&t.x[i], &t.x[i+1]), t.y[j]
	} else {
		a, b = joined(&t.y[j], &t.y[j+1]), t.x[i]
	}
	if len(a.readings) == 0 || len(b.readings) == 0 || len(b.readings[0].sounds) < 5 || b.Role != Word {
		return out
	}
	b.readings = b.readings[:1]
	like, _ := compare(&a, &b)
	if like < 0.82 || dx == 2 && max(t.like[i][j], t.like[i+1][j]) > 0.8 || dy == 2 && max(t.like[i][j], t.like[i][j+1]) > 0.8 {
		return out
	}
	return append(out, step{dx: dx, dy: dy, value: factorOf(like) * 0.97, like: like, rule: RuleJoined})
}

func gap(dx, dy int, parts []Part, order []int, at int) step {
	return step{dx: dx, dy: dy, value: missing(parts, order, at), rule: RuleMissing, free: parts[order[at]].Value == "m"}
}

func missing(parts []Part, order []int, at int) float64 {
	switch {
	case parts[order[at]].Role == Initial:
		return missingInitial
	case at == 0:
		return missingOwn
	case at == len(order)-1:
		return missingLast
	}
	return missingMiddle
}

// trace walks back from the end of the grid.
func (t *table) trace(grid *[maxParts + 1][maxParts + 1]cell, x, y []int) (float64, []Alignment) {
	i, j := len(x), len(y)
	state := 0
	for s := range grid[i][j] {
		if grid[i][j][s].value > grid[i][j][state].value {
			state = s
		}
	}
	value := grid[i][j][state].value
	var path []Alignment
	for i > 0 || j > 0 {
		c := grid[i][j][state]
		if c.step.dx+c.step.dy == 0 {
			return 0, nil
		}
		path = append(path, t.alignment(c.step, x[i-c.step.dx:i], y[j-c.step.dy:j]))
		i, j, state = i-c.step.dx, j-c.step.dy, c.from
	}
	slices.Reverse(path)
	return value, path
}

func (t *table) alignment(s step, x, y []int) Alignment {
	return Alignment{A: textOf(t.x, x), B: textOf(t.y, y), Like: s.like, Factor: s.value, Rule: s.rule}
}

func textOf(parts []Part, at []int) string {
	var s string
	for i, k := range at {
		if i > 0 {
			s += " "
		}
		s += parts[k].Text
	}
	return s
}
