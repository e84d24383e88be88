package api

import (
	"errors"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/indicator"
	"github.com/mithaq-hub/mithaq/indicator/sheet"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// ImportRow is one place of a text or a table, and what became of it.
type ImportRow struct {
	Line   int        `json:"line"`
	Column int        `json:"column"` // the character in the line, or the cell in the row
	As     string     `json:"as"`     // exactly what stands there
	Kind   value.Kind `json:"kind,omitempty"`
	Value  string     `json:"value,omitempty"`
	IDs    []stix.ID  `json:"ids,omitempty"` // of the objects made of it
	Fate   gate.Fate  `json:"fate"`          // doubt: it is no value
	Doubt  string     `json:"doubt,omitempty"`
	Why    *Problem   `json:"why,omitempty"` // of a refusal

	Warnings []gate.Warning `json:"warnings,omitempty"` // why to look at it twice
}

// Doubt is the fate of what looks like a value and is none.
const Doubt gate.Fate = "doubt"

// A drawing makes STIX out of a text or a table while an import reads it, and
// remembers which place each object was made of until its fate is known.
type drawing struct {
	maker     indicator.Maker
	disguised bool // only what is disguised counts, of what can be
	tell      func(ImportRow)
	problem   func(error) *Problem

	mu   sync.Mutex
	rows []drawn // in the order of their objects
}

// drawn is a place whose objects wait for their fates.
type drawn struct {
	row  ImportRow
	left int
}

// draw reads a source of a format into STIX objects, one after the other.
func (d *drawing) draw(body io.Reader, q url.Values) (io.ReadCloser, error) {
	records, err := recordsOf(body, q)
	if err != nil {
		return nil, err
	}
	next, stop := iter.Pull2(d.objects(records))
	return &pulled{next: next, stop: stop}, nil
}

func recordsOf(body io.Reader, q url.Values) (iter.Seq2[sheet.Record, error], error) {
	switch q.Get("format") {
	case "text":
		return textRecords(body, indicator.Encoding(q.Get("encoding")))
	case "pdf": // whose text came out in UTF-8
		return textRecords(body, "")
	}
	var l sheet.Layout
	if q.Get("columns") == "" {
		return nil, mithaq.Refuse(mithaq.Invalid, "import.no-columns")
	}
	if err := unmarshal([]byte(q.Get("columns")), &l); err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "import.columns", err.Error())
	}
	if err := l.Check(); err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "import.columns", err.Error())
	}
	return l.Read(body), nil
}

func textRecords(body io.Reader, e indicator.Encoding) (iter.Seq2[sheet.Record, error], error) {
	raw, err := io.ReadAll(io.LimitReader(body, indicator.MaxText+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > indicator.MaxText {
		return nil, mithaq.Refuse(mithaq.TooLarge, "import.text-too-long", indicator.MaxText>>20)
	}
	text, err := indicator.Decode(raw, e)
	if err != nil {
		return nil, encodingFault(err)
	}
	found, doubts := indicator.FromText(text)
	return func(yield func(sheet.Record, error) bool) { yield(sheet.Record{Found: found, Doubts: doubts}, nil) }, nil
}

func encodingFault(err error) error {
	if l, ok := errors.AsType[*indicator.LegacyError](err); ok {
		return mithaq.Refuse(mithaq.Invalid, "import.legacy", l.Line, string(l.Maybe))
	}
	return mithaq.Refuse(mithaq.Invalid, "import.encoding", err.Error())
}

// objects makes the objects of records, and tells the doubts.
func (d *drawing) objects(records iter.Seq2[sheet.Record, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for rec, err := range records {
			if err != nil {
				yield(nil, mithaq.Refuse(mithaq.Invalid, "import.unreadable", err.Error()))
				return
			}
			for _, x := range rec.Doubts {
				d.tell(ImportRow{Line: x.Line, Column: x.Column, As: x.As, Fate: Doubt, Doubt: x.Why})
			}
			for i := range rec.Found {
				for _, raw := range d.objectsOf(&rec.Found[i], rec.Details) {
					if !yield(raw, nil) {
						return
					}
				}
			}
		}
	}
}

// objectsOf makes the objects of one value; what cannot be made is a doubt.
func (d *drawing) objectsOf(f *indicator.Found, details indicator.Details) [][]byte {
	row := ImportRow{Line: f.Line, Column: f.Column, As: f.As, Kind: f.Kind, Value: f.Text}
	if d.disguised && !f.Defanged && indicator.Disguisable(f.Kind) {
		row.Fate, row.Doubt = Doubt, "not disguised"
		d.tell(row)
		return nil
	}
	objects, err := d.maker.Objects(f.Value, details)
	if err != nil {
		row.Fate, row.Doubt = Doubt, err.Error()
		d.tell(row)
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows = append(d.rows, drawn{row, len(objects)})
	return objects
}

// fate takes what became of the next object. A place is told once all of its
// objects have theirs: refused if one is, new if one is.
func (d *drawing) fate(r gate.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.rows) == 0 {
		return // an object that the source itself broke off
	}
	x := &d.rows[0]
	x.row.IDs = append(x.row.IDs, r.ID)
	if len(x.row.Warnings) == 0 {
		x.row.Warnings = r.Warned
	}
	switch {
	case r.Fate == gate.Refused:
		x.row.Fate, x.row.Why = r.Fate, d.problem(r.Why)
	case x.row.Fate == "" || x.row.Fate == gate.Known:
		x.row.Fate = r.Fate
	}
	if x.left--; x.left == 0 {
		d.tell(x.row)
		d.rows = d.rows[1:]
	}
}

// pulled reads objects that are made as they are asked for.
type pulled struct {
	next func() ([]byte, error, bool)
	stop func()
	rest []byte
}

func (p *pulled) Read(into []byte) (int, error) {
	if len(p.rest) == 0 {
		raw, err, ok := p.next()
		switch {
		case !ok:
			return 0, io.EOF
		case err != nil:
			return 0, err
		}
		p.rest = append(raw, '\n')
	}
	n := copy(into, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close ends the making; nobody reads any more.
func (p *pulled) Close() error {
	p.stop()
	return nil
}

// makerOf says how objects are made of values, as the query of a request asks.
func makerOf(q url.Values, source string, now time.Time) (m indicator.Maker, err error) {
	m = indicator.Maker{
		Shape: indicator.Shape(q.Get("make")), Source: source, Labels: q["label"], Types: q["type"],
		At: now.UTC().Truncate(24 * time.Hour),
	}
	for name, into := range map[string]*time.Time{"date": &m.At, "until": &m.Until} {
		if word := q.Get(name); word != "" {
			if *into, err = day(word); err != nil {
				return m, mithaq.Refuse(mithaq.Invalid, "import.date", name, word)
			}
		}
	}
	if !slices.Contains([]indicator.Shape{"", indicator.Indicators, indicator.Observables, indicator.Both}, m.Shape) {
		return m, mithaq.Refuse(mithaq.Invalid, "import.make", string(m.Shape))
	}
	for _, word := range slices.Concat(m.Labels, m.Types) {
		if word == "" || len(word) > maxWords || strings.ContainsAny(word, "\x00\n\r") {
			return m, mithaq.Refuse(mithaq.Invalid, "import.label", word)
		}
	}
	return m, nil
}

// day reads a date, or a moment with its zone.
func day(word string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, word); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339, word)
}
