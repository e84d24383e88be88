// Package indicator makes STIX out of what people paste: reports in plain text,
// and lists in columns (package sheet).
//
//	text  → FromText → Found (value, line, column) and Doubt → Maker → STIX objects
//	table → sheet    → Found and Doubt                       → Maker → STIX objects
//
// What is written so that no program follows it is read whatever the disguise:
// hxxp, [.], (dot), {.}, [at], a bracket left open, spaces around the brackets,
// backslashes before dots, and characters of no width. Package stix/value decides
// what is a value, and gives it its one spelling.
//
// Everything follows from the bytes, the options and the date given: the same
// text read again gives the same objects, byte for byte, and is then nothing new
// to whoever keeps them. What looks like a value and is none is a Doubt, so that
// nothing falls under the table.
package indicator
