package misp

import (
	"errors"

	"github.com/mithaq-hub/mithaq/stix"
)

// preamble is what every conversion begins with: the extensions that it uses,
// and whose they are. STIX 2.1, 7.3
var preamble = []string{
	`{"type":"identity","spec_version":"2.1","id":"` + string(Maker) + `","created":"2026-11-24T00:00:00.000Z","modified":"2026-11-24T00:00:00.000Z",` +
		`"name":"Mithaq","identity_class":"organization","extensions":{"` + string(Extension) + `":{"extension_type":"property-extension","view":true}}}`,
	`{"type":"extension-definition","spec_version":"2.1","id":"` + string(Extension) + `","created_by_ref":"` + string(Maker) + `",` +
		`"created":"2026-11-24T00:00:00.000Z","modified":"2026-11-24T00:00:00.000Z","name":"MISP record",` +
		`"description":"Says which record of a MISP event an object is, and carries what of the record has no place in STIX.",` +
		`"schema":"https://github.com/mithaq-hub/mithaq/blob/main/docs/misp.md","version":"1.0.0","extension_types":["property-extension"]}`,
	`{"type":"extension-definition","spec_version":"2.1","id":"` + string(CustomObjects) + `","created_by_ref":"` + string(Maker) + `",` +
		`"created":"2026-11-24T00:00:00.000Z","modified":"2026-11-24T00:00:00.000Z","name":"MISP objects",` +
		`"description":"Defines x-misp-attribute, x-misp-object and x-misp-galaxy-cluster, for what STIX has no type for.",` +
		`"schema":"https://github.com/mithaq-hub/mithaq/blob/main/docs/misp.md","version":"1.0.0","extension_types":["new-sdo"]}`,
}

// foot writes the report or grouping that holds everything.
func (c *converter) foot() error {
	all := append(c.parts, c.refs...)
	if len(all) == 0 {
		id, err := c.nothing()
		if err != nil {
			return err
		}
		all = []stix.ID{id}
	}
	it := &item{rec: c.event, carriage: carriage{record: "Event"}, uuid: c.uuid, created: c.date, at: c.at, level: c.level}
	it.labels, _ = marked(tagNames(c.event))
	var o builder
	c.open(&o, it, string(c.container.Type()))
	o.text("name", c.event.Text("info"))
	c.published(&o)
	o.ids("object_refs", all)
	o.marks(it)
	raw, ok := c.finish(&o, it, c.eventHandled(), c.findMaker)
	if !ok {
		return errors.New("misp: the event cannot be written as a STIX report")
	}
	c.note(it)
	return c.emit(raw)
}

func (c *converter) published(o *builder) {
	if c.container.Type() != "report" {
		o.text("context", "suspicious-activity")
		return
	}
	at, ok := unix(c.event.Text("publish_timestamp"))
	if !ok {
		at = c.at
	}
	o.text("published", at.Format(toSeconds))
}

// eventHandled are the lists that have objects of their own.
func (c *converter) eventHandled() map[string]bool {
	handled := map[string]bool{}
	for _, name := range c.doneLists {
		handled[name] = true
	}
	for _, name := range []string{"Attribute", "Object"} {
		if raw := c.event.Raw(name); raw.Kind() == '[' && len(c.event.list(name)) > 0 {
			handled[name] = true
		}
	}
	return handled
}

// findMaker finds the organisation that made the event, as it was written.
func (c *converter) findMaker(id stix.ID) *stix.Object {
	org := c.event.Record("Orgc")
	if org == nil || id != c.maker {
		return nil
	}
	var o builder
	o.open(id, "", epoch, epoch)
	o.text("name", org.Text("name"))
	obj, err := stix.Parse(o.done(), written)
	if err != nil {
		return nil
	}
	return obj
}

// nothing says that an event has no content: a report must refer to something.
func (c *converter) nothing() (stix.ID, error) {
	id := stix.ID("note--" + uuid5(c.uuid, "empty"))
	var o builder
	o.open(id, c.maker, c.date, c.at)
	o.text("content", "This MISP event has no attributes, objects or reports.")
	o.ids("object_refs", []stix.ID{c.container})
	o.marking(c.level)
	o.view(false)
	return id, c.emit(o.done())
}
