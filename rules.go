package mithaq

import (
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq/stix"
)

// Rules are a pact's terms compiled for deciding. They never change, and any
// number of decisions may share them.
type Rules struct {
	terms   Terms
	members []Party
	routes  []route // by giver times number of members plus receiver
}

// A route is what may cross in one direction; the zero route is closed.
type route struct {
	parties    bool // both ends are parties, and not the same
	roles      bool // the giver gives, the receiver receives
	plain      bool // an end runs no node
	types      map[string]typeRule
	extensions []string
	subjects   Subjects
	ceiling    stix.TLP
	floor      Floor
	factsOnly  bool
}

type typeRule struct{ crosses, impersonal bool }

var closed = route{}

// Compile checks the terms for some parties and makes rules of them. The rules
// keep the slices of the terms, which must not change afterwards.
func (t *Terms) Compile(parties []Party) (*Rules, error) {
	if err := t.check(parties); err != nil {
		return nil, err
	}
	n := len(parties)
	r := &Rules{terms: *t, members: parties, routes: make([]route, n*n)}
	types := map[*Flow]map[string]typeRule{} // one for all who share a flow: routes grow with the square of the parties
	for from := range n {
		for to := range n {
			if from != to {
				r.routes[from*n+to] = t.route(&parties[from], &parties[to], types)
			}
		}
	}
	return r, nil
}

// Compile checks the whole pact and makes rules of it.
func (p *Pact) Compile() (*Rules, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("pact %s: %w", p.ID, err)
	}
	return p.Terms.Compile(p.Parties)
}

func (t *Terms) route(from, to *Party, types map[*Flow]map[string]typeRule) route {
	flow := t.FlowBetween(from.Org, to.Org)
	if types[flow] == nil {
		types[flow] = t.typesOf(flow)
	}
	way := route{
		parties: true,
		roles:   from.Roles.Has(Gives) && to.Roles.Has(Receives),
		plain:   from.Kind != Peer || to.Kind != Peer,
		types:   types[flow],
	}
	if flow != nil {
		way.open(flow)
	}
	return way
}

// typesOf are the rules of each type on a flow, or where there is none.
func (t *Terms) typesOf(flow *Flow) map[string]typeRule {
	types := map[string]typeRule{}
	for _, typ := range t.Impersonal {
		types[typ] = typeRule{impersonal: true}
	}
	if flow == nil {
		return types
	}
	for _, typ := range flow.Types {
		types[typ] = typeRule{crosses: true, impersonal: types[typ].impersonal}
	}
	return types
}

func (way *route) open(flow *Flow) {
	way.extensions = flow.Extensions
	way.subjects = flow.Subjects
	way.ceiling = flow.Ceiling
	way.floor = flow.Floor
	way.factsOnly = flow.FactsOnly
}

// route returns the way from one organisation to another, closed if there is none.
func (r *Rules) route(from, to OrgID) *route {
	i, j := r.member(from), r.member(to)
	if i < 0 || j < 0 || i == j {
		return &closed
	}
	return &r.routes[i*len(r.members)+j]
}

func (r *Rules) member(org OrgID) int {
	for i := range r.members {
		if r.members[i].Org == org {
			return i
		}
	}
	return -1
}

func (r *Rules) hasBasis(ref string) bool {
	for i := range r.terms.Basis {
		if r.terms.Basis[i].Ref == ref {
			return true
		}
	}
	return false
}

// Terms returns the terms that the rules were made of; they are not to be changed.
func (r *Rules) Terms() *Terms { return &r.terms }

// Parties returns the parties that the rules were made for; they are not to be changed.
func (r *Rules) Parties() []Party { return r.members }

// Effective returns the handling that a receiver keeps for what it got at an
// instant with some handling: the stricter of label and pact.
func Effective(h Handling, r *Rules, at time.Time) Handling {
	h.RetainDays = shortest(h.RetainDays, r.terms.Retention.Days)
	h.RetainUntil = earliest(h.RetainUntil, At(at).Plus(days(h.RetainDays)))
	h.Onward = max(h.Onward, r.terms.Onward)
	h.Purposes = joinPurposes(h.Purposes, r.terms.Purposes)
	return h
}
