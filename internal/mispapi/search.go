package mispapi

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// eachBox goes through the events in sight, in the order in which they were last
// changed here.
func eachBox(l *gate.Look, visit func(*box) error) error {
	q := store.Query{Types: []stix.Type{"grouping", "report"}, Which: store.LastVersion, Limit: 100}
	for {
		page, more, err := l.Page(q)
		if err != nil {
			return err
		}
		for i := range page {
			if err := visitBox(l, page[i].Ref.ID, visit); err != nil {
				return err
			}
			q.After = page[i].Seq
		}
		if !more || len(page) == 0 {
			return nil
		}
	}
}

func visitBox(l *gate.Look, id stix.ID, visit func(*box) error) error {
	seen, err := l.Last(id)
	if err != nil || len(seen) == 0 {
		return err
	}
	b, err := newBox(seen[0])
	if err != nil || !b.isEvent() {
		return err
	}
	return visit(&b)
}

// A hit is one attribute that fits, with where it stands.
type hit struct {
	h      *held
	e      *misp.Record
	object *misp.Record // that it is of; nil for the event's own
	rec    *misp.Record
	part   gate.Seen // the object of STIX that says it
}

// events goes through the events that fit the filter, whole.
func (f *filter) events(l *gate.Look, visit func(*held) error) error {
	skip := max(0, f.page-1) * f.limit
	n := 0
	err := eachBox(l, func(b *box) error {
		h, err := f.eventOf(l, b)
		if err != nil || h == nil {
			return err
		}
		if n++; n <= skip {
			return nil
		}
		if err := visit(h); err != nil {
			return err
		}
		return f.enough(n - skip)
	})
	return unless(err)
}

// eventOf is an event, where it fits; nil where not.
func (f *filter) eventOf(l *gate.Look, b *box) (*held, error) {
	head, err := b.head()
	if err != nil || !f.fitsEvent(&head.Record, b, true) {
		return nil, err
	}
	h, err := f.fill(l, b)
	if err != nil || h == nil || !f.byAttribute() || f.fitsAlone(&h.event.Record) {
		return h, err
	}
	fits := false
	f.hits(h, func(*hit) { fits = true })
	if !fits {
		return nil, nil
	}
	return h, nil
}

// fill reads an event whole, unless none of its objects holds any of the values
// that are looked for, which a look at their bytes shows.
func (f *filter) fill(l *gate.Look, b *box) (*held, error) {
	seen, err := b.fetch(l.Last)
	if err != nil || len(f.traces) > 0 && !slices.ContainsFunc(seen, f.mayHold) {
		return nil, err
	}
	return b.join(seen)
}

// mayHold tells whether an object may hold a value that is looked for: its bytes
// have the trace of one, or may spell it with escapes.
func (f *filter) mayHold(s gate.Seen) bool {
	low := bytes.ToLower(s.Raw)
	return slices.ContainsFunc(f.traces, func(t []byte) bool { return bytes.Contains(low, t) }) || bytes.Contains(low, []byte(`\u`))
}

// attributes goes through the attributes that fit.
func (f *filter) attributes(l *gate.Look, visit func(*hit) error) error {
	skip := max(0, f.page-1) * f.limit
	n := 0
	err := eachBox(l, func(b *box) error {
		head, err := b.head()
		if err != nil || !f.fitsEvent(&head.Record, b, false) {
			return err
		}
		h, err := f.fill(l, b)
		if err != nil || h == nil {
			return err
		}
		var found []*hit
		f.hits(h, func(x *hit) { found = append(found, x) })
		for _, x := range found {
			if !f.changed.has(stampOf(x.rec, "timestamp")) {
				continue
			}
			if n++; n <= skip {
				continue
			}
			if err := visit(x); err != nil {
				return err
			}
			if err := f.enough(n - skip); err != nil {
				return err
			}
		}
		return nil
	})
	return unless(err)
}

// errEnough ends a search that has all it may give.
type errEnough struct{}

func (errEnough) Error() string { return "enough" }

func (f *filter) enough(n int) error {
	if f.limit > 0 && n >= f.limit {
		return errEnough{}
	}
	return nil
}

func unless(err error) error {
	if err == (errEnough{}) { //nolint:errorlint // it is never wrapped
		return nil
	}
	return err
}

// hits are the attributes of an event that fit.
func (f *filter) hits(h *held, visit func(*hit)) {
	e := &h.event.Record
	for _, a := range list(e, "Attribute") {
		if f.fitsAttribute(e, nil, a) {
			visit(&hit{h, e, nil, a, h.parts[a.Text("uuid")]})
		}
	}
	for _, o := range list(e, "Object") {
		for _, a := range list(o, "Attribute") {
			if f.fitsAttribute(e, o, a) {
				visit(&hit{h, e, o, a, h.parts[o.Text("uuid")]})
			}
		}
	}
}

// An answer is written while the search goes on, and shown when it is over and
// entered.
type answer struct {
	spool
	out *bufio.Writer
	n   int
}

// answer runs a search whose answer may be long.
func (c *call) answer(media string, write func(l *gate.Look, a *answer) error) error {
	a := &answer{}
	defer a.Close()
	a.out = bufio.NewWriterSize(&a.spool, 64<<10)
	err := c.look(func(l *gate.Look) error {
		if err := write(l, a); err != nil {
			return err
		}
		return a.out.Flush()
	})
	if err != nil {
		return err
	}
	r, err := a.reader()
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if c.r.Method != http.MethodHead {
		_, _ = io.Copy(c.w, r) // the client may have left
	}
	return nil
}

const inJSON = "application/json; charset=UTF-8"

// item writes one record of a JSON list.
func (a *answer) item(name string, rec *misp.Record) {
	if a.n++; a.n > 1 {
		_ = a.out.WriteByte(',')
	}
	if name != "" {
		_, _ = a.out.WriteString(`{"` + name + `":`)
	}
	_, _ = a.out.Write(rec.AppendJSON(nil))
	if name != "" {
		_ = a.out.WriteByte('}')
	}
}

// format is what the answer is to be.
func (c *call) format() string {
	if v := c.param("returnFormat"); v != "" {
		return strings.ToLower(v)
	}
	return "json"
}

func (c *call) search(asJSON func(f *filter) error) error {
	f, err := c.readFilter()
	if err != nil {
		return err
	}
	if c.format() == "json" {
		return asJSON(f)
	}
	return c.export(f)
}

func (c *call) searchEvents() error {
	return c.search(func(f *filter) error {
		w := c.view()
		w.live, w.deleted = f.live, f.deleted
		return c.answer(inJSON, func(l *gate.Look, a *answer) error {
			_, _ = a.out.WriteString(`{"response":[`)
			err := f.events(l, func(h *held) error {
				l.Gave(h.gave()...)
				a.item("Event", c.s.shown(h, w))
				return nil
			})
			_, _ = a.out.WriteString(`]}`)
			return err
		})
	})
}

func (c *call) searchAttributes() error {
	return c.search(func(f *filter) error {
		w := c.view()
		return c.answer(inJSON, func(l *gate.Look, a *answer) error {
			_, _ = a.out.WriteString(`{"response":{"Attribute":[`)
			err := f.attributes(l, func(x *hit) error {
				l.Gave(x.part)
				a.item("", c.attributeShown(x, w))
				return nil
			})
			_, _ = a.out.WriteString(`]}}`)
			return err
		})
	})
}

// attributeShown is an attribute beside what it stands in.
func (c *call) attributeShown(x *hit, w view) *misp.Record {
	a := x.rec.Clone()
	id, object := x.h.number(x.rec.Text("uuid")), "0"
	if x.object != nil {
		object = x.h.number(x.object.Text("uuid"))
		id = nestedNumber(object, x)
		o := x.object.Clone()
		for _, name := range []string{"Attribute", "ObjectReference", "Note", "Opinion", "Relationship"} {
			o.Delete(name)
		}
		number(o, object, x.h.box.number(), "")
		a.Set("Object", o.AppendJSON(nil))
	}
	number(a, id, x.h.box.number(), object)
	fillRaw(a, "object_relation", "null")
	e := x.e.Clone()
	c.s.headOf(&x.h.box, e)
	if c.flag("includeEventUuid") {
		a.SetText("event_uuid", e.Text("uuid"))
	}
	if c.flag("includeEventTags") {
		for _, t := range list(x.e, "Tag") {
			t.Set("inherited", []byte("1"))
			tag(a, t)
		}
	}
	if !c.flag("includeSightings") {
		a.Delete("Sighting")
	}
	w.trim(a)
	a.Set("Event", brief(e).AppendJSON(nil))
	return a
}

func nestedNumber(object string, x *hit) string {
	for i, p := range list(x.object, "Attribute") {
		if p.Text("uuid") == x.rec.Text("uuid") && i < inObject && object != "0" {
			return nth(object, i)
		}
	}
	return "0"
}

func (c *call) searchObjects() error {
	return c.search(func(f *filter) error {
		return c.answer(inJSON, func(l *gate.Look, a *answer) error {
			_, _ = a.out.WriteString(`{"response":[`)
			last, n := "", 0
			skip, limit := max(0, f.page-1)*f.limit, f.limit
			f.limit, f.page = 0, 0 // they count objects, and not attributes
			err := f.attributes(l, func(x *hit) error {
				if x.object == nil || x.object.Text("uuid") == last {
					return nil
				}
				last = x.object.Text("uuid")
				if n++; n <= skip {
					return nil
				}
				l.Gave(x.part)
				w := view{live: f.live, deleted: f.deleted}
				o := x.object.Clone()
				w.object(x.h.number(o.Text("uuid")), x.h.box.number(), o)
				e := x.e.Clone()
				c.s.headOf(&x.h.box, e)
				o.Set("Event", brief(e).AppendJSON(nil))
				a.item("Object", o)
				if limit > 0 && n-skip >= limit {
					return errEnough{}
				}
				return nil
			})
			_, _ = a.out.WriteString(`]}`)
			return err
		})
	})
}
