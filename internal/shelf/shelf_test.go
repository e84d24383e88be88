package shelf

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

const org mithaq.OrgID = "atlas.example"

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func person(roles ...mithaq.Role) mithaq.Viewer {
	return mithaq.Viewer{Org: org, Person: "person-0123456789abcdef", Roles: roles}
}

var (
	tool  = mithaq.Viewer{Org: org, Token: "siem", Reason: "blocking", Purpose: mithaq.NetworkDefence, Basis: "MoU 4"}
	blind = person(mithaq.Analyst) // gives no reason
	owner = person(mithaq.Supervisor)
)

// nowhere reaches nobody.
type nowhere struct{}

func (nowhere) Delivered(*store.Tx, int64) ([]gate.Given, error) { return nil, nil }
func (nowhere) Came(*store.Tx, int64) ([]gate.Came, error)       { return nil, nil }
func (nowhere) Inside(*store.Tx, stix.ID) (*gate.Inside, error)  { return nil, mithaq.NotFound }
func (nowhere) Forget(*store.Tx, ...int64) error                 { return nil }

type bench struct {
	t       *testing.T
	g       *gate.Gate
	s       *Shelf
	entries []mithaq.Account
	srv     http.Handler
}

func newBench(t *testing.T) *bench {
	cfg := storetest.Place(t)
	cfg.Migrations = []store.Migration{pact.Migration(), gate.Migration(), Migration()}
	cfg.Now = func() time.Time { return now }
	st, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	pair, err := sign.Generate()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t}
	b.g = gate.New(gate.Config{
		Store: st, Org: org, Signer: pair, Reach: nowhere{},
		Enter: func(_ *store.Tx, a mithaq.Account) error { b.entries = append(b.entries, a); return nil },
	})
	profile := b.profile()
	b.s = New(Config{Gate: b.g, Org: org, Tool: func(_ *store.Tx, token string) (Tool, error) {
		if token == "unprofiled" {
			return Tool{Owner: owner}, nil
		}
		return Tool{Profile: profile, Owner: owner}, nil
	}})
	b.srv = taxii.Handler(b.s, nil)
	return b
}

func (b *bench) profile() stix.ID {
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(now), "tools")
	p.Org, p.Person, p.Basis = org, person().Person, mithaq.LegalBasis{Ref: "MoU 4"}
	p.Default = mithaq.Handling{TLP: stix.TLPGreen, Originator: org}
	err := b.g.Store.Write(context.Background(), func(tx *store.Tx) error {
		_, err := b.g.KeepProfile(tx, person(mithaq.Supervisor), p)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return p.ID
}

func (b *bench) do(v *mithaq.Viewer, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Accept", taxii.MediaType)
	r.Header.Set("Content-Type", taxii.MediaType)
	if v != nil {
		r = r.WithContext(WithViewer(r.Context(), *v))
	}
	w := httptest.NewRecorder()
	b.srv.ServeHTTP(w, r)
	return w
}

func (b *bench) objects() string { return "/own/collections/own/objects/" }

func indicator(n int, modified, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d","created":"2026-11-20T10:00:00.000Z","modified":"%s","indicator_types":["malicious-activity"],"pattern":"[domain-name:value = 'a%d.example']","pattern_type":"stix","valid_from":"2026-11-20T10:00:00Z"%s}`, n, modified, n, more)
}

const first, second = "2026-11-20T10:00:00.000Z", "2026-11-21T10:00:00.000Z"

func envelope(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

func (b *bench) post(objects ...string) taxii.Status {
	b.t.Helper()
	w := b.do(&tool, http.MethodPost, b.objects(), envelope(objects...))
	var s taxii.Status
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil || w.Code != http.StatusAccepted {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return s
}

func (b *bench) ids(v *mithaq.Viewer, query string) (ids []string, next string) {
	b.t.Helper()
	w := b.do(v, http.MethodGet, b.objects()+query, "")
	var e struct {
		Next    string
		Objects []struct{ ID, Modified string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	for _, o := range e.Objects {
		ids = append(ids, o.ID[len(o.ID)-1:]+"@"+o.Modified[8:10])
	}
	return ids, e.Next
}

func TestPostLandsInTheIntake(t *testing.T) {
	b := newBench(t)
	s := b.post(indicator(1, first, ""), `{"type":"indicator"}`, `{"type":"x-mithaq-recall","spec_version":"2.1","id":"x-mithaq-recall--00000000-0000-4000-8000-000000000001"}`)
	if s.SuccessCount != 1 || s.FailureCount != 2 || !strings.Contains(s.Failures[1].Message, "gate.control") {
		t.Fatalf("%+v", s)
	}
	w := b.do(&tool, http.MethodGet, "/own/status/"+s.ID+"/", "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), s.ID) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.do(&blind, http.MethodGet, "/own/status/"+s.ID+"/", ""); w.Code != http.StatusNotFound {
		t.Errorf("another caller's status: %d", w.Code)
	}
}

func TestPagingIsByDateAdded(t *testing.T) {
	b := newBench(t)
	b.post(indicator(3, first, ""), indicator(1, first, ""))
	b.post(indicator(2, first, ""), indicator(1, second, ""))
	check := func(query string, want ...string) {
		t.Helper()
		if got, _ := b.ids(&tool, query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	check("", "3@20", "2@20", "1@21")
	check("?match[version]=all", "3@20", "1@20", "2@20", "1@21")
	check("?match[version]=first", "3@20", "1@20", "2@20")
	check("?match[version]=first,last", "3@20", "1@20", "2@20", "1@21")
	check("?match[version]="+first, "3@20", "1@20", "2@20")
	check("?match[spec_version]=2.0")
	var all []string
	next := ""
	for {
		some, more := b.ids(&tool, "?match[version]=all&limit=1"+next)
		all = append(all, some...)
		if more == "" {
			break
		}
		next = "&next=" + more
	}
	if !slices.Equal(all, []string{"3@20", "1@20", "2@20", "1@21"}) {
		t.Errorf("page by page: %v", all)
	}
	if w := b.do(&tool, http.MethodGet, b.objects()+"?next=nonsense", ""); w.Code != http.StatusBadRequest {
		t.Errorf("a foreign next: %d", w.Code)
	}
}

func TestEachCallerFindsWhatTheyMayRead(t *testing.T) {
	b := newBench(t)
	b.post(indicator(1, first, ""), indicator(2, first, `,"description":"call +213 555 12 34 56"`))
	if got, _ := b.ids(&tool, ""); len(got) != 2 {
		t.Errorf("with a reason: %v", got)
	}
	if got, _ := b.ids(&blind, ""); !slices.Equal(got, []string{"1@20"}) {
		t.Errorf("without a reason: %v", got)
	}
	auditor := person(mithaq.Auditor)
	if w := b.do(&auditor, http.MethodGet, b.objects(), ""); w.Code == http.StatusOK {
		t.Errorf("an auditor reads content: %d %s", w.Code, w.Body)
	}
	if w := b.do(nil, http.MethodGet, b.objects(), ""); w.Code != http.StatusUnauthorized {
		t.Errorf("nobody: %d", w.Code)
	}
	if w := b.do(&blind, http.MethodDelete, b.objects()+"indicator--00000000-0000-4000-8000-000000000001/", ""); w.Code == http.StatusOK {
		t.Errorf("a person deleted by a tool's road: %d", w.Code)
	}
	reads := 0
	for _, e := range b.entries {
		if e.Kind == "read" {
			reads++
		}
	}
	if reads != 2 {
		t.Errorf("%d reads in the own log, want 2", reads)
	}
}

func TestTheToolNoLongerFindsWhatWasRecalled(t *testing.T) {
	b := newBench(t)
	b.post(indicator(1, first, ""), indicator(2, first, ""))
	_, err := b.g.Recall(context.Background(), person(mithaq.Releaser), gate.Recalling{
		IDs: []stix.ID{"indicator--00000000-0000-4000-8000-000000000001"}, Reason: mithaq.ProtectedPerson,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := b.ids(&tool, "?match[version]=all"); !slices.Equal(got, []string{"2@20", "1@24"}) {
		t.Errorf("%v", got)
	}
	w := b.do(&tool, http.MethodGet, b.objects()+"indicator--00000000-0000-4000-8000-000000000001/?match[version]=all", "")
	if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "a1.example") || !strings.Contains(body, `"revoked":true`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What a subscription brought is a collection, for those who know its case.
func TestAFeedIsACollection(t *testing.T) {
	b := newBench(t)
	b.post(indicator(1, first, ""))
	feed, err := b.s.toolOf(t.Context(), tool)
	if err != nil {
		t.Fatal(err)
	}
	const matter, other = stix.ID("x-mithaq-case--00000000-0000-4000-8000-000000000001"), stix.ID("x-mithaq-source-profile--00000000-0000-4000-8000-000000000002")
	b.s.Feeds = func(*store.Tx) ([]Feed, error) {
		return []Feed{{Name: "hub", Source: feed.Profile}, {Name: "quiet", Source: other}, {Name: "secret", Source: feed.Profile, Case: matter}}, nil
	}
	for name, want := range map[string]int{"feed:hub": http.StatusOK, "feed:quiet": http.StatusOK, "feed:secret": http.StatusNotFound} {
		w := b.do(&tool, http.MethodGet, "/own/collections/"+name+"/objects/", "")
		if w.Code != want || strings.Contains(w.Body.String(), "a1.example") != (name == "feed:hub") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := b.do(&tool, http.MethodGet, "/own/collections/", ""); !strings.Contains(w.Body.String(), `"feed:quiet"`) || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("the list: %s", w.Body)
	}
	if w := b.do(&tool, http.MethodPost, "/own/collections/feed:hub/objects/", envelope(indicator(2, first, ""))); w.Code != http.StatusForbidden {
		t.Errorf("brought to a feed: %d", w.Code)
	}
}
