package stix

import (
	"bytes"
	"slices"
	"strings"
)

// The shapes of the common data types. STIX 2.1, 2

func text(c *checker, i int) { c.isKind(i, kindString, "2.15") }

func boolean(c *checker, i int) { c.isKind(i, kindTrue, "2.2") }

func integer(c *checker, i int) {
	if c.isKind(i, kindNumber, "2.10") {
		if _, ok := c.o.integer(i); !ok {
			c.must(i, RuleKind, "2.10", "not a whole number")
		}
	}
}

// within is an integer between two bounds.
func within(low, high int64) shape {
	return func(c *checker, i int) {
		if !c.isKind(i, kindNumber, "2.10") {
			return
		}
		switch v, ok := c.o.integer(i); {
		case !ok:
			c.must(i, RuleKind, "2.10", "not a whole number")
		case v < low || v > high:
			c.must(i, RuleRange, c.section, "outside the range of the property")
		}
	}
}

const anyInteger = 1<<53 - 1

var notNegative = within(0, anyInteger)

func float(c *checker, i int) { c.isKind(i, kindNumber, "2.6") }

// between is a float between two bounds.
func between(low, high float64) shape {
	return func(c *checker, i int) {
		if !c.isKind(i, kindNumber, "2.6") {
			return
		}
		if v, ok := c.o.float(i); !ok || v < low || v > high {
			c.must(i, RuleRange, c.section, "outside the range of the property")
		}
	}
}

// instant is a timestamp. STIX 2.1, 2.16
func instant(c *checker, i int) { c.timestamp(i) }

func (c *checker) timestamp(i int) []byte {
	if !c.isKind(i, kindString, "2.16") {
		return nil
	}
	b := c.o.bytes(i)
	if !isTimestamp(b) {
		c.must(i, RuleTimestamp, "2.16.1", "not a timestamp in UTC")
		return nil
	}
	return b
}

// millis is a timestamp of three digits at least. STIX 2.1, 3.2
func millis(c *checker, i int) {
	if b := c.timestamp(i); b != nil && fractionDigits(b) < 3 {
		c.must(i, RulePrecision, "3.2", "less precise than milliseconds")
	}
}

// wholeSecond is a timestamp without a fraction. STIX 2.1, 6.7.6
func wholeSecond(c *checker, i int) {
	if b := c.timestamp(i); b != nil && fractionDigits(b) != 0 {
		c.must(i, RulePrecision, "6.7.6", "more precise than seconds")
	}
}

// list is a list of one item at least. STIX 2.1, 2.12
func list(item shape) shape {
	return func(c *checker, i int) {
		if !c.isKind(i, kindArray, "2.12") {
			return
		}
		empty := true
		for e := range c.o.elements(i) {
			empty = false
			item(c, e)
		}
		if empty {
			c.must(i, RuleEmpty, "2.12", "an empty list")
		}
	}
}

// oneOf is a word of an enumeration. STIX 2.1, 2.4
func oneOf(v *vocabulary) shape {
	return func(c *checker, i int) {
		if c.isKind(i, kindString, "2.4") && !v.words[string(c.o.bytes(i))] {
			c.must(i, RuleEnum, v.section, "not a value of "+v.name)
		}
	}
}

// wordOf is a word that should be of an open vocabulary. STIX 2.1, 2.14
func wordOf(v *vocabulary) shape {
	return func(c *checker, i int) {
		if c.isKind(i, kindString, "2.14") && c.should && !v.words[string(c.o.bytes(i))] {
			c.advise(i, RuleVocabulary, v.section, "not a value of "+v.name)
		}
	}
}

// anyID is an identifier. STIX 2.1, 2.9
func anyID(c *checker, i int) { c.reference(i) }

// reference checks an identifier and returns its type.
func (c *checker) reference(i int) []byte {
	if !c.isKind(i, kindString, "2.9") {
		return nil
	}
	b := c.o.bytes(i)
	parts, ok := splitID(b)
	if !ok {
		c.must(i, RuleID, "2.9", "not an identifier")
		return nil
	}
	return b[:parts.typeLen]
}

// refTo is a reference to an object of one of the types.
func refTo(types ...Type) shape {
	return func(c *checker, i int) {
		t := c.reference(i)
		if t == nil {
			return
		}
		for _, want := range types {
			if string(want) == string(t) {
				return
			}
		}
		c.must(i, RuleRef, c.section, "a reference to an object of a type that cannot be here: "+string(t))
	}
}

// refBut is a reference to an object of any other type.
func refBut(types ...Type) shape {
	return func(c *checker, i int) {
		t := c.reference(i)
		for _, bad := range types {
			if t != nil && string(bad) == string(t) {
				c.must(i, RuleRef, c.section, "a reference to an object of a type that cannot be here: "+string(t))
			}
		}
	}
}

// refToClass is a reference to a type of one of the classes, or to a custom type.
func refToClass(classes ...class) shape {
	return func(c *checker, i int) {
		t := c.reference(i)
		if t == nil || string(t) == "bundle" {
			if t != nil {
				c.must(i, RuleRef, c.section, "a reference to a bundle")
			}
			return
		}
		d := definitions[Type(t)]
		if d == nil {
			return
		}
		if slices.Contains(classes, d.class) {
			return
		}
		c.must(i, RuleRef, c.section, "a reference to an object of a type that cannot be here: "+string(t))
	}
}

// hexadecimal is pairs of hexadecimal digits. The text of the standard asks for
// lower case; upper case is common, harmless, and advised against only.
// STIX 2.1, 2.8
func hexadecimal(c *checker, i int) {
	if !c.isKind(i, kindString, "2.8") {
		return
	}
	b := c.o.bytes(i)
	var cases byte
	for _, d := range b {
		if hexClass[d] == 0 {
			c.must(i, RuleFormat, "2.8", "not hexadecimal")
			return
		}
		cases |= hexClass[d]
	}
	if len(b) == 0 || len(b)%2 != 0 {
		c.must(i, RuleFormat, "2.8", "not pairs of hexadecimal digits")
	} else if cases&2 != 0 {
		c.advise(i, RuleFormat, "2.8", "hexadecimal in upper case")
	}
}

// binary is base64 with its padding. STIX 2.1, 2.1
func binary64(c *checker, i int) {
	if c.isKind(i, kindString, "2.1") && !isBase64(c.o.bytes(i)) {
		c.must(i, RuleFormat, "2.1", "not base64")
	}
}

// isBase64 checks the alphabet, the length and the padding. RFC 4648, 4
func isBase64(b []byte) bool {
	if len(b) == 0 || len(b)%4 != 0 {
		return false
	}
	body := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("=")), []byte("="))
	for _, c := range body {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !(letter && c >= 'A' || c >= '0' && c <= '9' || c == '+' || c == '/') {
			return false
		}
	}
	return true
}

// record is an object inside an object.
func record(section string, entries ...entry) shape {
	t := newTable(section, entries...)
	return func(c *checker, i int) {
		if c.isKind(i, kindObject, section) {
			c.table(i, t, section)
		}
	}
}

// dictionary is keys and values, one at least. STIX 2.1, 2.3
func dictionary(value shape) shape {
	return func(c *checker, i int) {
		if !c.isKind(i, kindObject, "2.3") {
			return
		}
		empty := true
		for k, v := range c.o.members(i) {
			empty = false
			if !isDictionaryKey(c.o.bytes(k)) {
				c.must(k, RuleKey, "2.3", "not a dictionary key")
			}
			value(c, v)
		}
		if empty {
			c.must(i, RuleEmpty, "2.3", "an empty dictionary")
		}
	}
}

func isDictionaryKey(b []byte) bool {
	if len(b) == 0 || len(b) > 250 {
		return false
	}
	for _, c := range b {
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// anything is any value but null and the empty list. STIX 2.1, 2
func anything(c *checker, i int) {
	switch c.kind(i) {
	case kindNull:
		c.must(i, RuleNull, "2", "null is no STIX value")
	case kindArray:
		if c.o.nodes[i].next == uint32(i+1) {
			c.must(i, RuleEmpty, "2.12", "an empty list")
		}
	}
}

// integerOrText is what dictionaries of measured values hold.
// STIX 2.1, 6.7.5 / STIX 2.1, 6.12.1
func integerOrText(c *checker, i int) {
	if c.kind(i) != kindString {
		integer(c, i)
	}
}

// language is a language tag. RFC 5646, 2.1
func language(c *checker, i int) {
	if c.isKind(i, kindString, "3.2") && !isLanguage(c.o.bytes(i)) {
		c.must(i, RuleLanguage, "3.2", "not a language code of RFC 5646")
	}
}

// isLanguage checks that a tag is well formed: a language of letters, then
// subtags of letters and digits, up to eight each.
func isLanguage(b []byte) bool {
	first, rest, more := strings.Cut(string(b), "-")
	n := len(first)
	private := n == 1 && (first[0]|0x20 == 'x' || first[0]|0x20 == 'i') && more
	if n < 2 && !private || n > 8 || !allLetters(first) {
		return false
	}
	for more {
		var sub string
		sub, rest, more = strings.Cut(rest, "-")
		if sub == "" || len(sub) > 8 || !isAlphanumeric(sub) {
			return false
		}
	}
	return true
}

func allLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func isAlphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}
