package misp

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Stream converts an event as Event.STIX does, and holds one attribute or
// object of it in memory at a time (beside 100 bytes for each, of identifiers).
// It reads r twice, since what stands at an event's end says how its beginning
// is to be written.
func Stream(r io.ReadSeeker, lim Limits, opts Options) (iter.Seq2[[]byte, error], *Report) {
	s := &stream{r: r, lim: lim.orDefault()}
	return convert(s.open, opts)
}

type stream struct {
	r     io.ReadSeeker
	lim   Limits
	lists map[string]int64 // where the long lists begin
}

// open reads all but the long lists, and notes where those are.
func (s *stream) open() (source, error) {
	s.lists = map[string]int64{}
	d, err := s.decoder(0)
	if err != nil {
		return source{}, err
	}
	event, err := s.top(d)
	if err != nil {
		return source{}, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return source{}, errors.New("misp: something stands behind the event")
	}
	if err := checkEvent(event, s.lim); err != nil {
		return source{}, err
	}
	return source{event: event, records: s.records}, nil
}

func (s *stream) decoder(at int64) (*jsontext.Decoder, error) {
	if _, err := s.r.Seek(at, io.SeekStart); err != nil {
		return nil, fmt.Errorf("misp: read an event: %w", err)
	}
	return jsontext.NewDecoder(io.LimitReader(s.r, s.lim.Size-at)), nil
}

// top reads the event, alone or as the member "Event".
func (s *stream) top(d *jsontext.Decoder) (*Record, error) {
	if d.PeekKind() != '{' {
		return nil, kindError(d, "a JSON object")
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("misp: %w", err)
	}
	event := new(Record)
	for d.PeekKind() != '}' {
		t, err := d.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("misp: %w", err)
		}
		name := t.String()
		if name == "Event" && len(event.members) == 0 && d.StackDepth() == 1 {
			return s.inner(d)
		}
		if err := s.member(d, event, name); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return event, err
}

func (s *stream) inner(d *jsontext.Decoder) (*Record, error) {
	event, err := s.top(d)
	if err != nil {
		return nil, err
	}
	if d.PeekKind() != '}' {
		return nil, errors.New("misp: members beside Event")
	}
	_, err = d.ReadToken()
	return event, err
}

func (s *stream) member(d *jsontext.Decoder, event *Record, name string) error {
	if (name == "Attribute" || name == "Object") && d.PeekKind() == '[' {
		return s.skipList(d, event, name)
	}
	value, err := d.ReadValue()
	if err != nil {
		return fmt.Errorf("misp: %s: %w", name, err)
	}
	if len(value) > s.lim.Record {
		return fmt.Errorf("misp: %s: more than %d bytes", name, s.lim.Record)
	}
	if err := checkText(value, s.lim.Depth-d.StackDepth()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	event.members = append(event.members, member{name, slices.Clone(value)})
	return nil
}

// skipList checks a long list and notes where it is. An empty one is kept.
func (s *stream) skipList(d *jsontext.Decoder, event *Record, name string) error {
	var start int64
	n := 0
	if _, err := d.ReadToken(); err != nil {
		return fmt.Errorf("misp: %s: %w", name, err)
	}
	start = d.InputOffset() - 1
	for ; d.PeekKind() != ']'; n++ {
		if d.PeekKind() != '{' {
			return kindError(d, "a JSON object")
		}
		value, err := d.ReadValue()
		if err != nil {
			return fmt.Errorf("misp: %s %d: %w", name, n, err)
		}
		if err := s.checkRecord(value, n, d.StackDepth()); err != nil {
			return fmt.Errorf("%s %d: %w", name, n, err)
		}
	}
	if n == 0 {
		event.members = append(event.members, member{name, jsontext.Value("[]")})
	}
	s.lists[name] = start
	_, err := d.ReadToken()
	return err
}

func (s *stream) checkRecord(value jsontext.Value, n, depth int) error {
	if len(value) > s.lim.Record {
		return fmt.Errorf("misp: a record of more than %d bytes", s.lim.Record)
	}
	if n >= s.lim.Records {
		return fmt.Errorf("misp: more than %d records", s.lim.Records)
	}
	return checkText(value, s.lim.Depth-depth)
}

// records reads a long list again, one record at a time.
func (s *stream) records(list string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		at, ok := s.lists[list]
		if !ok {
			return
		}
		d, err := s.decoder(at)
		if err != nil {
			yield(nil, err)
			return
		}
		readList(d, list, func(rec *Record, err error) bool {
			if err == nil {
				err = checkPart(rec, list, s.lim)
			}
			return yield(rec, err) && err == nil
		})
	}
}
