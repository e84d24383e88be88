package misp

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// foreignName is the name of MISP objects that keep an object of STIX whole.
const foreignName = "x-stix-object"

// keep puts foreign objects behind the event's own.
func (in *reading) keep(rec *Record, foreign []*stix.Object) {
	if len(foreign) == 0 {
		return
	}
	list := rec.list("Object")
	for _, o := range foreign {
		kept := foreignRecord(o)
		count(&in.report.custom, "Object", string(o.Type()), kept.Text("uuid"))
		list = append(list, kept)
	}
	rec.SetRecords("Object", list)
}

// foreignRecord keeps an object of STIX whole, in the attribute with the
// relation stix. Its values become attributes before it.
func foreignRecord(o *stix.Object) *Record {
	rec := new(Record)
	uuid := uuid5("foreign", string(o.ID()))
	rec.SetText("uuid", uuid)
	rec.SetText("name", foreignName)
	rec.SetText("meta-category", "misc")
	rec.SetText("comment", string(o.Type()))
	if at := o.Version(); !at.IsZero() {
		rec.SetText("timestamp", unixText(at))
	}
	parts := foreignValues(o)
	parts = append(parts, foreignPart("text", "stix", string(o.Raw()), false))
	for _, part := range parts {
		part.SetText("uuid", uuid5(uuid, part.Text("object_relation"), part.Text("type"), part.Text("value")))
	}
	rec.SetRecords("Attribute", parts)
	return rec
}

func foreignPart(typ, relation, value string, detect bool) *Record {
	t, _ := LookupType(typ)
	part := new(Record)
	part.SetText("type", typ)
	part.SetText("category", t.Category)
	part.SetText("object_relation", relation)
	part.SetText("value", value)
	part.Set("to_ids", truth(detect))
	return part
}

// foreignTypes are the types of attributes for values that stand at a path of a
// pattern, or of an observable.
var foreignTypes = makeForeignTypes()

type foreignType struct {
	at  path
	typ string
}

func makeForeignTypes() []foreignType {
	list := []foreignType{
		{parsePath("autonomous-system:number"), "AS"},
		{parsePath("domain-name:value"), "domain"},
		{parsePath("email-addr:value"), "email"},
		{parsePath("email-message:subject"), "email-subject"},
		{parsePath("file:name"), "filename"},
		{parsePath("ipv4-addr:value"), "ip-dst"},
		{parsePath("ipv6-addr:value"), "ip-dst"},
		{parsePath("mac-addr:value"), "mac-address"},
		{parsePath("mutex:name"), "mutex"},
		{parsePath("network-traffic:src_ref.value"), "ip-src"},
		{parsePath("network-traffic:dst_ref.value"), "ip-dst"},
		{parsePath("url:value"), "url"},
		{parsePath("windows-registry-key:key"), "regkey"},
	}
	for _, name := range []string{"md5", "sha1", "sha256", "sha512", "ssdeep", "tlsh"} {
		list = append(list, foreignType{parsePath("file:hashes." + quoteStep(hashNames[name])), name})
	}
	return list
}

func foreignValues(o *stix.Object) []*Record {
	var parts []*Record
	value := func(t foreignType) (string, bool) {
		if string(o.Type()) != t.at.sco {
			return "", false
		}
		return t.at.read(o, alone)
	}
	if o.Type() == "indicator" {
		tested := testedPart(o)
		value = func(t foreignType) (string, bool) { return tested(t.at) }
	}
	for _, t := range foreignTypes {
		v, ok := value(t)
		if !ok || v == "" {
			continue
		}
		if t.typ == "AS" {
			v = "AS" + v
		}
		parts = append(parts, foreignPart(t.typ, t.typ, v, o.Type() == "indicator"))
	}
	if o.Type() == "vulnerability" && strings.HasPrefix(o.Name(), "CVE-") {
		parts = append(parts, foreignPart("vulnerability", "vulnerability", o.Name(), false))
	} else if len(parts) == 0 && o.Name() != "" {
		parts = append(parts, foreignPart("text", "name", o.Name(), false))
	}
	return parts
}

// madeEvent is the event for objects that hold none.
func madeEvent(foreign []*stix.Object) (*Record, error) {
	if len(foreign) == 0 {
		return nil, errors.New("misp: no event among the objects, and nothing to make one of")
	}
	about := topic(foreign)
	at, ok := about.Modified()
	if !ok {
		at = stix.TimestampOf(time.Unix(0, 0))
	}
	created, ok := about.Created()
	if !ok {
		created = at
	}
	rec := new(Record)
	rec.SetText("uuid", uuid5("event of", string(about.ID())))
	rec.SetText("info", cmp.Or(about.Name(), "STIX "+string(about.ID())))
	rec.SetText("date", created.Time().UTC().Format(time.DateOnly))
	rec.SetText("timestamp", unixText(at))
	rec.Set("published", truth(false))
	if level := strictest(foreign); level != 0 {
		rec.SetRecords("Tag", []*Record{named("tlp:" + tlpName(level))})
	}
	return rec, nil
}

// topic is the report or grouping that the objects are about, or the first.
func topic(foreign []*stix.Object) *stix.Object {
	for _, typ := range []stix.Type{"report", "grouping"} {
		if i := slices.IndexFunc(foreign, func(o *stix.Object) bool { return o.Type() == typ }); i >= 0 {
			return foreign[i]
		}
	}
	return foreign[0]
}

func strictest(all []*stix.Object) (level stix.TLP) {
	for _, o := range all {
		if l, ok := o.TLP(); ok {
			level = stix.StrictestTLP(level, l)
		}
	}
	return level
}

// The way back: objects of STIX that are kept whole are written as they came,
// where they stand behind all others in the order of their ids and nobody has
// changed the record; for reading puts them there. Others are ordinary objects.

func (c *converter) findForeign() error {
	c.foreignAt = -1
	i, last := 0, stix.ID("")
	for rec, err := range c.records("Object") {
		if err != nil {
			return err
		}
		id, _ := unkept(rec)
		switch {
		case id == "" || id <= last:
			c.foreignAt, last = -1, ""
			if id != "" {
				c.foreignAt, last = i, id
			}
		case c.foreignAt < 0:
			c.foreignAt, last = i, id
		default:
			last = id
		}
		i++
	}
	return nil
}

func (c *converter) isForeign(rec *Record, position int) bool {
	return c.foreignAt >= 0 && position >= c.foreignAt
}

func (c *converter) foreign(rec *Record) error {
	id, raw := unkept(rec)
	if err := c.emit(raw); err != nil {
		return err
	}
	return c.hold(id)
}

// unkept is the object that a record keeps, "" where it keeps none unchanged.
func unkept(rec *Record) (stix.ID, []byte) {
	if rec.Text("name") != foreignName {
		return "", nil
	}
	raw := []byte(related(rec.list("Attribute"), "stix"))
	o := check(raw)
	if o == nil || o.IsVersion20() || !bytes.Equal(foreignRecord(o).AppendJSON(nil), rec.AppendJSON(nil)) {
		return "", nil
	}
	if _, _, ours, err := carriageOf(o); ours || err != nil || known(o) {
		return "", nil
	}
	return o.ID(), raw
}
