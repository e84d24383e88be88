package mispapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Standing is how an event of another server stands to what is held of it.
type Standing string

// The standings.
const (
	StandsNew     Standing = "new"
	StandsNewer   Standing = "newer"
	StandsSame    Standing = "same"    // no newer than what is held; only sightings are taken
	StandsApart   Standing = "apart"   // its distribution does not let it come here
	StandsDeleted Standing = "deleted" // it was deleted here, which is for good
)

// An Arrival is what comes of an event of another server.
type Arrival struct {
	UUID     string
	Standing Standing
	Stayed   int                 // records that its distribution does not let come
	Refused  map[string][]string // by UUID or place: records that cannot be kept
}

// An UnreadableError says that what came is no event that can be taken in.
type UnreadableError struct{ Why string }

func (e *UnreadableError) Error() string { return e.Why }

// errApart ends an event that does not come over its hop.
var errApart = errors.New("misp: the distribution does not let it come")

// over does what the hop does to an event's head.
func (d *drafting) over(rec *misp.Record) error {
	if maker := rec.Record("Orgc"); maker == nil || maker.Text("name") == "" || !isUUID(maker.Text("uuid")) {
		return bad("The event does not say which organisation made it.")
	}
	if !isUUID(rec.Text("uuid")) {
		return bad("The event has no UUID.")
	}
	if !d.hop.Event(rec) {
		return errApart
	}
	return nil
}

// Receive reads an event that came from another server over a hop, and gives write
// the objects by which what is held of it changes: all of a new one, of one that
// is newer those records that are, of another its new sightings. Nothing is taken
// away because it was not sent. One record is in memory at a time. An
// *UnreadableError: it is no event. What write does not take ends it.
func (s *Server) Receive(ctx context.Context, v mithaq.Viewer, event io.Reader, hop misp.Hop, write func(object []byte) error) (*Arrival, error) {
	in, err := s.readEvent(event, &hop)
	if errors.Is(err, errApart) {
		return &Arrival{Standing: StandsApart}, nil
	}
	if err != nil {
		return nil, unreadable(err)
	}
	defer in.whole.Close()
	a := &Arrival{UUID: in.head.Text("uuid"), Stayed: in.stayed, Refused: in.faults}
	c := &call{s: s, ctx: ctx, v: v}
	done, err := c.alone(a.UUID)
	if err != nil {
		return nil, err
	}
	defer done()
	k, err := c.arriving(a, in.head)
	if err != nil || a.Standing == StandsDeleted {
		return a, err
	}
	r, err := in.whole.reader()
	if err != nil {
		return nil, err
	}
	objects, _ := misp.Stream(r, misp.Limits{Record: maxRecord}, convert)
	if a.Standing == StandsSame {
		objects = sightingsOnly(objects)
	}
	err = k.write(writer(write), objects, nil)
	a.Refused = merged(a.Refused, k.refused)
	return a, unreadable(err)
}

// unreadable is what a client would have been told is wrong with its event.
func unreadable(err error) error {
	if f, ok := errors.AsType[*fault](err); ok {
		return &UnreadableError{f.Error()}
	}
	return err
}

// arriving finds out how an event stands to what is held of it.
func (c *call) arriving(a *Arrival, head *misp.Record) (*keeping, error) {
	k := c.keeping(nil)
	k.pulled = true
	_, err := c.s.Gate.Look(c.ctx, c.v, nil, func(l *gate.Look) error {
		b, err := boxOf(l.Whole, a.UUID)
		if err != nil {
			return err
		}
		if b == nil {
			there, err := boxes(l.Whole, a.UUID)
			a.Standing = map[bool]Standing{true: StandsNew, false: StandsDeleted}[len(there) == 0]
			return err
		}
		ours, err := b.head()
		if err != nil {
			return err
		}
		a.Standing = StandsNewer
		if later(ours.Text("timestamp"), head.Text("timestamp")) == ours.Text("timestamp") {
			a.Standing = StandsSame
		}
		k.had, err = b.refs(l.Whole)
		return err
	})
	for _, id := range append(slices.Clone(k.had), stix.ID("grouping--"+a.UUID)) {
		k.old[id], k.uuids[id.UUID()] = true, true
	}
	return k, err
}

// goesOn are those that the box holds and that were not sent. A record that is
// another type of object now is held as that alone.
func (k *keeping) goesOn(refs []stix.ID) (more []stix.ID) {
	if len(k.had) == 0 {
		return nil
	}
	sent := make(map[stix.ID]bool, len(refs))
	records := make(map[string]bool, len(refs))
	for _, id := range refs {
		sent[id], records[id.UUID()] = true, true
	}
	for _, id := range k.had {
		if !sent[id] && !records[id.UUID()] {
			more = append(more, id)
		}
	}
	return more
}

// another are the records that were written as another type of object.
func (k *keeping) another() ([]gate.Seen, error) {
	now := make(map[string]stix.ID, len(k.refs))
	for _, id := range k.refs {
		if records[id.Type()] {
			now[id.UUID()] = id
		}
	}
	var ids []stix.ID
	for _, id := range k.had {
		if to, ok := now[id.UUID()]; ok && to != id && records[id.Type()] {
			ids = append(ids, id)
		}
	}
	found, err := k.c.heldAs(ids)
	return slices.Collect(maps.Values(found)), err
}

// sightingsOnly leaves the sightings of an event.
func sightingsOnly(objects func(yield func([]byte, error) bool)) func(yield func([]byte, error) bool) {
	return func(yield func([]byte, error) bool) {
		for raw, err := range objects {
			if err == nil {
				if list, ours := partOf(raw); !ours || list != "Sighting" {
					continue
				}
			}
			if !yield(raw, err) {
				return
			}
		}
	}
}

// writer gives each object that is written to a function, without the line's end.
type writer func(object []byte) error

func (w writer) Write(p []byte) (int, error) {
	return len(p), w(slices.Clone(p[:len(p)-1]))
}

// newerSecond tells whether a time is in a later second, which is all that MISP's
// timestamps tell apart.
func newerSecond(a, b string) bool {
	return !sameSecond(a, b) && strings.Compare(a, b) > 0
}
