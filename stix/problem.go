package stix

import (
	"strconv"
	"strings"
)

// A SyntaxError says why bytes are not one well-formed STIX object, and where.
type SyntaxError struct {
	Pointer string // JSON pointer of the innermost value that was being read
	Offset  int64  // in bytes, from the start of the object; from a Reader, of the stream
	Index   int    // which object of the stream, from 0; -1 outside a Reader
	Fatal   bool   // a Reader cannot go on after this one
	Text    string // what is wrong, in plain words
}

func (e *SyntaxError) Error() string {
	var b strings.Builder
	b.WriteString("stix: ")
	if e.Index >= 0 {
		b.WriteString("object " + strconv.Itoa(e.Index) + ": ")
	}
	if e.Pointer != "" {
		b.WriteString(e.Pointer + ": ")
	}
	return b.String() + e.Text + " (byte " + strconv.FormatInt(e.Offset, 10) + ")"
}

// A Level says how strongly the standard asks for what is missing.
type Level uint8

const (
	Must   Level = iota + 1 // the object does not conform
	Should                  // the object conforms, but the standard advises otherwise
)

func (l Level) String() string {
	if l == Should {
		return "SHOULD"
	}
	return "MUST"
}

// A Rule names what a Problem is about, for code that must choose.
type Rule string

const (
	RuleRequired   Rule = "required"     // a required property is absent
	RuleKind       Rule = "type"         // a value of another data type
	RuleEmpty      Rule = "empty"        // an empty list or dictionary, or a type with no property
	RuleNull       Rule = "null"         // null is no STIX value
	RuleType       Rule = "type-name"    // the name of an object type
	RuleSpec       Rule = "spec-version" // spec_version is not 2.1
	RuleID         Rule = "id"           // not an identifier
	RuleIDType     Rule = "id-type"      // an id of another type than the object's
	RuleUUID       Rule = "uuid-version" // a UUID of a version that the standard advises against
	RuleSCOID      Rule = "sco-id"       // not the deterministic id
	RuleTimestamp  Rule = "timestamp"    // not a timestamp
	RulePrecision  Rule = "precision"    // a timestamp of another precision than asked for
	RuleOrder      Rule = "order"        // two times in the wrong order
	RuleFuture     Rule = "future"       // a time that is yet to come
	RuleRef        Rule = "ref-type"     // a reference to a type it must not refer to
	RuleSelf       Rule = "self"         // an object that refers to itself
	RuleEnum       Rule = "enum"         // not a value of a closed list
	RuleVocabulary Rule = "vocabulary"   // not a value of an open vocabulary
	RuleRange      Rule = "range"        // a number outside its bounds
	RuleHash       Rule = "hash"         // a hash of the wrong form, or of an unknown algorithm
	RuleKey        Rule = "key"          // a dictionary key or property name of the wrong form
	RuleFormat     Rule = "format"       // a string of the wrong form
	RuleLanguage   Rule = "language"     // not a language code
	RuleSelector   Rule = "selector"     // a selector that does not resolve
	RuleExclusive  Rule = "exclusive"    // properties that exclude each other
	RuleTogether   Rule = "together"     // properties that need each other
	RuleReserved   Rule = "reserved"     // a reserved property name
	RuleNotHere    Rule = "not-here"     // a common property that this type does not have
	RuleExtension  Rule = "extension"    // an extension of the wrong form
	RuleCustom     Rule = "custom"       // something outside the standard and not in an extension
	RuleDeprecated Rule = "deprecated"   // a deprecated mechanism
	RuleTLP        Rule = "tlp"          // a TLP marking that is not one of the standard's
)

// A Problem is one way in which an object departs from the standard.
type Problem struct {
	Pointer string // JSON pointer to the value, or to where one is missing
	Rule    Rule
	Level   Level
	Section string // of STIX 2.1, e.g. "3.2"
	Text    string
}

func (p Problem) String() string {
	return p.Pointer + ": " + p.Level.String() + " " + string(p.Rule) + " (" + p.Section + "): " + p.Text
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// escapePointer writes one step of a JSON pointer. RFC 6901, 3
func escapePointer(step string) string {
	if !strings.ContainsAny(step, "~/") {
		return step
	}
	return pointerEscapes.Replace(step)
}

// unescapePointer reads one step of a JSON pointer. RFC 6901, 4
func unescapePointer(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
}
