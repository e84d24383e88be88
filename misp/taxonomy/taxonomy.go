// Package taxonomy reads MISP taxonomies, the vocabularies of labels such as
// tlp:green or misp:confidence-level="fairly-confident", to pick labels from and
// to hold labels to.
//
//	machinetag.json → Parse → Taxonomy → Tags, Check
package taxonomy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// MaxSize bounds a taxonomy, in bytes.
const MaxSize = 4 << 20

// A Taxonomy is a vocabulary of labels under one namespace.
type Taxonomy struct {
	Namespace   string
	Expanded    string
	Description string
	Version     int64
	Exclusive   bool // one label of it at a time
	Predicates  []Predicate
}

// A Predicate is the part of a label before its value.
type Predicate struct {
	Value, Expanded string
	Exclusive       bool    // one value of it at a time
	Values          []Value // none: the predicate is the label
}

// A Value is the last part of a label. Free is any text.
type Value struct{ Value, Expanded string }

// Free stands, in place of a value, for any text.
const Free = "$text"

// A Tag is one label and what it means.
type Tag struct {
	Tag      string `json:"tag"`
	Expanded string `json:"meaning,omitempty"`
}

// Faults of a taxonomy, and of a label.
var (
	ErrNotOne  = errors.New("taxonomy: want a namespace and predicates")
	ErrTooLong = errors.New("taxonomy: longer than a taxonomy may be")
	ErrNoTag   = errors.New("taxonomy: the vocabulary has no such label")
)

// file is the published form. Members nobody knows yet are let pass.
type file struct {
	Namespace   string      `json:"namespace"`
	Expanded    string      `json:"expanded"`
	Description string      `json:"description"`
	Version     int64       `json:"version"`
	Exclusive   bool        `json:"exclusive"`
	Predicates  []predicate `json:"predicates"`
	Values      []values    `json:"values"`
}

type predicate struct {
	Value     string `json:"value"`
	Expanded  string `json:"expanded"`
	Exclusive bool   `json:"exclusive"`
}

type values struct {
	Predicate string  `json:"predicate"`
	Entry     []entry `json:"entry"`
}

type entry struct {
	Value    string `json:"value"`
	Expanded string `json:"expanded"`
}

// Parse reads a taxonomy as it is published.
func Parse(raw []byte) (*Taxonomy, error) {
	if len(raw) > MaxSize {
		return nil, ErrTooLong
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("taxonomy: %w", err)
	}
	t := &Taxonomy{Namespace: f.Namespace, Expanded: f.Expanded, Description: f.Description, Version: f.Version, Exclusive: f.Exclusive}
	if !plain(t.Namespace) || len(f.Predicates) == 0 {
		return nil, ErrNotOne
	}
	for _, p := range f.Predicates {
		if !word(p.Value) {
			return nil, fmt.Errorf("taxonomy: predicate %q: %w", p.Value, ErrNotOne)
		}
		t.Predicates = append(t.Predicates, Predicate{Value: p.Value, Expanded: p.Expanded, Exclusive: p.Exclusive})
	}
	return t, t.fill(f.Values)
}

func (t *Taxonomy) fill(all []values) error {
	for _, v := range all {
		i := slices.IndexFunc(t.Predicates, func(p Predicate) bool { return p.Value == v.Predicate })
		if i < 0 {
			return fmt.Errorf("taxonomy: values of %q, which is no predicate: %w", v.Predicate, ErrNotOne)
		}
		for _, e := range v.Entry {
			if e.Value == "" || strings.ContainsAny(e.Value, "\"\r\n\x00") {
				return fmt.Errorf("taxonomy: value %q of %s: %w", e.Value, v.Predicate, ErrNotOne)
			}
			t.Predicates[i].Values = append(t.Predicates[i].Values, Value(e))
		}
	}
	return nil
}

// plain tells of names that can stand before the first colon, word of those that
// can stand before the equals sign: some predicates have a colon of their own.
func plain(s string) bool { return word(s) && !strings.Contains(s, ":") }

func word(s string) bool { return s != "" && !strings.ContainsAny(s, "=\"\r\n\x00") }

// Tags are the labels of the vocabulary, in its own order. Where a value is free,
// the label ends with the equals sign.
func (t *Taxonomy) Tags() (all []Tag) {
	for _, p := range t.Predicates {
		begin := t.Namespace + ":" + p.Value
		if len(p.Values) == 0 {
			all = append(all, Tag{begin, p.Expanded})
		}
		for _, v := range p.Values {
			tag := Tag{begin + `="` + v.Value + `"`, v.Expanded}
			if v.Value == Free {
				tag.Tag = begin + "="
			}
			all = append(all, tag)
		}
	}
	return all
}

// Split cuts a label into its parts; ok is false where it is none of this form.
func Split(tag string) (namespace, predicate, value string, ok bool) {
	namespace, rest, ok := strings.Cut(tag, ":")
	predicate, value, valued := strings.Cut(rest, "=")
	if valued {
		inner, quoted := strings.CutPrefix(value, `"`)
		inner, closed := strings.CutSuffix(inner, `"`)
		if !quoted || !closed || strings.Contains(inner, `"`) || inner == "" {
			return "", "", "", false
		}
		value = inner
	}
	return namespace, predicate, value, ok && plain(namespace) && word(predicate)
}

// Check holds a label of this namespace to the vocabulary, and gives it as the
// vocabulary spells it: case does not count. ErrNoTag says that it is none.
func (t *Taxonomy) Check(tag string) (spelled string, err error) {
	namespace, predicate, value, ok := Split(tag)
	if !ok || !strings.EqualFold(namespace, t.Namespace) {
		return "", ErrNoTag
	}
	for _, p := range t.Predicates {
		if !strings.EqualFold(p.Value, predicate) {
			continue
		}
		begin := t.Namespace + ":" + p.Value
		if len(p.Values) == 0 && value == "" {
			return begin, nil
		}
		for _, v := range p.Values {
			switch {
			case value != "" && strings.EqualFold(v.Value, value):
				return begin + `="` + v.Value + `"`, nil
			case value != "" && v.Value == Free:
				return begin + `="` + value + `"`, nil
			}
		}
	}
	return "", ErrNoTag
}
