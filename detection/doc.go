// Package detection writes indicators for what detects: Suricata rules, a
// response policy zone for name servers, CSV, and plain lists of hashes and values.
//
//	pattern → Reduce → values, any of which is enough → Write → one file
//
// A pattern that asks for more than one value at once is written only where one
// of them says all the others (a strong hash of a file); else it is left out, and
// the report says so: half of a pattern would hit what its author did not mean.
//
// Values come from strangers. Nothing of them reaches a file but what its format
// cannot take for anything else; what cannot be written that way is left out.
package detection
