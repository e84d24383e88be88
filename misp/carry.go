package misp

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/stix"
)

// What the extension says of an object:
//
//	record    which list of MISP the object is a record of ("Attribute", "Event", ...)
//	position  its place in that list
//	parent    the object whose list it is in, where that is not the event
//	carried   a JSON object as text: members that STIX cannot give back
//	absent    members that STIX would give back, but that the record has not
//	part_refs of an object, where Options.Kept asks for it: its attributes, which have
//	          no objects of their own
//	view      true where the object repeats what another one carries
//
// carried is text, since STIX knows no null, no empty list and no number that
// is not exact, and its names must be written in lower case. STIX 2.1, 7.3
type carriage struct {
	record   string
	position int
	parent   stix.ID
	carried  *Record
	absent   []string
	parts    []stix.ID
}

// compare finds what STIX does not say of a record: rebuilt is what it says.
// Members in handled have objects of their own.
func (c *carriage) compare(rec, rebuilt *Record, handled map[string]bool) {
	c.carried = new(Record)
	for _, m := range rec.members {
		if handled[m.name] {
			continue
		}
		if got := rebuilt.Raw(m.name); got == nil || !sameJSON(got, m.value) {
			c.carried.members = append(c.carried.members, member{m.name, compact(m.value)})
		}
	}
	for _, m := range rebuilt.members {
		if !rec.Has(m.name) {
			c.absent = append(c.absent, m.name)
		}
	}
}

// compact takes the white space out of a value.
func compact(v jsontext.Value) jsontext.Value {
	if k := v.Kind(); k != '{' && k != '[' {
		return v
	}
	v = v.Clone()
	if v.Compact() != nil {
		return nil
	}
	return v
}

// restore makes the record of what STIX says of it.
func (c *carriage) restore(rebuilt *Record) *Record {
	for _, name := range c.absent {
		rebuilt.Delete(name)
	}
	for _, m := range c.carried.members {
		rebuilt.Set(m.name, m.value)
	}
	return rebuilt
}

// sameJSON tells whether two values mean the same; if in doubt they do not.
func sameJSON(a, b jsontext.Value) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case '"':
		return textOf(a) == textOf(b)
	case '{', '[':
		a, b = a.Clone(), b.Clone()
		return a.Canonicalize() == nil && b.Canonicalize() == nil && bytes.Equal(a, b) && !hasNumber(b)
	}
	return false
}

// hasNumber tells whether there is a number in a value: canonical JSON does not
// tell 1 from 1.0.
func hasNumber(v jsontext.Value) bool {
	d := jsontext.NewDecoder(bytes.NewReader(v))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return false
		}
		if t.Kind() == '0' {
			return true
		}
	}
}

// extend writes the extension into an object under construction.
func (c *carriage) extend(o *builder, custom bool) {
	var ext builder
	ext.text("extension_type", "property-extension")
	ext.text("record", c.record)
	ext.number("position", int64(c.position))
	ext.id("parent", c.parent)
	if len(c.carried.members) > 0 {
		ext.text("carried", string(c.carried.AppendJSON(nil)))
	}
	ext.texts("absent", c.absent)
	ext.ids("part_refs", c.parts)
	o.extensions(ext.done(), custom)
}

func (o *builder) extensions(ext []byte, custom bool) {
	var all builder
	if custom {
		all.raw(string(CustomObjects), []byte(`{"extension_type":"new-sdo"}`))
	}
	all.raw(string(Extension), ext)
	o.raw("extensions", all.done())
}

// view marks an object that repeats what another one carries.
func (o *builder) view(custom bool) {
	o.extensions([]byte(`{"extension_type":"property-extension","view":true}`), custom)
}

// carriageOf reads the extension of an object. ours is false where it has none.
func carriageOf(o *stix.Object) (c *carriage, view, ours bool, err error) {
	raw, ok := o.At("/extensions/" + string(Extension))
	if !ok {
		return nil, false, false, nil
	}
	ext, err := parseRecord(raw, Limits{}.orDefault())
	if err != nil {
		return nil, false, false, fmt.Errorf("%s: %w", o.ID(), err)
	}
	if ext.Bool("view") {
		return nil, true, true, nil
	}
	position, _ := ext.Int("position")
	c = &carriage{record: ext.Text("record"), position: int(position), parent: stix.ID(ext.Text("parent")), carried: new(Record)}
	c.absent = textsOf(ext.Raw("absent"))
	if text := ext.Text("carried"); text != "" {
		if c.carried, err = parseRecord([]byte(text), Limits{}.orDefault()); err != nil {
			return nil, false, false, fmt.Errorf("%s: carried: %w", o.ID(), err)
		}
	}
	return c, false, true, nil
}

func textsOf(v jsontext.Value) []string {
	if v.Kind() != '[' {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(v))
	var list []string
	for {
		t, err := d.ReadToken()
		if err != nil {
			return list
		}
		if t.Kind() == '"' {
			list = append(list, t.String())
		}
	}
}
