package misp

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits bound what an event may ask of its reader. A zero field means the
// default.
type Limits struct {
	Size    int64 // bytes of a whole event, 1 GiB by default
	Record  int   // bytes of one attribute, object or other part; 16 MiB by default
	Depth   int   // of nesting within the event, 32 by default
	Records int   // attributes and objects of an event, 2 million by default
}

func (l Limits) orDefault() Limits {
	or(&l.Size, 1<<30)
	or(&l.Record, 16<<20)
	or(&l.Depth, 32)
	or(&l.Records, 2_000_000)
	return l
}

func or[T int | int64](p *T, def T) {
	if *p <= 0 {
		*p = def
	}
}

// An Event is a MISP event. Its lists, such as "Attribute", are read by
// Records when they are asked for.
type Event struct {
	Record
}

// ReadEvent reads one event, alone or as the member "Event" of an object, and
// holds it in memory; Stream converts an event without doing so. It is strict
// as ParseRecord is, asks for the text info, and that the lists of the
// MISP core format are lists of objects.
func ReadEvent(r io.Reader, lim Limits) (*Event, error) {
	lim = lim.orDefault()
	raw, err := io.ReadAll(io.LimitReader(r, lim.Size+1))
	if err != nil {
		return nil, fmt.Errorf("misp: read an event: %w", err)
	}
	if int64(len(raw)) > lim.Size {
		return nil, fmt.Errorf("misp: an event of more than %d bytes", lim.Size)
	}
	return parseEvent(raw, lim)
}

func parseEvent(raw []byte, lim Limits) (*Event, error) {
	rec, err := parseRecord(raw, lim)
	if err != nil {
		return nil, err
	}
	rec, err = unwrap(rec)
	if err != nil {
		return nil, err
	}
	if err := checkEvent(rec, lim); err != nil {
		return nil, err
	}
	return &Event{Record: *rec}, nil
}

// unwrap takes an event out of {"Event": ...}.
func unwrap(rec *Record) (*Record, error) {
	raw := rec.Raw("Event")
	if raw == nil {
		return rec, nil
	}
	if len(rec.members) > 1 {
		return nil, errors.New("misp: members beside Event")
	}
	return readRecord(jsontext.NewDecoder(bytes.NewReader(raw)))
}

// eventLists are the members of an event that are lists of objects.
var eventLists = []string{
	"Attribute", "Object", "ShadowAttribute", "Tag", "Galaxy", "EventReport",
	"Note", "Opinion", "Relationship", "Sighting", "RelatedEvent", "CryptographicKey",
}

func checkEvent(rec *Record, lim Limits) error {
	if err := checkInfo(rec); err != nil {
		return err
	}
	n := 0
	for _, name := range eventLists {
		for item, err := range rec.Records(name) {
			if err != nil {
				return err
			}
			if n++; n > lim.Records {
				return fmt.Errorf("misp: an event of more than %d parts", lim.Records)
			}
			if err := checkPart(item, name, lim); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkInfo(rec *Record) error {
	if rec.Raw("info").Kind() != '"' {
		return errors.New("misp: not an event: want the text info")
	}
	return nil
}

// partLists are the members of attributes and objects that are lists of objects.
var partLists = []string{
	"Attribute", "ObjectReference", "ShadowAttribute", "Tag", "Galaxy",
	"Sighting", "Note", "Opinion", "Relationship",
}

func checkPart(item *Record, name string, lim Limits) error {
	size := 0
	for _, m := range item.members {
		size += len(m.value)
	}
	if size > lim.Record {
		return fmt.Errorf("misp: %s: a record of more than %d bytes", name, lim.Record)
	}
	if name != "Attribute" && name != "Object" {
		return nil
	}
	for _, list := range partLists {
		for _, err := range item.Records(list) {
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// JSON is the event as MISP exchanges it, as the member "Event" of an object.
func (e *Event) JSON() []byte {
	return append(e.AppendJSON([]byte(`{"Event":`)), '}')
}

// UUID is the event's identifier.
func (e *Event) UUID() string { return e.Text("uuid") }

// Info is the event's title.
func (e *Event) Info() string { return e.Text("info") }
