package stix

import "strings"

// The relationships that the standard defines, by source and type.
// STIX 2.1, 3.7 / STIX 2.1, 5.1.1
var relationships = func() map[string]string {
	m := make(map[string]string)
	for line := range strings.Lines(relationshipTable) {
		f := strings.Fields(line)
		for i := 1; i < len(f); i++ {
			verb, targets, _ := strings.Cut(f[i], ":")
			m[f[0]+" "+verb] = "," + targets + ","
		}
	}
	return m
}()

const relationshipTable = `
attack-pattern delivers:malware targets:identity,location,vulnerability uses:malware,tool
campaign attributed-to:intrusion-set,threat-actor compromises:infrastructure originates-from:location targets:identity,location,vulnerability uses:attack-pattern,infrastructure,malware,tool
course-of-action investigates:indicator mitigates:attack-pattern,indicator,malware,tool,vulnerability remediates:malware,vulnerability
domain-name resolves-to:domain-name,ipv4-addr,ipv6-addr
identity located-at:location
indicator indicates:attack-pattern,campaign,infrastructure,intrusion-set,malware,threat-actor,tool based-on:observed-data
infrastructure communicates-with:infrastructure,ipv4-addr,ipv6-addr,domain-name,url consists-of:infrastructure,observed-data,* controls:infrastructure,malware delivers:malware has:vulnerability hosts:tool,malware located-at:location uses:infrastructure
intrusion-set attributed-to:threat-actor compromises:infrastructure hosts:infrastructure owns:infrastructure originates-from:location targets:identity,location,vulnerability uses:attack-pattern,infrastructure,malware,tool
ipv4-addr belongs-to:autonomous-system resolves-to:mac-addr
ipv6-addr belongs-to:autonomous-system resolves-to:mac-addr
malware authored-by:threat-actor,intrusion-set beacons-to:infrastructure exfiltrates-to:infrastructure communicates-with:ipv4-addr,ipv6-addr,domain-name,url controls:malware downloads:malware,tool,file drops:malware,tool,file exploits:vulnerability originates-from:location targets:identity,infrastructure,location,vulnerability uses:attack-pattern,infrastructure,malware,tool variant-of:malware
malware-analysis characterizes:malware av-analysis-of:malware static-analysis-of:malware dynamic-analysis-of:malware
threat-actor attributed-to:identity compromises:infrastructure hosts:infrastructure owns:infrastructure impersonates:identity located-at:location targets:identity,location,vulnerability uses:attack-pattern,infrastructure,malware,tool
tool delivers:malware drops:malware has:vulnerability targets:identity,infrastructure,location,vulnerability uses:infrastructure
`

// knownRelationship advises on types of relationship outside the standard.
// STIX 2.1, 5.1.2
func knownRelationship(c *checker, i int) {
	if !c.should {
		return
	}
	at := c.o.member(i, "relationship_type")
	verb := string(c.o.text(at))
	source, target := c.o.ref(c.o.member(i, "source_ref")).Type(), c.o.ref(c.o.member(i, "target_ref")).Type()
	if verb == "" || source == "" || target == "" || relates(source, verb, target) {
		return
	}
	c.advise(at, RuleVocabulary, "5.1.2", "not a relationship of the standard from "+string(source)+" to "+string(target))
}

func relates(source Type, verb string, target Type) bool {
	switch verb {
	case "related-to":
		return true
	case "derived-from", "duplicate-of":
		return source == target
	}
	targets := relationships[string(source)+" "+verb]
	d := definitions[target]
	return strings.Contains(targets, ","+string(target)+",") || d != nil && d.class == sco && strings.Contains(targets, ",*,")
}
