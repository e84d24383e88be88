package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/misp"
)

func isUUID(text string) bool {
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(strings.ToLower(text), "0123456789abcdef-") == ""
}

// Event writes one event to w as the server gives it: with deleted records,
// sightings, galaxies and sharing groups, without tags of that server alone. A
// *StatusError of 404: it is not there, or not for us.
func (s *Server) Event(ctx context.Context, uuid string, w io.Writer) (int64, error) {
	path := "/events/view/" + uuid + "/deleted[]:0/deleted[]:1/includeEventCorrelations:0/includeFeedCorrelations:0/includeWarninglistHits:0/excludeLocalTags:1"
	res, err := s.do(ctx, request{method: http.MethodGet, path: path})
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	return io.Copy(w, res.Body)
}

// Exists asks whether an event is there.
func (s *Server) Exists(ctx context.Context, uuid string) (bool, error) {
	_, err := s.short(ctx, request{method: http.MethodHead, path: "/events/view/" + uuid})
	if refused, ok := errors.AsType[*StatusError](err); ok && refused.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// A Pushed is what a server said to an event that was pushed.
type Pushed struct {
	Created bool                // it was not there before
	Errors  map[string][]string // by UUID or place: records that it did not save
}

// Push adds an event, or edits it where it is there already. A *StatusError says
// why nothing of it was saved.
func (s *Server) Push(ctx context.Context, uuid string, event []byte) (*Pushed, error) {
	there, err := s.Exists(ctx, uuid)
	if err != nil {
		return nil, err
	}
	path := "/events/add/metadata:1"
	if there {
		path = "/events/edit/" + uuid + "/metadata:1"
	}
	raw, err := s.short(ctx, request{method: http.MethodPost, path: path, body: event})
	if err != nil {
		return nil, err
	}
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: 64 << 20})
	if err != nil {
		return nil, &AnswerError{err.Error()}
	}
	return &Pushed{Created: !there, Errors: errorsOf(rec)}, nil
}

// errorsOf are the records that were not saved: MISP names them in errors, by
// their UUID or as a list in which places stand for them.
func errorsOf(rec *misp.Record) map[string][]string {
	all := map[string][]string{}
	raw := rec.Raw("errors")
	if raw.Kind() != '{' {
		return all
	}
	by := rec.Record("errors")
	for name := range by.Names() {
		all[name] = textsIn(by.Raw(name))
	}
	return all
}

// textsIn are all texts of a value, however deep.
func textsIn(v jsontext.Value) (all []string) {
	d := jsontext.NewDecoder(strings.NewReader(string(v)))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return all
		}
		if t.Kind() == '"' {
			all = append(all, t.String())
		}
	}
}

// Delete deletes an event; what is not there is gone already.
func (s *Server) Delete(ctx context.Context, uuid string) error {
	_, err := s.short(ctx, request{method: http.MethodDelete, path: "/events/delete/" + uuid})
	if refused, ok := errors.AsType[*StatusError](err); ok && refused.Status == http.StatusNotFound {
		return nil
	}
	return err
}
