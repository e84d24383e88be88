package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// lookRoutes are what the pages show beside what has routes of its own.
func (s *server) lookRoutes() {
	verb(s, op{http.MethodGet, "/v1/crossings", "crossings", "How many objects crossed, by partner: the last day where no time is given", 0}, s.crossings)
	verb(s, op{http.MethodGet, "/v1/recalls", "recalls", "What was taken back, by us or from us, and what was answered", 0}, s.recalls)
	verb(s, op{http.MethodGet, "/v1/releases/{release}/items", "release-items", "The items of a release that I may read", 0}, s.releaseItems)
	verb(s, op{http.MethodGet, "/v1/items/{id}/neighbours", "neighbours", "The items one reference away", 0}, s.neighbours)
}

type sinceIn struct {
	Since time.Time `query:"since"`
}

// Crossing counts what crossed with one partner.
type Crossing struct {
	Partner mithaq.OrgID `json:"partner"`
	Given   int64        `json:"given"`   // released to them, and accepted there
	Got     int64        `json:"got"`     // from them, and accepted
	Refused int64        `json:"refused"` // by us
	Stays   int64        `json:"stays"`   // looked at for a release to them, and kept here
}

func (s *server) crossings(ctx context.Context, v mithaq.Viewer, in *sinceIn) ([]Crossing, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.persons-only")
	}
	return read(ctx, s, func(tx *store.Tx) ([]Crossing, error) {
		if in.Since.IsZero() {
			in.Since = tx.Now().Add(-24 * time.Hour)
		}
		all, err := s.Crossed(tx, in.Since)
		list := []Crossing{}
		for _, c := range all {
			list = append(list, Crossing(c))
		}
		return list, err
	})
}

type openIn struct {
	Open bool `query:"open" doc:"those alone that wait for their statement"`
}

// RecallState is a recall or narrowing, and whether it was answered.
type RecallState struct {
	ID      stix.ID            `json:"id"`
	Kind    mithaq.MessageKind `json:"kind"`
	Giver   mithaq.OrgID       `json:"giver"`
	Partner mithaq.OrgID       `json:"partner"`
	Pact    stix.ID            `json:"pact"`
	At      time.Time          `json:"at"`
	Due     *time.Time         `json:"due,omitempty"`
	Answer  stix.ID            `json:"answer,omitempty"`
}

func (s *server) recalls(ctx context.Context, v mithaq.Viewer, in *openIn) ([]RecallState, error) {
	if v.Person == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.persons-only")
	}
	return read(ctx, s, func(tx *store.Tx) ([]RecallState, error) {
		all, err := s.Gate.Recalls(tx, in.Open)
		list := []RecallState{}
		for _, r := range all {
			list = append(list, RecallState{r.ID, r.Kind, r.Giver, r.Partner, r.Pact, r.At, given(r.Due), r.Answer})
		}
		return list, err
	})
}

type releaseItemsIn struct {
	Release string `path:"release"`
	After   int    `query:"after" minimum:"0" doc:"how many were had"`
	Limit   int    `query:"limit" minimum:"0" maximum:"1000" doc:"100 where absent"`
}

func (s *server) releaseItems(ctx context.Context, v mithaq.Viewer, in *releaseItemsIn) (Items, error) {
	out := Items{Items: []Item{}}
	if in.Limit == 0 {
		in.Limit = 100
	}
	r, err := s.Release(ctx, v, stix.ID(in.Release))
	if err != nil {
		return out, err
	}
	found, err := s.Gate.Listed(ctx, v, r.Release.ID, in.After, in.Limit)
	for i := range found {
		out.Items = append(out.Items, itemOf(&found[i], false))
	}
	out.More = r.Release.Count > in.After+in.Limit
	return out, err
}

// Neighbour is an item one reference away.
type Neighbour struct {
	Item
	By  string `json:"by"`  // the property that holds the reference
	Out bool   `json:"out"` // from the item asked about to this one
}

func (s *server) neighbours(ctx context.Context, v mithaq.Viewer, in *idIn) ([]Neighbour, error) {
	found, err := s.Gate.Neighbours(ctx, v, stix.ID(in.ID), 100)
	if err == nil {
		err = s.spend(ctx, v, len(found))
	}
	list := []Neighbour{}
	if err != nil {
		return list, err
	}
	for i := range found {
		list = append(list, Neighbour{itemOf(&found[i].Item, false), found[i].Kind, found[i].Out})
	}
	return list, nil
}
