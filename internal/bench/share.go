package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// An asking is what is shared, under what.
type asking struct {
	pact    stix.ID
	profile stix.ID
	ids     []stix.ID // all of the profile where empty
}

func (a *asking) ask() gate.Ask {
	s := gate.Selection{Under: a.profile}
	if len(a.ids) > 0 {
		s = gate.Selection{IDs: a.ids}
	}
	return gate.Ask{Selection: s, Pact: a.pact, Purpose: purpose, Basis: basis, Urgency: mithaq.Routine}
}

// share releases, and waits until all of it is acknowledged.
func (d *desk) share(ctx context.Context, ask asking) (*gate.Way, error) {
	v, err := d.viewer(ctx, officer)
	if err != nil {
		return nil, err
	}
	all, err := d.Gate().Propose(ctx, v, ask.ask())
	if err != nil {
		return nil, err
	}
	if len(all) != 1 || all[0].State != gate.Sent {
		return nil, fmt.Errorf("not sent: %d releases, state %q", len(all), all[0].State)
	}
	return d.delivered(ctx, all[0].Release.ID)
}

// delivered waits until a partner's receipts for a release have come.
func (d *desk) delivered(ctx context.Context, release stix.ID) (way *gate.Way, err error) {
	deadline := time.After(patience)
	for {
		news := d.Store().Wake(gate.TopicDelivery)
		err := d.Store().Read(ctx, func(tx *store.Tx) error {
			way, err = d.Gate().Delivery(tx, release)
			return err
		})
		if err != nil || way.State != mithaq.Waiting {
			return way, err
		}
		select {
		case <-news:
		case <-deadline:
			return way, errors.New("bench: no receipt came")
		case <-ctx.Done():
			return way, ctx.Err()
		}
	}
}

// same wants the receiver to hold as many items under the pact as crossed.
func (d *desk) same(ctx context.Context, from *desk, ask asking, n int) error {
	var held int
	err := d.Store().Read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow("SELECT count(DISTINCT item) FROM holding WHERE giver = (SELECT id FROM word WHERE text = ?)", string(from.org)).Scan(&held)
	})
	if err == nil && held != n {
		err = fmt.Errorf("%s holds %d of the %d objects that %s counts as accepted under %s", d.org, held, n, from.org, ask.pact)
	}
	return err
}

// typesOf lists the types of a file's objects.
func typesOf(path string) (types []string, err error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := stix.NewReader(f, stix.Limits{})
	for {
		raw, err := r.Next()
		if errors.Is(err, io.EOF) {
			return types, nil
		}
		if err != nil {
			return nil, err
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			return nil, err
		}
		if t := string(o.Type()); !slices.Contains(types, t) && t != "identity" {
			types = append(types, t)
		}
	}
}
