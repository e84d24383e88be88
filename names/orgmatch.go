package names

import "strings"

// What organisations' parts cost, by class: where both sides have one that the
// other lacks, and where one side has one more.
var orgCosts = map[string]struct{ differ, missing float64 }{
	"stem":   {0.25, 0.75},
	"sector": {0.4, 0.85},
	"place":  {0.35, 0.88},
	"number": {0.15, 0.6},
}

func classOf(p *Part) string {
	switch {
	case p.Role == Number:
		return "number"
	case p.Role == Concept && strings.HasPrefix(p.Value, "@"):
		return "place"
	case p.Role == Concept:
		return "sector"
	}
	return "stem"
}

// compareOrganisations pairs the parts of each class, in any order, the most
// alike first.
func compareOrganisations(a, b Name) (float64, Explanation) {
	x, y := a.words(), b.words()
	if len(x) == 0 || len(y) == 0 {
		return 0, Explanation{}
	}
	value, why := 1.0, Explanation{}
	for _, class := range []string{"stem", "sector", "place", "number"} {
		value *= compareClass(class, ofClass(x, class), ofClass(y, class), &why)
	}
	return value, why
}

func ofClass(parts []Part, class string) []*Part {
	var out []*Part
	for i := range parts {
		if classOf(&parts[i]) == class {
			out = append(out, &parts[i])
		}
	}
	return out
}

func compareClass(class string, x, y []*Part, why *Explanation) float64 {
	value := 1.0
	for {
		i, j, like, rule := closest(x, y)
		if i < 0 {
			break
		}
		factor := factorOf(like)
		value *= factor
		why.Parts = append(why.Parts, Alignment{x[i].Text, y[j].Text, like, factor, rule})
		x, y = without(x, i), without(y, j)
	}
	return value * leftOver(class, x, y, why)
}

func leftOver(class string, x, y []*Part, why *Explanation) float64 {
	cost, value := orgCosts[class], 1.0
	for _, p := range x {
		value *= cost.missing
		why.Parts = append(why.Parts, Alignment{A: p.Text, Factor: cost.missing, Rule: RuleMissing})
	}
	for _, p := range y {
		value *= cost.missing
		why.Parts = append(why.Parts, Alignment{B: p.Text, Factor: cost.missing, Rule: RuleMissing})
	}
	if len(x) > 0 && len(y) > 0 {
		why.Factors = append(why.Factors, Factor{RuleBoth, cost.differ})
		value *= cost.differ
	}
	return value
}

// closest is the pair that is most alike, if it is alike at all.
func closest(x, y []*Part) (bestI, bestJ int, best float64, rule Rule) {
	bestI, bestJ, best = -1, -1, 0.6
	for i, p := range x {
		for j, q := range y {
			if like, r := compare(p, q); like > best {
				bestI, bestJ, best, rule = i, j, like, r
			}
		}
	}
	return bestI, bestJ, best, rule
}

func without(x []*Part, i int) []*Part {
	return append(append([]*Part{}, x[:i]...), x[i+1:]...)
}
