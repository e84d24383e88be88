package taxiipush

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/taxii"
)

func indicator(n int, more string) jsontext.Value {
	return fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z","pattern":"[domain-name:value = 'a%d.example']","pattern_type":"stix","valid_from":"2026-11-20T10:00:00Z"%s}`, n, n, more)
}

// partner is a TAXII server that refuses what it finds unwanted.
func partner(t *testing.T) (*Road, *taxii.Memory) {
	t.Helper()
	m := taxii.NewMemory(taxii.Discovery{Title: "partner", Default: "/api/", APIRoots: []string{"/api/"}})
	err := m.AddRoot("api", taxii.APIRoot{Title: "api", Versions: []string{taxii.MediaType}, MaxContentLength: 1000})
	if err != nil {
		t.Fatal(err)
	}
	id, err := m.AddCollection("api", taxii.Collection{Title: "in"}, taxii.Rules{Check: func(raw []byte) error {
		if bytes.Contains(raw, []byte("unwanted")) {
			return errors.New("unwanted here")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	knows := func(_ context.Context, c taxii.Credentials) (taxii.Caller, bool) { return "us", c.Token == "right" }
	srv := httptest.NewServer(taxii.RequireAuth(taxii.Handler(m, slog.New(slog.DiscardHandler)), knows))
	t.Cleanup(srv.Close)
	return &Road{URL: srv.URL, Collection: id, Token: "right", Plain: true, Inside: true}, m
}

func states(res Result) (list []State) {
	for _, f := range res.Fates {
		list = append(list, f.State)
	}
	return list
}

func TestEachObjectGetsItsFate(t *testing.T) {
	road, m := partner(t)
	objects := []jsontext.Value{
		indicator(1, ""), indicator(2, `,"description":"unwanted"`), indicator(3, fmt.Sprintf(`,"description":"%03000d"`, 0)), indicator(4, ""), indicator(5, ""), indicator(6, ""), indicator(7, ""),
	}
	want := []State{Taken, Refused, TooLong, Taken, Taken, Taken, Taken}
	for range 2 { // the second time they are there already
		res, err := Push(t.Context(), road, objects)
		if err != nil {
			t.Fatal(err)
		}
		if got := states(res); !slices.Equal(got, want) || res.Fates[1].Why != "unwanted here" || len(res.Status) < 2 {
			t.Errorf("%v, %q, %d statuses", got, res.Fates[1].Why, len(res.Status))
		}
	}
	page, err := m.Records(taxii.WithCaller(t.Context(), "us"), "api", road.Collection, taxii.Query{Limit: 100, Versions: taxii.Versions{Last: true}})
	if err != nil || len(page.Records) != 5 || !bytes.Equal(page.Records[0].Raw, objects[0]) {
		t.Errorf("%d stored, %v", len(page.Records), err)
	}
}

func TestWhatWasNotSaidIsUnknown(t *testing.T) {
	road, _ := partner(t)
	objects := []jsontext.Value{indicator(1, ""), indicator(2, "")}
	for what, wrong := range map[string]Road{
		"a wrong token":                  {URL: road.URL, Collection: road.Collection, Token: "wrong", Plain: true, Inside: true},
		"a host inside, not let pass":    {URL: road.URL, Collection: road.Collection, Token: "right", Plain: true},
		"no TLS, not let pass":           {URL: road.URL, Collection: road.Collection, Token: "right", Inside: true},
		"a collection that is not there": {URL: road.URL, Collection: "else", Token: "right", Plain: true, Inside: true},
		"authorities that are no such":   {URL: road.URL, Collection: road.Collection, CA: "x"},
	} {
		res, err := Push(t.Context(), &wrong, objects)
		if got := states(res); err == nil || !slices.Equal(got, []State{Unknown, Unknown}) {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	if res, err := Push(t.Context(), road, []jsontext.Value{[]byte("{}")}); res.Fates[0].State != Unknown {
		t.Errorf("no STIX: %v, %v", res, err)
	}
}

func TestARefusalIsReadAsItIsMeant(t *testing.T) {
	a1, a2, b := name{"a", "1"}, name{"a", "2"}, name{"b", "1"}
	for what, c := range map[string]struct {
		refused taxii.StatusDetail
		want    []State
	}{
		"by id and version":                   {taxii.StatusDetail{ID: "a", Version: "2"}, []State{Taken, Refused, Taken}},
		"by id, of which there are two":       {taxii.StatusDetail{ID: "a"}, []State{Refused, Refused, Taken}},
		"a version that fits neither":         {taxii.StatusDetail{ID: "a", Version: "2.0"}, []State{Unknown, Unknown, Taken}},
		"a version otherwise written, of one": {taxii.StatusDetail{ID: "b", Version: "1.0"}, []State{Taken, Taken, Refused}},
		"nothing named":                       {taxii.StatusDetail{Message: "no"}, []State{Unknown, Unknown, Unknown}},
	} {
		res := Result{Fates: make([]Fate, 3)}
		res.settle([]name{a1, a2, b}, &taxii.Pushed{Refused: []taxii.StatusDetail{c.refused}}, true)
		if got := states(res); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// A server whose status is pending at first is asked until it is not.
func TestAStatusIsFollowedToItsEnd(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		switch {
		case r.URL.Path == "/taxii2/":
			fmt.Fprint(w, `{"title":"t","default":"/api/"}`)
		case r.URL.Path == "/api/":
			fmt.Fprintf(w, `{"title":"t","versions":[%q],"max_content_length":100000}`, taxii.MediaType)
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprint(w, `{"id":"s","status":"pending","total_count":1,"success_count":0,"failure_count":0,"pending_count":1}`)
		default:
			asked++
			fmt.Fprint(w, `{"id":"s","status":"complete","total_count":1,"success_count":1,"failure_count":0,"pending_count":0}`)
		}
	}))
	defer srv.Close()
	res, err := Push(t.Context(), &Road{URL: srv.URL, Collection: "c", Plain: true, Inside: true}, []jsontext.Value{indicator(1, "")})
	if err != nil || asked != 1 || res.Fates[0].State != Taken {
		t.Errorf("asked %d times, %v, %v", asked, res, err)
	}
}
