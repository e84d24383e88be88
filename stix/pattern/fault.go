package pattern

import (
	"fmt"
	"maps"
)

// A Fault is something that a well-formed pattern must not say.
type Fault struct {
	Offset int // in bytes from the start of the text
	Why    string
}

// Faults names what the grammar allows and the standard's text forbids: lists
// of mixed kinds after IN, comparisons joined by AND that no one object can
// satisfy, and negative indexes. Patterns with faults are in circulation, so
// that Parse takes them; validation reports them.
// STIX 2.1, 9.5
// STIX 2.1, 9.6.1
// STIX 2.1, 9.7.2
func (p *Pattern) Faults() []Fault {
	var f faults
	f.observation(p.Root)
	return f
}

type faults []Fault

func (f *faults) add(at int, format string, args ...any) {
	*f = append(*f, Fault{Offset: at, Why: fmt.Sprintf(format, args...)})
}

func (f *faults) observation(o Observation) {
	switch o := o.(type) {
	case *Observe:
		f.comparison(o.Test)
	case *Qualified:
		f.observation(o.Of)
	case *Sequence:
		for _, part := range o.Parts {
			f.observation(part)
		}
	}
}

// types is a set of object types.
type types map[string]bool

// comparison gives the types of the objects that can satisfy c.
func (f *faults) comparison(c Comparison) types {
	switch c := c.(type) {
	case *Test:
		f.path(c.At, c.Path)
		f.values(c)
		return types{c.Path.Type: true}
	case *Exists:
		f.path(c.At, c.Path)
		return types{c.Path.Type: true}
	case *Group:
		return f.group(c)
	}
	return nil
}

func (f *faults) group(g *Group) types {
	all := f.comparison(g.Parts[0])
	for _, part := range g.Parts[1:] {
		next := f.comparison(part)
		if g.Op == Or {
			maps.Copy(all, next)
			continue
		}
		before := len(all)
		maps.DeleteFunc(all, func(t string, _ bool) bool { return !next[t] })
		if before > 0 && len(all) == 0 {
			f.add(part.Offset(), "AND joins comparisons of objects of different types")
		}
	}
	return all
}

func (f *faults) path(at int, p Path) {
	for _, s := range p.Steps {
		if s.Kind == Index && s.Index < 0 {
			f.add(at, "the index %d is negative", s.Index)
		}
	}
}

func (f *faults) values(t *Test) {
	for _, v := range t.Values[min(1, len(t.Values)):] {
		if family(v) != family(t.Values[0]) {
			f.add(t.At, "the list after IN mixes kinds of constants")
			return
		}
	}
}

// family puts numbers together, and hex with binary, since they compare.
func family(l Literal) string {
	switch l.(type) {
	case Int, Float:
		return "number"
	case Hex, Binary:
		return "octets"
	case Bool:
		return "boolean"
	case Timestamp:
		return "timestamp"
	}
	return "string"
}
