package mispapi

import (
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// A place is where a record stands: in which event, and in which object of it.
type place struct {
	event string // its UUID
	uuid  string // of the record
}

// nearest bounds how many objects are looked at that refer to one.
const nearest = 16

// placeOf finds the event of a record that is named by its UUID or number. It is
// found by what refers to it, so that whoever may not read the event does not find it.
func placeOf(l *gate.Look, kind, arg string) (place, error) {
	uuid := strings.ToLower(arg)
	if !isUUID(arg) {
		id, nth, err := numbered(l, arg)
		if err != nil || id == "" {
			return place{}, orAbsent(err, kind)
		}
		uuid = id.UUID()
		if nth >= 0 {
			return nested(l, kind, uuid, nth)
		}
	}
	p := place{uuid: uuid}
	if b, err := boxOf(l.Last, uuid); err != nil || b != nil {
		p.event = uuid
		return p, err
	}
	event, err := eventOf(l, uuid)
	if err != nil || event == "" {
		return p, orAbsent(err, kind)
	}
	p.event = event
	return p, nil
}

func orAbsent(err error, kind string) error {
	if err == nil {
		return absent(kind)
	}
	return err
}

// numbered is the object with a number; nth is the place of an attribute in it, -1
// for the object itself.
func numbered(l *gate.Look, arg string) (id stix.ID, nth int, err error) {
	if id, err = l.Numbered(arg); err != nil || id != "" || len(arg) < 4 || !isNumber(arg) {
		return id, -1, err
	}
	n, _ := strconv.Atoi(arg[len(arg)-3:])
	id, err = l.Numbered(arg[:len(arg)-3])
	return id, n - 1, err
}

// nested is an attribute that is named by its place in an object.
func nested(l *gate.Look, kind, object string, nth int) (place, error) {
	event, err := eventOf(l, object)
	if err != nil || event == "" {
		return place{}, orAbsent(err, kind)
	}
	h, err := load(l.Last, event)
	if err != nil || h == nil {
		return place{}, orAbsent(err, kind)
	}
	for _, o := range list(&h.event.Record, "Object") {
		if parts := list(o, "Attribute"); o.Text("uuid") == object && nth < len(parts) && nth >= 0 {
			return place{event: event, uuid: parts[nth].Text("uuid")}, nil
		}
	}
	return place{}, absent(kind)
}

// eventOf is the UUID of the event that holds a record, "" where none in sight does.
func eventOf(l *gate.Look, uuid string) (string, error) {
	var ids []stix.ID
	for t := range records {
		ids = append(ids, stix.ID(string(t)+"--"+uuid))
	}
	seen, err := l.Last(ids...)
	if err != nil {
		return "", err
	}
	for _, s := range seen {
		if event, err := boxWith(l, s.Ref.ID); err != nil || event != "" {
			return event, err
		}
	}
	all, err := l.Referring(stix.ID("x-misp-attribute--"+uuid), nearest)
	if err != nil {
		return "", err
	}
	for _, n := range all {
		if n.Kind != "part_refs" {
			continue
		}
		if event, err := boxWith(l, n.Ref.ID); err != nil || event != "" {
			return event, err
		}
	}
	return "", nil
}

// boxWith is the UUID of the event that lists an object, by way of a part or not.
func boxWith(l *gate.Look, id stix.ID) (string, error) {
	all, err := l.Referring(id, nearest)
	if err != nil {
		return "", err
	}
	tried := map[stix.ID]bool{}
	for _, n := range all {
		if t := n.Ref.ID.Type(); n.Kind != "object_refs" || t != "grouping" && t != "report" || tried[n.Ref.ID] {
			continue
		}
		tried[n.Ref.ID] = true
		b, err := boxOf(l.Last, n.Ref.ID.UUID())
		if err != nil {
			return "", err
		}
		if b != nil {
			return n.Ref.ID.UUID(), nil
		}
		if list, ours := partOf(n.Raw); ours && list == "" { // a part of a long event
			if event, err := boxWith(l, n.Ref.ID); err != nil || event != "" {
				return event, err
			}
		}
	}
	return "", nil
}

// A found is a record of an event, where it stands.
type found struct {
	kind   string // the list that it is of
	rec    *misp.Record
	object *misp.Record // that it is an attribute of; nil for the event's own
}

// find looks for a record by its UUID: the event, or an attribute, object,
// report or attribute of an object of it.
func find(e *misp.Record, uuid string) *found {
	if e.Text("uuid") == uuid {
		return &found{"Event", e, nil}
	}
	for _, name := range []string{"Attribute", "Object", "EventReport"} {
		for _, rec := range list(e, name) {
			if rec.Text("uuid") == uuid {
				return &found{name, rec, nil}
			}
			if name != "Object" {
				continue
			}
			for _, part := range list(rec, "Attribute") {
				if part.Text("uuid") == uuid {
					return &found{"Attribute", part, rec}
				}
			}
		}
	}
	return nil
}

// replace puts a record back that find has found, changed.
func replace(e *misp.Record, f *found) {
	switch {
	case f.kind == "Event":
	case f.object != nil:
		put(f.object, f.kind, f.rec)
		put(e, "Object", f.object)
	default:
		put(e, f.kind, f.rec)
	}
}

func put(e *misp.Record, name string, rec *misp.Record) {
	all := list(e, name)
	for i := range all {
		if all[i].Text("uuid") == rec.Text("uuid") {
			all[i] = rec
		}
	}
	e.SetRecords(name, all)
}
