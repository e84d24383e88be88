package tell

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// What sets one text apart from those around it, and says that a line runs from
// right to left. UAX 9, 2
const (
	isolate    = '\u2068' // first strong isolate
	endIsolate = '\u2069' // pop directional isolate
	rtlMark    = "\u200f" // right-to-left mark
)

// columns returns how many columns a terminal gives to a text: none to what
// joins or directs, two to wide letters, one to the rest.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// wrap breaks a text into lines of at most limit columns, at spaces where it
// can. An isolate that a break falls into ends with the line and begins again
// on the next, so that each line stands for itself.
func wrap(s string, limit int) []string {
	w := wrapping{limit: max(limit, 1)}
	for word := range strings.FieldsFuncSeq(s, breaks) {
		w.add(word)
	}
	w.flush()
	return w.lines
}

// breaks reports where a line may end; not at the spaces that hold a number or
// a sign together.
func breaks(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }

type wrapping struct {
	limit int
	lines []string
	line  strings.Builder
	used  int
	open  int // isolates open at the end of line
}

func (w *wrapping) add(word string) {
	need := columns(word)
	if w.used > 0 && w.used+1+need > w.limit {
		w.flush()
	}
	if w.used > 0 {
		w.put(' ')
	}
	for _, r := range word {
		if w.used > 0 && w.used+columnsOf(r) > w.limit {
			w.flush()
		}
		w.put(r)
	}
}

func (w *wrapping) put(r rune) {
	switch r {
	case isolate:
		w.open++
	case endIsolate:
		w.open = max(w.open-1, 0)
	}
	w.line.WriteRune(r)
	w.used += columnsOf(r)
}

func (w *wrapping) flush() {
	if w.used == 0 {
		return
	}
	w.lines = append(w.lines, w.line.String()+strings.Repeat(string(endIsolate), w.open))
	w.line.Reset()
	w.line.WriteString(strings.Repeat(string(isolate), w.open))
	w.used = 0
	if w.open == 0 {
		w.line.Reset()
	}
}
