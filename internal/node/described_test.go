package node_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
)

// description is what the tests read of OpenAPI.
type description struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Content map[string]struct {
				Schema struct {
					Ref string `json:"$ref"`
				}
			}
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct{ Type any }
		}
	}
}

func (h *house) description() (d description) {
	must(h.t, json.Unmarshal(h.call(http.MethodGet, "/openapi.json", "node", "").Body.Bytes(), &d))
	return d
}

func TestEveryRefusalIsDescribedAsAProblem(t *testing.T) {
	d := newHouse(t).description()
	for path, methods := range d.Paths {
		for method, o := range methods {
			if got := o.Responses["default"].Content["application/problem+json"].Schema.Ref; got != "#/components/schemas/Problem" {
				t.Errorf("%s %s: refusals are described as %q", method, path, got)
			}
		}
	}
}

func TestWordsAreDescribedAsTheyAreWritten(t *testing.T) {
	d := newHouse(t).description()
	for _, row := range [][2]string{{"Party", "roles"}, {"Handling", "codes"}, {"Handling", "subjects"}} {
		types, _ := json.Marshal(d.Components.Schemas[row[0]].Properties[row[1]].Type)
		if !strings.Contains(string(types), `"array"`) {
			t.Errorf("%s.%s is described as %s", row[0], row[1], types)
		}
	}
}

// What no verb has seen yet is refused in the same form, also where it is no text.
func TestWhatDoesNotFitTheDescriptionIsAProblem(t *testing.T) {
	h := newHouse(t)
	for _, row := range []struct {
		method, path, body string
		status             int
		location           string
	}{
		{http.MethodGet, "/v1/items?limit=many", "", http.StatusUnprocessableEntity, "query.limit"},
		{http.MethodPost, "/v1/surveys", `{"url": 7}`, http.StatusUnprocessableEntity, "body.url"},
		{http.MethodPost, "/v1/surveys", "pT@\x0cn\xcb\xff", http.StatusBadRequest, "body"},
		{http.MethodPost, "/v1/searches", `{"name": "` + strings.Repeat("x", 9<<20) + `"}`, http.StatusRequestEntityTooLarge, ""},
	} {
		r := httptest.NewRequest(row.method, "http://node"+row.path, strings.NewReader(row.body))
		r.Header.Set("Authorization", "Bearer "+h.tokens[mithaq.Supervisor])
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.api.ServeHTTP(w, r)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != row.status || p.Status != row.status || p.Kind == "" {
			t.Errorf("%s %s: %d %.200s (%v)", row.method, row.path, w.Code, w.Body, err)
			continue
		}
		if row.location != "" && (len(p.Errors) == 0 || p.Errors[0].Location != row.location) {
			t.Errorf("%s %s: %.200s", row.method, row.path, w.Body)
		}
	}
}
