package stix

import "bytes"

// What the standard does not know is kept, and held to the rules for custom
// properties and objects. STIX 2.1, 11

// customObject checks an object of a custom type. One that has versions is
// taken for a domain object, any other for a cyber-observable object, unless
// an extension says which it is. STIX 2.1, 11.2.1
func (c *checker) customObject() {
	c.section = "11.2.1"
	versions := c.customVersions()
	c.observed = !versions
	t := customObservable
	if versions {
		t = customDomain
	}
	c.table(0, t, "11.2.1")
	if typ := c.o.member(0, "type"); typ != 0 && c.should && !c.hasExtension("new-") {
		c.advise(typ, RuleCustom, "11.2", "a type outside the standard, without an extension that defines it")
	}
}

var (
	customDomain     = newTable("11.2.1", join(identified, created, versioned)...)
	customObservable = newTable("11.2.1", commonProperties[sco]...)
)

// customVersions tells whether a custom object is one that has versions.
func (c *checker) customVersions() bool {
	switch {
	case c.hasExtension("new-sdo"), c.hasExtension("new-sro"):
		return true
	case c.hasExtension("new-sco"):
		return false
	}
	return c.o.member(0, "created") != 0 || c.o.member(0, "modified") != 0
}

// hasExtension asks for an extension whose type begins so.
func (c *checker) hasExtension(prefix string) bool {
	all := c.o.member(0, "extensions")
	if all == 0 {
		return false
	}
	for _, v := range c.o.members(all) {
		if c.kind(v) == kindObject && bytes.HasPrefix(c.o.text(c.o.member(v, "extension_type")), []byte(prefix)) {
			return true
		}
	}
	return false
}

// customProperty checks a property that no table has: at the top of an object
// its name and value, deeper only what every STIX value must be.
// STIX 2.1, 11.1.1
func (c *checker) customProperty(m, v int, top bool) {
	if !top {
		return
	}
	anything(c, v)
	name := c.o.bytes(m)
	if !isPropertyName(name) && string(name) != "id" {
		c.must(m, RuleKey, "3.1", "not a property name: lower-case letters, digits and underscores, three to 250")
	}
	switch {
	case bytes.HasSuffix(name, []byte("_bin")):
		binary64(c, v)
	case bytes.HasSuffix(name, []byte("_hex")):
		hexadecimal(c, v)
	}
}

// customAdvice says once per object that it has custom properties.
// STIX 2.1, 11.1
func (c *checker) customAdvice(first int) {
	if c.hasExtension("toplevel-") || c.hasExtension("new-") || c.def == nil {
		return
	}
	c.advise(first+1, RuleCustom, "11.1", "properties outside the standard, without an extension that defines them")
}
