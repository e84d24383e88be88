package misp

import (
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// Sightings, analyst data and event reports are records of lists that get
// objects of their own. Either all records of a list do, or the list is carried
// as it is: so none is lost and none comes back twice.

// childLists are the lists of attributes and objects with objects of their own,
// and the member that says when a record of them was changed.
var childLists = []struct{ name, changed string }{
	{"Sighting", "date_sighting"},
	{"Note", "modified"},
	{"Opinion", "modified"},
}

// children writes the lists that belong to a record. handled names those that
// need not be carried.
func (c *converter) children(it *item, parent stix.ID) (all []side, handled map[string]bool) {
	for _, list := range childLists {
		if !it.rec.Has(list.name) {
			continue
		}
		if kids, ok := c.list(it.rec, list.name, list.changed, parent, it.level); ok {
			all = append(all, kids...)
			if handled == nil {
				handled = map[string]bool{}
			}
			handled[list.name] = true
		}
	}
	return all, handled
}

// list writes one list, wholly or not at all.
func (c *converter) list(rec *Record, name, changed string, parent stix.ID, level stix.TLP) ([]side, bool) {
	records := rec.list(name)
	if len(records) == 0 {
		return nil, false
	}
	of := parent
	if of == c.container {
		of = ""
	}
	var all []side
	for i, child := range records {
		it := c.item(child, name, i, of, changed)
		if !child.Has("Tag") {
			it.level = level
		}
		if at, ok := analystTime(child.Text(changed)); ok {
			it.at, it.created = at, minTime(c.date, at)
		}
		s, ok := c.child(it, parent)
		if !ok {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// analystTime is a time as analyst data has it.
func analystTime(text string) (time.Time, bool) {
	at, err := time.Parse(time.DateTime, text)
	return at, err == nil && at.Year() >= 1970
}

func (c *converter) child(it *item, parent stix.ID) (side, bool) {
	var o builder
	var id stix.ID
	switch it.carriage.record {
	case "Sighting":
		id = c.sighting(&o, it, parent)
	case "Note":
		id = c.analystNote(&o, it, parent)
	case "Opinion":
		id = c.opinion(&o, it, parent)
	case "EventReport":
		id = c.eventReport(&o, it, parent)
	}
	raw, ok := c.finish(&o, it, nil, alone)
	if !ok {
		return side{}, false
	}
	c.note(it)
	return side{id, raw, true}, true
}

// sighting is one of three: seen, a false positive, or no longer so.
func (c *converter) sighting(o *builder, it *item, parent stix.ID) stix.ID {
	typ := it.rec.Text("type")
	source := it.rec.Text("source")
	if typ == "0" || typ == "" {
		id := c.open(o, it, "sighting")
		o.some("description", source)
		o.text("first_seen", it.at.Format(toSeconds))
		o.text("last_seen", it.at.Format(toSeconds))
		o.number("count", 1)
		o.id("sighting_of_ref", parent)
		o.marks(it)
		return id
	}
	labels := []string{mispLabel("sighting-type", typ)}
	if source != "" {
		labels = append(labels, mispLabel("sighting-source", source))
	}
	if typ != "1" {
		id := c.open(o, it, "note")
		o.text("content", map[bool]string{true: "Expired.", false: "A sighting of another kind."}[typ == "2"])
		o.ids("object_refs", []stix.ID{parent})
		o.marks(it, labels...)
		return id
	}
	id := c.open(o, it, "opinion")
	o.text("explanation", "False positive.")
	o.text("opinion", "strongly-disagree")
	o.ids("object_refs", []stix.ID{parent})
	o.marks(it, labels...)
	return id
}

func (c *converter) analystNote(o *builder, it *item, parent stix.ID) stix.ID {
	id := c.open(o, it, "note")
	o.some("lang", it.rec.Text("language"))
	o.text("content", it.rec.Text("note"))
	o.authors(it.rec)
	o.ids("object_refs", []stix.ID{parent})
	o.marks(it)
	return id
}

func (o *builder) authors(rec *Record) {
	if a := rec.Text("authors"); a != "" {
		o.texts("authors", []string{a})
	}
}

// opinions are STIX's five steps for MISP's hundred. STIX 2.1, 10.18
var opinions = [...]string{"strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"}

func (c *converter) opinion(o *builder, it *item, parent stix.ID) stix.ID {
	id := c.open(o, it, "opinion")
	o.some("explanation", it.rec.Text("comment"))
	o.authors(it.rec)
	n, _ := it.rec.Int("opinion")
	o.text("opinion", opinions[min(max(n, 0), 99)/20])
	o.ids("object_refs", []stix.ID{parent})
	o.marks(it)
	return id
}

func (c *converter) eventReport(o *builder, it *item, parent stix.ID) stix.ID {
	id := c.open(o, it, "note")
	o.some("abstract", it.rec.Text("name"))
	o.text("content", it.rec.Text("content"))
	o.ids("object_refs", []stix.ID{parent})
	o.marks(it)
	return id
}

// eventChildren writes the lists of the event itself.
func (c *converter) eventChildren() error {
	for _, list := range []struct{ name, changed string }{
		{"EventReport", "timestamp"}, {"Note", "modified"}, {"Opinion", "modified"},
	} {
		kids, ok := c.list(c.event, list.name, list.changed, c.container, c.level)
		if !ok {
			continue
		}
		c.doneLists = append(c.doneLists, list.name)
		for _, s := range kids {
			if err := c.emit(s.raw); err != nil {
				return err
			}
			if err := c.hold(s.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// link notes the references of a record, to be followed when all is known.
func (c *converter) link(rec *Record, from stix.ID, it *item) {
	for _, ref := range rec.list("ObjectReference") {
		c.links = append(c.links, link{from, ref.Text("referenced_uuid"), ref.Text("relationship_type"), it.at})
	}
	for _, rel := range rec.list("Relationship") {
		c.links = append(c.links, link{from, rel.Text("related_object_uuid"), rel.Text("relationship_type"), it.at})
	}
}

// followLinks writes relationships for the references whose ends are both here.
// The records with the references are carried, so these are views.
func (c *converter) followLinks() error {
	for _, l := range c.links {
		target, ok := c.anchors[l.target]
		verb := verbOf(l.verb)
		if !ok || target == l.from || verb == "" {
			count(&c.report.omitted, "ObjectReference", "target not in the event", l.target)
			continue
		}
		s := relation(verb, l.from, target, minTime(c.date, l.at), l.at, c.level)
		if check(s.raw) == nil {
			count(&c.report.omitted, "ObjectReference", "not a STIX relationship", l.target)
			continue
		}
		if err := c.emitOnce(s.id, func() []byte { return s.raw }); err != nil {
			return err
		}
	}
	return nil
}

// verbOf spells the type of a relationship as STIX does. STIX 2.1, 5.1.1
func verbOf(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, text)
}
