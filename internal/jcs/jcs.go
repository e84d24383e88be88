// Package jcs makes the one form of a JSON text that is hashed and signed.
// RFC 8785, 3.2
//
// It is a thin layer over jsontext, which is several times as fast as the
// other Go implementations and refuses what a signed text must not have:
// duplicate names, invalid UTF-8, lone surrogates. The tests hold it to the
// RFC's own samples and to a second, independent implementation.
package jcs

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Transform gives the canonical form of a JSON text; raw is left as it is.
// Errors name the place as a JSON pointer.
func Transform(raw []byte) ([]byte, error) {
	v := jsontext.Value(raw).Clone()
	if err := v.Canonicalize(jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false)); err != nil {
		return nil, fmt.Errorf("canonical form: %w", err)
	}
	return v, nil
}

// Marshal gives the canonical form of a Go value.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical form: %w", err)
	}
	text := jsontext.Value(raw)
	if err := text.Canonicalize(); err != nil {
		return nil, fmt.Errorf("canonical form: %w", err)
	}
	return text, nil
}

// Without cuts the named member out of a canonical object, and gives the rest
// in canonical form beside the member's value (nil when absent).
func Without(canonical []byte, member string) (rest, value []byte, err error) {
	dec := newScanner(canonical)
	if err := dec.open(); err != nil {
		return nil, nil, err
	}
	rest = make([]byte, 0, len(canonical))
	rest = append(rest, '{')
	for dec.more() {
		name, from, v, err := dec.member()
		if err != nil {
			return nil, nil, err
		}
		if name == member {
			value = v
			continue
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(rest, canonical[from:dec.offset()]...)
	}
	return append(rest, '}'), value, nil
}
