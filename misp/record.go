package misp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// A Record is one JSON object of MISP's format: an event, an attribute, a tag
// and so on. It keeps the members in the order in which they came, each with
// the JSON that it came as, since MISP writes the same thing now as a string,
// now as a number, and nothing of that may get lost.
//
// The zero Record is an empty object. A Record is not for use by several
// goroutines while one of them changes it.
type Record struct {
	members []member
}

type member struct {
	name  string
	value jsontext.Value
}

// ParseRecord reads one JSON object strictly: names once each, UTF-8, no NUL,
// nothing behind the object, not deeper than the limit. The record keeps raw,
// which must not change afterwards.
func ParseRecord(raw []byte, lim Limits) (*Record, error) {
	lim = lim.orDefault()
	if len(raw) > lim.Record {
		return nil, fmt.Errorf("misp: a record of more than %d bytes", lim.Record)
	}
	return parseRecord(raw, lim)
}

func parseRecord(raw []byte, lim Limits) (*Record, error) {
	if err := checkText(raw, lim.Depth); err != nil {
		return nil, err
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	r, err := readRecord(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("misp: something stands behind the JSON object")
	}
	return r, nil
}

func readRecord(d *jsontext.Decoder) (*Record, error) {
	if d.PeekKind() != '{' {
		return nil, kindError(d, "a JSON object")
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("misp: %w", err)
	}
	r := new(Record)
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("misp: %w", err)
		}
		m := member{name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("misp: %w", err)
		}
		m.value = slices.Clone(value)
		r.members = append(r.members, m)
	}
	_, err := d.ReadToken()
	if err != nil {
		return nil, fmt.Errorf("misp: %w", err)
	}
	return r, nil
}

// kindError says what should have stood where the decoder is.
func kindError(d *jsontext.Decoder, want string) error {
	if d.PeekKind() == 0 {
		if _, err := d.ReadToken(); err != nil {
			return fmt.Errorf("misp: want %s: %w", want, err)
		}
	}
	return fmt.Errorf("misp: at %q: want %s", d.StackPointer(), want)
}

// checkText refuses what is nested too deep, and NUL: no STIX text may hold it.
func checkText(raw []byte, depth int) error {
	deep, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			if bytes.HasPrefix(raw[i:], []byte(`\u0000`)) {
				return fmt.Errorf("misp: byte %d: NUL in a text", i)
			}
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if deep++; deep > depth {
				return fmt.Errorf("misp: byte %d: nested deeper than %d", i, depth)
			}
		case c == '}' || c == ']':
			deep--
		}
	}
	return nil
}

func (r *Record) find(name string) int {
	return slices.IndexFunc(r.members, func(m member) bool { return m.name == name })
}

// Names goes through the names of the members, in their order.
func (r *Record) Names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range r.members {
			if !yield(m.name) {
				return
			}
		}
	}
}

// Raw is the JSON of a member, nil where there is none. It must not be changed.
func (r *Record) Raw(name string) jsontext.Value {
	if i := r.find(name); i >= 0 {
		return r.members[i].value
	}
	return nil
}

// Has tells whether there is such a member, null included.
func (r *Record) Has(name string) bool { return r.find(name) >= 0 }

// Text is a member as text: what a string says, or a number, true or false as
// it is written; "" for anything else.
func (r *Record) Text(name string) string { return textOf(r.Raw(name)) }

func textOf(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return string(b)
	case '0', 't', 'f':
		return string(v)
	}
	return ""
}

// Bool is a member that says yes or no; MISP writes true, 1 and "1".
func (r *Record) Bool(name string) bool {
	switch r.Text(name) {
	case "true", "1":
		return true
	}
	return false
}

// Int is a member that is a whole number, or text that is one.
func (r *Record) Int(name string) (int64, bool) {
	n, err := strconv.ParseInt(r.Text(name), 10, 64)
	return n, err == nil
}

// Clone is a copy whose members can be set and deleted apart from r's.
func (r *Record) Clone() *Record { return &Record{members: slices.Clone(r.members)} }

// Set puts JSON at a name, in place of what was there or behind all others.
// The value must be well-formed JSON.
func (r *Record) Set(name string, value jsontext.Value) {
	if i := r.find(name); i >= 0 {
		r.members[i].value = value
		return
	}
	r.members = append(r.members, member{name, value})
}

// SetText is Set for a string.
func (r *Record) SetText(name, text string) { r.Set(name, quote(text)) }

// SetRecords is Set for a list of records.
func (r *Record) SetRecords(name string, list []*Record) {
	b := []byte{'['}
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = item.AppendJSON(b)
	}
	r.Set(name, append(b, ']'))
}

// Delete takes a member away.
func (r *Record) Delete(name string) {
	r.members = slices.DeleteFunc(r.members, func(m member) bool { return m.name == name })
}

// Record is a member that is an object, nil where it is none.
func (r *Record) Record(name string) *Record {
	raw := r.Raw(name)
	if raw.Kind() != '{' {
		return nil
	}
	sub, err := readRecord(jsontext.NewDecoder(bytes.NewReader(raw)))
	if err != nil {
		return nil
	}
	return sub
}

// Records goes through a member that is a list of objects. A member that is
// absent or null has none. What is no list, or no object in the list, is an
// error, the last thing that comes.
func (r *Record) Records(name string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		raw := r.Raw(name)
		if len(raw) == 0 || raw.Kind() == 'n' {
			return
		}
		readList(jsontext.NewDecoder(bytes.NewReader(raw)), name, yield)
	}
}

// readList goes through a list of records that the decoder stands before.
func readList(d *jsontext.Decoder, name string, yield func(*Record, error) bool) {
	if d.PeekKind() != '[' {
		yield(nil, fmt.Errorf("misp: %s: want a list of objects", name))
		return
	}
	if _, err := d.ReadToken(); err != nil {
		yield(nil, fmt.Errorf("misp: %s: %w", name, err))
		return
	}
	for i := 0; d.PeekKind() != ']'; i++ {
		r, err := readRecord(d)
		if err != nil {
			yield(nil, fmt.Errorf("%s %d: %w", name, i, err))
			return
		}
		if !yield(r, nil) {
			return
		}
	}
}

// list is all records of a member, nil where it is no list of objects.
func (r *Record) list(name string) []*Record {
	var all []*Record
	for item, err := range r.Records(name) {
		if err != nil {
			return nil
		}
		all = append(all, item)
	}
	return all
}

// AppendJSON appends the record as JSON.
func (r *Record) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i, m := range r.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuote(b, m.name), ':')
		b = append(b, m.value...)
	}
	return append(b, '}')
}

// MarshalJSON writes the record with its members in their order.
func (r *Record) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

func appendQuote(b []byte, s string) []byte {
	out, err := jsontext.AppendQuote(b, s)
	if err != nil { // bytes that are not UTF-8, which AppendQuote has replaced
		return out
	}
	return out
}

func quote(s string) jsontext.Value { return appendQuote(nil, s) }
