package faulttest

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
)

// What clients do. Suspending and resuming are about the whole pact, the others
// about one item.
type verb string

const (
	shares   verb = "share"
	reads    verb = "read"      // at the receiver: does it have the item
	recalls  verb = "recall"    // by the giver
	settled  verb = "read last" // as reads, once nothing is under way any more
	suspends verb = "suspend"
	quiets   verb = "quiet" // a second after the giver suspended: its lines are closed
	resumes  verb = "resume"
)

// A call is what a client asked for, and an answer what it was told.
type call struct {
	verb verb
	item int  // 0 where it is about the pact
	side side // whose suspension
}

type side int

const (
	giver side = iota
	receiver
)

type answer struct {
	done    bool // it was acknowledged; for reads: the item is there
	unknown bool // an error, after which it may have happened or not
}

// A history is what all clients did, in the order of one clock.
type history struct {
	mu    sync.Mutex
	clock atomic.Int64
	ops   []porcupine.Operation
}

// note does something for a client, and notes when it began and ended. What has
// no known outcome never ends.
func (h *history) note(client int, c call, do func() answer) answer {
	began := h.clock.Add(1)
	a := do()
	ended := h.clock.Add(1)
	if a.unknown {
		ended = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: c, Call: began, Output: a, Return: ended})
	return a
}

// A state is that of one item under the pact.
type state struct {
	given, there, taken bool    // shared; at the receiver; taken back
	stopped             [2]bool // by whom
	closing             bool    // the giver has stopped, and may still be hanging up
}

// may is whether the item can cross now.
func (s state) may() bool {
	return s.given && !s.there && !s.stopped[receiver] && (!s.stopped[giver] || s.closing)
}

// later are the states that s can become by itself: what was given crosses, and
// what was taken back is erased, or never comes.
func (s state) later() (all []state) {
	all = []state{s}
	if s.may() && !s.taken {
		crossed := s
		crossed.there = true
		all = append(all, crossed)
	}
	if s.taken && (s.there || s.given) {
		for _, each := range slices.Clone(all) {
			each.there, each.given = false, false
			all = append(all, each)
		}
	}
	return all
}

// step is what a call may lead to: nothing when its answer cannot be explained.
func step(s state, c call, a answer) (next []state) {
	for _, from := range s.later() {
		if a.unknown || !a.done {
			if c.verb != reads && c.verb != settled {
				next = append(next, from) // it did not happen
			}
		}
		if to, ok := from.after(c, a); ok {
			next = append(next, to)
		}
	}
	return next
}

// after is what a call leads to if it happens.
func (s state) after(c call, a answer) (state, bool) {
	switch c.verb {
	case reads:
		return s, a.done == s.there
	case settled:
		return s, a.done == s.there && (!s.taken || !s.there)
	}
	if !a.done && !a.unknown {
		return s, false
	}
	switch c.verb {
	case shares:
		may := !s.stopped[giver] // of the receiver's suspension the giver may not have heard
		s.given = true
		return s, may
	case recalls:
		s.taken = true
	case suspends:
		s.stopped[c.side] = true
		s.closing = s.closing || c.side == giver
	case quiets:
		s.closing = false
	case resumes:
		s.stopped[c.side] = false
		s.closing = s.closing && c.side != giver
	}
	return s, true
}

// model is what a pact promises: once a suspension is acknowledged nothing more
// crosses, and what was taken back is gone and stays so.
func model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Partition: byItem,
		Init:      func() []any { return []any{state{}} },
		Step: func(s, in, out any) (next []any) {
			for _, to := range step(s.(state), in.(call), out.(answer)) {
				next = append(next, to)
			}
			return next
		},
	}
	return m.ToModel()
}

// byItem gives each item its own history, with what happened to the pact.
func byItem(all []porcupine.Operation) (parts [][]porcupine.Operation) {
	of := map[int][]porcupine.Operation{}
	for _, op := range all {
		of[op.Input.(call).item] = append(of[op.Input.(call).item], op)
	}
	for item, ops := range of {
		if item != 0 {
			parts = append(parts, append(ops, of[0]...))
		}
	}
	return parts
}

// The check can fail: each of these histories breaks one promise.
func TestABrokenHistoryIsNotExplained(t *testing.T) {
	yes, no := answer{done: true}, answer{}
	stop := call{verb: suspends, side: receiver}
	for what, x := range map[string]struct {
		ok  bool
		ops []told
	}{
		"an item crosses":                             {true, []told{{shares, yes}, {reads, no}, {reads, yes}}},
		"an item is there and was never shared":       {false, []told{{reads, yes}}},
		"an item crosses before the suspension":       {true, []told{{shares, yes}, {stop, yes}, {reads, yes}}},
		"an item crosses after the suspension":        {false, []told{{shares, yes}, {stop, yes}, {reads, no}, {reads, yes}}},
		"an item is shared after the suspension":      {false, []told{{call{verb: suspends}, yes}, {shares, yes}}},
		"an item crosses after pact is resumed":       {true, []told{{shares, yes}, {stop, yes}, {reads, no}, {call{verb: resumes, side: receiver}, yes}, {reads, yes}}},
		"the giver stops, and its lines still close":  {true, []told{{shares, yes}, {call{verb: suspends}, yes}, {reads, no}, {reads, yes}}},
		"the giver stops, and its lines are not shut": {false, []told{{shares, yes}, {call{verb: suspends}, yes}, {quiets, yes}, {reads, no}, {reads, yes}}},
		"what was taken back comes back":              {false, []told{{shares, yes}, {reads, yes}, {recalls, yes}, {reads, no}, {reads, yes}}},
		"what was taken back stays":                   {false, []told{{shares, yes}, {reads, yes}, {recalls, yes}, {settled, yes}}},
		"a suspension that failed may have happened":  {true, []told{{shares, yes}, {stop, answer{unknown: true}}, {reads, no}, {reads, yes}}},
	} {
		h := &history{}
		for _, op := range x.ops {
			c, ok := op.call.(call)
			if !ok {
				c = call{verb: op.call.(verb), item: 1}
			}
			h.note(0, c, func() answer { return op.answer })
		}
		if got := porcupine.CheckOperations(model(), h.ops); got != x.ok {
			t.Errorf("%s: explained: %v", what, got)
		}
	}
}

// told is a call, or a verb about item 1, and what was answered.
type told struct {
	call   any
	answer answer
}
