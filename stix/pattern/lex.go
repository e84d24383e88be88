package pattern

import (
	"strings"
	"unicode/utf8"
)

// A token is a slice of the text; literals are decoded when the parser asks.
type token struct {
	kind tokenKind
	at   int
	text string
}

type tokenKind uint8

const (
	end     tokenKind = iota
	word              // a name without hyphen, or a keyword
	hyphens           // a name with hyphens: an object type, never a property
	quoted            // 'string'
	whole             // integer
	decimal           // float
	hexed             // h'…'
	based             // b'…'
	timed             // t'…'
	mark              // punctuation and operators
)

// reserved words of the grammar are never names.
var reserved = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "FOLLOWEDBY": true, "LIKE": true, "MATCHES": true,
	"ISSUPERSET": true, "ISSUBSET": true, "EXISTS": true, "LAST": true, "IN": true, "START": true,
	"STOP": true, "SECONDS": true, "true": true, "false": true, "WITHIN": true, "REPEATS": true, "TIMES": true,
}

// A lexer cuts text into tokens, one token ahead of the parser.
type lexer struct {
	text string
	pos  int
}

// next reads the token that begins after white space and comments.
func (l *lexer) next() (token, *Error) {
	l.skip()
	if l.pos == len(l.text) {
		return token{kind: end, at: l.pos}, nil
	}
	switch c := l.text[l.pos]; {
	case c == '\'':
		return l.quote(quoted, l.pos)
	case isLetter(c):
		return l.name()
	case isDigit(c), c == '+', c == '-':
		return l.number()
	case c == '.' && l.pos+1 < len(l.text) && isDigit(l.text[l.pos+1]):
		return l.number()
	default:
		return l.punctuation()
	}
}

// skip passes over white space and comments; an unclosed comment is left for
// punctuation to refuse.
func (l *lexer) skip() {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
				l.pos += n
			} else {
				l.pos = len(l.text)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return
			}
			l.pos += n + 4
		default:
			r, size := utf8.DecodeRuneInString(rest)
			if !isSpace(r) {
				return
			}
			l.pos += size
		}
	}
}

// quote reads from the opening quote to the closing one; at is where the token
// began, before the letter of a h”, b” or t”.
func (l *lexer) quote(kind tokenKind, at int) (token, *Error) {
	for i := l.pos + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\'':
			text := l.text[l.pos+1 : i]
			if !utf8.ValidString(text) {
				return token{}, failure(l.text, at, "the string is not valid UTF-8", "")
			}
			l.pos = i + 1
			return token{kind: kind, at: at, text: text}, nil
		case '\\':
			if i++; i == len(l.text) || (l.text[i] != '\'' && l.text[i] != '\\') {
				return token{}, failure(l.text, i-1, `a backslash in a string escapes only ' and \`, "")
			}
		}
	}
	return token{}, failure(l.text, at, "the string that begins here has no closing quote", "")
}

// literals are the letters that, directly before a quote, make another literal.
var literals = map[string]tokenKind{"h": hexed, "b": based, "t": timed}

func (l *lexer) name() (token, *Error) {
	at, kind := l.pos, word
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		if c == '-' {
			kind = hyphens
		} else if !isLetter(c) && !isDigit(c) {
			break
		}
		l.pos++
	}
	text := l.text[at:l.pos]
	if len(text) == 1 && l.pos < len(l.text) && l.text[l.pos] == '\'' {
		if kind, ok := literals[text]; ok {
			return l.quote(kind, at)
		}
	}
	return token{kind: kind, at: at, text: text}, nil
}

// number reads [+-]? digits ('.' digits)?; a leading zero ends an integer.
func (l *lexer) number() (token, *Error) {
	at, i := l.pos, l.pos
	if c := l.text[i]; c == '+' || c == '-' {
		i++
	}
	first := i
	i = digits(l.text, i)
	if i+1 < len(l.text) && l.text[i] == '.' && isDigit(l.text[i+1]) {
		l.pos = digits(l.text, i+1)
		return token{kind: decimal, at: at, text: l.text[at:l.pos]}, nil
	}
	if i == first {
		return token{}, failure(l.text, at, "a sign stands only before a number", "")
	}
	if l.text[first] == '0' && i > first+1 {
		return token{}, failure(l.text, at, "an integer has no leading zeros", "")
	}
	l.pos = i
	return token{kind: whole, at: at, text: l.text[at:i]}, nil
}

func digits(text string, i int) int {
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return i
}

func (l *lexer) punctuation() (token, *Error) {
	at, rest := l.pos, l.text[l.pos:]
	if len(rest) >= 2 {
		switch rest[:2] {
		case "==", "!=", "<>", "<=", ">=":
			l.pos += 2
			return token{kind: mark, at: at, text: rest[:2]}, nil
		case "/*":
			return token{}, failure(l.text, at, "the comment that begins here is never closed", "")
		}
	}
	if strings.IndexByte("=<>:.,()[]*", rest[0]) < 0 {
		r, _ := utf8.DecodeRuneInString(rest)
		return token{}, failure(l.text, at, "a pattern has no place for the character "+quoteRune(r), "")
	}
	l.pos++
	return token{kind: mark, at: at, text: rest[:1]}, nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// isSpace follows the grammar's list, which is not Unicode's: U+0085 counts.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\n', '\v', '\f', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}
