package mispapi

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

// addAttribute adds one attribute to an event, or several that are sent as a list.
func (c *call) addAttribute() error {
	sent, several, err := c.attributesSent()
	if err != nil {
		return err
	}
	var faults map[string][]string
	var added []string
	k, d, uuid, err := c.change(c.path.arg(0), func(h *held, d *drafting) error {
		added, faults = d.addAttributes(&h.event.Record, sent, !c.off("breakOnDuplicate"))
		if len(added) == 0 {
			return unsaved("add Attribute", first(faults, several))
		}
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	for _, one := range added {
		if why := k.refused[one]; len(why) > 0 {
			faults[one] = why
		}
	}
	return c.added(uuid, added, several && len(sent) > 1, merged(faults, d.faults))
}

func merged(all ...map[string][]string) map[string][]string {
	out := map[string][]string{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

// first is why the only attribute could not be saved, as MISP names it: by field.
func first(faults map[string][]string, several bool) any {
	if several {
		return faults
	}
	for _, why := range faults {
		return map[string][]string{"value": why}
	}
	return nil
}

func (c *call) off(name string) bool {
	v := c.param(name)
	return v == "0" || v == "false"
}

// attributesSent is the body: an attribute, {"Attribute": ...}, or a list.
func (c *call) attributesSent() (all []*misp.Record, several bool, err error) {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxAsk+1))
	if err != nil {
		return nil, false, err
	}
	if jsontext.Value(strings.TrimSpace(string(raw))).Kind() == '[' {
		raw, several = slices.Concat([]byte(`{"Attribute":`), raw, []byte(`}`)), true
	}
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: maxAsk + 20})
	if err != nil {
		return nil, false, bad("%s", err)
	}
	switch rec.Raw("Attribute").Kind() {
	case '{':
		return []*misp.Record{rec.Record("Attribute")}, false, nil
	case '[':
		for one, err := range rec.Records("Attribute") {
			if err != nil {
				return nil, true, bad("%s", err)
			}
			all = append(all, one)
		}
		return all, true, nil
	}
	if list := texts(rec.Raw("value")); rec.Raw("value").Kind() == '[' { // one attribute for each of many values
		for _, v := range list {
			one := rec.Clone()
			one.SetText("value", v)
			all = append(all, one)
		}
		return all, true, nil
	}
	return []*misp.Record{rec}, false, nil
}

// addAttributes adds what can be added, and says why not of the rest.
func (d *drafting) addAttributes(e *misp.Record, sent []*misp.Record, unlike bool) (added []string, faults map[string][]string) {
	all := list(e, "Attribute")
	faults = map[string][]string{}
	for _, a := range sent {
		if !d.attribute(a) {
			faults[a.Text("uuid")] = d.faults[a.Text("uuid")]
			continue
		}
		uuid := a.Text("uuid")
		switch {
		case find(e, uuid) != nil || slices.Contains(added, uuid):
			faults[uuid] = []string{"An attribute with this UUID exists already."}
		case unlike && slices.ContainsFunc(all, func(b *misp.Record) bool { return alike(a, b) }):
			faults[uuid] = []string{"A similar attribute already exists for this event."}
		default:
			all, added = append(all, a), append(added, uuid)
		}
	}
	e.SetRecords("Attribute", all)
	return added, faults
}

// alike tells whether an attribute says what another one says already.
func alike(a, b *misp.Record) bool {
	for _, name := range []string{"type", "category", "value"} {
		if a.Text(name) != b.Text(name) {
			return false
		}
	}
	return !b.Bool("deleted")
}

// added answers with the attributes that were added.
func (c *call) added(event string, uuids []string, several bool, faults map[string][]string) error {
	var shown []*misp.Record
	for _, uuid := range uuids {
		if len(faults[uuid]) > 0 {
			continue
		}
		f, _, err := c.one(place{event, uuid})
		if err != nil {
			return err
		}
		shown = append(shown, f.rec)
	}
	if len(shown) == 0 {
		return unsaved("add Attribute", faults)
	}
	body := map[string]any{"Attribute": shown}
	if !several {
		body["Attribute"] = shown[0]
	}
	if len(faults) > 0 {
		body["errors"] = faults
	}
	return c.ok(body)
}

func (c *call) editAttribute() error {
	in, err := c.unwrapped("Attribute")
	if err != nil {
		return err
	}
	arg := c.path.arg(0)
	if arg == "" {
		arg = in.Text("uuid")
	}
	p, err := c.edit("attribute", arg, func(f *found, h *held, d *drafting) error {
		if f.kind != "Attribute" {
			return absent("attribute")
		}
		if at := in.Text("timestamp"); at != "" && later(f.rec.Text("timestamp"), at) == f.rec.Text("timestamp") {
			return unsaved("edit Attribute", map[string][]string{"timestamp": {"Attribute in the request not newer than the local copy."}})
		}
		if d.mergeOne(f.rec, in, (*drafting).mergeAttribute) {
			d.touched(f)
			touch(h, d, false)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.showAttribute(p)
}

func (c *call) viewAttribute() error {
	p, err := c.place("attribute", c.path.arg(0))
	if err != nil {
		return err
	}
	return c.showAttribute(p)
}

func (c *call) showAttribute(p place) error {
	f, e, err := c.one(p)
	if err != nil {
		return err
	}
	if f.kind != "Attribute" {
		return absent("attribute")
	}
	f.rec.SetText("event_uuid", e.Text("uuid"))
	return c.ok(map[string]any{"Attribute": f.rec})
}

func (c *call) deleteAttribute() error {
	_, err := c.edit("attribute", c.path.arg(0), func(f *found, h *held, d *drafting) error {
		if f.kind != "Attribute" || f.rec.Bool("deleted") {
			return absent("attribute")
		}
		removed(f, d)
		touch(h, d, false)
		return nil
	})
	if err != nil {
		return err
	}
	return c.ended("Attribute")
}

// restore is refused: what is revoked stays so. STIX 2.1, 3.6.2
func (c *call) restore() error {
	if _, err := c.place("attribute", c.path.arg(0)); err != nil {
		return err
	}
	return forbidden("A deletion is for good: add the attribute again, with a UUID of its own.")
}
