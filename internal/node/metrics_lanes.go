package node

import (
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A way is one lane with one partner, over all pacts.
type way struct{ partner, lane string }

// traffic sums the lanes: a pact is not named, and so neither is who is in it.
type traffic struct {
	stand    map[[3]string]float64 // messages by direction, lane and state
	waiting  map[way]float64
	oldest   map[way]float64 // seconds
	frozen   map[string]float64
	troubled map[string]float64
}

func (c *census) lanes(tx *store.Tx, t teller) error {
	all, err := c.n.peer.Status(tx)
	sum := traffic{
		stand: map[[3]string]float64{}, waiting: map[way]float64{}, oldest: map[way]float64{},
		frozen: map[string]float64{}, troubled: map[string]float64{},
	}
	for _, l := range all {
		sum.add(&l, elapsed(tx.Now(), l.Since))
	}
	sum.tell(t)
	return err
}

func (s *traffic) add(l *peer.LaneStatus, age float64) {
	partner, lane, direction := string(l.Partner), string(l.Lane), "in"
	if l.Out {
		w := way{partner, lane}
		direction = "out"
		s.waiting[w] += float64(l.Waiting)
		s.oldest[w] = max(s.oldest[w], age)
	}
	s.stand[[3]string{direction, lane, "waiting"}] += float64(l.Waiting)
	s.stand[[3]string{direction, lane, "refused"}] += float64(l.Refused)
	s.stand[[3]string{direction, lane, "settled"}] += float64(l.Messages - l.Waiting - l.Refused)
	s.frozen[partner] += one(l.Frozen != "")
	s.troubled[partner] += one(l.Trouble != "")
}

func (s *traffic) tell(t teller) {
	for k, v := range s.stand {
		t.say(envelopes, v, k[:]...)
	}
	for w, v := range s.waiting {
		t.say(waiting, v, w.partner, w.lane)
		t.say(oldest, s.oldest[w], w.partner, w.lane)
	}
	t.each(stopped, s.frozen)
	t.each(troubled, s.troubled)
}
