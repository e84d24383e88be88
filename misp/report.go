package misp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Report says what became of an event on its way to STIX or back, without
// repeating the event's content.
type Report struct {
	Objects int // of STIX written or read

	carried map[[2]string]*Note
	custom  map[[2]string]*Note
	omitted map[[2]string]*Note
}

// A Note is one line of a Report: how often something happened to a kind of
// record, and to which one first.
type Note struct {
	Record string // the list that the record is of, such as "Attribute", or "Event"
	What   string // a member of the record, or its type or name
	Count  int
	First  string // the UUID of the first such record, "" where it has none
}

func (n Note) String() string {
	return fmt.Sprintf("%s %s: %d, first %s", n.Record, n.What, n.Count, n.First)
}

// Carried are the members that have no place in STIX, or that STIX would give
// back in another spelling: the extension carries them.
func (r *Report) Carried() []Note { return sorted(r.carried) }

// Custom are the types of attributes and names of objects that STIX has no
// type for: they are written as custom objects.
func (r *Report) Custom() []Note { return sorted(r.custom) }

// Omitted are the objects that only repeat for readers of STIX what another
// one carries, and that could not be made: a reference whose target is not in
// the event, a galaxy cluster without a name. Nothing is lost with them.
func (r *Report) Omitted() []Note { return sorted(r.omitted) }

// String is the report as lines.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d STIX objects\n", r.Objects)
	for _, part := range []struct {
		name  string
		notes []Note
	}{{"carried", r.Carried()}, {"custom", r.Custom()}, {"omitted", r.Omitted()}} {
		for _, n := range part.notes {
			fmt.Fprintf(&b, "%s: %s\n", part.name, n)
		}
	}
	return b.String()
}

func sorted(notes map[[2]string]*Note) []Note {
	list := make([]Note, 0, len(notes))
	for _, n := range notes {
		list = append(list, *n)
	}
	slices.SortFunc(list, func(a, b Note) int {
		return cmp.Or(strings.Compare(a.Record, b.Record), strings.Compare(a.What, b.What))
	})
	return list
}

// maxNotes bounds what a report holds of an event that makes up names.
const maxNotes = 1000

func count(notes *map[[2]string]*Note, record, what, uuid string) {
	key := [2]string{record, what}
	if *notes == nil {
		*notes = map[[2]string]*Note{}
	}
	n := (*notes)[key]
	if n == nil && len(*notes) >= maxNotes {
		key[1] = "(others)"
		n = (*notes)[key]
	}
	if n == nil {
		n = &Note{Record: record, What: key[1], First: uuid}
		(*notes)[key] = n
	}
	n.Count++
}
