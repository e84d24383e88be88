package desk

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Release is a release as kept, and how far it has come.
type Release struct {
	*gate.Stored
	Way *gate.Way
}

// Releases lists releases in a state with their ways, the oldest first; all
// where state is "".
func (d *Desk) Releases(ctx context.Context, v mithaq.Viewer, state gate.ReleaseState) ([]Release, error) {
	return Read(ctx, d, func(tx *store.Tx) ([]Release, error) {
		all, err := d.Gate.Releases(tx, v, state)
		if err != nil {
			return nil, err
		}
		list := make([]Release, 0, len(all))
		for _, r := range all {
			way, err := d.Gate.Delivery(tx, r.Release.ID)
			if err != nil {
				return nil, err
			}
			list = append(list, Release{r, way})
		}
		return list, nil
	})
}

// Release is one release. Denied: the viewer has no part in releases.
func (d *Desk) Release(ctx context.Context, v mithaq.Viewer, id stix.ID) (Release, error) {
	if !v.MayPropose() && !v.MayAudit() && !v.Is(mithaq.LegalOfficer) {
		return Release{}, mithaq.Refuse(mithaq.Denied, "gate.may-not-propose")
	}
	return Read(ctx, d, func(tx *store.Tx) (Release, error) { return d.ReleaseIn(tx, id) })
}

// ReleaseIn is Release inside a transaction, for whoever may.
func (d *Desk) ReleaseIn(tx *store.Tx, id stix.ID) (Release, error) {
	r, err := d.Gate.Release(tx, id)
	if err != nil {
		return Release{}, err
	}
	way, err := d.Gate.Delivery(tx, id)
	return Release{r, way}, err
}
