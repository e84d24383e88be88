package stix

// The relationship objects. STIX 2.1, 5

// An end of a relationship is a domain or cyber-observable object.
// STIX 2.1, 5.1.2
var relationshipEnd = refToClass(sdo, sco)

var _ = define("relationship", sro, "5.1",
	required("relationship_type", relationshipType),
	optional("description", text),
	required("source_ref", relationshipEnd),
	required("target_ref", relationshipEnd),
	optional("start_time", instant),
	optional("stop_time", instant),
	rules(inOrder("start_time", "stop_time", true, "5.1.2"), knownRelationship),
).titled("relationship_type")

func relationshipType(c *checker, i int) {
	if !c.isKind(i, kindString, "5.1.2") {
		return
	}
	b := c.o.bytes(i)
	for _, ch := range b {
		if !(ch >= 'a' && ch <= 'z' || ch >= '0' && ch <= '9' || ch == '-') {
			c.must(i, RuleFormat, "5.1.2", "not lower-case letters, digits and hyphens")
			return
		}
	}
	if len(b) == 0 {
		c.must(i, RuleFormat, "5.1.2", "empty")
	}
}

var _ = define("sighting", sro, "5.2", append(seen("5.2.1"),
	optional("description", text),
	optional("count", within(0, 999_999_999)),
	required("sighting_of_ref", refToClass(sdo)),
	optional("observed_data_refs", list(refTo("observed-data"))),
	optional("where_sighted_refs", list(refTo("identity", "location"))),
	optional("summary", boolean),
)...).titled("description")
