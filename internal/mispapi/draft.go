package mispapi

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq/misp"
)

// newUUID is of version 4. RFC 9562, 5.4
func newUUID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // crypto/rand never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// ours are the members that a server says of its own rows: they are not kept, and
// said anew of ours when an event is read.
var ours = map[string][]string{
	"Event": {
		"id", "org_id", "orgc_id", "Org", "RelatedEvent", "attribute_count", "event_creator_email", "warnings", "Feed", "user_id",
		"proposal_email_lock", "sighting_timestamp", "CryptographicKey",
	},
	"Attribute":       {"id", "event_id", "object_id", "event_uuid", "RelatedAttribute", "warnings", "value1", "value2", "Event", "Object", "edited", "image"},
	"Object":          {"id", "event_id", "Event", "edited"},
	"ObjectReference": {"id", "event_id", "object_id", "referenced_id", "Object", "Attribute", "Event"},
	"EventReport":     {"id", "event_id", "Event"},
	"Sighting":        {"id", "attribute_id", "event_id", "org_id", "Attribute", "attribute_uuid", "Event"},
	"Tag":             {"id", "org_id", "user_id", "edited"},
}

// A drafting makes records whole that a client sent: what MISP fills in is filled in.
type drafting struct {
	now    time.Time
	faults map[string][]string // by UUID or place: why a record was left out
	hidden map[string]bool     // records that the caller may not read, by UUID
	hop    *misp.Hop           // over which the event comes; nil from a client of ours
	stayed int                 // records that did not come over it
}

func (d *drafting) stamp() string { return strconv.FormatInt(d.now.Unix(), 10) }

func (d *drafting) refuse(where, format string, args ...any) {
	if d.faults == nil {
		d.faults = map[string][]string{}
	}
	d.faults[where] = append(d.faults[where], fmt.Sprintf(format, args...))
}

func strip(kind string, rec *misp.Record) {
	for _, name := range ours[kind] {
		rec.Delete(name)
	}
}

// fill sets a member that is absent, null or empty.
func fillIn(rec *misp.Record, name, text string) {
	if raw := rec.Raw(name); raw == nil || raw.Kind() == 'n' || raw.Kind() == '"' && rec.Text(name) == "" {
		rec.SetText(name, text)
	}
}

func fillRaw(rec *misp.Record, name, raw string) {
	if v := rec.Raw(name); v == nil || v.Kind() == 'n' {
		rec.Set(name, []byte(raw))
	}
}

// identify gives a record a UUID, or spells the one it has as STIX does.
func identify(rec *misp.Record) {
	if uuid := strings.ToLower(rec.Text("uuid")); isUUID(uuid) {
		if uuid != rec.Text("uuid") {
			rec.SetText("uuid", uuid)
		}
		return
	}
	rec.SetText("uuid", newUUID())
}

// event makes the event itself whole, without its lists of attributes and objects.
func (d *drafting) event(rec *misp.Record, org organisation) error {
	if d.hop != nil {
		if err := d.over(rec); err != nil {
			return err
		}
	}
	strip("Event", rec)
	if strings.TrimSpace(rec.Text("info")) == "" {
		return unsaved("add Event", map[string][]string{"info": {"Info cannot be empty."}})
	}
	identify(rec)
	fillIn(rec, "date", d.now.UTC().Format(time.DateOnly))
	if _, err := time.Parse(time.DateOnly, rec.Text("date")); err != nil {
		return unsaved("add Event", map[string][]string{"date": {"Date is expected to be YYYY-MM-DD."}})
	}
	for _, m := range [][2]string{{"threat_level_id", "4"}, {"analysis", "0"}, {"distribution", "0"}, {"sharing_group_id", "0"}, {"timestamp", d.stamp()}} {
		fillIn(rec, m[0], m[1])
	}
	fillRaw(rec, "published", "false")
	if rec.Bool("published") && (rec.Text("publish_timestamp") == "" || rec.Text("publish_timestamp") == "0") {
		rec.SetText("publish_timestamp", d.stamp())
	}
	if maker := rec.Record("Orgc"); maker == nil || maker.Text("name") == "" {
		maker = new(misp.Record)
		maker.SetText("name", org.Name)
		maker.SetText("uuid", org.UUID)
		rec.Set("Orgc", maker.AppendJSON(nil))
	} else {
		maker.Delete("id")
		rec.Set("Orgc", maker.AppendJSON(nil))
	}
	d.tags(rec)
	return d.lists(rec, "EventReport", d.report)
}

// lists makes a list of records whole; those without what they need are left out.
func (d *drafting) lists(rec *misp.Record, name string, one func(*misp.Record) bool) error {
	if !rec.Has(name) {
		return nil
	}
	var kept []*misp.Record
	for item, err := range rec.Records(name) {
		if err != nil {
			return bad("%s", err)
		}
		if name == "EventReport" && d.hop != nil && !d.hop.Part(item) {
			d.stayed++
			continue
		}
		if one(item) {
			kept = append(kept, item)
		}
	}
	if len(kept) == 0 {
		rec.Delete(name)
		return nil
	}
	rec.SetRecords(name, kept)
	return nil
}

func (d *drafting) tags(rec *misp.Record) {
	if rec.Raw("Tag").Kind() == '{' { // one alone
		rec.SetRecords("Tag", []*misp.Record{rec.Record("Tag")})
	}
	_ = d.lists(rec, "Tag", func(tag *misp.Record) bool {
		strip("Tag", tag)
		return strings.TrimSpace(tag.Text("name")) != ""
	})
}

// attribute makes one whole; false where it cannot be one.
func (d *drafting) attribute(rec *misp.Record) bool {
	strip("Attribute", rec)
	identify(rec)
	where := rec.Text("uuid")
	typ, ok := misp.LookupType(rec.Text("type"))
	switch {
	case !ok:
		d.refuse(where, "Options depend on the selected category: there is no type %q.", rec.Text("type"))
		return false
	case strings.TrimSpace(rec.Text("value")) == "":
		d.refuse(where, "Value not set.")
		return false
	case rec.Bool("encrypt"):
		d.refuse(where, "This server does not pack samples: send the archive, packed with the password infected.")
		return false
	}
	rec.Delete("encrypt")
	fillIn(rec, "category", typ.Category)
	if !typ.In(rec.Text("category")) {
		d.refuse(where, "Options depend on the selected category: %s is none of %s.", rec.Text("category"), typ.Name)
		return false
	}
	fillRaw(rec, "to_ids", strconv.FormatBool(typ.ToIDs))
	fillRaw(rec, "comment", `""`)
	fillIn(rec, "distribution", "5")
	fillRaw(rec, "deleted", "false")
	fillRaw(rec, "disable_correlation", "false")
	fillIn(rec, "timestamp", d.stamp())
	d.tags(rec)
	return d.lists(rec, "Sighting", d.sighting) == nil
}

func (d *drafting) object(rec *misp.Record) bool {
	strip("Object", rec)
	identify(rec)
	if rec.Text("name") == "" {
		d.refuse(rec.Text("uuid"), "Name not set.")
		return false
	}
	fillRaw(rec, "comment", `""`)
	fillIn(rec, "meta-category", "misc")
	fillIn(rec, "distribution", "5")
	fillRaw(rec, "deleted", "false")
	fillIn(rec, "timestamp", d.stamp())
	if rec.Raw("Attribute").Kind() == '{' { // PHP's way to write a list, by relation
		rec.SetRecords("Attribute", flattened(rec.Record("Attribute")))
	}
	if d.lists(rec, "Attribute", d.attribute) != nil {
		d.refuse(rec.Text("uuid"), "Attribute is no list of attributes.")
		return false
	}
	uuid := rec.Text("uuid")
	return d.lists(rec, "ObjectReference", func(ref *misp.Record) bool { return d.reference(ref, uuid) }) == nil
}

func flattened(rec *misp.Record) (all []*misp.Record) {
	for name := range rec.Names() {
		if one := rec.Record(name); one != nil {
			all = append(all, one)
		}
		for one, err := range rec.Records(name) {
			if err == nil {
				all = append(all, one)
			}
		}
	}
	return all
}

func (d *drafting) reference(rec *misp.Record, object string) bool {
	strip("ObjectReference", rec)
	identify(rec)
	if !isUUID(rec.Text("referenced_uuid")) {
		d.refuse(rec.Text("uuid"), "referenced_uuid: want the UUID of an attribute or object of the event.")
		return false
	}
	rec.SetText("object_uuid", object)
	fillIn(rec, "source_uuid", object)
	fillRaw(rec, "comment", `""`)
	fillRaw(rec, "deleted", "false")
	fillIn(rec, "timestamp", d.stamp())
	return true
}

func (d *drafting) report(rec *misp.Record) bool {
	strip("EventReport", rec)
	identify(rec)
	if strings.TrimSpace(rec.Text("name")) == "" {
		d.refuse(rec.Text("uuid"), "Name not set.")
		return false
	}
	fillRaw(rec, "content", `""`)
	fillIn(rec, "distribution", "5")
	fillRaw(rec, "deleted", "false")
	fillIn(rec, "timestamp", d.stamp())
	return true
}

func (d *drafting) sighting(rec *misp.Record) bool {
	strip("Sighting", rec)
	identify(rec)
	fillIn(rec, "type", "0")
	fillRaw(rec, "source", `""`)
	fillIn(rec, "date_sighting", d.stamp())
	return true
}
