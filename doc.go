// Package mithaq holds the words of the spine as Go types with their pure
// rules: what a pact says, what an item carries, who acts, and whether an item
// may cross. It reads no clock, no file and no network; whoever calls it brings
// the time and the bytes.
//
// The central sentence is
//
//	Decide(rules, facts, request) Decision
//
// where the rules are a pact's compiled terms, the facts are what one holding
// carries, and the request says who would hand it to whom, when, why and under
// which law. A label that a rule needs and does not find is a refusal: a missing
// label never means free. Everything that is signed is a STIX 2.1 extension
// object whose signature covers its canonical JSON without the member
// "signatures".
package mithaq
