package mispapi

import (
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq/misp"
)

// A view says which parts of an event are shown.
type view struct {
	live, deleted bool // records that are in use, and that were deleted
	metadata      bool // the event without its lists
	noSightings   bool
	noGalaxies    bool
	noLocal       bool // no tags of this server alone
}

// view reads what a request wants to see. "deleted" of 1 asks for both, 2 and only
// for what was deleted, [0, 1] for what its members say.
func (c *call) view() view {
	w := view{
		metadata: c.flag("metadata"), noSightings: c.flag("noSightings"), noGalaxies: c.flag("excludeGalaxy"),
		noLocal: c.flag("excludeLocalTags"),
	}
	w.live, w.deleted = deletedOf(c.many("deleted"))
	return w
}

func deletedOf(said []string) (live, deleted bool) {
	switch {
	case len(said) == 0:
		return true, false
	case len(said) == 1:
		one := said[0]
		yes := one == "1" || one == "true"
		return one != "2" && one != "only", yes || one == "2" || one == "only"
	}
	return slices.Contains(said, "0"), slices.Contains(said, "1")
}

// shown is an event as MISP lists it, with the numbers of our rows.
func (c *call) shown(h *held) *misp.Record { return c.s.shown(h, c.view()) }

func (s *Server) shown(h *held, w view) *misp.Record {
	e := &h.event.Record
	s.headOf(&h.box, e)
	if w.metadata {
		for _, name := range []string{"Attribute", "Object", "EventReport", "ShadowAttribute", "Note", "Opinion", "Relationship"} {
			e.Delete(name)
		}
		w.trim(e)
		return e
	}
	n := 0
	e.SetRecords("Attribute", w.records(e, "Attribute", func(a *misp.Record) {
		n++
		number(a, h.number(a.Text("uuid")), h.box.number(), "0")
		fillRaw(a, "object_relation", "null")
		w.trim(a)
	}))
	e.SetRecords("Object", w.records(e, "Object", func(o *misp.Record) {
		n += w.object(h.number(o.Text("uuid")), h.box.number(), o)
	}))
	e.SetRecords("EventReport", w.records(e, "EventReport", func(r *misp.Record) {
		number(r, h.number(r.Text("uuid")), h.box.number(), "")
	}))
	e.SetText("attribute_count", strconv.Itoa(n))
	for _, name := range []string{"ShadowAttribute", "RelatedEvent", "Galaxy"} {
		fillRaw(e, name, "[]")
	}
	w.trim(e)
	return e
}

// headOf says of an event what of it is ours to say.
func (s *Server) headOf(b *box, e *misp.Record) {
	e.SetText("id", b.number())
	e.SetText("org_id", s.org.ID)
	orgc := e.Record("Orgc")
	if orgc == nil {
		orgc = new(misp.Record)
	}
	id := "0"
	if orgc.Text("uuid") == s.org.UUID {
		id = s.org.ID
	}
	orgc.SetText("id", id)
	e.Set("Orgc", orgc.AppendJSON(nil))
	e.SetText("orgc_id", id)
	org := new(misp.Record)
	org.SetText("id", s.org.ID)
	org.SetText("name", s.org.Name)
	org.SetText("uuid", s.org.UUID)
	e.Set("Org", org.AppendJSON(nil))
	for _, m := range [][2]string{
		{"distribution", "0"},
		{"sharing_group_id", "0"},
		{"analysis", "0"},
		{"threat_level_id", "4"},
		{"publish_timestamp", "0"},
		{"extends_uuid", ""},
		{"date", ""},
	} {
		if !e.Has(m[0]) {
			e.SetText(m[0], m[1])
		}
	}
}

// number is the row number of a record: that of the first version of its object.
func (h *held) number(uuid string) string { return strconv.FormatInt(h.parts[uuid].First, 10) }

func number(rec *misp.Record, id, event, object string) {
	rec.SetText("id", id)
	rec.SetText("event_id", event)
	if object != "" {
		rec.SetText("object_id", object)
	}
	fillIn(rec, "sharing_group_id", "0")
}

// inObject is how many attributes of one object have numbers of their own: that of
// the object, with three more digits.
const inObject = 999

// nth is the number of an attribute of an object.
func nth(object string, i int) string { return object + strconv.Itoa(1001 + i)[1:] }

// object shows an object, and counts its attributes.
func (w *view) object(id, event string, o *misp.Record) (n int) {
	number(o, id, event, "")
	fillRaw(o, "ObjectReference", "[]")
	parts := list(o, "Attribute")
	for i, a := range parts {
		own := "0"
		if i < inObject && id != "0" {
			own = nth(id, i)
		}
		number(a, own, event, id)
		w.trim(a)
	}
	o.SetRecords("Attribute", parts)
	o.SetRecords("Attribute", w.records(o, "Attribute", func(*misp.Record) { n++ }))
	o.SetRecords("ObjectReference", w.records(o, "ObjectReference", func(ref *misp.Record) { number(ref, "0", event, id) }))
	w.trim(o)
	return n
}

// records are those of a list that are shown.
func (w *view) records(rec *misp.Record, name string, each func(*misp.Record)) (kept []*misp.Record) {
	for _, item := range list(rec, name) {
		if deleted := item.Bool("deleted"); deleted && !w.deleted || !deleted && !w.live {
			continue
		}
		each(item)
		kept = append(kept, item)
	}
	return kept
}

// trim takes away what is not wanted of one record.
func (w *view) trim(rec *misp.Record) {
	if w.noSightings {
		rec.Delete("Sighting")
	}
	if w.noGalaxies {
		rec.Delete("Galaxy")
	}
	if w.noLocal && rec.Has("Tag") {
		rec.SetRecords("Tag", slices.DeleteFunc(list(rec, "Tag"), func(t *misp.Record) bool { return t.Bool("local") }))
	}
}

// list is a list of records; what was kept is a list.
func list(rec *misp.Record, name string) (all []*misp.Record) {
	for item, err := range rec.Records(name) {
		if err != nil {
			return all
		}
		all = append(all, item)
	}
	return all
}
