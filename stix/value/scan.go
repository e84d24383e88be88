package value

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FromText finds the values in running text, each once, in the order in which
// they stand. Tokens end at white space and quotation marks; brackets and
// punctuation around them fall away. Phone numbers and IBANs may hold spaces.
func FromText(s string) []Value {
	f := &finder{seen: map[seen]bool{}}
	f.read(s)
	return f.out
}

// A Mention is a value at its place in a text: s[Start:End] is its As.
type Mention struct {
	Value
	Start, End int // bytes
}

// InText is FromText with every mention of every value, and where it stands.
func InText(s string) []Mention {
	f := &finder{all: []Mention{}}
	f.read(s)
	return f.all
}

func (f *finder) read(s string) {
	for at := 0; at < len(s); {
		start, end := nextToken(s, at)
		if start == end {
			break
		}
		at = f.spaced(s, start)
		if at == start {
			f.token(s[start:end], start)
			at = end
		}
	}
}

type seen struct {
	kind Kind
	text string
}

type finder struct {
	out  []Value
	seen map[seen]bool
	all  []Mention // in place of out and seen, when not nil
	buf  []Value
}

// keep takes what was found in the text that begins at a place.
func (f *finder) keep(found []Value, at int) bool {
	for _, v := range found {
		if f.all != nil {
			f.all = append(f.all, Mention{Value: v, Start: at, End: at + len(v.As)})
			continue
		}
		if k := (seen{v.Kind, v.Text}); !f.seen[k] {
			f.seen[k] = true
			f.out = append(f.out, v)
		}
	}
	return len(found) > 0
}

func nextToken(s string, at int) (start, end int) {
	start = at
	for start < len(s) {
		r, size := utf8.DecodeRuneInString(s[start:])
		if !isGap(r) {
			break
		}
		start += size
	}
	end = start
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if isGap(r) {
			break
		}
		end += size
	}
	return start, end
}

// isGap says whether a character ends a token.
func isGap(r rune) bool {
	if r < 0x80 {
		return r <= ' ' || r == '"' || r == '\'' || r == '`' || r == '<' || r == '>' || r == '|'
	}
	switch r {
	case '«', '»', '“', '”', '‘', '’', '،', '؛':
		return true
	}
	return unicode.IsSpace(r)
}

// token tries the whole token, then its parts, as in md5=…, ip:port or a,b.
func (f *finder) token(s string, at int) {
	if len(s) > maxToken || !promising(s) {
		return
	}
	s, at = trimMarks(s, at)
	if f.buf = detect(f.buf[:0], s); f.keep(f.buf, at) {
		return
	}
	if !strings.ContainsAny(s, ",;=:") {
		return
	}
	for len(s) > 0 {
		n := strings.IndexFunc(s, isJoin)
		if n < 0 {
			n = len(s)
		}
		part, from := trimMarks(s[:n], at)
		f.buf = detect(f.buf[:0], part)
		f.keep(f.buf, from)
		n = min(n+1, len(s))
		s, at = s[n:], at+n
	}
}

// promising tells words from what could be a value: all values have a digit or
// a mark before their end, or were written in another script.
func promising(s string) bool {
	for i := range len(s) - 1 {
		if c := s[i]; c < 'A' && c != '-' && c != ',' || c > 'z' || c == '[' || c == '\\' {
			return true
		}
	}
	return false
}

func isJoin(r rune) bool { return r == ',' || r == ';' || r == '=' || r == ':' }

// trimMarks takes off punctuation around a token, brackets that have no partner
// in it, and a pair of brackets around all of it. A few rounds are enough for
// what people write. at is where s begins, and where what it returns begins.
func trimMarks(s string, at int) (string, int) {
	const marks = ".,;:!?*…؟"
	for range 8 {
		before := len(s)
		right := strings.TrimRight(s, marks)
		s = strings.TrimLeft(right, marks)
		at += len(right) - len(s)
		s, at = trimBracket(s, at)
		if len(s) == before {
			break
		}
	}
	return s, at
}

func trimBracket(s string, at int) (string, int) {
	for _, pair := range [...]string{"()", "[]", "{}"} {
		surplus := strings.Count(s, pair[:1]) - strings.Count(s, pair[1:])
		switch {
		case surplus > 0 && strings.HasPrefix(s, pair[:1]):
			s, at = s[1:], at+1
		case surplus < 0:
			s = strings.TrimSuffix(s, pair[1:])
		case enclosed(s, pair):
			s, at = s[1:len(s)-1], at+1
		}
	}
	return s, at
}

// enclosed says whether the bracket that opens s is closed by its last byte.
func enclosed(s, pair string) bool {
	if !strings.HasPrefix(s, pair[:1]) || !strings.HasSuffix(s, pair[1:]) {
		return false
	}
	depth := 0
	for i := range len(s) - 1 {
		switch s[i] {
		case pair[0]:
			depth++
		case pair[1]:
			depth--
		}
		if depth == 0 {
			return false
		}
	}
	return true
}

// spaced looks for a number with spaces in it at start, and gives where it ends;
// start itself where there is none.
func (f *finder) spaced(s string, start int) int {
	rest := s[start:]
	switch {
	case strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "00") || strings.HasPrefix(rest, "(+") || strings.HasPrefix(rest, "＋"):
		return start + f.phone(rest, start)
	case len(rest) > 4 && isUpper(rest[0]) && isUpper(rest[1]) && isDigit(rest[2]) && isDigit(rest[3]):
		return start + f.iban(rest, start)
	}
	return start
}

// phone takes as many whole groups of digits as make a number.
func (f *finder) phone(s string, at int) int {
	run := s[:phoneRun(s)]
	for {
		run = strings.TrimRightFunc(run, isBetween)
		text, err := phone(run)
		if err == nil && len(text) >= len("+12345678") {
			f.keep([]Value{{Kind: Phone, Text: text, As: run, Person: true}}, at)
			return len(run)
		}
		last := strings.LastIndexFunc(run, isBetween)
		if last <= 0 {
			return 0
		}
		run = run[:last]
	}
}

// phoneRun is the length of what could be a number at the beginning of s: a
// group that goes on as a word, or that makes it too long, does not count.
func phoneRun(s string) int {
	const most = len("00") + 15 // ITU-T E.164, 6
	digits := 0
	for i, r := range s {
		_, ok := digitOf(r)
		if ok {
			digits++
		}
		switch {
		case digits > most || i > 4*most:
			return max(0, strings.LastIndexFunc(s[:i], isBetween))
		case ok, isBetween(r), i <= 1 && (r == '+' || r == '＋'):
		case isGap(r), unicode.IsPunct(r) && r != '@' && r != '_':
			return i
		default:
			return max(0, strings.LastIndexFunc(s[:i], isBetween))
		}
	}
	return len(s)
}

// iban takes as many letters and digits as the country's IBANs have, across
// single spaces.
func (f *finder) iban(s string, at int) int {
	want, ok := ibanLengths[s[:2]]
	n := 0
	for i := 0; ok && i < len(s); i++ {
		switch c := s[i]; {
		case isUpper(c) || isDigit(c):
			n++
		case c == ' ' && s[i-1] != ' ':
			continue
		default:
			return 0
		}
		if n == want {
			as := s[:i+1]
			if v := add(nil, IBAN, as); f.keep(v, at) {
				return len(as)
			}
			return 0
		}
	}
	return 0
}
