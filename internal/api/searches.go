package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/shelf"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

func (s *server) searchRoutes() {
	verb(s, op{http.MethodPost, "/v1/searches", "save-search", "Save a search, which is a collection to tools of ours", http.StatusCreated}, s.saveSearch)
	verb(s, op{http.MethodGet, "/v1/searches", "searches", "The searches that are saved, but for those of others' cases", 0}, s.searches)
	verb(s, op{http.MethodDelete, "/v1/searches/{name}", "drop-search", "Forget a search, and its collection with it", 0}, s.dropSearch)
}

// Search is a filter saved under a name. What is empty does not narrow.
type Search struct {
	Name       string          `json:"name" minLength:"1" maxLength:"64"`
	Types      []string        `json:"types,omitempty" doc:"STIX types"`
	TLP        string          `json:"tlp,omitempty" doc:"labelled, and no stricter than this"`
	Source     string          `json:"source,omitempty" doc:"id of the source profile or pact under which it came"`
	Partner    string          `json:"partner,omitempty" doc:"the organisation that gave it"`
	Case       string          `json:"case,omitempty" doc:"for which it is held"`
	Kind       string          `json:"kind,omitempty" doc:"of the value looked for; found out where absent"`
	Value      string          `json:"value,omitempty" doc:"an address, name, number or hash, fanged or defanged"`
	From       time.Time       `json:"from,omitzero" required:"false" doc:"held since then"`
	To         time.Time       `json:"to,omitzero" required:"false" doc:"held before that"`
	Collection string          `json:"collection,omitempty" readOnly:"true" doc:"id of the collection"`
	Person     mithaq.PersonID `json:"person,omitempty" readOnly:"true" doc:"who saved it"`
}

func searchOf(x *shelf.Search) Search {
	f := &x.Filter
	out := Search{
		Name: x.Name, TLP: f.TLP.String(), Source: string(f.Source), Partner: string(f.Partner), Case: string(f.Case),
		Kind: string(f.Kind), Value: f.Value, From: f.From, To: f.To, Collection: x.ID, Person: x.Person,
	}
	for _, t := range f.Types {
		out.Types = append(out.Types, string(t))
	}
	return out
}

func (x *Search) search() (*shelf.Search, error) {
	out := &shelf.Search{Name: x.Name, Filter: shelf.Filter{
		Source: stix.ID(x.Source), Partner: mithaq.OrgID(x.Partner), Case: stix.ID(x.Case), Kind: value.Kind(x.Kind), Value: x.Value, From: x.From, To: x.To,
	}}
	for _, t := range x.Types {
		out.Filter.Types = append(out.Filter.Types, stix.Type(t))
	}
	if x.TLP == "" {
		return out, nil
	}
	var err error
	if out.Filter.TLP, err = stix.ParseTLP(x.TLP); err != nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "shelf.tlp", x.TLP)
	}
	return out, nil
}

type searchIn struct{ Body Search }

func (s *server) saveSearch(ctx context.Context, v mithaq.Viewer, in *searchIn) (Search, error) {
	x, err := in.Body.search()
	if err != nil {
		return Search{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Search, error) {
		if err := shelf.SaveSearch(tx, s.Gate, v, x); err != nil {
			return Search{}, err
		}
		return searchOf(x), nil
	})
}

func (s *server) searches(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]Search, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Search, error) {
		found, err := shelf.Searches(tx, &v)
		list := []Search{}
		for i := range found {
			list = append(list, searchOf(&found[i]))
		}
		return list, err
	})
}

func (s *server) dropSearch(ctx context.Context, v mithaq.Viewer, in *nameIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, shelf.DropSearch(tx, s.Gate, v, in.Name) })
}
