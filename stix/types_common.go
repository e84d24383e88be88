package stix

import "strings"

import "bytes"

// The common properties. STIX 2.1, 3.2
var (
	identified = []entry{
		required("type", typeName),
		required("id", anyID),
		optional("object_marking_refs", list(refTo("marking-definition"))),
		optional("granular_markings", list(granularMarking)),
		optional("extensions", extensions),
		rules(granularSelectors, markingOfItself, reservedNames),
	}
	created = []entry{
		required("spec_version", specVersion),
		required("created", millis),
		optional("created_by_ref", refTo("identity")),
		optional("external_references", list(externalReference)),
	}
	versioned = []entry{
		required("modified", millis),
		optional("revoked", boolean),
		optional("labels", list(text)),
		optional("confidence", within(0, 100)),
		optional("lang", language),
		rules(inOrder("created", "modified", false, "3.2")),
	}
	notDefanged = []entry{rules(absent("defanged", Must, "3.2"))}
)

var commonProperties = map[class][]entry{
	sdo: join(identified, created, versioned, notDefanged),
	sro: join(identified, created, versioned, notDefanged),
	sco: join(identified, []entry{
		optional("spec_version", specVersion),
		optional("defanged", boolean),
	}),
	meta: join(identified, created, notDefanged),
}

func join(lists ...[]entry) []entry {
	var all []entry
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func typeName(c *checker, i int) {
	if c.isKind(i, kindString, "3.2") && c.def == nil && !isTypeName(c.o.bytes(i)) {
		c.must(i, RuleType, "3.1", "not the name of a type")
	}
}

func specVersion(c *checker, i int) {
	if c.isKind(i, kindString, "3.2") && string(c.o.bytes(i)) != "2.1" {
		c.must(i, RuleSpec, "3.2", "spec_version is not 2.1")
	}
}

// killChainPhase is a phase of a kill chain. STIX 2.1, 2.11
var killChainPhase = record("2.11",
	required("kill_chain_name", phaseName),
	required("phase_name", phaseName),
)

func phaseName(c *checker, i int) {
	if c.isKind(i, kindString, "2.15") && c.should && !isSlug(c.o.bytes(i)) {
		c.advise(i, RuleFormat, "2.11", "not lower case with hyphens between words")
	}
}

func isSlug(b []byte) bool {
	for _, c := range b {
		if c >= 'A' && c <= 'Z' || c == ' ' || c == '_' {
			return false
		}
	}
	return true
}

var killChain = list(killChainPhase)

// externalReference refers to something outside STIX. STIX 2.1, 2.5
var externalReference = record("2.5.1",
	required("source_name", text),
	optional("description", text),
	optional("url", urlAdvice),
	optional("hashes", standardHashes),
	optional("external_id", text),
	rules(referenceSays, knownIDs),
)

func referenceSays(c *checker, i int) {
	for _, name := range []string{"description", "url", "external_id"} {
		if c.o.member(i, name) != 0 {
			return
		}
	}
	c.must(i, RuleRequired, "2.5.2", "want a description, a url or an external_id")
}

// knownIDs checks that CVE and CAPEC identifiers and the names of their sources
// go together. STIX 2.1, 4.19.1 / STIX 2.1, 4.1.1
func knownIDs(c *checker, i int) {
	source, id := c.o.text(c.o.member(i, "source_name")), c.o.member(i, "external_id")
	var b []byte
	if id != 0 {
		b = c.o.text(id)
	}
	cve, capec := isCVE(b), isCAPEC(b)
	switch string(source) {
	case "cve":
		if !cve {
			c.missingOrBad(i, id, "external_id", "4.19.1", "want a CVE identifier")
		}
	case "capec":
		if !capec {
			c.missingOrBad(i, id, "external_id", "4.1.1", "want a CAPEC identifier")
		}
	default:
		if cve || capec {
			c.must(id, RuleFormat, "2.5.1", "the source_name of such an identifier is cve or capec")
		}
	}
}

func (c *checker) missingOrBad(i, v int, name, section, msg string) {
	if v == 0 {
		c.missing(i, name, RuleRequired, section, msg)
		return
	}
	c.must(v, RuleFormat, section, msg)
}

// isCVE takes CVE-YYYY-NNNN, of four digits or more.
func isCVE(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("CVE-"))
	if !ok || len(rest) < 9 || rest[4] != '-' || !allDigits(rest[:4]) || !allDigits(rest[5:]) {
		return false
	}
	return rest[5] != '0' || len(rest) == 9
}

func isCAPEC(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("CAPEC-"))
	return ok && len(rest) > 0 && allDigits(rest)
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// granularMarking is one granular marking. STIX 2.1, 7.2.3
var granularMarking = record("7.2.3",
	optional("lang", language),
	optional("marking_ref", refTo("marking-definition")),
	required("selectors", list(text)),
	rules(exactlyOne("7.2.3", "lang", "marking_ref")),
)

// granularSelectors checks that selectors lead to something. STIX 2.1, 7.2.3
func granularSelectors(c *checker, i int) {
	all := c.o.member(i, "granular_markings")
	if all == 0 {
		return
	}
	n := int(c.o.nodes[all].next) - all
	if n*len(c.o.nodes) > mostSelection {
		c.must(all, RuleSelector, "7.2.3", "too many selectors to follow")
		return
	}
	for e := range c.o.elements(all) {
		if c.kind(e) != kindObject {
			continue
		}
		if list := c.o.member(e, "selectors"); list != 0 {
			for s := range c.o.elements(list) {
				c.selector(s)
			}
		}
	}
}

// mostSelection bounds the work of following selectors in a hostile object:
// their number times the number of values.
const mostSelection = 200_000_000

func (c *checker) selector(i int) {
	b := c.o.text(i)
	if b == nil {
		return
	}
	s, err := ParseSelector(string(b))
	switch {
	case err != nil:
		c.must(i, RuleSelector, "7.2.3", "not a selector")
	case s.node(c.o) == 0:
		c.must(i, RuleSelector, "7.2.3", "selects nothing in this object")
	}
}

// markingOfItself finds a marking that marks itself. STIX 2.1, 3.2
func markingOfItself(c *checker, i int) {
	if c.def == nil || c.def.name != "marking-definition" {
		return
	}
	id := c.o.ID()
	if id == "" {
		return
	}
	for at, ref := range c.o.Refs() {
		if ref == id {
			c.problems = append(c.problems, Problem{at, RuleSelf, Must, "3.2", "a marking that marks itself"})
		}
	}
}

// reservedNames are for later versions. STIX 2.1, 3.8
func reservedNames(c *checker, i int) {
	for m, v := range c.o.members(i) {
		n := c.o.nodes[m]
		switch n.end - n.start - 2 { // their lengths
		case 6, 8, 12, 13:
			if reserved[string(c.o.bytes(m))] {
				c.must(v, RuleReserved, "3.8", "a reserved name")
			}
		}
	}
}

// The schemas of OASIS write phone_numbers where the text has phone_number.
var reserved = map[string]bool{"severity": true, "username": true, "phone_number": true, "phone_numbers": true, "action": true}

// absent is a property that must not, or should not, be there.
func absent(name string, level Level, section string) rule {
	return func(c *checker, i int) {
		if level == Should && !c.should {
			return
		}
		if v := c.o.member(i, name); v != 0 {
			c.add(level, v, RuleNotHere, section, "this type does not have the property "+name)
		}
	}
}

// inOrder asks that one time is not before the other; strictly after it where
// so asked.
func inOrder(first, last string, strictly bool, section string) rule {
	return func(c *checker, i int) {
		from, to := c.o.member(i, first), c.o.member(i, last)
		if from == 0 || to == 0 {
			return
		}
		a, b := c.o.text(from), c.o.text(to)
		if !isTimestamp(a) || !isTimestamp(b) {
			return
		}
		switch n := compareTimes(a, b); {
		case n > 0:
			c.must(to, RuleOrder, section, last+" is before "+first)
		case n == 0 && strictly:
			c.must(to, RuleOrder, section, last+" is not after "+first)
		}
	}
}

// exactlyOne asks for one of two properties and not both.
func exactlyOne(section, a, b string) rule {
	return func(c *checker, i int) {
		x, y := c.o.member(i, a), c.o.member(i, b)
		switch {
		case x == 0 && y == 0:
			c.must(i, RuleRequired, section, "want "+a+" or "+b)
		case x != 0 && y != 0:
			c.must(y, RuleExclusive, section, a+" and "+b+" exclude each other")
		}
	}
}

// oneAtLeast asks for one of several properties.
func oneAtLeast(section string, names ...string) rule {
	return func(c *checker, i int) {
		var msg strings.Builder
		msg.WriteString("want one of:")
		for _, name := range names {
			if c.o.member(i, name) != 0 {
				return
			}
			msg.WriteString(" " + name)
		}
		c.must(i, RuleRequired, section, msg.String())
	}
}

// needs asks for a property wherever another is.
func needs(section, name, other string) rule {
	return func(c *checker, i int) {
		if v := c.o.member(i, name); v != 0 && c.o.member(i, other) == 0 {
			c.must(v, RuleTogether, section, name+" needs "+other)
		}
	}
}

// both asks that two properties are there together or not at all.
func both(section, a, b string) rule {
	first, second := needs(section, a, b), needs(section, b, a)
	return func(c *checker, i int) { first(c, i); second(c, i) }
}
