package node_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/taxii"
)

// as makes a request of the API as somebody with a role, and reads its answer.
func (h *house) as(role mithaq.Role, method, path string, in, out any, head ...string) (status int, body string) {
	h.t.Helper()
	raw, err := json.Marshal(in)
	must(h.t, err)
	r := httptest.NewRequest(method, "http://node"+path, strings.NewReader(string(raw)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+h.tokens[role])
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	if out != nil && w.Code < 300 {
		must(h.t, json.Unmarshal(w.Body.Bytes(), out))
	}
	return w.Code, w.Body.String()
}

const broken = `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000009","confidence":"certain"}`

// A subscription's life by the API: added, run, its quarantine handled, removed.
func TestASubscriptionByTheAPI(t *testing.T) {
	h := newHouse(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		if r.URL.Path == "/taxii2/" {
			io.WriteString(w, `{"title":"t","default":"/api/","api_roots":["/api/"]}`)
			return
		}
		fmt.Fprintf(w, `{"objects":[%s,%s]}`, indicator(1, "domain-name:value = 'a.example'"), broken)
	}))
	defer srv.Close()
	var source api.Source
	profile := map[string]any{"name": "list", "legal_basis": "MoU 4", "default": map[string]any{"tlp": "TLP:GREEN", "originator": "hub.example"}}
	if status, body := h.as(mithaq.Supervisor, http.MethodPost, "/v1/sources", profile, &source); status != http.StatusCreated {
		t.Fatal(body)
	}
	in := map[string]any{
		"name": "hub", "url": srv.URL, "collection": "feed", "source": source.ID, "purpose": "network-defence", "basis": "MoU 4",
		"plain": true, "inside": true, "token": "a-token-that-nobody-sees",
	}
	var sub api.Subscription
	if status, body := h.as(mithaq.Administrator, http.MethodPost, "/v1/subscriptions", in, &sub); status != http.StatusCreated || sub.Method != "token" {
		t.Fatalf("%d %s", status, body)
	}
	if did, err := h.node.Feeds().Work(t.Context()); !did || err != nil {
		t.Fatalf("%v, %v", did, err)
	}
	status, body := h.as(mithaq.Analyst, http.MethodGet, "/v1/subscriptions/hub", nil, &sub)
	if status != http.StatusOK || sub.Last.Taken != 1 || sub.Last.Quarantined != 1 || sub.Held != 1 || strings.Contains(body, "nobody-sees") {
		t.Fatalf("%d %s", status, body)
	}
	var held []api.Held
	const quarantine = "/v1/subscriptions/hub/quarantine"
	if status, body = h.as(mithaq.Analyst, http.MethodGet, quarantine, nil, &held); len(held) != 1 || held[0].Pointer == "" || held[0].Why.Key != "gate.not-valid" {
		t.Fatalf("%d %s", status, body)
	}
	one := fmt.Sprintf("%s/%d", quarantine, held[0].ID)
	if status, body = h.as(mithaq.Analyst, http.MethodGet, one, nil, nil); status != http.StatusForbidden || strings.Contains(body, "certain") {
		t.Errorf("read without a reason: %d %s", status, body)
	}
	var read api.Held
	status, body = h.as(mithaq.Analyst, http.MethodGet, one, nil, &read, "Mithaq-Reason", "why", "Mithaq-Purpose", "network-defence", "Mithaq-Basis", "MoU 4")
	if status != http.StatusOK || string(read.Raw) != broken {
		t.Errorf("%d %s", status, body)
	}
	var again api.Retried
	if status, body = h.as(mithaq.Analyst, http.MethodPost, quarantine+"/retry", map[string]any{}, &again); again.Seen != 1 || again.Held != 1 {
		t.Errorf("%d %s", status, body)
	}
	for _, c := range []struct {
		role         mithaq.Role
		method, path string
		want         int
	}{
		{mithaq.Administrator, http.MethodGet, one, http.StatusForbidden},
		{mithaq.Administrator, http.MethodDelete, "/v1/subscriptions/hub", http.StatusConflict},
		{mithaq.Guest, http.MethodGet, "/v1/subscriptions", http.StatusForbidden},
		{mithaq.Analyst, http.MethodDelete, one, http.StatusOK},
		{mithaq.Analyst, http.MethodDelete, "/v1/subscriptions/hub", http.StatusForbidden},
		{mithaq.Administrator, http.MethodDelete, "/v1/subscriptions/hub", http.StatusOK},
		{mithaq.Administrator, http.MethodGet, "/v1/subscriptions/hub", http.StatusNotFound},
	} {
		if status, body := h.as(c.role, c.method, c.path, nil, nil); status != c.want {
			t.Errorf("%s %s by %s: %d, want %d: %s", c.method, c.path, c.role, status, c.want, body)
		}
	}
}
