package misp

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/mithaq-hub/mithaq/stix"
)

// FromSTIX makes an event of STIX 2.1 objects. Objects that STIX wrote give
// back the records they were, exactly; their order does not matter. Objects
// from elsewhere become objects of MISP named x-stix-object that keep them
// whole, with the values that MISP has types for as attributes; STIX gives
// them back as they came. Where there is no event among the objects, one is
// made of the report or grouping.
//
// It holds all objects in memory.
func FromSTIX(objects iter.Seq2[[]byte, error]) (*Event, *Report, error) {
	in := newReading()
	for raw, err := range objects {
		if err != nil {
			return nil, nil, fmt.Errorf("misp: read STIX: %w", err)
		}
		if err := in.add(raw); err != nil {
			return nil, nil, err
		}
	}
	event, err := in.event()
	if err != nil {
		return nil, nil, err
	}
	return event, in.report, nil
}

// A reading is a set of STIX objects on its way to an event.
type reading struct {
	report  *Report
	objects map[stix.ID]*stix.Object
	order   []stix.ID
	main    *entry
	lists   map[listKey][]*entry // by parent and list
	used    map[stix.ID]bool     // observables that belong to what was observed
}

type listKey struct {
	parent stix.ID
	name   string
}

// An entry is an object that is a record.
type entry struct {
	o *stix.Object
	carriage
	reached bool
}

func newReading() *reading {
	return &reading{
		report:  new(Report),
		objects: map[stix.ID]*stix.Object{},
		lists:   map[listKey][]*entry{},
		used:    map[stix.ID]bool{},
	}
}

func (in *reading) find(id stix.ID) *stix.Object { return in.objects[id] }

// add takes one object in. Of several versions of one object the last counts.
func (in *reading) add(raw []byte) error {
	o, err := stix.Parse(raw, written)
	if err != nil {
		return fmt.Errorf("misp: %w", err)
	}
	id := o.ID()
	if id == "" {
		return errors.New("misp: a STIX object without an id")
	}
	in.report.Objects++
	old, seen := in.objects[id]
	if !seen {
		in.order = append(in.order, id)
	} else if o.Version().Compare(old.Version()) < 0 {
		return nil
	}
	in.objects[id] = o
	return nil
}

// anySize leaves it to the caller how much STIX is read.
var anySize = Limits{Size: 1 << 40, Record: 1 << 30, Depth: 64, Records: 1 << 30}

func (in *reading) event() (*Event, error) {
	foreign, err := in.sort()
	if err != nil {
		return nil, err
	}
	foreign = slices.DeleteFunc(foreign, func(o *stix.Object) bool { return in.used[o.ID()] })
	slices.SortFunc(foreign, func(a, b *stix.Object) int { return cmp.Compare(a.ID(), b.ID()) })
	rec, err := in.mainRecord(foreign)
	if err != nil {
		return nil, err
	}
	in.keep(rec, append(foreign, in.orphans()...))
	if err := checkEvent(rec, anySize); err != nil {
		return nil, err
	}
	return &Event{Record: *rec}, nil
}

// sort tells the records from what is foreign.
func (in *reading) sort() (foreign []*stix.Object, err error) {
	for _, id := range in.order {
		o := in.objects[id]
		c, view, ours, err := carriageOf(o)
		switch {
		case err != nil:
			return nil, fmt.Errorf("misp: %w", err)
		case view:
			in.useObserved(o)
		case ours:
			if err := in.enter(&entry{o: o, carriage: *c}); err != nil {
				return nil, err
			}
		case !known(o):
			foreign = append(foreign, o)
		}
	}
	return foreign, nil
}

// known tells whether an object is one that every conversion writes.
func known(o *stix.Object) bool {
	if id := o.ID(); id == Extension || id == CustomObjects {
		return true
	}
	_, tlp := stix.TLPOf(o.ID())
	return tlp
}

func (in *reading) enter(e *entry) error {
	if e.record == "Event" {
		if in.main != nil {
			return errors.New("misp: more than one event among the objects")
		}
		in.main = e
		return nil
	}
	key := listKey{e.parent, e.record}
	in.lists[key] = append(in.lists[key], e)
	in.useObserved(e.o)
	return nil
}

// useObserved claims the observables of observed-data that STIX wrote.
func (in *reading) useObserved(o *stix.Object) {
	if o.Type() != "observed-data" {
		return
	}
	for _, id := range o.IDs("object_refs") {
		in.used[id] = true
	}
}

func (in *reading) mainRecord(foreign []*stix.Object) (*Record, error) {
	rec, err := in.mainObject(foreign)
	if err != nil {
		return nil, err
	}
	_, level := marked(tagNames(rec))
	for _, name := range []string{"Attribute", "Object", "EventReport", "Note", "Opinion"} {
		if list := in.records(listKey{"", name}, level, 1); list != nil {
			rec.SetRecords(name, list)
		}
	}
	return rec, nil
}

// mainObject is the event without its lists, made up where only parts of an
// event are here.
func (in *reading) mainObject(foreign []*stix.Object) (*Record, error) {
	if in.main != nil {
		return in.main.restore(rebuild("Event", in.main.o, 0, in.find)), nil
	}
	about := slices.Clone(foreign)
	for _, id := range in.order {
		if c, _, ours, err := carriageOf(in.objects[id]); ours && err == nil && c != nil {
			about = append(about, in.objects[id])
		}
	}
	return madeEvent(about)
}

// orphans are the records whose parent is not here, or that no event has: they
// are kept whole.
func (in *reading) orphans() []*stix.Object {
	var list []*stix.Object
	for _, entries := range in.lists {
		for _, e := range entries {
			if !e.reached {
				list = append(list, e.o)
			}
		}
	}
	slices.SortFunc(list, func(a, b *stix.Object) int { return cmp.Compare(a.ID(), b.ID()) })
	return list
}

// maxNesting bounds lists within lists: MISP has two.
const maxNesting = 4

// records are the records of one list, in their order, with the lists within
// them.
func (in *reading) records(key listKey, event stix.TLP, nesting int) []*Record {
	if nesting > maxNesting {
		return nil
	}
	entries := in.lists[key]
	slices.SortStableFunc(entries, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.o.ID(), b.o.ID()))
	})
	var list []*Record
	for _, e := range entries {
		e.reached = true
		rec := e.restore(rebuild(e.record, e.o, event, in.find))
		if e.o.Revoked() && !rec.Bool("deleted") {
			rec.Set("deleted", truth(true)) // whoever withdrew it knew no MISP
		}
		for _, child := range childLists {
			if kids := in.records(listKey{e.o.ID(), child.name}, event, nesting+1); kids != nil {
				rec.SetRecords(child.name, kids)
			}
		}
		for _, m := range e.carried.members {
			count(&in.report.carried, e.record, m.name, rec.Text("uuid"))
		}
		list = append(list, rec)
	}
	return list
}
