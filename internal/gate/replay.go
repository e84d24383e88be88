package gate

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Draft is a pact's text that is not in force, by which it is decided what would
// have crossed had it been.
type Draft struct {
	g     *Gate
	tx    *store.Tx
	v     mithaq.Viewer
	ask   Ask
	total map[mithaq.OrgID]*Preview
}

// Replay lets fn put what a viewer may read to a draft, on one snapshot. Nothing is
// sent, and nothing kept but one entry for each partner, with the sums. The draft
// need not be whole: what is decided by it are its terms and parties. The ask says
// to whom, what for and on which basis.
//
// Denied: the viewer may not propose. Invalid: what is wrong with the terms.
func (g *Gate) Replay(ctx context.Context, v mithaq.Viewer, p *mithaq.Pact, ask Ask, fn func(d *Draft) error) error {
	if err := mayAsk(v, &ask); err != nil {
		return err
	}
	rules, err := p.Terms.Compile(p.Parties)
	if err != nil {
		return invalid("gate.word", err.Error())
	}
	ask.draft = &pact.Standing{
		Text:  &pact.Text{Pact: p, Rules: rules, Digest: p.Digest(), Status: mithaq.InForce},
		State: mithaq.State{Status: mithaq.InForce},
	}
	ask.Pact = p.ID
	d := &Draft{g: g, v: v, ask: ask, total: map[mithaq.OrgID]*Preview{}}
	err = g.read(ctx, func(tx *store.Tx) error {
		d.tx = tx
		return fn(d)
	})
	if err != nil {
		return err
	}
	return g.write(ctx, func(tx *store.Tx) error { return g.enterPreviews(tx, v, "dry-run", &ask, d.sums()) })
}

// Look reads beside it.
func (d *Draft) Look() *Look { return &Look{g: d.g, tx: d.tx, v: d.v} }

// Preview says what each partner would have got of the last versions of some objects.
func (d *Draft) Preview(ids ...stix.ID) ([]Preview, error) {
	ask := d.ask
	ask.Selection.IDs = ids
	looks, err := d.g.previews(d.tx, d.v, &ask, true)
	for i := range looks {
		t := d.total[looks[i].To]
		if t == nil {
			t = &Preview{To: looks[i].To}
			d.total[t.To] = t
		}
		t.Items, t.Goes, t.Reviews = t.Items+looks[i].Items, t.Goes+looks[i].Goes, t.Reviews+looks[i].Reviews
		t.Stays = Merge(t.Stays, looks[i].Stays...)
	}
	return looks, err
}

func (d *Draft) sums() (all []Preview) {
	for _, org := range d.ask.To {
		if t := d.total[org]; t != nil {
			all = append(all, *t)
		}
	}
	return all
}

// Merge adds reasons to a list of them: those alike are one.
func Merge(list []Stay, more ...Stay) []Stay {
	for _, s := range more {
		found := false
		for i := range list {
			if list[i].Clauses == s.Clauses && join(list[i].Lines) == join(s.Lines) {
				list[i].Count += s.Count
				found = true
			}
		}
		if !found {
			list = append(list, s)
		}
	}
	return list
}
