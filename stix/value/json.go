package value

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// The functions here read JSON that a strict parser has accepted already. On
// anything else they stop early; they never fail and never recurse.

// text decodes a JSON string; ok is false for other values.
func text(raw []byte) (s string, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner), utf8.Valid(inner)
	}
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// fields yields the members of a JSON object: names without their quotes, and
// with their escapes if they have any, since no name that we look for has one.
func fields(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		rest, ok := begin(raw, '{')
		for ok && len(rest) > 0 && rest[0] == '"' {
			n := span(rest)
			name := rest[:n]
			rest = bytes.TrimLeft(rest[n:], " \t\r\n")
			if len(name) < 2 || len(rest) == 0 || rest[0] != ':' {
				return
			}
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
			n = span(rest)
			if n == 0 || !yield(name[1:len(name)-1], rest[:n]) {
				return
			}
			rest, ok = after(rest[n:])
		}
	}
}

// elements yields the elements of a JSON array.
func elements(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rest, ok := begin(raw, '[')
		for ok && len(rest) > 0 && rest[0] != ']' {
			n := span(rest)
			if n == 0 || !yield(rest[:n]) {
				return
			}
			rest, ok = after(rest[n:])
		}
	}
}

func begin(raw []byte, bracket byte) ([]byte, bool) {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 || raw[0] != bracket {
		return nil, false
	}
	return bytes.TrimLeft(raw[1:], " \t\r\n"), true
}

// after passes over a comma; ok is false where none stands.
func after(rest []byte) ([]byte, bool) {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 || rest[0] != ',' {
		return nil, false
	}
	return bytes.TrimLeft(rest[1:], " \t\r\n"), true
}

// span is the length of the JSON value at the beginning of b.
func span(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			n := quoteSpan(b[i:])
			if n == 0 || depth == 0 {
				return i + n
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + depth + 1 // a closing bracket of the outside is not ours
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// quoteSpan is the length of the string at the beginning of b, 0 if unclosed.
func quoteSpan(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
