package say

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// What sets foreign text apart from the sentence around it. UAX 9, 2.4
const (
	isolate    = "\u2068" // first strong isolate
	endIsolate = "\u2069" // pop directional isolate
)

// Iso shows foreign text inside a sentence of ours: cleaned, and set apart so
// that its direction does not move what stands around it. Where nothing could
// move, because sentence and text both run from left to right, no marks are
// added. Text that was through Iso already is not marked twice.
func (p *Printer) Iso(s string) string {
	if inner, ok := strings.CutPrefix(s, isolate); ok {
		s = strings.TrimSuffix(inner, endIsolate)
	}
	s = Clean(s)
	if p.Dir() == "ltr" && !hasRTL(s) {
		return s
	}
	return isolate + s + endIsolate
}

func hasRTL(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		properties, _ := bidi.LookupRune(r)
		switch properties.Class() {
		case bidi.R, bidi.AL, bidi.AN:
			return true
		}
		return false
	})
}

// Clean makes foreign text harmless to a terminal and honest to a reader:
// control characters are shown, not obeyed. ESC becomes ␛ and newline ␊; other
// invisible characters, among them those that turn the direction of writing,
// are written out like <U+202E>, and bytes that are not UTF-8 like <0xFF>. The
// joiners that Persian and emoji need stay.
func Clean(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, "<0x%02X>", s[i])
		case hidden(r):
			b.WriteString(shown(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

const (
	nonJoiner = '\u200C'
	joiner    = '\u200D'
)

func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != joiner && r != nonJoiner
}

// shown is the picture of a control character where Unicode has one, else its
// number.
func shown(r rune) string {
	switch {
	case r < ' ':
		return string('\u2400' + r)
	case r == '\u007F':
		return "\u2421"
	}
	return fmt.Sprintf("<U+%04X>", r)
}
