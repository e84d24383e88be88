package jcs

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// A scanner walks the members of one canonical object and knows where in the
// text each begins and ends.
type scanner struct {
	text []byte
	dec  *jsontext.Decoder
}

func newScanner(text []byte) *scanner {
	return &scanner{text: text, dec: jsontext.NewDecoder(bytes.NewReader(text))}
}

func (s *scanner) open() error {
	if t, err := s.dec.ReadToken(); err != nil || t.Kind() != '{' {
		return errors.New("want one object")
	}
	return nil
}

func (s *scanner) more() bool    { return s.dec.PeekKind() == '"' }
func (s *scanner) offset() int64 { return s.dec.InputOffset() }

// member reads one name and its value; from is where the name begins.
func (s *scanner) member() (name string, from int64, value []byte, err error) {
	from = s.dec.InputOffset()
	if s.text[from] == ',' {
		from++
	}
	t, err := s.dec.ReadToken()
	if err != nil {
		return "", 0, nil, fmt.Errorf("member name: %w", err)
	}
	name = t.String()
	v, err := s.dec.ReadValue()
	if err != nil {
		return "", 0, nil, fmt.Errorf("member %s: %w", name, err)
	}
	return name, from, bytes.Clone(v), nil
}
