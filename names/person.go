package names

// What a part that one side lacks costs, by its place in the fuller name.
const (
	missingOwn     = 0.55 // the first: a father and his son share the rest
	missingMiddle  = 0.93
	missingLast    = 0.85
	missingInitial = 0.9
	bothDiffer     = 0.3  // each side has a part that the other lacks
	otherOrder     = 0.97 // the family first
	singlePart     = 0.6  // one name against several
	joinedApart    = 0.97 // one word on one side, two on the other
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
	best, order := t.align(straight(len(x)), straight(len(y))), 1.0
	for _, o := range orders(len(x), len(y)) {
		if best.value >= otherOrder {
			break
		}
		if next := t.align(o.x, o.y); next.value*otherOrder > best.value {
			best, order = next, otherOrder
			best.value *= otherOrder
		}
	}
	return explained(best, order, fewParts(x, y, best.path))
}

// explained names the factors of a whole name that an alignment does not show.
func explained(a alignment, order, few float64) (float64, Explanation) {
	why := Explanation{Parts: a.path}
	if order < 1 {
		why.Factors = append(why.Factors, Factor{RuleOrder, order})
	}
	if few < 1 {
		why.Factors = append(why.Factors, Factor{RuleFew, few})
	}
	if a.bothLack {
		why.Factors = append(why.Factors, Factor{RuleBoth, bothDiffer})
	}
	return a.value * few, why
}

// fewParts is for one part against several, of which it is not all: شن تورك is Şentürk.
func fewParts(x, y []Part, path []Alignment) float64 {
	if (len(x) == 1) != (len(y) == 1) && len(path) > 1 {
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
