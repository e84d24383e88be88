package misp

import (
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// rebuild makes the record of a list of what its object says, without looking
// at what the extension carries. Writing uses it too, to see what to carry: so
// what is written is always what can be read.
func rebuild(list string, o *stix.Object, event stix.TLP, find lookup) *Record {
	rec := new(Record)
	rec.SetText("uuid", o.ID().UUID())
	if o.Revoked() {
		rec.Set("deleted", truth(true))
	}
	switch list {
	case "Event":
		rebuildEvent(rec, o, find)
	case "Attribute":
		rebuildAttribute(rec, o, event, find)
	case "Object":
		rebuildObject(rec, o)
	case "EventReport":
		rec.SetText("name", o.String("abstract"))
		rec.SetText("content", o.String("content"))
		setTime(rec, "timestamp", o)
	case "Sighting":
		rebuildSighting(rec, o)
	case "Note":
		rec.SetText("note", o.String("content"))
		rebuildAnalyst(rec, o)
	case "Opinion":
		rec.SetText("comment", o.String("explanation"))
		rebuildAnalyst(rec, o)
	}
	return rec
}

func setTime(rec *Record, name string, o *stix.Object) {
	if at, ok := o.Modified(); ok {
		rec.SetText(name, unixText(at))
	}
}

func rebuildEvent(rec *Record, o *stix.Object, find lookup) {
	rec.SetText("info", o.Name())
	setTime(rec, "timestamp", o)
	rec.Set("published", []byte("false"))
	if o.Type() == "report" {
		rec.Set("published", []byte("true"))
		if at, ok := o.Time("published"); ok {
			rec.SetText("publish_timestamp", unixText(at))
		}
	}
	if org := find(o.CreatedByRef()); org != nil {
		orgc := new(Record)
		orgc.SetText("name", org.Name())
		orgc.SetText("uuid", org.ID().UUID())
		rec.Set("Orgc", orgc.AppendJSON(nil))
	}
	setTags(rec, o, 0)
}

func setTags(rec *Record, o *stix.Object, event stix.TLP) {
	if tags := tagsFrom(o, event); len(tags) > 0 {
		rec.SetRecords("Tag", tags)
	}
}

func rebuildAttribute(rec *Record, o *stix.Object, event stix.TLP, find lookup) {
	typ, _ := labelled(o, "type")
	category, _ := labelled(o, "category")
	rec.SetText("type", typ)
	rec.SetText("category", category)
	_, ids := labelled(o, "to_ids")
	rec.Set("to_ids", truth(ids))
	if value, ok := valueOf(typ, o, find); ok {
		rec.SetText("value", value)
	}
	comment := o.String("description")
	if o.Type() == "x-misp-attribute" {
		comment = o.String("x_misp_comment")
	}
	rec.SetText("comment", comment)
	setTime(rec, "timestamp", o)
	if typ == "attachment" || typ == "malware-sample" {
		if a := find(stix.ID("artifact--" + o.ID().UUID())); a != nil {
			rec.SetText("data", a.String("payload_bin"))
		}
	}
	setTags(rec, o, event)
}

func truth(v bool) []byte {
	if v {
		return []byte("true")
	}
	return []byte("false")
}

// valueOf is the value of an attribute of a type as an object says it.
func valueOf(typ string, o *stix.Object, find lookup) (string, bool) {
	switch o.Type() {
	case "x-misp-attribute":
		v := o.String("x_misp_value")
		return v, v != ""
	case "campaign", "vulnerability":
		return o.Name(), true
	case "observed-data":
		return forms[typ].value(typ, observedPart(o, find))
	case "indicator":
		if rules[typ] != "" {
			return o.String("pattern"), true
		}
		return forms[typ].value(typ, testedPart(o))
	}
	return "", false
}

// testedPart reads the parts of a value from the tests of a pattern.
func testedPart(o *stix.Object) func(path) (string, bool) {
	tests, _ := testsOf(o.String("pattern"))
	return func(p path) (string, bool) {
		for _, t := range tests {
			if t.at == p.text {
				return t.value, true
			}
		}
		return "", false
	}
}

// observedPart reads the parts of a value from the objects that were observed.
func observedPart(o *stix.Object, find lookup) func(path) (string, bool) {
	refs := o.IDs("object_refs")
	return func(p path) (string, bool) {
		for _, id := range refs {
			if string(id.Type()) != p.sco {
				continue
			}
			if root := find(id); root != nil {
				return p.read(root, find)
			}
		}
		return "", false
	}
}

func rebuildObject(rec *Record, o *stix.Object) {
	name, _ := labelled(o, "name")
	category, _ := labelled(o, "meta-category")
	rec.SetText("name", name)
	rec.SetText("meta-category", category)
	comment := o.String("description")
	if o.Type() == "x-misp-object" {
		comment = o.String("x_misp_comment")
	}
	rec.SetText("comment", comment)
	setTime(rec, "timestamp", o)
}

func rebuildSighting(rec *Record, o *stix.Object) {
	typ, ok := labelled(o, "sighting-type")
	if !ok {
		typ = "0"
	}
	rec.SetText("type", typ)
	setTime(rec, "date_sighting", o)
	source := o.String("description")
	if o.Type() != "sighting" {
		source, _ = labelled(o, "sighting-source")
	}
	rec.SetText("source", source)
}

func rebuildAnalyst(rec *Record, o *stix.Object) {
	rec.SetText("authors", strings.Join(o.Strings("authors"), ", "))
	if lang := o.Lang(); lang != "" {
		rec.SetText("language", lang)
	}
}
