package value

import (
	"strings"
	"unicode/utf8"
)

// A Value is an identifier that something contains.
type Value struct {
	Kind   Kind
	Text   string // normalised
	As     string // as written where it was found
	Person bool   // Kind can name a person
}

// MaxLength bounds what Normalise takes, in bytes.
const MaxLength = 8192

// An Error says why a text is no value of a kind. Its message does not repeat
// the text, which may name a person, so that it can go into a log.
type Error struct {
	Kind Kind
	Why  string
}

func (e *Error) Error() string { return "value: " + string(e.Kind) + ": " + e.Why }

// A flaw is the reason alone, before Normalise adds the kind.
type flaw string

func (f flaw) Error() string { return string(f) }

// Normalise gives s its one spelling as a value of kind. White space around it
// is dropped. The error is an *Error. Normalising twice changes nothing more.
func Normalise(kind Kind, s string) (string, error) {
	text, err := normalise(kind, s)
	if err != nil {
		return "", &Error{Kind: kind, Why: err.Error()}
	}
	return text, nil
}

func normalise(kind Kind, s string) (string, error) {
	r, ok := rules[kind]
	switch {
	case !ok:
		return "", flaw("there is no such kind")
	case len(s) > MaxLength:
		return "", flaw("longer than 8192 bytes")
	case !utf8.ValidString(s):
		return "", flaw("not valid UTF-8")
	}
	if s = strings.TrimSpace(s); s == "" {
		return "", flaw("empty")
	}
	return r.normalise(s)
}

// Of makes the value of kind that s spells. The error is an *Error.
func Of(kind Kind, s string) (Value, error) {
	text, err := Normalise(kind, s)
	if err != nil {
		return Value{}, err
	}
	return Value{Kind: kind, Text: text, As: s, Person: kind.Person()}, nil
}

// add appends the value if s is one of kind.
func add(out []Value, kind Kind, s string) []Value {
	text, err := normalise(kind, s)
	if err != nil {
		return out
	}
	return append(out, Value{Kind: kind, Text: text, As: s, Person: rules[kind].person})
}
