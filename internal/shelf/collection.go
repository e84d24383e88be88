package shelf

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// Root is the API root of what the organisation itself holds; each pact's is
// named by the UUID of the pact.
const Root = "own"

// A collection is what a client may ask for, and what stands behind it.
type collection struct {
	id, alias, title, about string

	source gate.Source
	takes  bool    // what is brought here is taken in,
	matter stix.ID // for this case
}

// collectionID is the same for a node at all times, and has the form of a UUID
// of version 4, which the standard asks for. TAXII 2.1, 2
func collectionID(parts ...string) string {
	sum := sha256.Sum256([]byte("mithaq/v1/collection\x00" + strings.Join(parts, "\x00")))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// collections are those of a root that a viewer may know of.
func (s *Shelf) collections(tx *store.Tx, v *mithaq.Viewer, root string) ([]collection, error) {
	if root == Root {
		return s.ours(tx, v)
	}
	p, err := s.pact(tx, v, root)
	if err != nil {
		return nil, err
	}
	return boxes(root, p), nil
}

// ours are everything held, the cases of the viewer, saved searches, and feeds.
func (s *Shelf) ours(tx *store.Tx, v *mithaq.Viewer) ([]collection, error) {
	all := []collection{{
		id: collectionID(Root, string(s.Org)), alias: Root, title: string(s.Org), about: "Everything held, as far as you may read it", takes: true,
		source: gate.Source{Collection: store.Collection{Name: Root}},
	}}
	for _, id := range v.Cases {
		c, err := s.Gate.Case(tx, id)
		if errors.Is(err, mithaq.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, ofCase(c, len(v.Cases) == 1))
	}
	searches, err := Searches(tx, v)
	for i := range searches {
		all = append(all, searches[i].collection())
	}
	if err != nil {
		return nil, err
	}
	feeds, err := s.feeds(tx, v)
	return append(all, feeds...), err
}

// feeds are what subscriptions brought, but those for cases of others.
func (s *Shelf) feeds(tx *store.Tx, v *mithaq.Viewer) (all []collection, err error) {
	if s.Feeds == nil || !mayRead(v) {
		return nil, nil
	}
	list, err := s.Feeds(tx)
	for _, f := range list {
		if f.Case == "" || v.Knows(f.Case) {
			all = append(all, f.collection())
		}
	}
	return all, err
}

func (f *Feed) collection() collection {
	name := "feed:" + f.Name // no name of a search has a colon
	return collection{
		id: collectionID(Root, "feed", f.Name), alias: name, title: f.Name, about: "What a subscription brought",
		source: gate.Source{Collection: store.Collection{Name: name, Filter: store.Filter{Under: f.Source, Case: f.Case}}},
	}
}

func ofCase(c *mithaq.Case, only bool) collection {
	out := collection{
		id: collectionID(Root, "case", string(c.ID)), title: c.Title, about: "What is held for this case", takes: c.Closed.IsZero(), matter: c.ID,
		source: gate.Source{Collection: store.Collection{Name: "case/" + string(c.ID), Filter: store.Filter{Case: c.ID}}},
	}
	if only {
		out.alias = "case"
	}
	return out
}

// boxes are the collections of a pact's root.
func boxes(root string, p *mithaq.Pact) []collection {
	return []collection{
		{
			id: collectionID(root, "tools", "inbox"), alias: "inbox", title: "inbox", about: "What came under " + name(p),
			source: gate.Source{Collection: store.Collection{Name: "inbox/" + string(p.ID), Filter: store.Filter{Under: p.ID}}},
		},
		{
			id: collectionID(root, "tools", "outbox"), alias: "outbox", title: "outbox", about: "What went out under " + name(p),
			source: gate.Source{Collection: gate.Outbox(p.ID)},
		},
	}
}

// name is what people call a pact.
func name(p *mithaq.Pact) string {
	var parties []string
	for i := range p.Parties {
		parties = append(parties, string(p.Parties[i].Org))
	}
	return cmp.Or(p.Title["en"], strings.Join(parties, ", "))
}

// pact is the one that a root stands for.
func (s *Shelf) pact(tx *store.Tx, v *mithaq.Viewer, root string) (*mithaq.Pact, error) {
	pacts, err := s.pacts(tx, v)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(pacts, func(p *mithaq.Pact) bool { return p.ID.UUID() == root })
	if i < 0 {
		return nil, taxii.NotFound("API root")
	}
	return pacts[i], nil
}

// pacts are those that a viewer who reads may know of.
func (s *Shelf) pacts(tx *store.Tx, v *mithaq.Viewer) ([]*mithaq.Pact, error) {
	if s.Config.Pacts == nil || !mayRead(v) {
		return nil, nil
	}
	return s.Config.Pacts(tx)
}

// find is the collection that a client names by its id or alias.
func (s *Shelf) find(ctx context.Context, root, id string) (mithaq.Viewer, *collection, error) {
	v, err := viewer(ctx)
	if err != nil {
		return v, nil, err
	}
	var found *collection
	err = s.read(ctx, func(tx *store.Tx) error {
		all, err := s.collections(tx, &v, root)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(c collection) bool { return c.id == id || c.alias != "" && c.alias == id })
		if i < 0 {
			return taxii.NotFound("collection")
		}
		found = &all[i]
		return nil
	})
	return v, found, err
}

// told is a collection as a viewer may use it. TAXII 2.1, 5.2.1
func (c *collection) told(v *mithaq.Viewer) taxii.Collection {
	return taxii.Collection{
		ID: c.id, Alias: c.alias, Title: c.title, Description: c.about, CanRead: mayRead(v), CanWrite: c.takes && v.MayImport(),
		MediaTypes: []string{"application/stix+json;version=2.1"},
	}
}

// Discovery names the API roots.
func (s *Shelf) Discovery(ctx context.Context) (taxii.Discovery, error) {
	v, err := viewer(ctx)
	if err != nil {
		return taxii.Discovery{}, err
	}
	d := taxii.Discovery{Title: string(s.Org), Default: "/" + Root + "/", APIRoots: []string{"/" + Root + "/"}}
	err = s.read(ctx, func(tx *store.Tx) error {
		pacts, err := s.pacts(tx, &v)
		for _, p := range pacts {
			d.APIRoots = append(d.APIRoots, "/"+p.ID.UUID()+"/")
		}
		return err
	})
	return d, err
}

// Root describes an API root.
func (s *Shelf) Root(ctx context.Context, root string) (taxii.APIRoot, error) {
	v, err := viewer(ctx)
	if err != nil {
		return taxii.APIRoot{}, err
	}
	about := taxii.APIRoot{Title: string(s.Org), Versions: []string{taxii.MediaType}, MaxContentLength: s.MaxBytes}
	if root == Root {
		return about, nil
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		p, err := s.pact(tx, &v, root)
		if err == nil {
			about.Title = name(p)
		}
		return err
	})
	return about, err
}

// Collections lists those of a root.
func (s *Shelf) Collections(ctx context.Context, root string) (list []taxii.Collection, err error) {
	v, err := viewer(ctx)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		all, err := s.collections(tx, &v, root)
		for i := range all {
			list = append(list, all[i].told(&v))
		}
		return err
	})
	return list, err
}

// Collection describes one, as the caller may use it.
func (s *Shelf) Collection(ctx context.Context, root, id string) (taxii.Collection, error) {
	v, c, err := s.find(ctx, root, id)
	if err != nil {
		return taxii.Collection{}, err
	}
	return c.told(&v), nil
}
