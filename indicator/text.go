package indicator

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq/stix/value"
)

// MaxText bounds a text, in bytes.
const MaxText = 16 << 20

// A Found is a value at its place; As is exactly what stands there.
type Found struct {
	value.Value
	Line, Column int // from 1; the column counts characters of the line (a cell of its row, in tables)
	Defanged     bool
}

// A Doubt is what looks like a value and is none, and why.
type Doubt struct {
	As           string
	Line, Column int
	Why          string
}

// FromText finds the values that a text mentions: each once, where it stands
// first. A doubt is a word that is disguised as values are, or has :// in it, and
// yet is no value. The text must be UTF-8; see Decode.
func FromText(text string) (found []Found, doubts []Doubt) {
	c := clean(text)
	mentions := value.InText(c.text)
	p := places{text: text, line: 1}
	seen := map[value.Value]bool{}
	next := 0
	for start, end := range words(c.text) {
		first := next
		for next < len(mentions) && mentions[next].Start < end {
			m := mentions[next]
			f := p.found(c, m)
			if key := (value.Value{Kind: m.Kind, Text: m.Text}); !seen[key] {
				seen[key] = true
				found = append(found, f)
			}
			next++
		}
		if word := c.text[start:end]; next == first && (first == 0 || mentions[first-1].End <= start) && suspicious(word) {
			line, column := p.at(c.was(start))
			doubts = append(doubts, Doubt{As: text[c.was(start) : c.was(end-1)+1], Line: line, Column: column, Why: whyNot(word)})
		}
	}
	return found, doubts
}

// found is a mention, as it stands in the text before it was cleaned.
func (p *places) found(c *cleaned, m value.Mention) Found {
	start, end := c.was(m.Start), c.was(m.End-1)+1
	f := Found{Value: m.Value}
	f.As = p.text[start:end]
	f.Defanged = f.As != m.As || value.Refang(f.As) != f.As
	f.Line, f.Column = p.at(start)
	return f
}

// places counts lines and columns of bytes that come in order.
type places struct {
	text         string
	seen, column int // bytes counted, and the characters of them since the line began
	line         int
}

func (p *places) at(offset int) (line, column int) {
	for p.seen < offset {
		r, size := utf8.DecodeRuneInString(p.text[p.seen:])
		p.seen += size
		switch {
		case r == '\n', r == '\r' && !strings.HasPrefix(p.text[p.seen:], "\n"):
			p.line, p.column = p.line+1, 0
		default:
			p.column++
		}
	}
	return p.line, p.column + 1
}

// words yields where each word of a text begins and ends.
func words(s string) func(yield func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		start := -1
		for i := 0; i <= len(s); i++ {
			space := i == len(s) || s[i] <= ' '
			switch {
			case !space && start < 0:
				start = i
			case space && start >= 0:
				if !yield(start, i) {
					return
				}
				start = -1
			}
		}
	}
}

// suspicious tells of a word that its author disguised, or that has a scheme.
func suspicious(word string) bool {
	if len(word) > value.MaxLength {
		return false
	}
	return strings.Contains(word, "://") || value.Refang(word) != word
}

// whyNot says what keeps a word from being what it looks like.
func whyNot(word string) string {
	whole := strings.Trim(value.Refang(word), `.,;:!?"'()[]{}<>`)
	kind := value.Domain
	switch {
	case strings.Contains(whole, "://"):
		kind = value.URL
	case strings.Contains(whole, "@"):
		kind = value.Email
	}
	_, err := value.Normalise(kind, whole)
	return reason(err)
}

// reason is why something is no value, without the text itself.
func reason(err error) string {
	if v, ok := errors.AsType[*value.Error](err); ok {
		return string(v.Kind) + ": " + v.Why
	}
	return "no value of a known kind"
}
