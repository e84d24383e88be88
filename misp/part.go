package misp

import (
	"github.com/mithaq-hub/mithaq/stix"
)

// A Part is a record of an event that was read from its own object, without others:
// what Options.Kept makes possible, so that a long event is read one record at a time.
type Part struct {
	List     string  // that it is of: Attribute, Object, EventReport, Sighting, Note, Opinion
	Parent   stix.ID // the object whose list it is in; "" for the event's own
	Position int     // in that list, from 0
	Record   *Record
}

// ReadPart reads one object of an event that is marked as event says. It is nil for
// an object that repeats what a record carries; ours is false for STIX from elsewhere.
func ReadPart(o *stix.Object, event stix.TLP) (p *Part, ours bool) {
	c, view, ours, err := carriageOf(o)
	if err != nil || !ours {
		return nil, false
	}
	if view {
		return nil, true
	}
	rec := c.restore(rebuild(c.record, o, event, alone))
	if o.Revoked() && !rec.Bool("deleted") {
		rec.Set("deleted", truth(true)) // whoever withdrew it knew no MISP
	}
	return &Part{c.record, c.parent, c.position, rec}, true
}

// ForeignObject is the object of MISP that keeps an object of STIX from elsewhere whole.
func ForeignObject(o *stix.Object) *Record { return foreignRecord(o) }

// TLP is the strictest level that the event is tagged with; zero where with none.
func (e *Event) TLP() stix.TLP {
	_, level := marked(tagNames(&e.Record))
	return level
}

// PartOf tells which list of an event an object is a record of, such as
// "Attribute", or "Event" of the event itself; "" for an object that repeats what
// a record carries. ours is false for STIX from elsewhere.
func PartOf(o *stix.Object) (list string, ours bool) {
	c, view, ours, err := carriageOf(o)
	switch {
	case err != nil || !ours:
		return "", false
	case view:
		return "", true
	}
	return c.record, true
}
