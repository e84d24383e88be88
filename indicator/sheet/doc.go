// Package sheet reads lists in columns, as people keep them: CSV with any
// delimiter, header or none, comments, and several encodings.
//
//	beginning → Guess → Layout, which a person confirms or changes → Read → Record, a row at a time
//
// A Layout is a small JSON file. Nothing of a sheet is passed over in silence: a
// row gives values, or a doubt that says why it gives none.
package sheet
