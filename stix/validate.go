package stix

import (
	"strings"
	"time"
)

// Options say how far Validate goes.
type Options struct {
	Should bool // also what the standard only advises
}

// Validate compares an object of STIX 2.1 with the standard. It names the
// departures it finds, at most a hundred of them, in the order of the bytes
// where it can, and returns nil for an object that conforms. Types that the standard does not know are held
// to the rules for custom objects. Objects of STIX 2.0 are for Upgrade first.
//
// What cannot be seen in one object alone (that references resolve, that ids
// are not reused) and whether a pattern is well formed are not looked at.
func Validate(o *Object, opts Options) []Problem {
	c := checker{o: o, should: opts.Should}
	c.object()
	return c.problems
}

// A checker holds one validation.
type checker struct {
	o        *Object
	def      *definition // nil for custom types
	section  string      // of the object type being checked
	should   bool
	observed bool // the object is, or may be, a cyber-observable object
	problems []Problem
}

// mostProblems bounds what a hostile object can make of itself; a MUST is
// noted even among a hundred SHOULDs, if it comes late.
const mostProblems = 100

func (c *checker) add(level Level, i int, r Rule, section, text string) {
	if c.full(level) {
		return
	}
	c.problems = append(c.problems, Problem{c.o.pointer(i), r, level, section, text})
}

func (c *checker) full(level Level) bool {
	n := len(c.problems)
	return n >= mostProblems && (level == Should || n >= mostProblems+1 || !Conforms(c.problems))
}

func (c *checker) must(i int, r Rule, section, text string) { c.add(Must, i, r, section, text) }

// advise notes a departure from advice, where the caller wants to know.
func (c *checker) advise(i int, r Rule, section, text string) {
	if c.should {
		c.add(Should, i, r, section, text)
	}
}

// missing notes that the object at node i lacks a property.
func (c *checker) missing(i int, name string, r Rule, section, text string) {
	if !c.full(Must) {
		c.problems = append(c.problems, Problem{c.o.pointer(i) + "/" + name, r, Must, section, text})
	}
}

func (c *checker) kind(i int) kind { return c.o.nodes[i].kind }

// isKind checks the JSON kind of a value.
func (c *checker) isKind(i int, want kind, section string) bool {
	got := c.kind(i)
	if got == want || want == kindTrue && got == kindFalse {
		return true
	}
	c.must(i, RuleKind, section, "want "+want.String()+", not "+got.String())
	return false
}

func (c *checker) object() {
	name := Type(c.o.text(c.o.member(0, "type")))
	if name == "bundle" {
		c.missing(0, "type", RuleType, "8", "a bundle is not a STIX object; read it with a Reader")
		return
	}
	c.def = definitions[name]
	switch {
	case c.def == nil:
		c.customObject()
	default:
		c.section = c.def.section
		c.observed = c.def.class == sco
		c.table(0, &c.def.table, c.def.section)
	}
	c.identity()
	c.unversioned()
}

// table checks the object at node i against a table. Members that the table
// does not have are custom properties at the top and free inside.
func (c *checker) table(i int, t *table, section string) {
	var seen uint64
	known := 0
	custom := 0
	for m, v := range c.o.members(i) {
		p := t.props[string(c.o.bytes(m))]
		if p == nil {
			if custom == 0 {
				custom = m
			}
			c.customProperty(m, v, i == 0)
			continue
		}
		known++
		seen |= p.bit
		p.check(c, v)
	}
	if missing := t.needed &^ seen; missing != 0 {
		c.missingOf(i, t, missing, section)
	}
	if known < int(t.atLeast) {
		c.must(i, RuleEmpty, section, "none of the properties of this type")
	}
	for _, r := range t.rules {
		r(c, i)
	}
	if custom != 0 && i == 0 && c.should {
		c.customAdvice(custom)
	}
}

func (c *checker) missingOf(i int, t *table, missing uint64, section string) {
	for _, p := range t.required {
		if p.bit&missing != 0 {
			c.missing(i, p.name, RuleRequired, section, "the property "+p.name+" is required")
		}
	}
}

// identity checks what type and id say together. STIX 2.1, 2.9
func (c *checker) identity() {
	typ, id := c.o.member(0, "type"), c.o.member(0, "id")
	if typ == 0 || id == 0 {
		return
	}
	b := c.o.text(id)
	parts, ok := splitID(b)
	if !ok {
		return // the table has said so
	}
	if t := c.o.text(typ); t != nil && string(b[:parts.typeLen]) != string(t) {
		c.must(id, RuleIDType, "2.9", "an id of another type than the object's")
	}
	if parts.upper {
		c.advise(id, RuleUUID, "2.9", "a UUID with upper-case digits")
	}
	if c.observed {
		c.observableID(id, parts.version)
	} else if parts.version != 4 {
		c.advise(id, RuleUUID, "2.9", "the UUID is not of version 4")
	}
}

// observableID checks the id of a cyber-observable object. STIX 2.1, 2.9
func (c *checker) observableID(id int, version byte) {
	if c.def == nil {
		return // what contributes to the id of a custom type is its own affair
	}
	if c.def.optional || c.def.contributing == nil {
		if !c.contributes() {
			if version != 4 {
				c.must(id, RuleUUID, "2.9", "without contributing properties the UUID must be of version 4")
			}
			return
		}
	}
	if !c.should {
		return
	}
	if version != 5 {
		c.advise(id, RuleUUID, "2.9", "the UUID is not of version 5")
	} else if want, err := SCOID(c.o); err == nil && want != c.o.ID() {
		c.advise(id, RuleSCOID, "3.4", "the deterministic id would be "+string(want))
	}
}

func (c *checker) contributes() bool {
	for _, name := range c.def.contributing {
		if c.o.member(0, name) != 0 {
			return true
		}
	}
	return false
}

// unversioned asks that an observable that has versions does not have a
// deterministic id, since two makers would then version one object.
// STIX 2.1, 3.6
func (c *checker) unversioned() {
	if !c.should || !c.observed || c.def == nil {
		return
	}
	for _, name := range []string{"created", "modified", "revoked", "created_by_ref"} {
		if i := c.o.member(0, name); i != 0 {
			c.advise(i, RuleNotHere, "3.6", "a cyber-observable object with versions")
			return
		}
	}
}

// Future names the times of an object that lie after now and cannot: when it
// was created, modified, seen or observed. Times at which something is valid,
// published or ends may lie ahead.
func Future(o *Object, now time.Time) []Problem {
	var all []Problem
	limit := TimestampOf(now)
	for _, name := range []string{"created", "modified", "first_seen", "last_seen", "first_observed", "last_observed"} {
		if t, ok := o.Time(name); ok && t.Compare(limit) > 0 {
			all = append(all, Problem{"/" + name, RuleFuture, Should, "3.6.1", "a time that is yet to come: " + t.String()})
		}
	}
	return all
}

// Conforms tells whether there is no problem that is a MUST.
func Conforms(problems []Problem) bool {
	for _, p := range problems {
		if p.Level == Must {
			return false
		}
	}
	return true
}

// ValidationError is the problems of one object as an error.
type ValidationError struct{ Problems []Problem }

func (e *ValidationError) Error() string {
	var b strings.Builder
	b.WriteString("stix: ")
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(p.String())
	}
	return b.String()
}
