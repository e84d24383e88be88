package stix

import (
	"slices"
	"strings"
)

// divergences are all the places where Validate and the schemas of OASIS
// differ on purpose: first those where the text of the standard asks for more
// than a schema can or does, then those where a schema asks for what the text
// does not.
var divergences = []divergence{
	{"stricter, 2.16.1: dates and seconds that do not exist", stricter(RuleTimestamp)},
	{"stricter: times in the wrong order", stricter(RuleOrder)},
	{"stricter, 3.3: references to a type that the text does not allow there", stricter(RuleRef)},
	{"stricter, 7.2.3: selectors that select nothing", stricter(RuleSelector)},
	{"stricter: language codes of RFC 5646", stricter(RuleLanguage)},
	{"stricter, 2.9: an id of another type than the object's", stricter(RuleIDType)},
	{"stricter, 3.2: common properties that a type does not have", stricter(RuleNotHere)},
	{"stricter, 2.9: references of observables that are no identifiers; the schemas take any string", stricter(RuleID)},
	{"stricter, 3.8: the reserved name phone_number, which the schemas write phone_numbers", stricter(RuleReserved)},
	{"stricter, 3.1: an encoding without what is encoded", stricter(RuleTogether)},
	{"stricter, 6.7.3: alternate data streams that are no objects", stricter(RuleKind)},
	{"stricter, 2.9: a UUID of version 5 where nothing contributes to it", stricter(RuleUUID)},
	{"stricter: the form of URLs, domain names, addresses, keys and CPE names", stricter(RuleFormat)},
	{"stricter, 3.1: names of properties, where the schema's expression is not anchored; dictionary keys", stricter(RuleKey)},
	{"stricter, 3.2: milliseconds at least, also in the created of a marking", stricter(RulePrecision)},
	{"stricter, 7.3: an extension-definition needs created_by_ref", stricter(RuleRequired)},
	{"stricter, 7.2.1: a TLP marking with another definition than the standard's", stricter(RuleTLP)},
	{"stricter, 2 and 2.12: null and empty lists in translations, and beside a marking definition", stricter(RuleNull, RuleEmpty)},
	{"stricter, 7.1.1: translations that are no dictionaries", stricter(RuleLanguage, RuleKind)},
	{"laxer, 6.1.1: a mime_type SHOULD be registered", laxer("artifact", "/mime_type")},
	{"laxer, 6.6.1: a header field may be a list of one", laxer("email-message", "/additional_header_fields")},
	{"laxer, 6.7.5: the names of EXIF tags are not ours to check", laxer("file", "/exif_tags")},
	{"laxer, 6.7.6: a PE optional header may have custom properties", laxer("file", "/optional_header")},
	{"laxer, 6.13.2: STARTUP_INFO as each tool writes it", laxer("process", "/startup_info")},
	{"laxer, 6.14.1: language codes do not depend on case", laxer("software", "/languages")},
	{"laxer, 7.2.1: TLP markings with further properties", laxer("marking-definition", "add /")},
	{"laxer, 7.2.1: a definition_type that only contains the word statement or tlp", laxer("marking-definition", "/definition_type = ")},
}

// stricter is for mutants that only we refuse, for reasons among the rules.
func stricter(rules ...Rule) func(mutant, []Problem, error) bool {
	return func(_ mutant, ours []Problem, theirs error) bool {
		return theirs == nil && !slices.ContainsFunc(ours, func(p Problem) bool { return !slices.Contains(rules, p.Rule) })
	}
}

// laxer is for mutants that only the schema refuses, at a pointer that
// contains part.
func laxer(types string, parts ...string) func(mutant, []Problem, error) bool {
	return func(m mutant, ours []Problem, theirs error) bool {
		if theirs == nil || types != "" && !slices.Contains(strings.Fields(types), m.of) {
			return false
		}
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(m.what, p) })
	}
}
