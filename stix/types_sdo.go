package stix

// The domain objects. STIX 2.1, 4

var names = list(text)

// seen is the pair of properties of what was seen from time to time.
func seen(section string) []entry {
	return []entry{
		optional("first_seen", instant),
		optional("last_seen", instant),
		rules(inOrder("first_seen", "last_seen", false, section)),
	}
}

var _ = define("attack-pattern", sdo, "4.1",
	required("name", text),
	optional("description", text),
	optional("aliases", names),
	optional("kill_chain_phases", killChain),
)

var _ = define("campaign", sdo, "4.2", append(seen("4.2.1"),
	required("name", text),
	optional("description", text),
	optional("aliases", names),
	optional("objective", text),
)...)

var _ = define("course-of-action", sdo, "4.3",
	required("name", text),
	optional("description", text),
)

var _ = define("grouping", sdo, "4.4",
	optional("name", text),
	optional("description", text),
	required("context", wordOf(groupingContexts)),
	required("object_refs", list(anyID)),
)

var _ = define("identity", sdo, "4.5",
	required("name", text),
	optional("description", text),
	optional("roles", names),
	optional("identity_class", wordOf(identityClasses)),
	optional("sectors", list(wordOf(industrySectors))),
	optional("contact_information", text),
)

var _ = define("incident", sdo, "4.6",
	required("name", text),
	optional("description", text),
)

var _ = define("indicator", sdo, "4.7",
	optional("name", text),
	optional("description", text),
	optional("indicator_types", list(wordOf(indicatorTypes))),
	required("pattern", text),
	required("pattern_type", wordOf(patternTypes)),
	optional("pattern_version", text),
	required("valid_from", instant),
	optional("valid_until", instant),
	optional("kill_chain_phases", killChain),
	rules(inOrder("valid_from", "valid_until", true, "4.7.1")),
).titled("name", "pattern")

var _ = define("infrastructure", sdo, "4.8", append(seen("4.8.1"),
	required("name", text),
	optional("description", text),
	optional("infrastructure_types", list(wordOf(infrastructures))),
	optional("aliases", names),
	optional("kill_chain_phases", killChain),
)...)

var _ = define("intrusion-set", sdo, "4.9", append(seen("4.9.1"),
	required("name", text),
	optional("description", text),
	optional("aliases", names),
	optional("goals", names),
	optional("resource_level", wordOf(resourceLevels)),
	optional("primary_motivation", wordOf(attackMotivations)),
	optional("secondary_motivations", list(wordOf(attackMotivations))),
)...)

var _ = define("location", sdo, "4.10",
	optional("name", text),
	optional("description", text),
	optional("latitude", between(-90, 90)),
	optional("longitude", between(-180, 180)),
	optional("precision", float),
	optional("region", wordOf(regions)),
	optional("country", country),
	optional("administrative_area", text),
	optional("city", text),
	optional("street_address", text),
	optional("postal_code", text),
	rules(
		oneAtLeast("4.10", "region", "country", "latitude"),
		both("4.10.1", "latitude", "longitude"),
		needs("4.10.1", "precision", "latitude"),
		needs("4.10.1", "precision", "longitude"),
	),
).titled("name", "city", "administrative_area", "country", "region")

// country is two letters of ISO 3166-1. STIX 2.1, 4.10.1
func country(c *checker, i int) {
	if c.isKind(i, kindString, "2.15") && c.should {
		if b := c.o.bytes(i); len(b) != 2 || !allLetters(string(b)) {
			c.advise(i, RuleFormat, "4.10.1", "not a country code of two letters")
		}
	}
}

var _ = define("malware", sdo, "4.11", append(seen("4.11.1"),
	optional("name", text),
	optional("description", text),
	optional("malware_types", list(wordOf(malwareTypes))),
	required("is_family", boolean),
	optional("aliases", names),
	optional("kill_chain_phases", killChain),
	optional("operating_system_refs", list(refTo("software"))),
	optional("architecture_execution_envs", list(wordOf(processors))),
	optional("implementation_languages", list(wordOf(languagesUsed))),
	optional("capabilities", list(wordOf(malwareAbilities))),
	optional("sample_refs", list(refTo("file", "artifact"))),
	rules(familyName),
)...)

// familyName asks that a family has a name. STIX 2.1, 4.11.1
func familyName(c *checker, i int) {
	family := c.o.member(i, "is_family")
	if family != 0 && c.kind(family) == kindTrue && c.o.member(i, "name") == 0 {
		c.missing(i, "name", RuleRequired, "4.11.1", "a malware family must have a name")
	}
}

var _ = define("malware-analysis", sdo, "4.12",
	required("product", text),
	optional("version", text),
	optional("host_vm_ref", refTo("software")),
	optional("operating_system_ref", refTo("software")),
	optional("installed_software_refs", list(refTo("software"))),
	optional("configuration_version", text),
	optional("modules", names),
	optional("analysis_engine_version", text),
	optional("analysis_definition_version", text),
	optional("submitted", instant),
	optional("analysis_started", instant),
	optional("analysis_ended", instant),
	optional("result_name", text),
	optional("result", wordOf(malwareResults)),
	optional("analysis_sco_refs", list(refToClass(sco))),
	optional("sample_ref", refTo("file", "network-traffic", "artifact")),
	rules(oneAtLeast("4.12", "result", "analysis_sco_refs")),
).titled("result_name", "product")

var _ = define("note", sdo, "4.13",
	optional("abstract", text),
	required("content", text),
	optional("authors", names),
	required("object_refs", list(anyID)),
).titled("abstract", "content")

var _ = define("observed-data", sdo, "4.14",
	required("first_observed", instant),
	required("last_observed", instant),
	required("number_observed", within(1, 999_999_999)),
	optional("objects", observables),
	optional("object_refs", list(refToClass(sco, sro))),
	rules(
		exactlyOne("4.14", "objects", "object_refs"),
		inOrder("first_observed", "last_observed", false, "4.14.1"),
		observesSomething,
	),
)

// observables is the deprecated container; only its outline is checked, since
// what is in it may follow STIX 2.0. STIX 2.1, 2.13
func observables(c *checker, i int) {
	if !c.isKind(i, kindObject, "2.13") {
		return
	}
	c.advise(i, RuleDeprecated, "2.13", "observables inside observed data are deprecated")
	empty := true
	for _, v := range c.o.members(i) {
		empty = false
		if c.isKind(v, kindObject, "2.13") && c.o.text(c.o.member(v, "type")) == nil {
			c.missing(v, "type", RuleRequired, "2.13", "the property type is required")
		}
	}
	if empty {
		c.must(i, RuleEmpty, "2.13", "no objects")
	}
}

// observesSomething asks that an observable is among the references.
// STIX 2.1, 4.14.1
func observesSomething(c *checker, i int) {
	refs := c.o.member(i, "object_refs")
	if refs == 0 || c.kind(refs) != kindArray {
		return
	}
	for e := range c.o.elements(refs) {
		if d := definitions[c.o.ref(e).Type()]; d == nil || d.class == sco {
			return
		}
	}
	c.must(refs, RuleRequired, "4.14.1", "no cyber-observable object among the references")
}

var _ = define("opinion", sdo, "4.15",
	optional("explanation", text),
	optional("authors", names),
	required("opinion", oneOf(opinions)),
	required("object_refs", list(anyID)),
).titled("explanation", "opinion")

var _ = define("report", sdo, "4.16",
	required("name", text),
	optional("description", text),
	optional("report_types", list(wordOf(reportTypes))),
	required("published", instant),
	required("object_refs", list(anyID)),
)

var _ = define("threat-actor", sdo, "4.17", append(seen("4.17.1"),
	required("name", text),
	optional("description", text),
	optional("threat_actor_types", list(wordOf(actorTypes))),
	optional("aliases", names),
	optional("roles", list(wordOf(actorRoles))),
	optional("goals", names),
	optional("sophistication", wordOf(sophistications)),
	optional("resource_level", wordOf(resourceLevels)),
	optional("primary_motivation", wordOf(attackMotivations)),
	optional("secondary_motivations", list(wordOf(attackMotivations))),
	optional("personal_motivations", list(wordOf(attackMotivations))),
)...)

var _ = define("tool", sdo, "4.18",
	required("name", text),
	optional("description", text),
	optional("tool_types", list(wordOf(toolTypes))),
	optional("aliases", names),
	optional("kill_chain_phases", killChain),
	optional("tool_version", text),
)

var _ = define("vulnerability", sdo, "4.19",
	required("name", text),
	optional("description", text),
)
