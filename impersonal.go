package mithaq

import "slices"

// impersonalTypes is the published list of types that describe no natural
// person by themselves, so that one statement in a pact covers them. An identity
// is here for organisations, systems and groups: that of an individual, and any
// object in which a person's value is found, counts as personal all the same.
// Accounts, mailboxes, messages, threat actors and free texts (notes, opinions,
// reports) are not here: they cross with an assessment.
var impersonalTypes = []string{
	"attack-pattern", "autonomous-system", "campaign", "course-of-action", "directory", "domain-name",
	"extension-definition", "file", "grouping", "identity", "indicator", "infrastructure", "intrusion-set",
	"ipv4-addr", "ipv6-addr", "language-content", "location", "mac-addr", "malware", "malware-analysis",
	"marking-definition", "mutex", "network-traffic", "observed-data", "process", "relationship", "sighting",
	"software", "tool", "url", "vulnerability", "windows-registry-key", "x509-certificate",
}

// ImpersonalTypes returns the published list of types that cannot name a person.
// A pact's statement may add types of its own, which begin with "x-".
func ImpersonalTypes() []string { return slices.Clone(impersonalTypes) }

// personTypes are the types that bear a person whatever they hold.
var personTypes = map[string]bool{
	"threat-actor": true, "user-account": true, "email-addr": true, "email-message": true,
}

// BearsPerson reports whether objects of a type always count as personal.
// Others do where a person's value is found in them, and an identity where it is
// an individual's.
func BearsPerson(objectType string) bool { return personTypes[objectType] }
