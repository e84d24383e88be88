package mispapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// A held event is what is kept of one, as far as somebody sees it.
type held struct {
	box   box
	event *misp.Event
	parts map[string]gate.Seen // the objects that are records, by UUID
}

// A box is the grouping or report that holds an event together.
type box struct {
	gate.Seen
	object *stix.Object
}

// sight is how objects are looked up: as the caller, or as the node.
type sight func(ids ...stix.ID) ([]gate.Seen, error)

// boxOf is the box of the event with a UUID. It is nil where there is none, or
// where the event was deleted.
func boxOf(see sight, uuid string) (*box, error) {
	found, err := boxes(see, uuid)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(b box) bool { return !b.isEvent() })
	if len(found) == 0 {
		return nil, nil
	}
	last := slices.MaxFunc(found, func(a, b box) int { return cmp.Compare(a.Order, b.Order) })
	return &last, nil
}

// boxes are whatever is kept under the identifiers that an event may have.
func boxes(see sight, uuid string) (found []box, err error) {
	uuid = strings.ToLower(uuid)
	seen, err := see(stix.ID("grouping--"+uuid), stix.ID("report--"+uuid))
	for _, s := range seen {
		b, err := newBox(s)
		if err != nil {
			return nil, err
		}
		found = append(found, b)
	}
	return found, err
}

func newBox(s gate.Seen) (box, error) {
	o, err := stix.Parse(s.Raw, stix.Limits{Size: 1 << 30})
	return box{s, o}, err
}

// isEvent tells events from other groupings and reports, and from what was deleted.
func (b *box) isEvent() bool {
	list, ours := misp.PartOf(b.object)
	return ours && list == "Event" && !b.object.Revoked()
}

// number is what MISP calls the id of an event.
func (b *box) number() string { return strconv.FormatInt(b.First, 10) }

// head is the event without its lists.
func (b *box) head() (*misp.Event, error) {
	e, _, err := misp.FromSTIX(func(yield func([]byte, error) bool) { yield(b.Raw, nil) })
	return e, err
}

// refs are the objects that the box holds, those of its parts in their place.
func (b *box) refs(see sight) (ids []stix.ID, err error) {
	all := b.object.IDs("object_refs")
	var groups []stix.ID
	for _, id := range all {
		if id.Type() == "grouping" {
			groups = append(groups, id)
		}
	}
	inner := map[stix.ID][]stix.ID{}
	parts, err := see(groups...)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		part, err := newBox(p)
		if err != nil {
			return nil, err
		}
		if list, ours := misp.PartOf(part.object); ours && list == "" {
			inner[p.Ref.ID] = part.object.IDs("object_refs")
		}
	}
	for _, id := range all {
		if some, ok := inner[id]; ok {
			ids = append(ids, some...)
		} else {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// load reads a whole event. It is nil where there is none in sight.
func load(see sight, uuid string) (*held, error) {
	b, err := boxOf(see, uuid)
	if err != nil || b == nil {
		return nil, err
	}
	return fill(see, b)
}

func fill(see sight, b *box) (*held, error) {
	seen, err := b.fetch(see)
	if err != nil {
		return nil, err
	}
	return b.join(seen)
}

// fetch is every object of an event in sight, but the box.
func (b *box) fetch(see sight) ([]gate.Seen, error) {
	ids, err := b.refs(see)
	if err != nil {
		return nil, err
	}
	if maker := b.object.CreatedByRef(); maker != "" {
		ids = append(ids, maker)
	}
	return see(ids...)
}

// join makes the event of its objects.
func (b *box) join(seen []gate.Seen) (_ *held, err error) {
	h := &held{box: *b, parts: make(map[string]gate.Seen, len(seen))}
	for _, s := range seen {
		if records[s.Ref.ID.Type()] {
			h.parts[s.Ref.ID.UUID()] = s
		}
	}
	h.event, _, err = misp.FromSTIX(func(yield func([]byte, error) bool) {
		for i := -1; i < len(seen); i++ {
			raw := b.Raw
			if i >= 0 {
				raw = seen[i].Raw
			}
			if !yield(raw, nil) {
				return
			}
		}
	})
	return h, err
}

// records are the types that records of MISP may have as objects of STIX.
var records = func() map[stix.Type]bool {
	all := map[stix.Type]bool{}
	for t := range strings.FieldsSeq(`indicator observed-data campaign vulnerability x-misp-attribute x-misp-object
		attack-pattern course-of-action identity note opinion sighting`) {
		all[stix.Type(t)] = true
	}
	return all
}()

// hidden are the records that the caller may not read.
func (h *held) hidden(l *gate.Look) (map[string]bool, error) {
	ids := make([]stix.ID, 0, len(h.parts))
	hidden := make(map[string]bool)
	for uuid, s := range h.parts {
		ids = append(ids, s.Ref.ID)
		hidden[uuid] = true
	}
	seen, err := l.Last(ids...)
	for _, s := range seen {
		delete(hidden, s.Ref.ID.UUID())
	}
	return hidden, err
}

// gave is all that is shown of an event, for the log.
func (h *held) gave() []gate.Seen {
	all := []gate.Seen{h.box.Seen}
	for _, s := range h.parts {
		all = append(all, s)
	}
	return all
}
