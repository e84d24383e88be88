package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// String prints the canonical spelling: one space between words, the shortest
// operators, quotes and parentheses only where they are needed, hexadecimal in
// lower case. Parse reads it back into an equal tree.
func (p *Pattern) String() string {
	return string(printObservation(make([]byte, 0, 128), p.Root))
}

// String prints a path as it stands in a pattern.
func (p Path) String() string { return string(p.text(nil)) }

func printObservation(b []byte, o Observation) []byte {
	switch o := o.(type) {
	case *Observe:
		b = append(b, '[')
		b = printComparison(b, o.Test)
		return append(b, ']')
	case *Sequence:
		for i, part := range o.Parts {
			if i > 0 {
				b = append(append(append(b, ' '), o.Op...), ' ')
			}
			b = enclose(b, part, o.holds(part, i))
		}
	case *Qualified:
		b = o.text(b)
	}
	return b
}

func enclose(b []byte, o Observation, bare bool) []byte {
	if bare {
		return printObservation(b, o)
	}
	return append(printObservation(append(b, '('), o), ')')
}

var tightness = map[Joint]int{And: 3, Or: 2, FollowedBy: 1}

// holds says whether part number i can stand without parentheses.
func (s *Sequence) holds(part Observation, i int) bool {
	inner, ok := part.(*Sequence)
	return !ok || tightness[inner.Op] > tightness[s.Op] || (i == 0 && inner.Op == s.Op)
}

// text prints the expression and its qualifiers. Parentheses stand around a
// sequence, and around what would otherwise carry one kind of qualifier twice;
// after parentheses any qualifier may follow.
func (q *Qualified) text(b []byte) []byte {
	chain, of := q.chain()
	_, free := of.(*Sequence)
	begin := len(b)
	b = enclose(b, of, !free)
	seen := map[string]bool{}
	for _, with := range chain {
		if !free && seen[with.word()] {
			b = append(slices.Insert(b, begin, '('), ')')
			free = true
		}
		seen[with.word()] = true
		b = with.text(append(b, ' '))
	}
	return b
}

// chain gives the qualifiers, innermost first, and what they all stand after.
func (q *Qualified) chain() (chain []Qualifier, of Observation) {
	for of = q; ; {
		inner, ok := of.(*Qualified)
		if !ok {
			slices.Reverse(chain)
			return chain, of
		}
		chain = append(chain, inner.With)
		of = inner.Of
	}
}

func printComparison(b []byte, c Comparison) []byte {
	switch c := c.(type) {
	case *Group:
		for i, part := range c.Parts {
			if i > 0 {
				b = append(append(append(b, ' '), c.Op...), ' ')
			}
			inner, ok := part.(*Group)
			if ok && (c.Op == And || inner.Op == Or) {
				b = append(printComparison(append(b, '('), part), ')')
			} else {
				b = printComparison(b, part)
			}
		}
	case *Exists:
		if c.Negated {
			b = append(b, "NOT "...)
		}
		b = c.Path.text(append(b, "EXISTS "...))
	case *Test:
		b = c.text(b)
	}
	return b
}

func (t *Test) text(b []byte) []byte {
	b = append(t.Path.text(b), ' ')
	if t.Negated {
		b = append(b, "NOT "...)
	}
	b = append(append(b, t.Op...), ' ')
	if t.Op != In {
		return t.Values[0].text(b)
	}
	b = append(b, '(')
	for i, v := range t.Values {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = v.text(b)
	}
	return append(b, ')')
}

func (p Path) text(b []byte) []byte {
	b = append(append(b, p.Type...), ':')
	for i, s := range p.Steps {
		if s.Kind == Key && i > 0 {
			b = append(b, '.')
		}
		b = s.text(b)
	}
	return b
}

func (s Step) text(b []byte) []byte {
	switch {
	case s.Kind == Any:
		return append(b, "[*]"...)
	case s.Kind == Index:
		return append(strconv.AppendInt(append(b, '['), s.Index, 10), ']')
	case s.plain():
		return append(b, s.Key...)
	}
	return String(s.Key).text(b)
}

// plain says whether a key can stand without quotes.
func (s Step) plain() bool {
	if s.Key == "" || reserved[s.Key] || !isLetter(s.Key[0]) {
		return false
	}
	for i := range len(s.Key) {
		if c := s.Key[i]; !isLetter(c) && !isDigit(c) {
			return false
		}
	}
	return true
}

func (s String) text(b []byte) []byte {
	b = append(b, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '\'')
}

func (n Int) text(b []byte) []byte { return strconv.AppendInt(b, int64(n), 10) }

func (f Float) text(b []byte) []byte {
	from := len(b)
	b = strconv.AppendFloat(b, float64(f), 'f', -1, 64)
	if !strings.Contains(string(b[from:]), ".") {
		b = append(b, ".0"...)
	}
	return b
}

func (t Bool) text(b []byte) []byte { return strconv.AppendBool(b, bool(t)) }

func (h Hex) text(b []byte) []byte {
	return append(hex.AppendEncode(append(b, "h'"...), []byte(h)), '\'')
}

func (d Binary) text(b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(b, "b'"...), []byte(d)), '\'')
}

func (t Timestamp) text(b []byte) []byte {
	return append(append(append(b, "t'"...), t...), '\'')
}

func (*Repeats) word() string   { return "REPEATS" }
func (*Within) word() string    { return "WITHIN" }
func (*StartStop) word() string { return "START" }

func (r *Repeats) text(b []byte) []byte {
	return append(strconv.AppendInt(append(b, "REPEATS "...), r.Times, 10), " TIMES"...)
}

func (w *Within) text(b []byte) []byte {
	b = append(b, "WITHIN "...)
	if w.Whole {
		b = strconv.AppendInt(b, int64(w.Seconds), 10)
	} else {
		b = Float(w.Seconds).text(b)
	}
	return append(b, " SECONDS"...)
}

func (s *StartStop) text(b []byte) []byte {
	b = s.Start.text(append(b, "START "...))
	return s.Stop.text(append(b, " STOP "...))
}
