package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/stix"
)

// heardAt are the positions that a desk reads out; others would do as well.
var heardAt = []int{2, 7, 11}

// introduce makes the three known to each other, and returns who heard whom.
func (w *world) introduce(ctx context.Context) (comparisons []tell.Comparison, err error) {
	orgs := scene.Orgs()
	for i, one := range orgs {
		for _, other := range orgs[i+1:] {
			a, b := w.desks[one], w.desks[other]
			if err := a.introduceTo(ctx, b); err != nil {
				return nil, err
			}
			for _, pair := range [][2]*desk{{a, b}, {b, a}} {
				c, err := pair[0].hear(ctx, pair[1])
				if err != nil {
					return nil, err
				}
				comparisons = append(comparisons, c)
			}
		}
	}
	return comparisons, nil
}

// introduceTo exchanges cards, by a code that the other desk gave.
func (d *desk) introduceTo(ctx context.Context, other *desk) error {
	var i api.Invitation
	if err := other.people[officer].Do(ctx, http.MethodPost, "/v1/invitations", map[string]string{"note": string(d.org)}, &i); err != nil {
		return fmt.Errorf("%s invites: %w", other.org, err)
	}
	in := map[string]string{"address": other.address, "invitation": i.Code}
	if err := d.people[officer].Do(ctx, http.MethodPost, "/v1/partners", in, nil); err != nil {
		return fmt.Errorf("%s introduces itself to %s: %w", d.org, other.org, err)
	}
	return nil
}

// hear has two persons of a desk accept another's card by what it reads out.
func (d *desk) hear(ctx context.Context, reader *desk) (tell.Comparison, error) {
	c := tell.Comparison{Listener: d.org, Reader: reader.org}
	n, err := reader.whoAmI(ctx)
	if err != nil {
		return c, err
	}
	heard := map[string]string{}
	for _, position := range heardAt {
		at := strconv.Itoa(position)
		heard[at] = n.Digits[position-1]
		c.Heard = append(c.Heard, at+": "+heard[at])
	}
	in := map[string]any{"heard": heard, "how": scene.Desk(reader.org).Phone + ", known before"}
	for _, who := range []string{officer, chief} {
		var p mithaq.Partner
		if err := d.people[who].Do(ctx, http.MethodPost, "/v1/partners/"+string(reader.org)+"/accept", in, &p); err != nil {
			return c, fmt.Errorf("%s of %s accepts %s: %w", who, d.org, reader.org, err)
		}
		last := p.Acceptances[len(p.Acceptances)-1]
		c.Accepted, c.At = append(c.Accepted, d.person(last.Person)), last.At.Time
	}
	return c, nil
}

// agree negotiates the pact of the scene: Atlas drafts, all three sign.
func (w *world) agree(ctx context.Context, s *scene.Scene) (a tell.Agreed, err error) {
	return w.conclude(ctx, scene.Orgs(), s.Pact)
}

// conclude negotiates a pact between organisations: the first drafts, all sign.
func (w *world) conclude(ctx context.Context, orgs []mithaq.OrgID, make draft) (a tell.Agreed, err error) {
	drafter := w.desks[orgs[0]]
	parties, err := drafter.parties(ctx, orgs)
	if err != nil {
		return a, err
	}
	a.Pact = make(stix.NewID(mithaq.TypePact), mithaq.At(time.Now()), parties...)
	path := "/v1/pacts/" + a.Pact.Digest().String()
	if err := drafter.people[chief].Do(ctx, http.MethodPost, "/v1/pacts", a.Pact, nil); err != nil {
		return a, fmt.Errorf("draft: %w", err)
	}
	if err := drafter.people[chief].Do(ctx, http.MethodPost, path+"/propose", nil, nil); err != nil {
		return a, fmt.Errorf("propose: %w", err)
	}
	for _, org := range orgs {
		if err := w.desks[org].sign(ctx, path); err != nil {
			return a, fmt.Errorf("%s signs: %w", org, err)
		}
	}
	for _, org := range orgs {
		p, err := w.desks[org].pact(ctx, path, func(p *api.Pact) bool { return p.Status == mithaq.InForce })
		if err != nil {
			return a, fmt.Errorf("in force at %s: %w", org, err)
		}
		a.InForce = append(a.InForce, org)
		a.Signatures = signatures(&p)
	}
	return a, nil
}

// A draft writes a pact between parties.
type draft func(id stix.ID, at mithaq.Time, parties ...mithaq.Party) *mithaq.Pact

func signatures(p *api.Pact) []tell.Signature {
	var list []tell.Signature
	for _, one := range p.Signed {
		list = append(list, tell.Signature{Org: one.Org, At: one.At})
	}
	return list
}

// parties are organisations by the keys that this desk has accepted.
func (d *desk) parties(ctx context.Context, orgs []mithaq.OrgID) (parties []mithaq.Party, err error) {
	for _, org := range orgs {
		path := "/v1/partners/" + string(org) + "/party"
		if org == d.org {
			path = "/v1/party"
		}
		var p mithaq.Party
		if err := d.people[chief].Do(ctx, http.MethodGet, path, nil, &p); err != nil {
			return nil, err
		}
		parties = append(parties, scene.Party(org, p.Fingerprint, p.Card))
	}
	return parties, nil
}

// sign waits for the proposal, reads it, and signs.
func (d *desk) sign(ctx context.Context, path string) error {
	p, err := d.pact(ctx, path, func(p *api.Pact) bool { return p.Status == mithaq.Proposed })
	if err != nil {
		return err
	}
	var text mithaq.Pact
	if err := json.Unmarshal(p.Text, &text); err != nil {
		return err
	}
	return d.people[chief].Do(ctx, http.MethodPost, "/v1/pacts/"+text.Digest().String()+"/sign", nil, nil)
}

// pact waits until the text is here and stands as asked.
func (d *desk) pact(ctx context.Context, path string, stands func(*api.Pact) bool) (p api.Pact, err error) {
	err = until(ctx, brief, func() (bool, error) {
		p = api.Pact{}
		err := d.people[chief].Do(ctx, http.MethodGet, path, nil, &p)
		if isNotFound(err) {
			return false, nil
		}
		return err == nil && stands(&p), err
	})
	return p, err
}

// whoAmI asks the node who it is.
func (d *desk) whoAmI(ctx context.Context) (n api.Node, err error) {
	err = d.people[officer].Do(ctx, http.MethodGet, "/v1/node", nil, &n)
	return n, err
}
