package detection

import (
	"slices"

	"github.com/mithaq-hub/mithaq/stix/pattern"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// Reduce makes of a pattern the values any one of which fulfils it; ok is false
// where a pattern is more than that: several things at once, an order, a number
// of times, a comparison that is not equality. STIX 2.1, 9.5
func Reduce(p *pattern.Pattern) (values []value.Value, ok bool) {
	return reduceObservation(p.Root)
}

func reduceObservation(o pattern.Observation) ([]value.Value, bool) {
	switch o := o.(type) {
	case *pattern.Observe:
		return reduceComparison(o.Test)
	case *pattern.Sequence:
		if o.Op == pattern.Or {
			return anyOf(o.Parts, reduceObservation)
		}
	}
	return nil, false
}

func reduceComparison(c pattern.Comparison) ([]value.Value, bool) {
	switch c := c.(type) {
	case *pattern.Test:
		return reduceTest(c)
	case *pattern.Group:
		if c.Op == pattern.Or {
			return anyOf(c.Parts, reduceComparison)
		}
		return reduceAll(c.Parts)
	}
	return nil, false
}

func anyOf[T any](parts []T, reduce func(T) ([]value.Value, bool)) (values []value.Value, ok bool) {
	for _, part := range parts {
		some, ok := reduce(part)
		if !ok {
			return nil, false
		}
		values = append(values, some...)
	}
	return values, true
}

// reduceTest reads an equality, or that an address is in a network.
func reduceTest(t *pattern.Test) (values []value.Value, ok bool) {
	same := t.Op == pattern.Equal || t.Op == pattern.In || t.Op == pattern.IsSubset && isAddress(t.Path)
	if t.Negated || !same {
		return nil, false
	}
	for _, literal := range t.Values {
		one := &pattern.Test{Path: t.Path, Op: pattern.Equal, Values: []pattern.Literal{literal}}
		found := value.FromPattern(&pattern.Pattern{Root: &pattern.Observe{Test: one}})
		if len(found) == 0 {
			return nil, false
		}
		values = append(values, found...)
	}
	return values, len(values) > 0
}

func isAddress(p pattern.Path) bool {
	return (p.Type == "ipv4-addr" || p.Type == "ipv6-addr") && lastKey(p) == "value"
}

func lastKey(p pattern.Path) string {
	if n := len(p.Steps); n > 0 {
		return p.Steps[n-1].Key
	}
	return ""
}

// strongest are the hashes that say all else about a file, the strongest first.
var strongest = []value.Kind{value.SHA512, value.SHA3_512, value.SHA384, value.SHA256, value.SHA3_256, value.SHA1, value.MD5}

// reduceAll reads what must hold at once: a file's hash says all else about the
// file; a family that is said beside an address says nothing more.
func reduceAll(parts []pattern.Comparison) ([]value.Value, bool) {
	var rest []pattern.Comparison
	file := true
	for _, c := range parts {
		t, ok := c.(*pattern.Test)
		switch {
		case !ok:
			return nil, false
		case isFamily(t):
			continue
		}
		file = file && t.Path.Type == "file" && !t.Negated
		rest = append(rest, c)
	}
	switch {
	case len(rest) == 1:
		return reduceComparison(rest[0])
	case file:
		return strongHash(rest)
	}
	return nil, false
}

// isFamily tells of a test of what sort an address is.
func isFamily(t *pattern.Test) bool {
	if t.Negated || t.Op != pattern.Equal || lastKey(t.Path) != "type" {
		return false
	}
	families := []pattern.Literal{pattern.String("ipv4-addr"), pattern.String("ipv6-addr"), pattern.String("domain-name"), pattern.String("mac-addr")}
	return slices.Contains(families, t.Values[0])
}

func strongHash(parts []pattern.Comparison) ([]value.Value, bool) {
	var found []value.Value
	for _, c := range parts {
		if t := c.(*pattern.Test); t.Op == pattern.Equal {
			some, _ := reduceTest(t)
			found = append(found, some...)
		}
	}
	for _, kind := range strongest {
		if i := slices.IndexFunc(found, func(v value.Value) bool { return v.Kind == kind }); i >= 0 {
			return found[i : i+1], true
		}
	}
	return nil, false
}
