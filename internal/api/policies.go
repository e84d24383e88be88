package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/iep"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) policyRoutes() {
	verb(s, op{http.MethodPost, "/v1/policies", "read-policy", "The labels that an IEP 2.0 policy stands for, and what of it they do not say", 0}, s.readPolicy)
	verb(s, op{http.MethodGet, "/v1/items/{id}/policies", "item-policies", "The IEP 2.0 policies that stand for an item's labels, and what of them they do not say", 0}, s.itemPolicies)
}

type policyIn struct {
	RawBody []byte `contentType:"application/json" doc:"an IEP 2.0 policy object"`
}

// FromPolicy is the labels that a policy stands for.
type FromPolicy struct {
	Handling json.RawMessage `json:"handling" doc:"a mithaq.Handling, as a source profile has it"`
	Lost     []iep.Lost      `json:"lost"`
}

func (s *server) readPolicy(ctx context.Context, v mithaq.Viewer, in *policyIn) (FromPolicy, error) {
	out := FromPolicy{Lost: []iep.Lost{}}
	if v.Person == "" && v.Token == "" {
		return out, mithaq.Refuse(mithaq.Denied, "account.sign-in")
	}
	p, err := iep.Read(in.RawBody)
	if err != nil {
		return out, mithaq.Refuse(mithaq.Invalid, "policy.not-one", err.Error())
	}
	now, err := read(ctx, s, func(tx *store.Tx) (time.Time, error) { return tx.Now(), nil })
	if err != nil {
		return out, err
	}
	h, lost := p.Handling(now)
	out.Lost = append(out.Lost, lost...)
	out.Handling, err = json.Marshal(h)
	return out, err
}

// ToPolicy is the policy that stands for one holding's labels.
type ToPolicy struct {
	Giver  mithaq.OrgID    `json:"giver"`
	Under  stix.ID         `json:"under,omitempty"`
	Policy json.RawMessage `json:"policy" doc:"an IEP 2.0 policy object"`
	Lost   []iep.Lost      `json:"lost"`
}

func (s *server) itemPolicies(ctx context.Context, v mithaq.Viewer, in *idIn) ([]ToPolicy, error) {
	versions, held, err := s.Gate.Item(ctx, v, stix.ID(in.ID))
	if err == nil {
		err = s.spend(ctx, v, len(versions))
	}
	list := []ToPolicy{}
	if err != nil {
		return list, err
	}
	last := versions[len(versions)-1].Seq
	for i := range held {
		if held[i].Item != last {
			continue
		}
		p, lost := iep.Of(&held[i].Handling, string(held[i].Giver))
		raw, err := iep.Write(p)
		if err != nil {
			return list, err
		}
		list = append(list, ToPolicy{held[i].Giver, held[i].Under, raw, append([]iep.Lost{}, lost...)})
	}
	return list, nil
}
