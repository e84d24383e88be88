package mispsync_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

func TestAFeedIsReadOnceAndThenOnlyWhatIsNew(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	a.ask(http.MethodPost, "/events/add", complexEvent(3, ""), 200)
	b.reads(a, func(t *subscribe.Terms) { t.Kind, t.URL = subscribe.MISPFeed, a.URL+"/feed" })
	if sub, run := b.pull("atlas"); run.Outcome != subscribe.Ended || run.Taken == 0 {
		t.Fatalf("%+v %+v", run, sub.Why)
	}
	if got := b.left(eventUUID); !strings.Contains(got, "a3=5") {
		t.Errorf("there: %s", got)
	}
	a.requests()
	if _, run := b.pull("atlas"); run.Seen != 0 || len(a.requests()) != 1 {
		t.Errorf("nothing new is one request: %+v", run)
	}
	a.pass(1e9 * 3600)
	b.pass(1e9 * 3600)
	a.ask(http.MethodPost, "/attributes/edit/bbbbbbbb-0000-4000-8000-000000000003", `{"comment":"edited"}`, 200)
	a.ask(http.MethodPost, "/events/publish/"+eventUUID, "", 200)
	b.pull("atlas")
	if got := b.left(eventUUID); !strings.Contains(got, "edited=5") {
		t.Errorf("after an edit: %s", got)
	}
}

func TestABrokenManifestIsNoFeed(t *testing.T) {
	a, b := newSite(t, "atlas.example"), newSite(t, "badr.example")
	b.reads(a, func(t *subscribe.Terms) { t.Kind, t.URL = subscribe.MISPFeed, a.URL+"/feed" })
	for _, manifest := range []string{"", "[]", `{"../../etc/passwd":{}}`, `{"` + eventUUID + `":1}`, `{"a`} {
		a.intercept(func(w http.ResponseWriter, _ *http.Request) bool { _, _ = fmt.Fprint(w, manifest); return true })
		if sub, run := b.pull("atlas"); run.Outcome != subscribe.Failed || sub.Why.Key != "subscribe.why.not-misp" {
			t.Errorf("%q: %+v %+v", manifest, run, sub.Why)
		}
	}
}
