package node_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

const org mithaq.OrgID = "atlas.example"

// A desk is a node that serves tools on a port of this machine.
type desk struct {
	*node.Node
	t       *testing.T
	address string
	analyst mithaq.Viewer
	legal   mithaq.Viewer
	person  string // a person's token
	stop    func()
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node")
	seal := keys.Sealing{Secret: keys.Fixed("a passphrase for tests"), Work: 2}
	founder := func(handle string, roles ...mithaq.Role) node.Founder {
		return node.Founder{Newcomer: account.Newcomer{Name: handle, Roles: roles}, Handle: handle, Seal: seal}
	}
	o := node.Options{Version: "test", Sealing: &seal}
	made, err := node.Init(t.Context(), dir, node.Start{
		Config: node.Default(org), Organisation: seal, Node: seal, Options: o,
		People: []node.Founder{founder("amal", mithaq.Analyst, mithaq.Administrator), founder("lina", mithaq.Supervisor, mithaq.LegalOfficer)},
	})
	must(t, err)
	n, err := node.Open(t.Context(), dir, o)
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	d := &desk{Node: n, t: t, address: ln.Addr().String()}
	must(t, n.Store().Write(t.Context(), func(tx *store.Tx) (err error) {
		if d.analyst, err = n.Accounts().PersonViewer(tx, made.People[0].ID); err != nil {
			return err
		}
		if d.person, err = n.Accounts().SignIn(tx, made.People[0].ID, "test", tx.Now().Add(time.Hour)); err != nil {
			return err
		}
		d.legal, err = n.Accounts().PersonViewer(tx, made.People[1].ID)
		return err
	}))
	d.run(ln)
	return d
}

func (d *desk) run(ln net.Listener) {
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- d.Run(ctx, node.Listeners{Tools: ln}) }()
	stopped := false
	d.stop = func() {
		if !stopped {
			stopped = true
			stop()
			must(d.t, <-ran)
		}
	}
	d.t.Cleanup(func() {
		d.stop()
		must(d.t, d.Close())
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds imports objects under a profile.
func (d *desk) holds(objects ...string) {
	d.t.Helper()
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(time.Now()), "list")
	p.Org, p.Person, p.Basis = org, d.legal.Person, mithaq.LegalBasis{Ref: "MoU 4"}
	p.Default = mithaq.Handling{TLP: stix.TLPGreen, Originator: org}
	must(d.t, d.Store().Write(d.t.Context(), func(tx *store.Tx) error {
		_, err := d.Gate().KeepProfile(tx, d.legal, p)
		return err
	}))
	report, err := d.Gate().Intake(d.t.Context(), d.analyst, strings.NewReader("["+strings.Join(objects, ",")+"]"), gate.Import{Profile: p.ID})
	must(d.t, err)
	if int(report.Kept) != len(objects) {
		d.t.Fatalf("kept %d of %d: %+v", report.Kept, len(objects), report.Refusals)
	}
}

// tool makes a service with a budget and returns its token.
func (d *desk) tool(name string, budget int64) (token string) {
	d.t.Helper()
	must(d.t, d.Store().Write(d.t.Context(), func(tx *store.Tx) (err error) {
		token, err = d.Accounts().AddService(tx, d.legal, account.Service{
			Name: name, Purpose: mithaq.NetworkDefence, Basis: "MoU 4", Owner: d.legal.Person, Budget: budget,
		}, tx.Now().Add(time.Hour))
		return err
	}))
	return token
}

// ask sends a GET over TCP.
func (d *desk) ask(path, token string, change ...func(*http.Request)) (int, string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, "http://"+d.address+path, nil)
	must(d.t, err)
	r.Header.Set("Accept", taxii.MediaType)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, c := range change {
		c(r)
	}
	res, err := http.DefaultClient.Do(r)
	must(d.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(d.t, err)
	return res.StatusCode, string(body)
}

// reads are the entries about what was read.
func (d *desk) reads() []mithaq.Account { return d.entries("read") }

// entries are those of a kind in the own log.
func (d *desk) entries(kind string) (list []mithaq.Account) {
	d.t.Helper()
	must(d.t, d.Store().Read(context.Background(), func(tx *store.Tx) error {
		found, err := ledger.Find(tx, d.Ledger().OwnLog(), ledger.Filter{Kind: kind})
		for _, e := range found {
			var a mithaq.Account
			if err := json.Unmarshal(e.Account, &a); err != nil {
				return err
			}
			list = append(list, a)
		}
		return err
	}))
	return list
}

func indicator(n int, pattern string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d","created":"2026-11-20T10:00:00.000Z",`+
		`"modified":"2026-11-20T10:00:00.000Z","indicator_types":["malicious-activity"],"pattern":"[%s]","pattern_type":"stix","valid_from":"2026-11-20T10:00:00Z"}`, n, pattern)
}

const objects = "/own/collections/own/objects/"

func TestAToolReadsWhatItMayAndEachReadIsAnEntry(t *testing.T) {
	d := newDesk(t)
	d.holds(indicator(1, "domain-name:value = 'a.example'"), indicator(2, "email-addr:value = 'someone@b.example'"))
	token := d.tool("siem", 100)
	status, body := d.ask(objects+"?limit=1", token)
	if status != http.StatusOK || !strings.Contains(body, "a.example") || strings.Contains(body, "someone@b.example") {
		t.Fatalf("%d %s", status, body)
	}
	var page struct{ Next string }
	must(t, json.Unmarshal([]byte(body), &page))
	if status, body = d.ask(objects+"?next="+page.Next, token); status != http.StatusOK || !strings.Contains(body, "someone@b.example") {
		t.Fatalf("%d %s", status, body)
	}
	reads := d.reads()
	if len(reads) != 2 {
		t.Fatalf("%d entries, want one for each request: %+v", len(reads), reads)
	}
	a := reads[1]
	if a.Notes["token"] != "siem" || a.Purpose != mithaq.NetworkDefence || a.Basis != "MoU 4" || a.Notes["collection"] != "own" ||
		a.Notes["after"] != reads[0].Notes["to"] || a.Notes["to"] <= a.Notes["after"] || a.Counts["items"] != 1 || a.Counts["personal"] != 1 {
		t.Errorf("the second read: %+v", a)
	}
}

func TestPollsWithoutAResultAreSummed(t *testing.T) {
	d := newDesk(t)
	token := d.tool("siem", 100)
	for range 3 {
		if status, body := d.ask(objects, token); status != http.StatusOK || strings.Contains(body, "objects") {
			t.Fatalf("%d %s", status, body)
		}
	}
	if reads := d.reads(); len(reads) != 0 {
		t.Fatalf("entries before the hour is over: %+v", reads)
	}
	d.stop()
	if reads := d.reads(); len(reads) != 1 || reads[0].Counts["polls"] != 3 || reads[0].Notes["token"] != "siem" {
		t.Errorf("%+v, want one entry for three polls", reads)
	}
}

func TestWhoMayNotReadIsToldSo(t *testing.T) {
	d := newDesk(t)
	d.holds(indicator(1, "domain-name:value = 'a.example'"), indicator(2, "domain-name:value = 'b.example'"))
	token, poor := d.tool("siem", 100), d.tool("poor", 1)
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for _, c := range []struct {
		what, token string
		want        int
		change      func(*http.Request)
	}{
		{"no token", "", http.StatusUnauthorized, host(d.address)},
		{"a token that is none", "mithaq_guessed", http.StatusUnauthorized, host(d.address)},
		{"a person's token", d.person, http.StatusUnauthorized, host(d.address)},
		{"two tokens", token, http.StatusUnauthorized, func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+token) }},
		{"a name of another", token, http.StatusMisdirectedRequest, host("rebound.example")},
		{"no name", token, http.StatusMisdirectedRequest, host("127.0.0.1.rebound.example:80")},
		{"more than a day's budget", poor, http.StatusTooManyRequests, host("localhost")},
		{"a name of this machine", token, http.StatusOK, host("LOCALHOST.:7480")},
		{"an address of this machine", token, http.StatusOK, host("[::1]:7480")},
	} {
		status, body := d.ask(objects, c.token, c.change)
		if status != c.want {
			t.Errorf("%s: %d, want %d: %s", c.what, status, c.want, body)
		}
		if status != http.StatusOK && strings.Contains(body, "indicator--") {
			t.Errorf("%s: an object is in the answer: %s", c.what, body)
		}
	}
}

func TestAToolThatWasDroppedReadsNoMore(t *testing.T) {
	d := newDesk(t)
	token := d.tool("siem", 100)
	must(t, d.Store().Write(t.Context(), func(tx *store.Tx) error { return d.Accounts().DropService(tx, d.legal, "siem") }))
	if status, _ := d.ask(objects, token); status != http.StatusUnauthorized {
		t.Errorf("a service that was dropped gets %d", status)
	}
}

// MISP's clients send the bare token, and are told as MISP tells.
func TestMISPClientsAreServedOnTheSamePort(t *testing.T) {
	d := newDesk(t)
	bare := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", token) }
	}
	token, poor := d.tool("misp", 100), d.tool("poor", 1)
	d.holds(`{"type":"grouping","spec_version":"2.1","id":"grouping--5a3c2fcd-8328-42bb-a95e-4f4402de0b81","created":"2026-11-20T10:00:00.000Z",`+
		`"modified":"2026-11-20T10:00:00.000Z","name":"Phishing","context":"suspicious-activity","object_refs":["indicator--00000000-0000-4000-8000-000000000001"],`+
		`"extensions":{"extension-definition--46a73751-66df-43db-a285-24abc56cd6af":{"extension_type":"property-extension","record":"Event","position":0}}}`,
		indicator(1, "domain-name:value = 'a.example'"))
	const event = "/events/view/5a3c2fcd-8328-42bb-a95e-4f4402de0b81"
	for _, c := range []struct {
		what, token, path string
		want              int
	}{
		{"the version", token, "/servers/getVersion", http.StatusOK},
		{"who we are", token, "/users/view/me.json", http.StatusOK},
		{"an event", token, event, http.StatusOK},
		{"more than a day's budget", poor, event, http.StatusTooManyRequests},
		{"a person's token", d.person, event, http.StatusForbidden},
		{"a token that is none", "mithaq_guessed", event, http.StatusForbidden},
		{"what is not there", token, "/events/view/1", http.StatusNotFound},
	} {
		status, body := d.ask(c.path, c.token, bare(c.token))
		if status != c.want || !json.Valid([]byte(body)) {
			t.Errorf("%s: %d, want %d: %s", c.what, status, c.want, body)
		}
		if strings.Contains(body, "a.example") != (c.what == "an event") {
			t.Errorf("%s: %s", c.what, body)
		}
	}
	reads := d.reads()
	if len(reads) != 2 || reads[0].Notes["call"] != "events/view" || reads[0].Notes["token"] != "misp" {
		t.Errorf("%+v", reads)
	}
}
