package mispapi

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// A showing writes an event that is kept here one record at a time; what partners
// gave, or was taken in as another wrote it, is read whole, since its values stand
// in other objects.
type showing struct {
	c       *call
	l       *gate.Look
	w       view
	b       *box
	level   stix.TLP
	out     *bufio.Writer
	objects spool // written behind the attributes
	later   *bufio.Writer
	kids    map[stix.ID][]*misp.Part // sightings, notes and opinions by what they are of
	reports []*misp.Record
	counts  map[string]int // records written, by list
	n       int            // attributes, those of objects too
}

// writeEvent writes an event as JSON.
func (c *call) writeEvent(l *gate.Look, a *answer, b *box) error {
	head, err := b.head()
	if err != nil {
		return err
	}
	w := c.view()
	ids, err := b.refs(l.Last)
	if err != nil {
		return err
	}
	if !w.metadata && slices.ContainsFunc(ids, isObservable) {
		return c.writeWhole(l, a, b, w)
	}
	l.Gave(b.Seen)
	s := &showing{c: c, l: l, w: w, b: b, level: head.TLP(), out: a.out, kids: map[stix.ID][]*misp.Part{}, counts: map[string]int{}}
	defer s.objects.Close()
	s.later = bufio.NewWriterSize(&s.objects, 64<<10)
	if !w.metadata {
		if err := s.lists(ids); err != nil {
			return err
		}
	}
	return s.head(&head.Record)
}

func (c *call) writeWhole(l *gate.Look, a *answer, b *box, w view) error {
	h, err := fill(l.Last, b)
	if err != nil {
		return err
	}
	l.Gave(h.gave()...)
	_, err = a.out.Write(c.s.shown(h, w).AppendJSON(nil))
	return err
}

// isObservable tells whether a value may stand in an object of its own.
func isObservable(id stix.ID) bool {
	info, ok := stix.Lookup(id.Type())
	return ok && info.Observable
}

// few are the types of what belongs to other records, or to the event itself.
var few = map[stix.Type]bool{"sighting": true, "opinion": true, "note": true}

// lists writes the lists of attributes and objects.
func (s *showing) lists(ids []stix.ID) error {
	var small, large []stix.ID
	for _, id := range ids {
		if few[id.Type()] {
			small = append(small, id)
		} else {
			large = append(large, id)
		}
	}
	if err := s.each(small, s.gather); err != nil {
		return err
	}
	_, _ = s.out.WriteString(`{"Attribute":[`)
	if err := s.each(large, s.record); err != nil {
		return err
	}
	_, _ = s.out.WriteString(`],"Object":[`)
	if err := s.later.Flush(); err != nil {
		return err
	}
	r, err := s.objects.reader()
	if err == nil {
		_, err = io.Copy(s.out, r)
	}
	_, _ = s.out.WriteString(`],`)
	return err
}

// each reads objects, some at a time.
func (s *showing) each(ids []stix.ID, do func(seen gate.Seen, o *stix.Object) error) error {
	for some := range slices.Chunk(ids, perBatch) {
		seen, err := s.l.Last(some...)
		if err != nil {
			return err
		}
		for _, one := range seen {
			o, err := stix.Parse(one.Raw, stix.Limits{Size: 1 << 30})
			if err == nil {
				err = do(one, o)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// gather keeps what belongs to others until they come.
func (s *showing) gather(seen gate.Seen, o *stix.Object) error {
	p, ours := misp.ReadPart(o, s.level)
	switch {
	case !ours:
		return s.record(seen, o)
	case p == nil:
		return nil
	case p.List == "EventReport":
		if s.shows(p.Record) {
			number(p.Record, strconv.FormatInt(seen.First, 10), s.b.number(), "")
			s.reports = append(s.reports, p.Record)
			s.l.Gave(seen)
		}
		return nil
	}
	s.kids[p.Parent] = append(s.kids[p.Parent], p)
	s.l.Gave(seen)
	return nil
}

func (s *showing) shows(rec *misp.Record) bool {
	deleted := rec.Bool("deleted")
	return deleted && s.w.deleted || !deleted && s.w.live
}

// maxNesting bounds what is said about what is said.
const maxNesting = 4

// adopt puts what belongs to a record into it.
func (s *showing) adopt(rec *misp.Record, id stix.ID, nesting int) {
	kids := s.kids[id]
	if len(kids) == 0 || nesting > maxNesting {
		return
	}
	slices.SortStableFunc(kids, func(a, b *misp.Part) int { return cmp.Compare(a.Position, b.Position) })
	lists := map[string][]*misp.Record{}
	for _, k := range kids {
		lists[k.List] = append(lists[k.List], k.Record)
	}
	for name, list := range lists {
		rec.SetRecords(name, list)
	}
}

// record writes an attribute, or an object behind all attributes.
func (s *showing) record(seen gate.Seen, o *stix.Object) error {
	p, ours := misp.ReadPart(o, s.level)
	if !ours && o.ID() != misp.Maker {
		p = &misp.Part{List: "Object", Record: misp.ForeignObject(o)}
	}
	if p == nil || !s.shows(p.Record) {
		return nil
	}
	s.l.Gave(seen)
	s.adopt(p.Record, o.ID(), 1)
	id := strconv.FormatInt(seen.First, 10)
	if p.List == "Attribute" {
		number(p.Record, id, s.b.number(), "0")
		fillRaw(p.Record, "object_relation", "null")
		s.w.trim(p.Record)
		s.n++
		return s.put(s.out, p)
	}
	s.n += s.w.object(id, s.b.number(), p.Record)
	return s.put(s.later, p)
}

func (s *showing) put(to *bufio.Writer, p *misp.Part) error {
	if s.counts[p.List]++; s.counts[p.List] > 1 {
		_ = to.WriteByte(',')
	}
	_, err := to.Write(p.Record.AppendJSON(nil))
	return err
}

// head writes the event itself, behind its long lists.
func (s *showing) head(e *misp.Record) error {
	s.c.s.headOf(s.b, e)
	s.adopt(e, "", 1)
	if s.w.metadata {
		for _, name := range []string{"ShadowAttribute", "Note", "Opinion", "Relationship"} {
			e.Delete(name)
		}
	} else {
		e.SetRecords("EventReport", s.reports)
		e.SetText("attribute_count", strconv.Itoa(s.n))
		for _, name := range []string{"ShadowAttribute", "RelatedEvent", "Galaxy"} {
			fillRaw(e, name, "[]")
		}
	}
	s.w.trim(e)
	raw := e.AppendJSON(nil)
	if !s.w.metadata {
		raw = raw[1:]
	}
	_, err := s.out.Write(raw)
	return err
}
