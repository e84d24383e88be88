package mispsync

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Replaying says what is put to a draft.
type Replaying struct {
	Pact    *mithaq.Pact
	Purpose mithaq.Purpose // the draft's first where empty
	Basis   string         // the draft's first where empty
	Under   stix.ID        // events held under this source profile; any where empty
	Since   time.Time      // events that were changed since
}

// A Replay is what one partner would have got.
type Replay struct {
	To                mithaq.OrgID
	Whole, Part, None int         // events of which all, some, or nothing would have gone
	Objects           int         // looked at
	Goes, Reviews     int         // objects: at once, and once a second person approved
	Stays             []gate.Stay // objects by reason, the most frequent first
	Events            []Replayed  // those that would not have gone whole, the newest first
}

// Replayed is an event that would not have gone whole.
type Replayed struct {
	UUID, Info    string
	At            time.Time
	Goes, Reviews int
	Stays         []gate.Stay
}

// maxReplayed is how many events a replay names.
const maxReplayed = 1000

// Replay says what a draft would have let through of the events that are held, and
// why not the rest. Denied: the viewer may not propose. Invalid: what is wrong with
// the draft's terms.
func (b *Book) Replay(ctx context.Context, v mithaq.Viewer, r Replaying) (all []*Replay, err error) {
	p := *r.Pact
	ask := gate.Ask{Purpose: r.Purpose, Basis: r.Basis, Urgency: mithaq.Routine, Selection: gate.Selection{Under: r.Under}}
	if ask.Purpose == "" && len(p.Terms.Purposes) > 0 {
		ask.Purpose = p.Terms.Purposes[0]
	}
	if ask.Basis == "" && len(p.Terms.Basis) > 0 {
		ask.Basis = p.Terms.Basis[0].Ref
	}
	for _, party := range p.Parties {
		if party.Org != b.Org {
			ask.To = append(ask.To, party.Org)
		}
	}
	by := map[mithaq.OrgID]*Replay{}
	err = b.Gate.Replay(ctx, v, &p, ask, func(d *gate.Draft) error {
		return b.boxes(d.Look(), &r, func(x *gate.Seen, o *stix.Object) error { return replayOne(d, by, x, o) })
	})
	for _, org := range ask.To {
		if one := by[org]; one != nil {
			one.order()
			all = append(all, one)
		}
	}
	return all, err
}

// boxes goes through the events in sight.
func (b *Book) boxes(l *gate.Look, r *Replaying, each func(x *gate.Seen, o *stix.Object) error) error {
	q := store.Query{Types: []stix.Type{"grouping"}, Under: r.Under, Limit: perQuery}
	for {
		page, more, err := l.Page(q)
		if err != nil {
			return err
		}
		for i := range page {
			q.After = page[i].Seq
			o, err := stix.Parse(page[i].Raw, stix.Limits{Size: len(page[i].Raw) + 1})
			if err != nil || !isBox(o) || o.Revoked() || time.UnixMicro(page[i].Order).Before(r.Since) {
				continue
			}
			last, err := l.Last(page[i].Ref.ID)
			if err != nil {
				return err
			}
			if len(last) != 1 || last[0].Seq != page[i].Seq {
				continue // a later version says it
			}
			if err := each(&last[0], o); err != nil {
				return err
			}
		}
		if !more || len(page) == 0 {
			return nil
		}
	}
}

// replayOne puts one event to the draft.
func replayOne(d *gate.Draft, by map[mithaq.OrgID]*Replay, x *gate.Seen, o *stix.Object) error {
	ids := append(o.IDs("object_refs"), o.ID())
	looks, err := d.Preview(ids...)
	if err != nil {
		return err
	}
	for i := range looks {
		one := by[looks[i].To]
		if one == nil {
			one = &Replay{To: looks[i].To}
			by[one.To] = one
		}
		one.add(&looks[i], x, o)
	}
	return nil
}

func (r *Replay) add(p *gate.Preview, x *gate.Seen, o *stix.Object) {
	r.Objects, r.Goes, r.Reviews = r.Objects+p.Items, r.Goes+p.Goes, r.Reviews+p.Reviews
	r.Stays = gate.Merge(r.Stays, p.Stays...)
	switch {
	case p.Goes+p.Reviews == p.Items:
		r.Whole++
		return
	case p.Goes+p.Reviews == 0:
		r.None++
	default:
		r.Part++
	}
	if len(r.Events) < maxReplayed {
		r.Events = append(r.Events, Replayed{
			UUID: o.ID().UUID(), Info: o.Name(), At: time.UnixMicro(x.Order).UTC(), Goes: p.Goes, Reviews: p.Reviews, Stays: p.Stays,
		})
	}
}

func (r *Replay) order() {
	slices.SortStableFunc(r.Stays, func(a, b gate.Stay) int { return cmp.Compare(b.Count, a.Count) })
	slices.SortStableFunc(r.Events, func(a, b Replayed) int { return b.At.Compare(a.At) })
}
