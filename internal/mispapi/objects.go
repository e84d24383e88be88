package mispapi

import (
	"github.com/mithaq-hub/mithaq/misp"
)

func (c *call) addObject() error {
	in, err := c.unwrapped("Object")
	if err != nil {
		return err
	}
	k, d, event, err := c.change(c.path.arg(0), func(h *held, d *drafting) error {
		e := &h.event.Record
		switch {
		case !d.object(in):
			return unsaved("add Object", d.faults)
		case find(e, in.Text("uuid")) != nil:
			return unsaved("add Object", map[string][]string{"uuid": {"An object with this UUID exists already."}})
		}
		e.SetRecords("Object", append(list(e, "Object"), in))
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.kept("Object", in.Text("uuid"), k, d); err != nil {
		return err
	}
	return c.showObject(place{event, in.Text("uuid")}, d.faults)
}

func (c *call) editObject() error {
	in, err := c.unwrapped("Object")
	if err != nil {
		return err
	}
	var faults map[string][]string
	p, err := c.edit("object", c.path.arg(0), func(f *found, h *held, d *drafting) error {
		if f.kind != "Object" {
			return absent("object")
		}
		in.Delete("timestamp") // a client that edits sends the old one
		if d.mergeOne(f.rec, in, (*drafting).mergeObject) {
			d.touched(f)
			touch(h, d, false)
		}
		faults = d.faults
		return nil
	})
	if err != nil {
		return err
	}
	return c.showObject(p, faults)
}

func (c *call) viewObject() error {
	p, err := c.place("object", c.path.arg(0))
	if err != nil {
		return err
	}
	return c.showObject(p, nil)
}

func (c *call) showObject(p place, faults map[string][]string) error {
	f, e, err := c.one(p)
	if err != nil {
		return err
	}
	if f.kind != "Object" {
		return absent("object")
	}
	live := view{live: true}
	f.rec.SetRecords("Attribute", live.records(f.rec, "Attribute", func(*misp.Record) {}))
	body := map[string]any{"Object": f.rec, "Event": brief(e)}
	if len(faults) > 0 {
		body["errors"] = faults
	}
	return c.ok(body)
}

// brief is the event beside one of its records.
func brief(e *misp.Record) *misp.Record {
	out := new(misp.Record)
	for _, name := range []string{"id", "uuid", "info", "org_id", "orgc_id", "distribution", "date", "timestamp", "published", "threat_level_id", "analysis"} {
		if raw := e.Raw(name); raw != nil {
			out.Set(name, raw)
		}
	}
	return out
}

func (c *call) deleteObject() error {
	_, err := c.edit("object", c.path.arg(0), func(f *found, h *held, d *drafting) error {
		if f.kind != "Object" || f.rec.Bool("deleted") {
			return absent("object")
		}
		parts := list(f.rec, "Attribute")
		for _, a := range parts {
			a.Set("deleted", []byte("true"))
		}
		f.rec.SetRecords("Attribute", parts)
		removed(f, d)
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	return c.ended("Object")
}

// addReference adds a reference from an object to an attribute or object of the event.
func (c *call) addReference() error {
	in, err := c.unwrapped("ObjectReference")
	if err != nil {
		return err
	}
	from := in.Text("object_uuid")
	if from == "" {
		from = in.Text("object_id")
	}
	p, err := c.edit("object", from, func(f *found, h *held, d *drafting) error {
		if f.kind != "Object" {
			return absent("object")
		}
		if target := in.Text("referenced_uuid"); !isUUID(target) || find(&h.event.Record, target) == nil {
			return unsaved("add ObjectReference", map[string][]string{"referenced_uuid": {"Invalid referenced_uuid: want an attribute or object of the event."}})
		}
		if !d.reference(in, f.rec.Text("uuid")) {
			return unsaved("add ObjectReference", d.faults)
		}
		f.rec.SetRecords("ObjectReference", append(list(f.rec, "ObjectReference"), in))
		d.touched(f)
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	f, _, err := c.one(p)
	if err != nil {
		return err
	}
	for _, ref := range list(f.rec, "ObjectReference") {
		if ref.Text("uuid") == in.Text("uuid") {
			return c.ok(map[string]any{"ObjectReference": ref})
		}
	}
	return c.ok(map[string]any{"ObjectReference": in})
}

// deleteReference needs the object as well, since a reference has no number here.
func (c *call) deleteReference() error {
	return &fault{status: 405, name: "Method Not Allowed", message: "References are deleted with objects/edit: send the ObjectReference with deleted set to 1."}
}
