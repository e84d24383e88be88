// Package pdftext reads the text of PDF reports in a child process of the same
// program, since parsers of PDF are large, and reports come from anybody.
//
//	parent: report, at most 32 MiB ──stdin──▶ child ──stdout──▶ text, at most 16 MiB
//
// The child has no environment. It reads its input, and then gives up for good: to
// open anything, so that there are no files and no network for it, more than 256
// MiB of memory, more than 10 seconds of processor time, writing to files, dumping
// its memory, and new privileges. Only then does it look at a byte. The parent
// kills it after a minute by the clock, on a machine that is busy.
//
// What an attacker who takes over the child can do: return a text that is not that
// of the report, which is what a report can say anyway.
package pdftext
