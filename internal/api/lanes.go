package api

import (
	"context"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Lane is how one lane with a partner stands.
type Lane struct {
	Partner  mithaq.OrgID `json:"partner"`
	Pact     stix.ID      `json:"pact,omitempty"` // none on the acquaintance
	Lane     mithaq.Lane  `json:"lane"`
	Out      bool         `json:"out"` // from us to them
	Messages int64        `json:"messages"`
	Waiting  int64        `json:"waiting"`           // of ours, not receipted yet
	Since    *time.Time   `json:"since,omitempty"`   // when the oldest that waits was given over
	Next     *time.Time   `json:"next,omitempty"`    // when delivery is tried next
	Frozen   string       `json:"frozen,omitempty"`  // why it is stopped: a sentence of the catalogue
	Trouble  string       `json:"trouble,omitempty"` // why the last delivery failed: likewise
}

func (s *server) lanes(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Lane, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Lane, error) {
		all, err := s.Peer.Status(tx)
		list := make([]Lane, 0, len(all))
		for i := range all {
			list = append(list, laneOf(&all[i]))
		}
		return list, err
	})
}

func laneOf(l *peer.LaneStatus) Lane {
	return Lane{
		Partner: l.Partner, Pact: l.Pact, Lane: l.Lane, Out: l.Out, Messages: l.Messages, Waiting: l.Waiting,
		Since: given(l.Since), Next: given(l.Next), Frozen: l.Frozen, Trouble: l.Trouble,
	}
}

// given is a time, or nothing for the zero one.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Comparison is the outcome of comparing two nodes' records.
type Comparison struct {
	Partner     mithaq.OrgID `json:"partner"`
	Lanes       int          `json:"lanes"`   // compared
	Entries     int64        `json:"entries"` // that both hold
	Waiting     int64        `json:"waiting"` // sent by one and not yet received by the other: no difference
	Differences []Difference `json:"differences"`
}

// Difference is a place where two records of one lane disagree.
type Difference struct {
	Pact     stix.ID      `json:"pact,omitempty"`
	Lane     mithaq.Lane  `json:"lane"`
	From     mithaq.OrgID `json:"from"`               // who sent on the lane
	Index    int64        `json:"index"`              // in the lane's log; sequence − 1
	Ours     *peer.Record `json:"ours,omitempty"`     // none: we have nothing there
	Theirs   *peer.Record `json:"theirs,omitempty"`   // none: the partner has nothing there
	Position *int         `json:"position,omitempty"` // of an object, when it is about one
	What     string       `json:"what"`               // a sentence of the catalogue
}

func (s *server) verifyWith(ctx context.Context, v mithaq.Viewer, in *orgIn) (*Comparison, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.may-not-accept")
	}
	c, err := s.Peer.VerifyWith(ctx, mithaq.OrgID(in.Org))
	if err != nil {
		return nil, err
	}
	return comparisonOf(c), nil
}

func comparisonOf(c *peer.Comparison) *Comparison {
	out := &Comparison{Partner: c.Partner, Lanes: c.Lanes, Entries: c.Entries, Waiting: c.Waiting, Differences: []Difference{}}
	for _, d := range c.Differences {
		one := Difference{Pact: d.Pact, Lane: d.Lane, From: d.From, Index: d.Index, Ours: d.Ours, Theirs: d.Theirs, What: d.What}
		if d.Position >= 0 {
			one.Position = &d.Position
		}
		out.Differences = append(out.Differences, one)
	}
	return out
}
