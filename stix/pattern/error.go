package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error says where a pattern stops being one, and what would have been right.
type Error struct {
	Offset int    // bytes from the start
	Line   int    // from 1
	Column int    // in characters, from 1
	Want   string // what was expected or which rule was broken
	Found  string // what stood there, quoted; empty where Want says it all
}

func (e *Error) Error() string {
	at := fmt.Sprintf("pattern: line %d, column %d: ", e.Line, e.Column)
	if e.Found == "" {
		return at + e.Want
	}
	return at + "want " + e.Want + ", found " + e.Found
}

// Position turns an offset into text into a line and a column, both from 1;
// columns count characters.
func Position(text string, offset int) (line, column int) {
	before := text[:max(0, min(offset, len(text)))]
	line = 1 + strings.Count(before, "\n")
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return line, 1 + utf8.RuneCountInString(before[lineStart:])
}

func failure(text string, offset int, want, found string) *Error {
	line, column := Position(text, offset)
	return &Error{Offset: offset, Line: line, Column: column, Want: want, Found: found}
}
