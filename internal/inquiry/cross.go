package inquiry

import (
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/names"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Crossing is something of ours that has in common with an inquiry what it
// names. It is for whoever handles the inquiry, and never goes to the partner.
type Crossing struct {
	Kind    string        // of the value, or "name"
	Text    string        // as the inquiry has it
	Ours    string        // as ours has it, where it is a name
	Score   float64       // of the names: 1 is the same
	Item    stix.ID       // an item that we hold, or
	Inquiry stix.ID       // another inquiry:
	Partner mithaq.OrgID  // with whom,
	Stage   mithaq.Stage  // how far it came,
	Ground  mithaq.Ground // and on which ground it was refused
	Purpose mithaq.Purpose
}

// Limits of a comparison.
const (
	crossEach  = 10     // items for one value
	crossNames = 20_000 // objects whose names are compared
)

// Cross compares an inquiry with what the viewer may read of our own holdings,
// and with the other inquiries in sight: the same value, a near name, an
// earlier refusal. That it was looked for is entered.
func (b *Book) Cross(tx *store.Tx, v mithaq.Viewer, id stix.ID) ([]Crossing, error) {
	t, err := b.forViewer(tx, v, id)
	if err != nil {
		return nil, err
	}
	c := &crossing{b: b, tx: tx, v: v, t: t, values: t.values()}
	if t.Inquiry != nil {
		c.index()
	}
	for _, step := range []func() error{c.items, c.names, c.inquiries} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c.found, b.Gate.Entered(tx, v, "inquiry-crossed", mithaq.Account{
		About: t.ID, Case: string(t.Case), Purpose: t.Purpose, Counts: map[string]int64{"found": int64(len(c.found))},
	})
}

type crossing struct {
	b      *Book
	tx     *store.Tx
	v      mithaq.Viewer
	t      *Thread
	values []value.Value
	named  *names.Index // what the inquiry names
	found  []Crossing
}

func (c *crossing) index() {
	c.named = names.NewIndex()
	for _, n := range c.t.Inquiry.Names {
		c.named.Add(names.Parse(n))
	}
}

// items finds the values among our holdings.
func (c *crossing) items() error {
	for _, val := range c.values {
		items, err := c.b.Store.ByValue(c.tx, c.v, string(val.Kind), val.Text, crossEach)
		if err != nil {
			return err
		}
		for i := range items {
			c.found = append(c.found, Crossing{Kind: string(val.Kind), Text: val.Text, Item: items[i].Ref.ID})
		}
	}
	return nil
}

// bearNames are the types whose names are those of persons or organisations.
var bearNames = []stix.Type{"identity", "threat-actor", "user-account", "intrusion-set"}

// names compares those of the inquiry with those of our newest objects.
func (c *crossing) names() error {
	if c.named == nil || c.named.Len() == 0 {
		return nil
	}
	q := store.Query{Types: bearNames, Newest: true, Limit: 1000}
	for seen := 0; seen < crossNames; {
		page, more, err := c.b.Store.Page(c.tx, c.v, q)
		if err != nil {
			return err
		}
		for i := range page {
			c.name(&page[i])
		}
		if seen += len(page); !more || len(page) == 0 {
			return nil
		}
		q.Until = page[len(page)-1].Seq - 1
	}
	return nil
}

func (c *crossing) name(it *store.Item) {
	var o struct {
		Name    string   `json:"name"`
		Aliases []string `json:"aliases"`
		Display string   `json:"display_name"`
	}
	if json.Unmarshal(it.Raw, &o) != nil {
		return
	}
	for _, ours := range append(o.Aliases, o.Name, o.Display) {
		if f := c.near(ours); f != nil {
			f.Item = it.Ref.ID
			c.found = append(c.found, *f)
			return
		}
	}
}

func (c *crossing) near(ours string) *Crossing {
	if ours == "" || c.named == nil {
		return nil
	}
	hits := c.named.Search(names.Parse(ours), 1, names.Options{})
	if len(hits) == 0 {
		return nil
	}
	return &Crossing{Kind: "name", Text: c.t.Inquiry.Names[hits[0].ID], Ours: ours, Score: hits[0].Score.Value}
}

// inquiries finds what the others that the viewer may read have in common with this one.
func (c *crossing) inquiries() error {
	all, err := c.b.threads(c.tx, Filter{})
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID == c.t.ID || o.sees(c.v) != nil {
			continue
		}
		if f := c.common(o); f != nil {
			f.Inquiry, f.Partner, f.Stage, f.Ground, f.Purpose = o.ID, o.Partner, o.Life.Stage, o.Ground, o.Purpose
			c.found = append(c.found, *f)
		}
	}
	return nil
}

func (c *crossing) common(o *Thread) *Crossing {
	theirs := o.values()
	for _, val := range c.values {
		if slices.ContainsFunc(theirs, func(x value.Value) bool { return x.Kind == val.Kind && x.Text == val.Text }) {
			return &Crossing{Kind: string(val.Kind), Text: val.Text}
		}
	}
	if o.Inquiry == nil {
		return nil
	}
	for _, n := range o.Inquiry.Names {
		if f := c.near(n); f != nil {
			return f
		}
	}
	return nil
}
