package mispapi

import (
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
)

// A touched record was changed now, and with it the object it is of.
func (d *drafting) touched(f *found) {
	f.rec.SetText("timestamp", later(f.rec.Text("timestamp"), d.stamp()))
	if f.object != nil {
		f.object.SetText("timestamp", later(f.object.Text("timestamp"), d.stamp()))
	}
}

// place finds a record that the caller may read.
func (c *call) place(kind, arg string) (p place, err error) {
	_, err = c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		p, err = placeOf(l, kind, arg)
		return err
	})
	return p, err
}

// edit changes one record of an event, and says where it stands.
func (c *call) edit(kind, arg string, change func(f *found, h *held, d *drafting) error) (place, error) {
	if _, err := c.source(); err != nil {
		return place{}, err
	}
	p, err := c.place(kind, arg)
	if err != nil {
		return p, err
	}
	k, d, _, err := c.change(p.event, func(h *held, d *drafting) error {
		f := find(&h.event.Record, p.uuid)
		if f == nil || d.hidden[p.uuid] || f.object != nil && d.hidden[f.object.Text("uuid")] {
			return absent(kind)
		}
		if err := change(f, h, d); err != nil {
			return err
		}
		replace(&h.event.Record, f)
		return nil
	})
	if err != nil {
		return p, err
	}
	return p, c.kept(kind, p.uuid, k, d)
}

// kept tells of one record whether it could be saved.
func (c *call) kept(kind, uuid string, k *keeping, d *drafting) error {
	for _, faults := range []map[string][]string{d.faults, k.refused} {
		if why := faults[uuid]; len(why) > 0 {
			return unsaved("save "+kind, map[string][]string{"value": why})
		}
	}
	for _, why := range k.refused { // the object that an attribute is of, for one
		return unsaved("save "+kind, map[string][]string{"value": why})
	}
	return nil
}

// one is a record as the caller may read it.
func (c *call) one(p place) (f *found, event *misp.Record, err error) {
	err = c.look(func(l *gate.Look) error {
		h, err := load(l.Last, p.event)
		if err != nil || h == nil {
			return orAbsent(err, "event")
		}
		event = c.s.shown(h, view{live: true, deleted: true})
		if f = find(event, p.uuid); f == nil {
			return absent("record")
		}
		part := p.uuid
		if f.object != nil {
			part = f.object.Text("uuid")
		}
		l.Gave(h.parts[part])
		return nil
	})
	return f, event, err
}

// removed marks a record as deleted: the object is revoked, and stays.
func removed(f *found, d *drafting) {
	f.rec.Set("deleted", []byte("true"))
	d.touched(f)
}

// ended answers that something was deleted.
func (c *call) ended(what string) error {
	return c.ok(map[string]any{"saved": true, "success": true, "name": what + " deleted.", "message": what + " deleted.", "url": c.r.URL.Path})
}
