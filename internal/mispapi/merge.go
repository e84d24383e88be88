package mispapi

import (
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq/misp"
)

// What of a record an edit may change; all else is the server's or stays.
var editable = map[string][]string{
	"Event": {
		"info", "date", "threat_level_id", "analysis", "distribution", "sharing_group_id", "SharingGroup", "extends_uuid", "Galaxy",
		"Note", "Opinion", "Relationship", "publish_timestamp", "ShadowAttribute",
	},
	"Attribute": {
		"type", "category", "value", "to_ids", "comment", "distribution", "sharing_group_id", "SharingGroup", "disable_correlation",
		"first_seen", "last_seen", "object_relation", "data", "Galaxy", "Note", "Opinion", "Relationship", "ShadowAttribute",
	},
	"Object": {
		"comment", "distribution", "sharing_group_id", "SharingGroup", "first_seen", "last_seen", "template_version", "meta-category",
		"description", "Note", "Opinion", "Relationship",
	},
	"EventReport": {"name", "content", "distribution", "sharing_group_id"},
}

// merge writes what an event that was sent says over the event that is held. A
// record that is there changes where what was sent is newer; nothing is taken away
// because it was not sent.
func merge(h *held, d *drafting, in *misp.Record) error {
	e := &h.event.Record
	if at := in.Text("timestamp"); at != "" && later(e.Text("timestamp"), at) == e.Text("timestamp") {
		return unsaved("edit Event", "Event could not be saved: Event in the request not newer than the local copy.")
	}
	overwrite("Event", e, in)
	d.mergeTags(e, in)
	for _, l := range []struct {
		name string
		make func(*misp.Record) bool
		into func(d *drafting, old, in *misp.Record) bool
	}{
		{"Attribute", d.attribute, (*drafting).mergeAttribute},
		{"Object", d.object, (*drafting).mergeObject},
		{"EventReport", d.report, (*drafting).mergeReport},
	} {
		if err := d.mergeList(e, in, l.name, l.make, l.into); err != nil {
			return err
		}
	}
	touch(h, d, in.Bool("published"))
	e.SetText("timestamp", later(e.Text("timestamp"), in.Text("timestamp")))
	return nil
}

// overwrite takes the members that may be edited and that differ.
func overwrite(kind string, old, in *misp.Record) (changed bool) {
	for _, name := range editable[kind] {
		raw := in.Raw(name)
		if raw == nil || raw.Kind() == 'n' && !old.Has(name) || same(old, in, name) {
			continue
		}
		old.Set(name, raw)
		changed = true
	}
	return changed
}

// same tells whether a member says the same in both: MISP writes 1, "1" and true
// for one another.
func same(a, b *misp.Record, name string) bool {
	x, y := a.Raw(name), b.Raw(name)
	if string(x) == string(y) {
		return true
	}
	t, u := a.Text(name), b.Text(name)
	if flags[name] {
		return a.Bool(name) == b.Bool(name)
	}
	return (t != "" || u != "") && t == u
}

var flags = map[string]bool{"to_ids": true, "disable_correlation": true}

func (d *drafting) mergeList(old, in *misp.Record, name string, whole func(*misp.Record) bool, into func(d *drafting, old, in *misp.Record) bool) error {
	all := list(old, name)
	changed := false
	for item, err := range in.Records(name) {
		if err != nil {
			return bad("%s", err)
		}
		i := -1
		if isUUID(item.Text("uuid")) {
			i = slices.IndexFunc(all, func(r *misp.Record) bool { return r.Text("uuid") == item.Text("uuid") })
		}
		switch {
		case i >= 0:
			changed = d.mergeOne(all[i], item, into) || changed
		case whole(item):
			all, changed = append(all, item), true
		}
	}
	if changed {
		old.SetRecords(name, all)
	}
	return nil
}

// mergeOne changes one record, unless what was sent is no newer.
func (d *drafting) mergeOne(old, in *misp.Record, into func(d *drafting, old, in *misp.Record) bool) bool {
	if d.hidden[old.Text("uuid")] {
		d.refuse(old.Text("uuid"), "It could not be saved.")
		return false
	}
	at := in.Text("timestamp")
	if at != "" && later(old.Text("timestamp"), at) == old.Text("timestamp") {
		return false
	}
	if old.Bool("deleted") && in.Has("deleted") && !in.Bool("deleted") {
		d.refuse(old.Text("uuid"), "It was deleted. A deletion is for good.")
		return false
	}
	changed := into(d, old, in)
	if in.Bool("deleted") && !old.Bool("deleted") {
		old.Set("deleted", []byte("true"))
		changed = true
	}
	if !changed {
		return false
	}
	if at == "" {
		at = d.stamp()
	}
	old.SetText("timestamp", later(old.Text("timestamp"), at))
	return true
}

func (d *drafting) mergeAttribute(old, in *misp.Record) bool {
	for _, name := range []string{"type", "category"} {
		if !in.Has(name) {
			continue
		}
		if _, ok := misp.LookupType(in.Text("type")); name == "type" && !ok {
			d.refuse(old.Text("uuid"), "Options depend on the selected category: there is no type %q.", in.Text("type"))
			return false
		}
	}
	if in.Has("value") && in.Text("value") == "" {
		d.refuse(old.Text("uuid"), "Value not set.")
		return false
	}
	tagged := d.mergeTags(old, in)
	return overwrite("Attribute", old, in) || tagged
}

func (d *drafting) mergeObject(old, in *misp.Record) bool {
	changed := overwrite("Object", old, in)
	before := string(old.Raw("Attribute")) + string(old.Raw("ObjectReference"))
	uuid := old.Text("uuid")
	if err := d.mergeList(old, in, "Attribute", d.attribute, (*drafting).mergeAttribute); err != nil {
		d.refuse(uuid, "Attribute is no list of attributes.")
	}
	reference := func(ref *misp.Record) bool { return d.reference(ref, uuid) }
	if err := d.mergeList(old, in, "ObjectReference", reference, func(*drafting, *misp.Record, *misp.Record) bool { return false }); err != nil {
		d.refuse(uuid, "ObjectReference is no list of references.")
	}
	return changed || before != string(old.Raw("Attribute"))+string(old.Raw("ObjectReference"))
}

func (d *drafting) mergeReport(old, in *misp.Record) bool { return overwrite("EventReport", old, in) }

// mergeTags adds the tags that were sent, and takes away those sent as deleted.
func (d *drafting) mergeTags(old, in *misp.Record) (changed bool) {
	for item, err := range in.Records("Tag") {
		if err != nil {
			break
		}
		if item.Bool("deleted") {
			changed = untag(old, item.Text("name")) || changed
			continue
		}
		changed = tag(old, item) || changed
	}
	return changed
}

// tag adds a tag that a record does not have.
func tag(rec, item *misp.Record) bool {
	strip("Tag", item)
	name := item.Text("name")
	all := list(rec, "Tag")
	if name == "" || slices.ContainsFunc(all, func(t *misp.Record) bool { return t.Text("name") == name }) {
		return false
	}
	rec.SetRecords("Tag", append(all, item))
	return true
}

func untag(rec *misp.Record, name string) bool {
	all := list(rec, "Tag")
	kept := slices.DeleteFunc(slices.Clone(all), func(t *misp.Record) bool { return t.Text("name") == name })
	if len(kept) == len(all) {
		return false
	}
	if len(kept) == 0 {
		rec.Delete("Tag")
	} else {
		rec.SetRecords("Tag", kept)
	}
	return true
}

// stampOf is a time in seconds, 0 where there is none.
func stampOf(rec *misp.Record, name string) int64 {
	n, err := strconv.ParseInt(rec.Text(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
