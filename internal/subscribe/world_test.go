package subscribe_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

const org mithaq.OrgID = "atlas.example"

// A desk is a real node with its book of subscriptions, whose clock and disk are
// the test's.
type desk struct {
	*subscribe.Book
	t       testing.TB
	node    *node.Node
	dir     string
	options node.Options
	ring    keys.Ring
	limits  subscribe.Limits
	source  stix.ID
	admin   mithaq.Viewer
	analyst mithaq.Viewer
	legal   mithaq.Viewer
	auditor mithaq.Viewer

	mu    sync.Mutex
	clock time.Time
	fault func(store.Point) error
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newDesk(t testing.TB, engine string) *desk {
	t.Helper()
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "node"), clock: time.Now().Truncate(time.Microsecond)}
	// No waiting between tries: what the client does there is tested where it lives.
	d.limits = subscribe.Limits{Tries: 1, Answer: 10 * time.Second}
	seal := keys.Sealing{Secret: keys.Fixed("a passphrase for tests"), Work: 2}
	founder := func(handle string, roles ...mithaq.Role) node.Founder {
		return node.Founder{Newcomer: account.Newcomer{Name: handle, Roles: roles}, Handle: handle, Seal: seal}
	}
	d.options = node.Options{Version: "test", Sealing: &seal, Now: d.now, Faults: d.faults}
	c := node.Default(org)
	if engine == "postgres" {
		c.Store = storetest.Schema(t)
	}
	made, err := node.Init(t.Context(), d.dir, node.Start{
		Config: c, Organisation: seal, Node: seal, Options: d.options, People: []node.Founder{
			founder("amal", mithaq.Administrator), founder("lina", mithaq.Analyst), founder("omar", mithaq.Supervisor, mithaq.LegalOfficer),
			founder("rana", mithaq.Auditor),
		},
	})
	must(t, err)
	d.ring, err = keys.LoadNode(node.NodeKeys(d.dir), seal)
	must(t, err)
	d.open()
	t.Cleanup(func() { must(t, d.node.Close()) })
	must(t, d.node.Store().Read(t.Context(), func(tx *store.Tx) error {
		for i, v := range []*mithaq.Viewer{&d.admin, &d.analyst, &d.legal, &d.auditor} {
			if *v, err = d.node.Accounts().PersonViewer(tx, made.People[i].ID); err != nil {
				return err
			}
		}
		return nil
	}))
	d.source = d.profile(stix.TLPGreen)
	return d
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock
}

func (d *desk) pass(wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = d.clock.Add(wait)
}

func (d *desk) faults(p store.Point) error {
	d.mu.Lock()
	f := d.fault
	d.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(p)
}

func (d *desk) failing(f func(store.Point) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

func (d *desk) open() {
	n, err := node.Open(context.Background(), d.dir, d.options)
	must(d.t, err)
	d.node = n
	d.Book = subscribe.New(subscribe.Config{
		Store: n.Store(), Org: org, Gate: n.Gate(), Keys: d.ring, Limits: d.limits,
		Enter: func(tx *store.Tx, a mithaq.Account) error {
			_, _, err := n.Ledger().Own(tx, a)
			return err
		},
	})
}

func (d *desk) reopen() {
	must(d.t, d.node.Close())
	d.open()
}

func (d *desk) profile(tlp stix.TLP) stix.ID {
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(d.now()), "list")
	p.Org, p.Person, p.Basis = org, d.legal.Person, mithaq.LegalBasis{Ref: "MoU 4"}
	p.Default = mithaq.Handling{TLP: tlp, Originator: "hub.example"}
	d.write(func(tx *store.Tx) error {
		_, err := d.node.Gate().KeepProfile(tx, d.legal, p)
		return err
	})
	return p.ID
}

func (d *desk) write(f func(tx *store.Tx) error) {
	d.t.Helper()
	must(d.t, d.node.Store().Write(context.Background(), f))
}

func (d *desk) see(f func(tx *store.Tx) error) {
	d.t.Helper()
	must(d.t, d.node.Store().Read(context.Background(), f))
}

// terms subscribe to a collection of a server of a test.
func (d *desk) terms(s *server) subscribe.Terms {
	return subscribe.Terms{
		Name: "hub", URL: s.URL, Collection: s.collection, Source: d.source, Purpose: mithaq.NetworkDefence, Basis: "MoU 4",
		Inside: true, CA: s.ca, User: "atlas", Page: 100, Rate: 6000,
	}
}

const password = "open sesame, and nobody sees it"

func (d *desk) add(t subscribe.Terms) {
	d.t.Helper()
	d.write(func(tx *store.Tx) error { return d.Add(tx, d.admin, t, subscribe.Secret{Password: password}) })
}

// run does the run that is due, and says how the subscription stands after it.
func (d *desk) run() (*subscribe.Subscription, *subscribe.Run) {
	d.t.Helper()
	did, err := d.Work(context.Background())
	if err != nil || !did {
		d.t.Fatalf("ran: %v, %v", did, err)
	}
	return d.stands()
}

func (d *desk) stands() (s *subscribe.Subscription, last *subscribe.Run) {
	d.t.Helper()
	d.see(func(tx *store.Tx) (err error) {
		if s, err = d.One(tx, "hub"); err != nil {
			return err
		}
		runs, err := d.Runs(tx, "hub", 1)
		if len(runs) > 0 {
			last = runs[0]
		}
		return err
	})
	return s, last
}

// again lets the time until the next run pass, and does it.
func (d *desk) again() (*subscribe.Subscription, *subscribe.Run) {
	d.t.Helper()
	s, _ := d.stands()
	d.pass(s.Next.Sub(d.now()) + time.Second)
	return d.run()
}

// entries are those of a kind in the node's own log.
func (d *desk) entries(kind string) (list []mithaq.Account) {
	d.t.Helper()
	d.see(func(tx *store.Tx) error {
		found, err := ledger.Find(tx, d.node.Ledger().OwnLog(), ledger.Filter{Kind: kind})
		for _, e := range found {
			var a mithaq.Account
			if err := json.Unmarshal(e.Account, &a); err != nil {
				return err
			}
			list = append(list, a)
		}
		return err
	})
	return list
}

// held counts the objects and the holdings that the node has of a source.
func (d *desk) held() (items, holdings int) {
	d.t.Helper()
	d.see(func(tx *store.Tx) error {
		if err := tx.QueryRow("SELECT count(*) FROM item").Scan(&items); err != nil {
			return err
		}
		return tx.QueryRow("SELECT count(*) FROM holding").Scan(&holdings)
	})
	return items, holdings
}

// A server is another organisation's, on this machine, over TLS.
type server struct {
	*httptest.Server
	ca         string
	collection string
	memory     *taxii.Memory

	mu       sync.Mutex
	requests []string
	before   func(w http.ResponseWriter, r *http.Request) (done bool)
}

const collection = "3f1e0d5c-0b1f-4b0e-8a55-6f0f9a4d7c11"

// newServer is our own TAXII server over a Memory, for one user.
func newServer(t testing.TB) *server {
	t.Helper()
	m := taxii.NewMemory(taxii.Discovery{Title: "hub"})
	must(t, m.AddRoot("api", taxii.APIRoot{Title: "api"}))
	_, err := m.AddCollection("api", taxii.Collection{ID: collection, Title: "feed"}, taxii.Rules{})
	must(t, err)
	s := serve(t, taxii.RequireAuth(taxii.Handler(m, quiet), func(_ context.Context, c taxii.Credentials) (taxii.Caller, bool) {
		return "atlas", c.User == "atlas" && c.Password == password
	}))
	s.memory = m
	return s
}

// serve is a server of any behaviour, which counts what it is asked.
func serve(t testing.TB, h http.Handler) *server {
	s := &server{collection: collection}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.String())
		before := s.before
		s.mu.Unlock()
		if before == nil || !before(w, r) {
			h.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	s.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	return s
}

// asked says what the server was asked since it was asked for last.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.requests
	s.requests = nil
	return list
}

func (s *server) intercept(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

func (s *server) put(t testing.TB, objects ...string) {
	t.Helper()
	for _, o := range objects {
		must(t, s.memory.Put("api", collection, []byte(o)))
	}
}

func indicator(n int) string {
	return indicatorWith(n, "domain-name:value = 'a"+fmt.Sprint(n)+".example'", "")
}

func indicatorWith(n int, pattern, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d","created":"2026-01-20T10:00:00.000Z",`+
		`"modified":"2026-01-20T10:00:00.000Z","indicator_types":["malicious-activity"],"pattern":"[%s]","pattern_type":"stix","valid_from":"2026-01-20T10:00:00Z"%s}`, n, pattern, more)
}

func indicators(from, to int) (list []string) {
	for n := from; n <= to; n++ {
		list = append(list, indicator(n))
	}
	return list
}

// each runs a test on every engine there is.
func each(t *testing.T, test func(t *testing.T, d *desk)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			if engine == "postgres" && os.Getenv(storetest.Env) == "" {
				t.Skip("no PostgreSQL: set " + storetest.Env + " to the URL of a server")
			}
			test(t, newDesk(t, engine))
		})
	}
}

func lines(list []string) string { return strings.Join(list, "\n") }
