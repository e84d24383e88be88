// Package stix reads, checks and writes STIX 2.1, the language in which cyber
// threat intelligence is shared. It needs nothing of the rest of this module:
// bytes go in, values come out.
//
// An [Object] keeps the bytes it came as, exactly; whoever sends it on sends
// the same bytes. [Parse] makes one pass over them and is strict: a name twice,
// bytes that are not UTF-8, NUL, half a surrogate pair, a number that is not
// exact, too deep, too long, or anything behind the object is a [SyntaxError]
// with a JSON pointer. What an object means is read when it is asked for
// (Type, ID, Version, Refs, ...).
//
// [Validate] compares an object with the standard, and tells what is a MUST
// from what is advice. The tables of the standard are in types_*.go, in the
// order of its sections; custom types and properties are kept and held to the
// standard's rules for them.
//
// A [Reader] takes a stream of any length apart: bundles, TAXII envelopes,
// arrays, single objects, NDJSON. One object at a time is in memory.
//
// [Upgrade] turns STIX 2.0 into 2.1, the same everywhere, bit for bit.
//
// How an object lies in memory:
//
//	raw    {"type":"ipv4-addr","id":"ipv4-addr--...","value":"198.51.100.3"}
//	nodes  object, name, string, name, string, name, string
//
// with one node of sixteen bytes for each value and name, in the order of the
// bytes: where it starts and ends, its kind, and where the next one beside it
// stands. So a property is found without parsing again, and nothing is
// allocated per member.
//
//	scan.go        bytes to nodes
//	object.go      the object and its properties
//	id.go, timestamp.go, tlp.go, granular.go, scoid.go
//	schema.go      the words with which the tables are written
//	shapes.go, hashes.go, formats.go, vocab.go     what a value may be
//	types_*.go     the tables: common, sdo, sro, sco, ext, meta; custom.go, relationships.go
//	validate.go    the walk through an object; problem.go what it finds
//	reader.go      streams
//	upgrade.go, upgrade_observed.go                STIX 2.0 to 2.1
//
// Sections such as "3.2" are those of STIX 2.1 with Errata 01.
package stix
