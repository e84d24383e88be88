package shelf

import (
	"context"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// Records is what the caller may read of a collection, strictly by the date it
// was added there.
func (s *Shelf) Records(ctx context.Context, root, id string, q taxii.Query) (taxii.Page, error) {
	v, c, err := s.find(ctx, root, id)
	if err != nil {
		return taxii.Page{}, err
	}
	if !mayRead(&v) {
		return taxii.Page{}, taxii.NotFound("collection")
	}
	base := query(q)
	if q.Next != "" {
		place, err := s.open(ctx, q.Next, root, c.id)
		if err != nil {
			return taxii.Page{}, err
		}
		base.After = max(base.After, place)
	}
	spend := func(tx *store.Tx, objects int64) error {
		if s.Spend == nil {
			return nil
		}
		return s.Spend(tx, v, objects)
	}
	wanted := queries(base, q.Versions)
	if len(wanted) == 1 && !q.Manifest {
		return s.text(ctx, v, root, c, wanted[0], spend)
	}
	found, more, err := s.Gate.Collect(ctx, v, c.source, wanted, spend)
	if err != nil {
		return taxii.Page{}, told(err)
	}
	if len(found) == 0 {
		s.nothing(v)
	}
	return s.page(ctx, root, c.id, found, more)
}

// text is a page of bytes alone, which is what is asked for nearly always.
func (s *Shelf) text(ctx context.Context, v mithaq.Viewer, root string, c *collection, q store.Query, spend func(*store.Tx, int64) error) (page taxii.Page, err error) {
	t, more, err := s.Gate.CollectText(ctx, v, c.source, q, spend)
	if err != nil {
		return page, told(err)
	}
	if t.Items == 0 {
		s.nothing(v)
		return page, nil
	}
	page = taxii.Page{Objects: t.Objects, From: time.UnixMicro(t.First).UTC(), At: time.UnixMicro(t.Last).UTC(), More: more}
	if more {
		page.Next, err = s.close(ctx, t.Last, root, c.id)
	}
	return page, err
}

// nothing tells of a request that found nothing.
func (s *Shelf) nothing(v mithaq.Viewer) {
	if s.Empty != nil {
		s.Empty(v)
	}
}

func (s *Shelf) page(ctx context.Context, root, id string, found []store.Listed, more bool) (page taxii.Page, err error) {
	page = taxii.Page{More: more, Records: make([]taxii.Record, len(found))}
	for i := range found {
		page.Records[i] = record(&found[i])
	}
	if more {
		page.Next, err = s.close(ctx, found[len(found)-1].At, root, id)
	}
	return page, err
}

func record(l *store.Listed) taxii.Record {
	return taxii.Record{ID: string(l.Ref.ID), DateAdded: time.UnixMicro(l.At).UTC(), Version: version(l.Ref.Version, l.Created, l.Added()), Raw: l.Raw}
}

// version is modified, or created where there is none, or else when it came here.
// TAXII 2.1, 3.4.1
func version(modified string, created, added time.Time) string {
	switch {
	case modified != "":
		return modified
	case !created.IsZero():
		return created.UTC().Format(taxii.TimeFormat)
	}
	return added.Format(taxii.TimeFormat)
}

// queries are one for each kind of version asked for: where both the first and
// the last of each object are wanted, the two answers are joined.
// TAXII 2.1, 3.4.1
func queries(base store.Query, v taxii.Versions) (list []store.Query) {
	for _, which := range whichOf(v) {
		base.Which = which
		list = append(list, base)
	}
	return list
}

func whichOf(v taxii.Versions) []store.Which {
	switch {
	case v.All, len(v.Exact) > 0 && !v.First && !v.Last:
		return []store.Which{store.AllVersions}
	case v.First && v.Last:
		return []store.Which{store.FirstVersion, store.LastVersion}
	case v.First:
		return []store.Which{store.FirstVersion}
	}
	return []store.Which{store.LastVersion}
}

// query is all of a client's query but its cursor and kinds of version.
func query(q taxii.Query) store.Query {
	out := store.Query{Limit: q.Limit, Bare: q.Manifest}
	if !q.AddedAfter.IsZero() {
		out.After = q.AddedAfter.UnixMicro()
	}
	for _, id := range q.IDs {
		out.IDs = append(out.IDs, stix.ID(id))
	}
	for _, t := range q.Types {
		out.Types = append(out.Types, stix.Type(t))
	}
	for _, v := range q.SpecVersions {
		n, ok := map[string]int{"2.0": 20, "2.1": 21}[v]
		if !ok {
			n = -1
		}
		out.Specs = append(out.Specs, n)
	}
	if !q.Versions.All {
		for _, t := range q.Versions.Exact {
			out.At = append(out.At, t.UnixMicro())
		}
	}
	return out
}
