package mispsync_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/mispapi"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/stix"
)

// An object of JSON.
type object = map[string]any

// A site is a real node that serves and reads MISP over HTTP and TLS.
type site struct {
	*httptest.Server
	t      testing.TB
	org    mithaq.OrgID
	node   *node.Node
	book   *subscribe.Book
	sync   *mispsync.Book
	source stix.ID
	admin  mithaq.Viewer
	staff  mithaq.Viewer // analyst and releaser
	legal  mithaq.Viewer
	ca     string

	mu     sync.Mutex
	clock  time.Time
	asked  []string
	before func(w http.ResponseWriter, r *http.Request) (done bool)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var seal = keys.Sealing{Secret: keys.Fixed("a passphrase for tests"), Work: 2}

func newSite(t testing.TB, org mithaq.OrgID) *site {
	t.Helper()
	s := &site{t: t, org: org, clock: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	founder := func(handle string, roles ...mithaq.Role) node.Founder {
		return node.Founder{Newcomer: account.Newcomer{Name: handle, Roles: roles}, Handle: handle, Seal: seal}
	}
	dir := filepath.Join(t.TempDir(), "node")
	options := node.Options{Version: "test", Sealing: &seal, Now: s.now}
	made, err := node.Init(t.Context(), dir, node.Start{
		Config: node.Default(org), Organisation: seal, Node: seal, Options: options, People: []node.Founder{
			founder("amal", mithaq.Administrator), founder("lina", mithaq.Analyst, mithaq.Releaser), founder("omar", mithaq.Supervisor, mithaq.LegalOfficer),
		},
	})
	must(t, err)
	ring, err := keys.LoadNode(node.NodeKeys(dir), seal)
	must(t, err)
	s.node, err = node.Open(context.Background(), dir, options)
	must(t, err)
	t.Cleanup(func() { must(t, s.node.Close()) })
	s.see(func(tx *store.Tx) error {
		for i, v := range []*mithaq.Viewer{&s.admin, &s.staff, &s.legal} {
			if *v, err = s.node.Accounts().PersonViewer(tx, made.People[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	s.source = s.profile()
	s.serve()
	enter := func(tx *store.Tx, a mithaq.Account) error {
		_, _, err := s.node.Ledger().Own(tx, a)
		return err
	}
	s.sync = mispsync.New(mispsync.Config{Store: s.node.Store(), Org: org, Name: string(org), Gate: s.node.Gate(), Now: s.now})
	s.book = subscribe.New(subscribe.Config{
		Store: s.node.Store(), Org: org, Gate: s.node.Gate(), Keys: ring, Enter: enter, Readers: s.sync.Readers(),
		Limits: subscribe.Limits{Tries: 1, Answer: 20 * time.Second},
	})
	return s
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

func (s *site) see(f func(tx *store.Tx) error) {
	s.t.Helper()
	must(s.t, s.node.Store().Read(context.Background(), f))
}

func (s *site) write(f func(tx *store.Tx) error) {
	s.t.Helper()
	must(s.t, s.node.Store().Write(context.Background(), f))
}

func (s *site) profile() stix.ID {
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(s.now()), "misp")
	p.Org, p.Person, p.Basis = s.org, s.legal.Person, mithaq.LegalBasis{Ref: "MoU 4"}
	p.Default = mithaq.Handling{
		TLP: stix.TLPGreen, PAP: mithaq.PAPGreen, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info1, Subjects: mithaq.SubjectNone,
		Nature: mithaq.Fact, Originator: s.org, Purposes: []mithaq.Purpose{mithaq.NetworkDefence, mithaq.Cybercrime}, RetainDays: 365, Onward: mithaq.OnwardConsent,
	}
	s.write(func(tx *store.Tx) error {
		_, err := s.node.Gate().KeepProfile(tx, s.legal, p)
		return err
	})
	return p.ID
}

const key = "the-key-of-the-site-and-of-nobody-else"

// serve answers as the node's port for tools does, for one key.
func (s *site) serve() {
	api := mispapi.New(mispapi.Config{
		Gate: s.node.Gate(), Org: s.org, Name: string(s.org), Now: s.now,
		Viewer: func(_ context.Context, token string) (mithaq.Viewer, error) {
			if token != key {
				return mithaq.Viewer{}, mithaq.Unauthenticated
			}
			return mithaq.Viewer{Org: s.org, Token: "tool", Reason: "service tool", Purpose: mithaq.NetworkDefence, Basis: "MoU 4"}, nil
		},
		Source: func(context.Context, mithaq.Viewer) (mispapi.Source, error) {
			return mispapi.Source{Profile: s.source, Red: []mithaq.PersonID{s.legal.Person}}, nil
		},
	})
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
		before := s.before
		s.mu.Unlock()
		if before == nil || !before(w, r) {
			api.ServeHTTP(w, r)
		}
	}))
	s.t.Cleanup(s.Close)
	s.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// requests are what the site was asked since it was asked for last.
func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.asked
	s.asked = nil
	return list
}

func (s *site) intercept(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// ask calls the site's own API as PyMISP does.
func (s *site) ask(method, path, body string, want int) object {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	must(s.t, err)
	r.Header.Set("Authorization", key)
	r.Header.Set("Content-Type", "application/json")
	res, err := s.Client().Do(r)
	must(s.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(s.t, err)
	if res.StatusCode != want {
		s.t.Fatalf("%s %s: %d, want %d: %.2000s", method, path, res.StatusCode, want, raw)
	}
	var out object
	_ = json.Unmarshal(raw, &out) // a list stays nil
	return out
}

// reads subscribes to another site.
func (s *site) reads(other *site, change func(t *subscribe.Terms)) {
	s.t.Helper()
	name, _, _ := strings.Cut(string(other.org), ".")
	t := subscribe.Terms{
		Name: subscribe.Name(name), Kind: subscribe.MISP, URL: other.URL, Source: s.source, Purpose: mithaq.NetworkDefence, Basis: "MoU 4",
		Inside: true, CA: other.ca, Rate: 6000,
	}
	if change != nil {
		change(&t)
	}
	s.write(func(tx *store.Tx) error { return s.book.Add(tx, s.admin, t, subscribe.Secret{Token: key}) })
}

// pull runs a subscription now, and says how it stands after that.
func (s *site) pull(name string) (sub *subscribe.Subscription, run *subscribe.Run) {
	s.t.Helper()
	s.pass(time.Minute)
	s.write(func(tx *store.Tx) error {
		return tx.Due(store.DueJob{Kind: subscribe.JobRun, Key: name, At: tx.Now().Add(-time.Hour)})
	})
	did, err := s.book.Work(context.Background())
	if err != nil || !did {
		s.t.Fatalf("ran: %v, %v", did, err)
	}
	s.see(func(tx *store.Tx) error {
		if sub, err = s.book.One(tx, subscribe.Name(name)); err != nil {
			return err
		}
		runs, err := s.book.Runs(tx, sub.Name, 1)
		if len(runs) > 0 {
			run = runs[0]
		}
		return err
	})
	return sub, run
}

// items counts what the node keeps.
func (s *site) items() (n int) {
	s.t.Helper()
	s.see(func(tx *store.Tx) error { return tx.QueryRow("SELECT count(*) FROM item").Scan(&n) })
	return n
}

// at finds a value in JSON.
func at(v any, path ...any) any {
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(object)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

// left is which records an event has, with their distributions; "" where it is not there.
func (s *site) left(uuid string) string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/events/view/"+uuid, http.NoBody)
	must(s.t, err)
	r.Header.Set("Authorization", key)
	res, err := s.Client().Do(r)
	must(s.t, err)
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return ""
	}
	var e object
	must(s.t, json.NewDecoder(res.Body).Decode(&e))
	var all []string
	var walk func(rec any)
	walk = func(rec any) {
		for _, list := range []string{"Attribute", "Object"} {
			items, _ := at(rec, list).([]any)
			for _, item := range items {
				name, _ := at(item, "comment").(string)
				all = append(all, fmt.Sprintf("%s=%v", name, at(item, "distribution")))
				walk(item)
			}
		}
	}
	walk(at(e, "Event"))
	return fmt.Sprintf("%v: %s", at(e, "Event", "distribution"), strings.Join(all, " "))
}
