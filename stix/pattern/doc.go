// Package pattern reads and prints the STIX patterning language.
//
// A pattern says what an indicator looks for:
//
//	([file:hashes.'SHA-256' = 'aec0…'] FOLLOWEDBY [process:name = 'x']) WITHIN 300 SECONDS
//
// Parse reads the whole grammar of STIX 2.1, 9 into a tree whose nodes know
// where they stood; String prints the tree in one canonical spelling, and
// parsing that spelling gives an equal tree. Parse20 reads the older dialect
// of STIX 2.0 into the same tree, so that printing it upgrades the pattern.
//
// The package judges form, not meaning: it does not know which properties an
// object has, and it does not match observations. Beyond the grammar it
// refuses what the text of the standard forbids: impossible dates, integers
// outside 64 bits, REPEATS 0, WITHIN 0, and one kind of qualifier twice on the
// same expression. Faults names the rest of
// what the text forbids. It is safe on hostile input: length and depth are bounded.
package pattern
