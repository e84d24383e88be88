package names

import "math"

// A Score says how well two names agree as names, from 0 to 1, and why. It is
// not a probability that two persons are one: it helps a person decide, and
// decides nothing.
type Score struct {
	Value       float64     `json:"value"`
	Match       bool        `json:"match"` // Value reached the threshold
	Explanation Explanation `json:"explanation"`
}

// DefaultThreshold is the score from which two names are shown as a match.
const DefaultThreshold = 0.6

// Options change what Match asks for. The zero value is the default.
type Options struct {
	Threshold  float64 // 0 is DefaultThreshold
	IgnoreBorn bool    // leave dates of birth out
}

func (o Options) threshold() float64 {
	if o.Threshold == 0 {
		return DefaultThreshold
	}
	return o.Threshold
}

// Match compares two names. Match(a, b) and Match(b, a) are the same score.
func Match(a, b Name, o Options) Score {
	turn := after(a, b)
	if turn {
		a, b = b, a
	}
	value, why := compareNames(a, b)
	if !o.IgnoreBorn {
		value = withBorn(value, a.Born, b.Born, &why)
	}
	value = math.Round(value*1e4) / 1e4
	if turn {
		why = why.turned()
	}
	return Score{Value: value, Match: value >= o.threshold(), Explanation: why}
}

// after gives each pair one order, so that both directions compute the same.
func after(a, b Name) bool {
	if a.Text != b.Text {
		return a.Text > b.Text
	}
	return a.Kind > b.Kind || a.Kind == b.Kind && b.Born.before(a.Born)
}

func compareNames(a, b Name) (float64, Explanation) {
	if a.Kind != b.Kind {
		value, why := compareOrganisations(a, b)
		why.Factors = append(why.Factors, Factor{RuleKind, 0.5})
		return value * 0.5, why
	}
	if a.Kind == Organisation {
		return compareOrganisations(a, b)
	}
	return comparePersons(a, b)
}

// factorOf turns likeness of a part into what the score is multiplied by. Above
// 0.9 spelling explains the rest; below 0.7 they are two names.
func factorOf(like float64) float64 {
	const centre, slope = 0.79, 24
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-(x-centre)*slope)) }
	return max(0.02, logistic(like)/logistic(1))
}
