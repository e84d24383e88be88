package subscribe_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// listed serves a list whose text the test changes.
func listed(t *testing.T, text *string) *server {
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + strings.ReplaceAll(strings.ReplaceAll((*text)[:min(len(*text), 20)], "\n", ""), `"`, "") + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(*text))
	}))
}

func (d *desk) list(s *server, columns string) subscribe.Terms {
	t := d.terms(s)
	t.Kind, t.Collection, t.User, t.Columns = subscribe.List, "", "", columns
	return t
}

func (d *desk) begin(t subscribe.Terms) {
	d.t.Helper()
	d.write(func(tx *store.Tx) error { return d.Add(tx, d.admin, t, subscribe.Secret{}) })
}

func TestAListIsReadAndItsValuesStayTheSame(t *testing.T) {
	d := newDesk(t, "sqlite")
	text := "# bad\n203.0.113.9\n198.51.100.7\n"
	s := listed(t, &text)
	d.begin(d.list(s, ""))
	if sub, run := d.run(); run.Outcome != subscribe.Ended || run.Taken != 2 {
		t.Fatalf("%+v %+v", run, sub.Why)
	}
	s.asked()
	if _, run := d.again(); run.Seen != 0 || len(s.asked()) != 1 {
		t.Errorf("an unchanged list: %+v", run)
	}
	text = "# worse\n203.0.113.9\n198.51.100.7\n192.0.2.3\n"
	if _, run := d.again(); run.Taken != 1 || run.Known != 2 {
		t.Errorf("a list with one more: %+v", run)
	}
}

func TestATableIsReadByItsColumns(t *testing.T) {
	d := newDesk(t, "sqlite")
	text := "host,when\nevil.example,2026-01-02\nother.example,2026-01-03\n"
	s := listed(t, &text)
	columns := `{"encoding":"utf-8","encoding_sure":true,"delimiter":",","header":true,"columns":[{"column":1,"use":"value","kind":"domain"},{"column":2,"use":"from"}]}`
	if err := d.try(func(tx *store.Tx) error { return d.Add(tx, d.admin, d.list(s, "{"), subscribe.Secret{}) }); err == nil {
		t.Error("a layout that is none is taken")
	}
	d.begin(d.list(s, columns))
	if sub, run := d.run(); run.Outcome != subscribe.Ended || run.Taken != 2 {
		t.Fatalf("%+v %+v", run, sub.Why)
	}
}

func TestAListThatIsNoneFails(t *testing.T) {
	d := newDesk(t, "sqlite")
	text := "caf\xe9 evil.example\n"
	s := listed(t, &text)
	d.begin(d.list(s, ""))
	if sub, run := d.run(); run.Outcome != subscribe.Failed || sub.Why == nil {
		t.Errorf("%+v", run)
	}
}
