package stix

// The meta objects. STIX 2.1, 7

var _ = define("language-content", meta, "7.1", append(versioned,
	required("object_ref", refBut("bundle", "language-content")),
	optional("object_modified", instant),
	required("contents", translations),
	rules(absent("lang", Should, "7.1.1")),
)...)

// translations are dictionaries of text by language. STIX 2.1, 7.1.1
func translations(c *checker, i int) {
	if !c.isKind(i, kindObject, "7.1.1") {
		return
	}
	empty := true
	for k, v := range c.o.members(i) {
		empty = false
		if !isLanguage(c.o.bytes(k)) {
			c.must(k, RuleLanguage, "7.1.1", "not a language code of RFC 5646")
		}
		dictionary(anything)(c, v)
	}
	if empty {
		c.must(i, RuleEmpty, "2.3", "an empty dictionary")
	}
}

var _ = define("marking-definition", meta, "7.2.1",
	optional("name", text),
	optional("definition_type", text),
	optional("definition", markingContent),
	rules(markingDefined, markingUnversioned, tlpIsStandard),
).titled("name", "definition_type")

func markingContent(c *checker, i int) { c.isKind(i, kindObject, "7.2.1") }

// markingDefined asks for a definition where no extension has it.
// STIX 2.1, 7.2.1
func markingDefined(c *checker, i int) {
	kind, content := c.o.member(i, "definition_type"), c.o.member(i, "definition")
	if c.o.member(i, "extensions") == 0 {
		for _, name := range []string{"definition_type", "definition"} {
			if c.o.member(i, name) == 0 {
				c.missing(i, name, RuleRequired, "7.2.1", "the property "+name+" is required where there is no extension")
			}
		}
	}
	if string(c.o.text(kind)) == "statement" {
		c.statement(content)
	}
}

func (c *checker) statement(content int) {
	if content == 0 || c.kind(content) != kindObject {
		return
	}
	if s := c.o.member(content, "statement"); s == 0 {
		c.missing(content, "statement", RuleRequired, "7.2.1", "the property statement is required")
	} else {
		text(c, s)
	}
}

var markingWithout = []rule{
	absent("modified", Should, "7.2.1"), absent("revoked", Should, "7.2.1"), absent("labels", Should, "7.2.1"),
	absent("confidence", Should, "7.2.1"), absent("lang", Should, "7.2.1"),
}

// markingUnversioned: a marking cannot change under those it marks.
// STIX 2.1, 7.2.1
func markingUnversioned(c *checker, i int) {
	for _, r := range markingWithout {
		r(c, i)
	}
}

// tlpIsStandard allows no TLP 1 markings but the four. STIX 2.1, 7.2.1
func tlpIsStandard(c *checker, i int) {
	kind := c.o.member(i, "definition_type")
	if string(c.o.text(kind)) != "tlp" {
		return
	}
	id, color := c.o.ID(), ""
	if content := c.o.member(i, "definition"); content != 0 && c.kind(content) == kindObject {
		color = string(c.o.text(c.o.member(content, "tlp")))
	}
	created := string(c.o.text(c.o.member(i, "created")))
	name := string(c.o.text(c.o.member(i, "name")))
	for _, t := range tlp1s {
		if t.id == id && t.color == color && created == tlp1Created && name == tlp1Name(t) {
			return
		}
	}
	c.must(kind, RuleTLP, "7.2.1", "not one of the four TLP markings of the standard")
}

var _ = define("extension-definition", meta, "7.3", append(versioned,
	required("created_by_ref", refTo("identity")),
	required("name", text),
	optional("description", text),
	required("schema", text),
	required("version", text),
	required("extension_types", list(oneOf(extensionTypes))),
	optional("extension_properties", list(text)),
	rules(
		extensionProperties,
		absent("confidence", Should, "7.3.1"), absent("lang", Should, "7.3.1"), absent("extensions", Should, "7.3.1"),
	),
)...)

// extensionProperties are for extensions that add properties at the top.
// STIX 2.1, 7.3.1
func extensionProperties(c *checker, i int) {
	types, props := c.o.member(i, "extension_types"), c.o.member(i, "extension_properties")
	if types == 0 {
		return
	}
	top := false
	for e := range c.o.elements(types) {
		top = top || string(c.o.text(e)) == "toplevel-property-extension"
	}
	switch {
	case props != 0 && !top:
		c.must(props, RuleExclusive, "7.3.1", "extension_properties without the type toplevel-property-extension")
	case props == 0 && top:
		c.advise(types, RuleTogether, "7.3.1", "toplevel-property-extension without extension_properties")
	}
}
