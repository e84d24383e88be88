package remote

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

// A Version is which MISP answers, and what our user may do there.
type Version struct {
	Version string `json:"version"`
	Sync    bool   `json:"perm_sync"`
}

// Version asks which MISP answers.
func (s *Server) Version(ctx context.Context) (v Version, err error) {
	if err = s.get(ctx, "/servers/getVersion", &v); err == nil && v.Version == "" {
		err = &AnswerError{"getVersion names no version"}
	}
	return v, err
}

// Us asks as which organisation the server knows us.
func (s *Server) Us(ctx context.Context) (misp.Organisation, error) {
	rec, err := s.record(ctx, "/users/view/me.json")
	if err != nil {
		return misp.Organisation{}, err
	}
	org := rec.Record("Organisation")
	if org == nil {
		return misp.Organisation{}, &AnswerError{"users/view/me names no organisation"}
	}
	return misp.Organisation{UUID: org.Text("uuid"), Name: org.Text("name")}, nil
}

// An Organisation is one that the server lists.
type Organisation struct {
	misp.Organisation
	Nationality, Sector, Type string
	Contacts                  string
	Local                     bool // it has users there
}

// Organisations are those that the server lists, with and without users of it.
func (s *Server) Organisations(ctx context.Context) (all []Organisation, err error) {
	list, err := s.records(ctx, "/organisations/index/scope:all")
	for _, rec := range list {
		if inner := rec.Record("Organisation"); inner != nil {
			rec = inner
		}
		all = append(all, Organisation{
			misp.Organisation{UUID: rec.Text("uuid"), Name: rec.Text("name")},
			rec.Text("nationality"), rec.Text("sector"), rec.Text("type"), rec.Text("contacts"), rec.Bool("local"),
		})
	}
	return all, err
}

// SharingGroups are those that we may see there.
func (s *Server) SharingGroups(ctx context.Context) (all []*misp.SharingGroup, err error) {
	list, err := s.records(ctx, "/sharing_groups/index")
	for _, rec := range list {
		all = append(all, misp.ReadSharingGroup(rec))
	}
	return all, err
}

func (s *Server) record(ctx context.Context, path string) (*misp.Record, error) {
	raw, err := s.short(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: 64 << 20})
	if err != nil {
		return nil, &AnswerError{err.Error()}
	}
	return rec, nil
}

// records reads a list, alone or as the member response of an object.
func (s *Server) records(ctx context.Context, path string) (all []*misp.Record, err error) {
	raw, err := s.short(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return nil, err
	}
	if jsontext.Value(raw).Kind() == '[' {
		raw = append(append([]byte(`{"response":`), raw...), '}')
	}
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: 64 << 20})
	if err != nil {
		return nil, &AnswerError{err.Error()}
	}
	for item, fault := range rec.Records("response") {
		if fault != nil {
			return nil, errors.Join(&AnswerError{fault.Error()})
		}
		all = append(all, item)
	}
	return all, nil
}
