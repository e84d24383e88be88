package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/lists"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp/taxonomy"
	"github.com/mithaq-hub/mithaq/misp/warninglist"
)

func (s *server) listRoutes() {
	verb(s, op{http.MethodGet, "/v1/lists", "lists", "Warninglists and taxonomies that are kept", 0}, s.listList)
	verb(s, op{http.MethodDelete, "/v1/lists/{name}", "drop-list", "Forget a list", 0}, s.dropList)
	verb(s, op{http.MethodGet, "/v1/tags", "tags", "Labels of the taxonomies, to pick from", 0}, s.tags)
	s.mux.HandleFunc("POST /v1/lists", s.keepList)
	s.describe(&huma.Operation{
		OperationID: "keep-list", Method: http.MethodPost, Path: "/v1/lists", Summary: "Keep a MISP warninglist or taxonomy, as it is published",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {}}},
		Responses:   map[string]*huma.Response{"201": {Description: "What was kept", Content: map[string]*huma.MediaType{"application/json": {}}}},
	})
}

func (s *server) listList(ctx context.Context, v mithaq.Viewer, _ *nothing) ([]lists.List, error) {
	if v.Person == "" && v.Token == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.sign-in")
	}
	return read(ctx, s, s.Lists.Lists)
}

type listIn struct {
	Name string `path:"name"`
}

func (s *server) dropList(ctx context.Context, v mithaq.Viewer, in *listIn) (Done, error) {
	return write(ctx, s, func(tx *store.Tx) (Done, error) { return Done{true}, s.Lists.Drop(tx, v, in.Name) })
}

type tagsIn struct {
	Like  string `query:"like" doc:"how the label begins, or a part of what it means"`
	Limit int    `query:"limit" minimum:"0" maximum:"10000" doc:"100 where absent"`
}

func (s *server) tags(ctx context.Context, v mithaq.Viewer, in *tagsIn) ([]taxonomy.Tag, error) {
	if v.Person == "" && v.Token == "" {
		return nil, mithaq.Refuse(mithaq.Denied, "account.sign-in")
	}
	if in.Limit == 0 {
		in.Limit = 100
	}
	return read(ctx, s, func(tx *store.Tx) ([]taxonomy.Tag, error) {
		tags, err := s.Lists.Tags(tx, in.Like, in.Limit)
		if tags == nil {
			tags = []taxonomy.Tag{}
		}
		return tags, err
	})
}

// keepList takes lists longer than the body of a verb may be.
func (s *server) keepList(w http.ResponseWriter, r *http.Request) {
	kept, err := s.listFrom(w, r)
	if err != nil {
		s.answerProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(kept) // the client may have left
}

func (s *server) listFrom(w http.ResponseWriter, r *http.Request) (*lists.List, error) {
	v, err := s.viewerOf(r)
	if err != nil {
		return nil, err
	}
	if !v.MayProfile() && !v.MayAdminister() {
		return nil, mithaq.Refuse(mithaq.Denied, "lists.may-not")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, warninglist.MaxSize))
	if err != nil {
		return nil, mithaq.Refuse(mithaq.TooLarge, "lists.too-large", warninglist.MaxSize>>20)
	}
	return write(r.Context(), s, func(tx *store.Tx) (*lists.List, error) { return s.Lists.Keep(tx, v, raw) })
}
