package subscribe_test

import (
	"errors"
	"io"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/taxii"
)

func TestASurveySaysWhatThereIs(t *testing.T) {
	d, s := newDesk(t, "sqlite"), newServer(t)
	must(t, s.memory.AddRoot("other", taxii.APIRoot{Title: "other"}))
	_, err := s.memory.AddCollection("other", taxii.Collection{Alias: "second", Title: "second"}, taxii.Rules{})
	must(t, err)
	survey := func(v mithaq.Viewer, terms subscribe.Terms, password string) ([]subscribe.Place, error) {
		return d.Survey(t.Context(), v, terms, subscribe.Secret{Password: password})
	}
	list, err := survey(d.admin, d.terms(s), password)
	if err != nil || len(list) != 2 || list[0].ID != collection || list[1].Alias != "second" || list[1].Root != s.URL+"/other/" || !list[0].CanRead {
		t.Fatalf("%+v, %v", list, err)
	}
	one := d.terms(s)
	one.Root = "/other/"
	if list, err = survey(d.admin, one, password); err != nil || len(list) != 1 {
		t.Errorf("one root: %+v, %v", list, err)
	}
	if e := d.entries("subscription-survey"); len(e) != 2 || e[0].Notes["host"] != "127.0.0.1" {
		t.Errorf("%+v", e)
	}
	s.asked()
	if _, err := survey(d.analyst, d.terms(s), password); !errors.Is(err, mithaq.Denied) || len(s.asked()) != 0 {
		t.Errorf("an analyst: %v", err)
	}
	outside := d.terms(s)
	outside.Inside = false
	none := d.terms(serve(t, scripted(page(`{}`))))
	for key, c := range map[string]struct {
		terms    subscribe.Terms
		password string
	}{
		"subscribe.why.credentials": {d.terms(s), "wrong"},
		"subscribe.why.address":     {outside, password},
		"subscribe.secret-one":      {d.terms(s), ""},
		"subscribe.why.no-root":     {d.terms(rootless(t)), password},
	} {
		_, err := survey(d.admin, c.terms, c.password)
		if r, ok := errors.AsType[*mithaq.Refusal](err); !ok || r.Key != key {
			t.Errorf("%v, want %s", err, key)
		}
	}
	if list, err := survey(d.admin, none, password); err != nil || len(list) != 0 {
		t.Errorf("a root without collections: %+v, %v", list, err)
	}
}

// rootless is a server whose discovery names no API root.
func rootless(t *testing.T) *server {
	return serve(t, handler(func(w responseWriter, _ *request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		io.WriteString(w, `{"title":"t"}`)
	}))
}

func TestAServerWithoutAPIRootIsNamed(t *testing.T) {
	d := newDesk(t, "sqlite")
	d.add(d.terms(rootless(t)))
	if sub, _ := d.run(); sub.Why == nil || sub.Why.Key != "subscribe.why.no-root" || sub.State != subscribe.Active {
		t.Errorf("%+v", sub.Why)
	}
}
