package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) itemRoutes() {
	verb(s, op{http.MethodGet, "/v1/items", "items", "Items in the order they came, or those in which a value was found", 0}, s.items)
	verb(s, op{http.MethodGet, "/v1/items/{id}", "item", "One object: its versions, its bytes, who gave it under what labels, and who has it", 0}, s.item)
	verb(s, op{http.MethodGet, "/v1/items/{id}/shared", "item-shared", "Which other objects have a value of this one, and who gave them under what labels", 0}, s.shared)
}

// Item is one version of an object.
type Item struct {
	Number int64           `json:"number"` // the node's own
	ID     stix.ID         `json:"id"`
	Ref    mithaq.ItemRef  `json:"ref"` // exactly this version, as other words name it
	Type   stix.Type       `json:"type"`
	Name   string          `json:"name,omitempty"`
	Added  time.Time       `json:"added"`
	Raw    json.RawMessage `json:"object,omitempty"`
}

func itemOf(it *store.Item, whole bool) Item {
	out := Item{Number: it.Seq, ID: it.Ref.ID, Ref: it.Ref, Type: it.Ref.ID.Type(), Added: time.UnixMicro(it.Seq).UTC()}
	if o, err := stix.Parse(it.Raw, stix.Limits{}); err == nil {
		out.Name = o.Name()
	}
	if whole {
		out.Raw = it.Raw
	}
	return out
}

type itemsIn struct {
	After int64  `query:"after" minimum:"0" doc:"number of the last item had"`
	Limit int    `query:"limit" minimum:"0" maximum:"1000" doc:"100 where absent"`
	Type  string `query:"type"`
	Kind  string `query:"kind" doc:"of the value looked for; found out where absent"`
	Value string `query:"value" doc:"an address, number or hash, fanged or defanged; otherwise words, the last of which may be a beginning, or a name in any script"`
	Until int64  `query:"until" minimum:"0" doc:"with value: numbers up to, as the answer before gave it"`
}

// Items is one page.
type Items struct {
	Items []Item `json:"items"`
	More  bool   `json:"more"`
	Until int64  `json:"until,omitempty"` // of a search: to go on
}

func (s *server) items(ctx context.Context, v mithaq.Viewer, in *itemsIn) (Items, error) {
	if in.Limit == 0 {
		in.Limit = 100
	}
	if in.Value != "" {
		return s.search(ctx, v, in)
	}
	q := store.Query{After: in.After, Limit: in.Limit}
	if in.Type != "" {
		q.Types = []stix.Type{stix.Type(in.Type)}
	}
	page, more, err := s.Gate.Page(ctx, v, q)
	out := Items{Items: []Item{}, More: more}
	if err == nil {
		err = s.spend(ctx, v, len(page))
	}
	if err != nil {
		return out, err
	}
	for i := range page {
		out.Items = append(out.Items, itemOf(&page[i], false))
	}
	return out, nil
}

func (s *server) search(ctx context.Context, v mithaq.Viewer, in *itemsIn) (Items, error) {
	out := Items{Items: []Item{}}
	l := desk.Look{Text: in.Value, Kind: in.Kind, Until: in.Until, Limit: in.Limit}
	if in.Type != "" {
		l.Types = []stix.Type{stix.Type(in.Type)}
	}
	found, err := s.Find(ctx, v, l)
	if err == nil {
		err = s.spend(ctx, v, len(found.Items))
	}
	if err != nil {
		return out, err
	}
	for i := range found.Items {
		out.Items = append(out.Items, itemOf(&found.Items[i], false))
	}
	if found.Next > 0 {
		out.More, out.Until = true, found.Next-1
	}
	return out, nil
}

// Whole is one object with all its versions.
type Whole struct {
	Versions []Item    `json:"versions"` // oldest first
	Held     []Holding `json:"held"`
	Has      []Has     `json:"has"` // who has it, and how far it has come
}

// Holding is one way in which it is held here.
type Holding struct {
	Item     int64               `json:"item"`
	Giver    mithaq.OrgID        `json:"giver"`
	Under    stix.ID             `json:"under,omitempty"`
	State    mithaq.HoldingState `json:"state"`
	Received time.Time           `json:"received"`
	Until    *time.Time          `json:"until,omitempty"`
	Handling mithaq.Handling     `json:"handling"`
}

// Has is one message in which it went or came.
type Has struct {
	Partner  mithaq.OrgID `json:"partner"`
	Out      bool         `json:"out"` // from us to them
	Pact     stix.ID      `json:"pact"`
	Envelope stix.ID      `json:"envelope"`
	Lane     mithaq.Lane  `json:"lane"`
	Sequence int64        `json:"sequence"`
	State    string       `json:"state"`
}

// Shared is a value that an object has in common with others.
type Shared struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Common bool   `json:"common,omitempty"` // with too many to tell anything
	With   []With `json:"with"`
}

// With is another object that has the value.
type With struct {
	Item Item      `json:"item"`
	Held []Holding `json:"held"`
}

// SharedValues is what an object has in common with others.
type SharedValues struct {
	Values []Shared `json:"values"`
	More   bool     `json:"more"` // the object has more values than were looked up
}

func (s *server) shared(ctx context.Context, v mithaq.Viewer, in *idIn) (SharedValues, error) {
	out := SharedValues{Values: []Shared{}}
	all, more, err := s.Gate.Shared(ctx, v, stix.ID(in.ID))
	if err != nil {
		return out, err
	}
	out.More = more
	read := 0
	for _, x := range all {
		one := Shared{x.Kind, x.Text, x.Common, []With{}}
		for _, with := range x.With {
			w := With{itemOf(&with.Item, false), []Holding{}}
			for _, h := range with.Held {
				w.Held = append(w.Held, holdingOf(h))
			}
			one.With = append(one.With, w)
		}
		read += len(x.With)
		out.Values = append(out.Values, one)
	}
	return out, s.spend(ctx, v, read)
}

type idIn struct {
	ID string `path:"id"`
}

func (s *server) item(ctx context.Context, v mithaq.Viewer, in *idIn) (Whole, error) {
	out := Whole{Versions: []Item{}, Held: []Holding{}, Has: []Has{}}
	o, err := s.Object(ctx, v, stix.ID(in.ID))
	if err == nil {
		err = s.spend(ctx, v, len(o.Versions))
	}
	if err != nil {
		return out, err
	}
	for i := range o.Versions {
		out.Versions = append(out.Versions, itemOf(&o.Versions[i], true))
	}
	for _, h := range o.Held {
		out.Held = append(out.Held, holdingOf(h))
	}
	for _, p := range o.Ways {
		out.Has = append(out.Has, Has{p.Partner, p.Out, p.Pact, p.Envelope, p.Lane, p.Sequence, p.State})
	}
	return out, nil
}

func holdingOf(h store.Held) Holding {
	out := Holding{
		Item: h.Item, Giver: h.Giver, Under: h.Under, State: h.State, Received: h.Received, Handling: h.Handling,
	}
	if !h.Until.IsZero() {
		out.Until = &h.Until
	}
	return out
}
