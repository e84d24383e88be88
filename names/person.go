package names

import "slices"

// What a part that one side lacks costs, by its place in the fuller name.
const (
	missingOwn     = 0.55 // the first: a father and his son share the rest
	missingMiddle  = 0.93
	missingLast    = 0.85
	missingInitial = 0.9
	bothDiffer     = 0.3  // each side has a part that the other lacks
	otherOrder     = 0.97 // the family first
	singlePart     = 0.6  // one name against several
	initialOnly    = 0.88
)

// comparePersons aligns the parts in order, and with the last or first part of
// either name moved to the other end, and keeps the best.
func comparePersons(a, b Name) (float64, Explanation) {
	x, y := a.words(), b.words()
	if len(x) == 0 || len(y) == 0 {
		return 0, Explanation{}
	}
	t := newTable(x, y)
	best, path := t.align(straight(len(x)), straight(len(y)))
	order := 1.0
	for _, o := range orders(len(x), len(y)) {
		if v, p := t.align(o.x, o.y); v*otherOrder > best {
			best, path, order = v*otherOrder, p, otherOrder
		}
	}
	why := Explanation{Parts: path}
	if order < 1 {
		why.Factors = append(why.Factors, Factor{RuleOrder, order})
	}
	if f := fewParts(x, y); f < 1 {
		why.Factors = append(why.Factors, Factor{RuleFew, f})
		best *= f
	}
	if lacking(path) {
		why.Factors = append(why.Factors, Factor{RuleBoth, bothDiffer})
	}
	return best, why
}

func lacking(path []Alignment) bool {
	noA := slices.ContainsFunc(path, func(p Alignment) bool { return p.A == "" })
	noB := slices.ContainsFunc(path, func(p Alignment) bool { return p.B == "" })
	return noA && noB
}

func fewParts(x, y []Part) float64 {
	if (len(x) == 1) != (len(y) == 1) {
		return singlePart
	}
	return 1
}

func straight(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

type order struct{ x, y []int }

// orders are the readings in which the family of one side stands first.
func orders(n, m int) []order {
	var out []order
	for _, turned := range turns(m) {
		out = append(out, order{straight(n), turned})
	}
	for _, turned := range turns(n) {
		out = append(out, order{turned, straight(m)})
	}
	return out
}

// turns moves the last part to the head, and the first to the end.
func turns(n int) [][]int {
	if n < 2 {
		return nil
	}
	s := straight(n)
	last := append([]int{n - 1}, s[:n-1]...)
	if n == 2 {
		return [][]int{last}
	}
	return [][]int{last, append(append([]int{}, s[1:]...), 0)}
}
