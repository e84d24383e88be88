package gate

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Beside is one item of a release, beside what its recipient had of it before.
type Beside struct {
	store.Item
	Before *store.Item // the last version that they got; nil: none
	Same   bool        // they have this very version
}

// Beside is the items of a release as with Listed, each beside the version that
// its recipient got last, as far as the viewer may read that. What was read of
// either is entered.
func (g *Gate) Beside(ctx context.Context, v mithaq.Viewer, release stix.ID, after, limit int) (all []Beside, err error) {
	var read []store.Item
	err = g.read(ctx, func(tx *store.Tx) error {
		s, err := g.Release(tx, release)
		if err != nil {
			return err
		}
		if read, err = g.Listing(tx, v, release, after, limit); err != nil {
			return err
		}
		for i := range read {
			b, err := g.beside(tx, v, &read[i], s.To)
			if err != nil {
				return err
			}
			all = append(all, b)
		}
		return nil
	})
	for i := range all {
		if all[i].Before != nil {
			read = append(read, *all[i].Before)
		}
	}
	if err != nil {
		return nil, err
	}
	return all, g.logged(ctx, v, readRelease, read)
}

func (g *Gate) beside(tx *store.Tx, v mithaq.Viewer, it *store.Item, to mithaq.OrgID) (Beside, error) {
	b := Beside{Item: *it}
	versions, err := g.Store.Versions(tx, v, it.Ref.ID)
	if err != nil {
		return b, err
	}
	for i := range versions {
		given, err := g.Reach.Delivered(tx, versions[i].Seq)
		if err != nil {
			return b, err
		}
		for _, d := range given {
			if d.To != to || d.State == "refused" {
				continue
			}
			if b.Same = b.Same || versions[i].Seq == it.Seq; versions[i].Seq != it.Seq {
				b.Before = &versions[i]
			}
		}
	}
	if b.Same {
		b.Before = nil
	}
	return b, nil
}
