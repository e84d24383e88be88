package subscribe

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A fate is what became of one object as it came.
type fate struct {
	what gate.Fate
	id   stix.ID
	why  error
}

// worse orders fates: where STIX 2.0 makes several objects of one, the one that
// matters most to whoever looks is that of the object.
var worse = []gate.Fate{gate.Known, gate.Foreign, gate.Kept, gate.Refused}

// foldAll is one fate an object, by its place.
func foldAll(n int, results []gate.Result) []fate {
	all := make([]fate, n)
	for _, r := range results {
		f := &all[r.Index]
		if f.what == "" || slices.Index(worse, r.Fate) > slices.Index(worse, f.what) {
			*f = fate{r.Fate, r.ID, r.Why}
		}
	}
	return all
}

func countOf(fates []fate, passed int) Count {
	c := Count{Seen: int64(len(fates) + passed), Passed: int64(passed)}
	for _, f := range fates {
		switch f.what {
		case gate.Kept:
			c.Taken++
		case gate.Foreign:
			c.Theirs++
		case gate.Refused:
			c.Quarantined++
		default:
			c.Known++
		}
	}
	return c
}

// asked are the objects of a page that were asked for: some servers know no filters.
func (g *going) asked(page taxii.Batch) [][]byte {
	raws := make([][]byte, 0, len(page.Objects))
	for _, o := range page.Objects {
		if len(g.sub.Types) > 0 {
			if typ := peek(o).Type; typ != "" && !slices.Contains(g.sub.Types, typ) {
				continue
			}
		}
		raws = append(raws, o)
	}
	return raws
}

// head is what can be seen of an object without holding it to anything.
type head struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func peek(raw []byte) (h head) {
	_ = json.Unmarshal(raw, &h, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) // what cannot be read stays empty
	return h
}
