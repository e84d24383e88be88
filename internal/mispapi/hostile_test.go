package mispapi

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzRequest sends anything to any route: the answer is JSON or an export, and never
// one about a fault of ours.
func FuzzRequest(f *testing.F) {
	for name := range routes {
		f.Add(name, "/"+eventUUID, `{"uuid":"`+aDomain+`","tag":"x","value":"evil.example"}`, true)
		f.Add(name, "", `[{"Event":{"uuid":"x"}}]`, true)
	}
	f.Add("events/restSearch", "/returnFormat:csv/value:%", `{"tags":{"OR":["a",1,null],"AND":{},"NOT":"x"}}`, true)
	f.Add("events/view", "/1795510800000037/deleted[]:0/:/a:b:c", ``, false)
	f.Add("attributes/view", "/1795510800000037001", ``, false)
	f.Add("feed/../feed", "//", ``, false)
	d := newDesk(f)
	d.ask(http.MethodPost, "/events/add", sent, 200)
	f.Fuzz(func(t *testing.T, route, rest, body string, post bool) {
		method := http.MethodGet
		if post {
			method = http.MethodPost
		}
		r, w := d.request("writer", method, "/", body)
		r.URL.Path = "/" + route + rest
		d.s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %q %q: %d %s", method, r.URL.Path, body, w.Code, w.Body)
		}
		if media := w.Header().Get("Content-Type"); w.Code >= 400 && !strings.HasPrefix(media, "application/json") {
			t.Errorf("%s %q: a refusal as %s", method, r.URL.Path, media)
		}
	})
}

func TestABodyThatIsTooLongIsRefused(t *testing.T) {
	d := newDesk(t)
	d.s.MaxBytes = 10_000
	long := `{"info":"x","Attribute":[{"type":"text","value":"` + strings.Repeat("a", 20_000) + `"}]}`
	for _, path := range []string{"/events/add", "/attributes/restSearch"} {
		if w := d.do("writer", http.MethodPost, path, long); w.Code != http.StatusRequestEntityTooLarge || d.parsed(w)["name"] == nil {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// An event that stops in the middle is not kept.
func TestAnEventThatStopsInTheMiddleIsNotKept(t *testing.T) {
	d := newDesk(t)
	for _, at := range []int{1, 100, len(sent) / 2, len(sent) - 1} {
		if w := d.do("writer", http.MethodPost, "/events/add", sent[:at]); w.Code != 400 || d.parsed(w)["name"] == nil {
			t.Errorf("after %d bytes: %d %s", at, w.Code, w.Body)
		}
	}
	if d.stored() != 0 {
		t.Errorf("%d objects were kept", d.stored())
	}
	d.ask(http.MethodPost, "/events/add", sent, 200)
}

// Every route of the table answers, with a body that is none and without.
func TestEveryRouteAnswers(t *testing.T) {
	d := newDesk(t)
	for name, r := range routes {
		if !Serves("/" + name) {
			t.Errorf("%s is not told apart from TAXII", name)
		}
		for method := range strings.FieldsSeq(r.methods) {
			if w := d.do("writer", method, "/"+name, ""); w.Code >= 500 || w.Code == 405 && !strings.Contains(name, "deleteReference") && name != "objectreferences/delete" {
				t.Errorf("%s %s: %d %s", method, name, w.Code, w.Body)
			}
		}
	}
	for _, path := range []string{"/taxii2/", "/own/", "/", "", "/eventsx/1"} {
		if Serves(path) {
			t.Errorf("%q is TAXII's", path)
		}
	}
}
