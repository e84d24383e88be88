package stix

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A GranularMarking marks parts of an object, with a marking or a language.
// STIX 2.1, 7.2.3
type GranularMarking struct {
	MarkingRef ID     // "" for a marking of language
	Lang       string // "" for a data marking
	Selectors  []string
}

// GranularMarkings are the object's granular markings.
func (o *Object) GranularMarkings() []GranularMarking {
	i := o.member(0, "granular_markings")
	if i == 0 {
		return nil
	}
	var all []GranularMarking
	for e := range o.elements(i) {
		if o.nodes[e].kind == kindObject {
			all = append(all, o.granularMarking(e))
		}
	}
	return all
}

func (o *Object) granularMarking(i int) GranularMarking {
	g := GranularMarking{
		MarkingRef: o.ref(o.member(i, "marking_ref")),
		Lang:       string(o.text(o.member(i, "lang"))),
	}
	if list := o.member(i, "selectors"); list != 0 {
		for s := range o.elements(list) {
			if b := o.text(s); b != nil {
				g.Selectors = append(g.Selectors, string(b))
			}
		}
	}
	return g
}

// A Selector names a part of an object by the steps that lead to it: names,
// and list indexes in square brackets. STIX 2.1, 7.2.3
type Selector []string

var errSelector = errors.New("not a selector")

// ParseSelector reads a selector such as "external_references.[0].url".
func ParseSelector(s string) (Selector, error) {
	steps := strings.Split(s, ".")
	for i, step := range steps {
		if !isStep(step) || i == 0 && step[0] == '[' {
			return nil, fmt.Errorf("stix: %q: %w", s, errSelector)
		}
	}
	return steps, nil
}

func isStep(step string) bool {
	if inner, ok := strings.CutPrefix(step, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		_, err := strconv.ParseUint(inner, 10, 31)
		return ok && err == nil && inner[0] != '+' && (len(inner) == 1 || inner[0] != '0')
	}
	if step == "" || len(step) > 250 {
		return false
	}
	return isDictionaryKey([]byte(step))
}

// String writes the selector.
func (s Selector) String() string { return strings.Join(s, ".") }

// Pointer is the JSON pointer to the same value. RFC 6901
func (s Selector) Pointer() string {
	var b strings.Builder
	for _, step := range s {
		b.WriteByte('/')
		b.WriteString(escapePointer(strings.Trim(step, "[]")))
	}
	return b.String()
}

// Resolve is the JSON that the selector selects in o. STIX 2.1, 7.2.3
func (s Selector) Resolve(o *Object) (json []byte, ok bool) {
	if i := s.node(o); i != 0 {
		return o.json(i), true
	}
	return nil, false
}

func (s Selector) node(o *Object) int {
	i := 0
	for _, step := range s {
		switch k := o.nodes[i].kind; {
		case step[0] == '[' && k == kindArray:
			i = o.element(i, step[1:len(step)-1])
		case step[0] != '[' && k == kindObject:
			i = o.member(i, step)
		default:
			i = 0
		}
		if i == 0 {
			return 0
		}
	}
	return i
}

// EffectiveMarkings are all data markings of the value at a JSON pointer: the
// object's, and those of the granular markings that select the value or
// anything around it. STIX leaves to the markings how they combine; with TLP
// the strictest should win. STIX 2.1, 7.2
func (o *Object) EffectiveMarkings(pointer string) []ID {
	ids := o.MarkingRefs()
	for _, g := range o.GranularMarkings() {
		if g.MarkingRef != "" && g.covers(pointer) && !slices.Contains(ids, g.MarkingRef) {
			ids = append(ids, g.MarkingRef)
		}
	}
	return ids
}

func (g GranularMarking) covers(pointer string) bool {
	return slices.ContainsFunc(g.Selectors, func(text string) bool {
		s, err := ParseSelector(text)
		if err != nil {
			return false
		}
		at := s.Pointer()
		return pointer == at || strings.HasPrefix(pointer, at+"/")
	})
}
