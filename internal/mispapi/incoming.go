package mispapi

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

// An incoming event is read once, made whole record by record, and written to a
// spool; of its long lists one record is in memory at a time.
type incoming struct {
	drafting
	head  *misp.Record // the event without its long lists
	whole spool
	out   *bufio.Writer
	lists int // long lists begun
}

// maxRecord bounds one attribute, object or other part of an event.
const maxRecord = 64 << 20

// readEvent reads the event of a request. Whoever gets it closes its spool.
func (c *call) readEvent() (*incoming, error) { return c.s.readEvent(c.r.Body, nil) }

// readEvent reads an event that comes over a hop, nil where a client of ours sends it.
func (s *Server) readEvent(r io.Reader, hop *misp.Hop) (*incoming, error) {
	in := &incoming{drafting: drafting{now: s.Now(), hop: hop}, head: new(misp.Record)}
	in.out = bufio.NewWriterSize(&in.whole, 64<<10)
	if err := in.read(r, s.org); err != nil {
		return nil, errors.Join(err, in.whole.Close())
	}
	return in, nil
}

func (in *incoming) read(r io.Reader, org organisation) error {
	d := jsontext.NewDecoder(r)
	_, _ = in.out.WriteString(`{"Event":{`)
	if err := in.object(d, true); err != nil {
		return syntax(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return bad("Something stands behind the event.")
	}
	if err := in.event(in.head, org); err != nil {
		return err
	}
	if in.lists > 0 {
		_ = in.out.WriteByte(',')
	}
	head := in.head.AppendJSON(nil)
	_, _ = in.out.Write(head[1:])
	_ = in.out.WriteByte('}')
	return in.out.Flush() // what could not be written before is told here
}

// syntax is about JSON that is none; what has a kind of its own stays.
func syntax(err error) error {
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return long
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return bad("Invalid JSON input: %s", s)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return bad("Invalid JSON input: it ends too early.")
	}
	return err
}

// object reads an event, alone or as the member Event of an object.
func (in *incoming) object(d *jsontext.Decoder, wrapped bool) error {
	if d.PeekKind() != '{' {
		if _, err := d.ReadToken(); err != nil {
			return err
		}
		return bad("Want an event, as a JSON object.")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := in.member(d, name.String(), wrapped); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (in *incoming) member(d *jsontext.Decoder, name string, wrapped bool) error {
	one := map[string]func(*misp.Record) bool{"Attribute": in.attribute, "Object": in.drafting.object}[name]
	switch {
	case name == "Event" && wrapped && d.PeekKind() == '{':
		return in.object(d, false)
	case one != nil && d.PeekKind() == '[':
		return in.list(d, name, one)
	}
	value, err := d.ReadValue()
	if err != nil {
		return err
	}
	if len(value) > maxRecord {
		return bad("%s is longer than this server takes.", name)
	}
	in.head.Set(name, slices.Clone(value))
	return nil
}

// list makes the records of a long list whole, one after the other.
func (in *incoming) list(d *jsontext.Decoder, name string, one func(*misp.Record) bool) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if in.lists++; in.lists > 1 {
		_ = in.out.WriteByte(',')
	}
	_, _ = in.out.WriteString(`"` + name + `":[`)
	var buf []byte
	for first := true; d.PeekKind() != ']'; {
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		rec, err := misp.ParseRecord(value, misp.Limits{Record: maxRecord})
		if err != nil {
			return bad("%s: %s", name, err)
		}
		if in.hop != nil && !in.hop.Part(rec) {
			in.stayed++
			continue
		}
		if !one(rec) {
			continue
		}
		if !first {
			_ = in.out.WriteByte(',')
		}
		first = false
		buf = rec.AppendJSON(buf[:0])
		_, _ = in.out.Write(buf)
	}
	_ = in.out.WriteByte(']')
	_, err := d.ReadToken()
	return err
}
