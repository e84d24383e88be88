package misp

import (
	"strconv"
)

// A Distribution says how far a record may go, in the numbers that MISP writes.
type Distribution int

// The distributions. Only what stands in something else inherits.
const (
	OrganisationOnly Distribution = iota
	CommunityOnly
	ConnectedCommunities
	AllCommunities
	BySharingGroup
	Inherited
)

// DistributionOf reads a record's distribution. What is not said is what MISP
// takes for it; what cannot be read goes nowhere.
func DistributionOf(rec *Record, unsaid Distribution) Distribution {
	text := rec.Text("distribution")
	if text == "" && rec.Raw("distribution").Kind() != '"' {
		return unsaid
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > int(Inherited) {
		return OrganisationOnly
	}
	return Distribution(n)
}

// A Way is who moves: whoever has an event pushes it, or whoever wants it pulls.
type Way int

// The ways.
const (
	Push Way = iota
	Pull
)

// A Hop is one way of an event from a server to the next, with the arithmetic
// that MISP does at it:
//
//	                           push          pull
//	organisation only  (0)     stays         stays
//	community only     (1)     stays         goes as 0
//	connected          (2)     goes as 1     goes as 1
//	all                (3)     goes          goes
//	sharing group      (4)     to members    to members
//	inherited          (5)     as what it is in, which decided already
//
// An internal hop is between two servers of one organisation: nothing is made
// less, and only sharing groups keep something back. Hops say how far a record
// may go after MISP's own rules; whether it goes at all is for the caller too.
type Hop struct {
	Way      Way
	Internal bool
	// Org is the UUID of the organisation that gets the event: on a push that
	// of the other server, on a pull ours, as the other server knows us.
	Org string
	// Server is the base URL of the server that is pushed to, as sharing
	// groups name it.
	Server string
}

// next is what a distribution is after the hop; false where the record stays.
func (h *Hop) next(d Distribution) (Distribution, bool) {
	switch {
	case h.Internal || d >= AllCommunities:
		return d, true
	case d == ConnectedCommunities:
		return CommunityOnly, true
	case d == CommunityOnly && h.Way == Pull:
		return OrganisationOnly, true
	}
	return d, false
}

// Event reports whether an event goes, and makes its own distribution what it is
// after the hop. Its records are each for Part.
func (h *Hop) Event(e *Record) bool {
	d := DistributionOf(e, CommunityOnly)
	to, goes := h.next(d)
	switch {
	case !goes, d == Inherited:
		return false
	case d == BySharingGroup && !h.takesEvent(ReadSharingGroup(e.Record("SharingGroup"))):
		return false
	}
	h.set(e, d, to)
	h.tags(e)
	return true
}

// Part is Event for an attribute, object, report or other record of an event. Of an
// object those attributes stay behind that do not go, and so do proposals.
func (h *Hop) Part(rec *Record) bool {
	d := DistributionOf(rec, Inherited)
	to, goes := h.next(d)
	if !goes || d == BySharingGroup && !h.takesPart(ReadSharingGroup(rec.Record("SharingGroup"))) {
		return false
	}
	h.set(rec, d, to)
	h.tags(rec)
	if rec.Raw("Attribute").Kind() == '[' {
		h.keep(rec, "Attribute")
	}
	return true
}

// keep leaves those of a list that go.
func (h *Hop) keep(rec *Record, list string) {
	var kept []*Record
	for _, item := range rec.list(list) {
		if h.Part(item) {
			kept = append(kept, item)
		}
	}
	rec.SetRecords(list, kept)
}

// Whole is Event and Part over an event in memory.
func (h *Hop) Whole(e *Event) bool {
	if !h.Event(&e.Record) {
		return false
	}
	for _, list := range []string{"Attribute", "Object", "EventReport"} {
		if e.Raw(list).Kind() == '[' {
			h.keep(&e.Record, list)
		}
	}
	return true
}

func (h *Hop) set(rec *Record, from, to Distribution) {
	if from != to {
		rec.SetText("distribution", strconv.Itoa(int(to)))
	}
}

// tags takes away those of the server alone: local ones, and on a push those that
// are not for export.
func (h *Hop) tags(rec *Record) {
	if h.Internal || rec.Raw("Tag").Kind() != '[' {
		return
	}
	all := rec.list("Tag")
	kept := make([]*Record, 0, len(all))
	for _, t := range all {
		stays := t.Bool("local") || h.Way == Push && t.Has("exportable") && !t.Bool("exportable")
		if !stays {
			kept = append(kept, t)
		}
	}
	if len(kept) < len(all) {
		rec.SetRecords("Tag", kept)
	}
}
