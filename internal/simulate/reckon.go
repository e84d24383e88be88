package simulate

import (
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
)

// calm heals everything and waits until nothing moves.
func (f *federation) calm() {
	for _, n := range f.nodes {
		n.SetClock(0)
		f.w.Slow(n, 0)
	}
	for _, e := range f.plan.edges {
		f.w.Join(f.nodes[e[0]], f.nodes[e[1]])
	}
	time.Sleep(time.Hour)
	f.w.Settle()
}

// reckon holds what everybody has to what it was given, the messages to what
// accounts for them, and the records of every two to each other.
func (f *federation) reckon(r *Report) {
	r.Expected, r.Sent = f.expect, tally{}
	r.Things, r.Events = len(f.things), f.done
	r.Lines, r.Bytes = f.w.Traffic()
	for _, n := range f.nodes {
		r.Sent.count(n)
		r.Shown += shown(n)
	}
	for _, number := range slices.Sorted(maps.Keys(f.things)) {
		f.hold(f.things[number])
	}
	f.balance(r)
	f.carry(r)
	for _, n := range f.nodes {
		n.Restart() // what is in its folder counts, not what it remembers
	}
	debug.FreeOSMemory()
	f.w.Verify()
}

// hold wants those who were given a thing to have its last version, unless it
// was taken back, and nobody else of its pact to have anything of it.
func (f *federation) hold(x *thing) {
	id := x.ids()[0]
	said := f.nodes[x.owner].Versions(id) // the last comes last: they differ in the time of their change first
	for i, n := range f.nodes {
		if i == x.owner {
			continue
		}
		switch versions, given := n.Versions(id), slices.Contains(x.to, i); {
		case (x.recalled || !given) && len(versions) > 0:
			f.t.Errorf("object %d of %s: %s has %d versions of it, given: %v, taken back: %v", x.number, f.nodes[x.owner].Org, n.Org, len(versions), given, x.recalled)
		case !x.recalled && given && !slices.Contains(versions, said[len(said)-1]) && !f.nodes[x.owner].Stopped(id, n):
			f.t.Errorf("object %d of %s: %s has not its version %d but %v", x.number, f.nodes[x.owner].Org, n.Org, x.version, versions)
		}
	}
}

// balance wants as many messages of each kind as are accounted for. Of objects
// that were given under a pact while it was suspended there may be fewer, and no
// kind may be there more often.
func (f *federation) balance(r *Report) {
	for kind, sent := range r.Sent {
		if sent > r.Expected[kind] {
			f.t.Errorf("%d messages of kind %s were sent, and %d are accounted for", sent, kind, r.Expected[kind])
		}
	}
	for kind, want := range r.Expected {
		if sent := r.Sent[kind]; sent < want && !mayLack[kind] {
			f.t.Errorf("%d messages of kind %s were sent, and %d are accounted for", sent, kind, want)
		}
	}
}

// The network may carry so much for each two that know each other, and for each
// message and each checkpoint in one. An introduction is three lines, over which
// cards go both ways; a message is one line at the most, a checkpoint one by
// which the log is looked at that it is of.
const (
	linesPerPair = 3
	bytesPerPair = 100_000
	bytesPerLine = 24_000
)

// carry wants no more lines and bytes than the messages account for.
func (f *federation) carry(r *Report) {
	calls := r.Sent.total() + r.Shown
	if most := linesPerPair*int64(r.Pairs) + calls; r.Lines > most {
		f.t.Errorf("%d lines were opened, and %d are accounted for", r.Lines, most)
	}
	if most := bytesPerPair*int64(r.Pairs) + bytesPerLine*calls; r.Bytes > most {
		f.t.Errorf("%d bytes went over the network, and %d are accounted for", r.Bytes, most)
	}
}

// mayLack are the kinds of which a suspension may keep some back.
var mayLack = map[mithaq.MessageKind]bool{mithaq.MessageItems: true, mithaq.MessageRecall: true, mithaq.MessageErased: true}
