package gate

import (
	"cmp"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// A Caution is why somebody should look twice at a value. It refuses nothing.
type Caution struct {
	List  string `json:"list,omitempty"` // the warninglist that has it
	Entry string `json:"entry"`          // of the list; or the domain of ours
	Own   bool   `json:"own,omitempty"`  // it is the organisation's own
}

// A Warning is a value in something that is to be shared, with what speaks
// against it.
type Warning struct {
	Kind  string           `json:"kind"`
	Value string           `json:"value"`
	Why   []Caution        `json:"why"`
	Count int              `json:"count"` // of the items that have it
	Items []mithaq.ItemRef `json:"items"` // the first of them
}

// cautions is what the node warns by; nil where by nothing.
func (g *Gate) cautions(tx *store.Tx) (func(kind, text string) []Caution, error) {
	if g.Cautions == nil {
		return nil, nil
	}
	return g.Cautions(tx)
}

// warn notes the values of an item that goes for which there is a caution.
func (l *looking) warn(it *store.Item) {
	if l.cautious == nil {
		return
	}
	o, err := stix.Parse(it.Raw, stix.Limits{})
	if err != nil {
		return
	}
	for _, v := range value.FromObject(string(o.Type()), o.Member) {
		why := l.cautious(string(v.Kind), v.Text)
		if len(why) == 0 {
			continue
		}
		key := [2]string{string(v.Kind), v.Text}
		w := l.warnings[key]
		if w == nil {
			w = &Warning{Kind: key[0], Value: key[1], Why: why}
			l.warnings[key] = w
		}
		w.Count++
		if len(w.Items) < l.most {
			w.Items = append(w.Items, it.Ref)
		}
	}
}

func sortedWarnings(all map[[2]string]*Warning) (list []Warning) {
	for _, w := range all {
		list = append(list, *w)
	}
	slices.SortFunc(list, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return list
}
