package pattern

import (
	"iter"
	"slices"
)

// Comparisons yields every *Test and *Exists from left to right.
func (p *Pattern) Comparisons() iter.Seq[Comparison] {
	return func(yield func(Comparison) bool) { walk(p.Root, yield) }
}

// Equalities yields, from left to right, each path with each literal that it is
// said to equal: by = or by IN, without NOT.
func (p *Pattern) Equalities() iter.Seq2[Path, Literal] {
	return func(yield func(Path, Literal) bool) {
		for c := range p.Comparisons() {
			t, ok := c.(*Test)
			if !ok || t.Negated || (t.Op != Equal && t.Op != In) {
				continue
			}
			for _, v := range t.Values {
				if !yield(t.Path, v) {
					return
				}
			}
		}
	}
}

func walk(o Observation, yield func(Comparison) bool) bool {
	switch o := o.(type) {
	case *Observe:
		return walkTests(o.Test, yield)
	case *Qualified:
		return walk(o.Of, yield)
	case *Sequence:
		for _, part := range o.Parts {
			if !walk(part, yield) {
				return false
			}
		}
	}
	return true
}

func walkTests(c Comparison, yield func(Comparison) bool) bool {
	g, ok := c.(*Group)
	if !ok {
		return yield(c)
	}
	for _, part := range g.Parts {
		if !walkTests(part, yield) {
			return false
		}
	}
	return true
}

// Same says whether two patterns are the same tree, wherever their parts stood.
func (p *Pattern) Same(q *Pattern) bool { return sameObservation(p.Root, q.Root) }

func sameObservation(a, b Observation) bool {
	switch a := a.(type) {
	case *Observe:
		b, ok := b.(*Observe)
		return ok && sameComparison(a.Test, b.Test)
	case *Qualified:
		b, ok := b.(*Qualified)
		return ok && sameQualifier(a.With, b.With) && sameObservation(a.Of, b.Of)
	case *Sequence:
		b, ok := b.(*Sequence)
		return ok && a.Op == b.Op && slices.EqualFunc(a.Parts, b.Parts, sameObservation)
	}
	return a == b
}

func sameQualifier(a, b Qualifier) bool {
	switch a := a.(type) {
	case *Repeats:
		b, ok := b.(*Repeats)
		return ok && *a == *b
	case *Within:
		b, ok := b.(*Within)
		return ok && *a == *b
	case *StartStop:
		b, ok := b.(*StartStop)
		return ok && *a == *b
	}
	return false
}

func sameComparison(a, b Comparison) bool {
	switch a := a.(type) {
	case *Test:
		b, ok := b.(*Test)
		return ok && a.Negated == b.Negated && a.Op == b.Op && a.Path.same(b.Path) && slices.Equal(a.Values, b.Values)
	case *Exists:
		b, ok := b.(*Exists)
		return ok && a.Negated == b.Negated && a.Path.same(b.Path)
	case *Group:
		b, ok := b.(*Group)
		return ok && a.Op == b.Op && slices.EqualFunc(a.Parts, b.Parts, sameComparison)
	}
	return a == b
}

func (p Path) same(q Path) bool { return p.Type == q.Type && slices.Equal(p.Steps, q.Steps) }
