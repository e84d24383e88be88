package node_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/stix"
)

// A served is a node that serves on ports of this machine, until told to stop.
type served struct {
	t       *testing.T
	address string
	node    *node.Node
	tell    context.CancelFunc // to stop
	ran     chan error
	tools   string
}

func serveNode(t *testing.T, change func(*node.Config)) *served {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node")
	seal := keys.Sealing{Secret: keys.Fixed("a passphrase for tests"), Work: 2}
	c := node.Default(org)
	c.Operators = "127.0.0.1:0"
	change(&c)
	o := node.Options{Version: "test", Sealing: &seal}
	_, err := node.Init(t.Context(), dir, node.Start{
		Config: c, Organisation: seal, Node: seal, Options: o,
		People: []node.Founder{
			{Newcomer: account.Newcomer{Name: "Amal Haddad", Roles: []mithaq.Role{mithaq.Administrator}}, Handle: "amal", Seal: seal},
			{Newcomer: account.Newcomer{Name: "Lina Saab", Roles: []mithaq.Role{mithaq.LegalOfficer}}, Handle: "lina", Seal: seal},
		},
	})
	must(t, err)
	n, err := node.Open(t.Context(), dir, o)
	must(t, err)
	return serveOn(t, n)
}

// serveOn runs an open node with listeners for operators and tools, and closes it in the end.
func serveOn(t *testing.T, n *node.Node) *served {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	tools, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	s := &served{t: t, address: ln.Addr().String(), node: n, tell: stop, ran: make(chan error, 1), tools: tools.Addr().String()}
	go func() {
		s.ran <- n.Run(ctx, node.Listeners{Operators: ln, Tools: tools})
		close(s.ran)
	}()
	t.Cleanup(func() {
		stop()
		must(t, <-s.ran)
		must(t, n.Close())
	})
	return s
}

// asks sends one request to an address under a host name.
func asks(t *testing.T, method, address, path, host string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, nil)
	must(t, err)
	if host != "" {
		r.Host = host
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	must(t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(raw)
}

func (s *served) get(path string) (status int, body string) {
	s.t.Helper()
	return asks(s.t, http.MethodGet, s.address, path, "")
}

func TestOperatorsAreAnsweredByTheNamesTheyMayUse(t *testing.T) {
	s := serveNode(t, func(c *node.Config) { c.OpNames = []string{"Watch.Atlas.example"} })
	for _, c := range []struct {
		method, path, host string
		want               int
		says               string
	}{
		{http.MethodGet, "/healthz", "", http.StatusOK, "ok\n"},
		{http.MethodGet, "/readyz", "localhost:9", http.StatusOK, "ready\n"},
		{http.MethodGet, "/readyz", "watch.atlas.example", http.StatusOK, "ready\n"},
		{http.MethodHead, "/readyz", "", http.StatusOK, ""},
		{http.MethodGet, "/readyz", "evil.example", http.StatusMisdirectedRequest, ""},
		{http.MethodGet, "/metrics", "evil.example", http.StatusMisdirectedRequest, ""},
		{http.MethodPost, "/readyz", "", http.StatusMethodNotAllowed, ""},
		{http.MethodGet, "/v1/items", "", http.StatusNotFound, ""},
	} {
		status, body := asks(t, c.method, s.address, c.path, c.host)
		if status != c.want || c.says != "" && body != c.says {
			t.Errorf("%s %s at %q: %d %q, want %d %q", c.method, c.path, c.host, status, body, c.want, c.says)
		}
	}
}

func TestANodeThatIsToldToStopSaysSoWhileItStillServes(t *testing.T) {
	s := serveNode(t, func(c *node.Config) { c.Drain = 1 })
	if status, body := s.get("/readyz"); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	s.tell()
	for {
		if status, body := s.get("/readyz"); status == http.StatusServiceUnavailable && body == "draining\n" {
			break
		}
	}
	if status, _ := asks(t, http.MethodGet, s.tools, "/taxii2/", ""); status != http.StatusUnauthorized {
		t.Errorf("tools are answered with %d while the node drains", status)
	}
	if status, _ := s.get("/healthz"); status != http.StatusOK {
		t.Errorf("not healthy while it drains: %d", status)
	}
	if _, body := s.get("/metrics"); sample(body, "mithaq_ready") != "0" {
		t.Error("metrics say that it is ready")
	}
	must(t, <-s.ran)
	if c, err := net.DialTimeout("tcp", s.address, time.Second); err == nil {
		c.Close()
		t.Error("operators are still answered after the end")
	}
}

// sample is the value of a series, "" when there is none.
func sample(text, series string) string {
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1]
}

func (s *served) wants(series ...string) {
	s.t.Helper()
	status, body := s.get("/metrics")
	if status != http.StatusOK {
		s.t.Fatalf("metrics: %d %s", status, body)
	}
	for i := 0; i < len(series); i += 2 {
		if have := sample(body, series[i]); have != series[i+1] {
			s.t.Errorf("%s is %q, want %q", series[i], have, series[i+1])
		}
	}
}

func TestMetricsOfANodeAtRest(t *testing.T) {
	s := serveNode(t, func(*node.Config) {})
	asks(t, http.MethodGet, s.tools, "/taxii2/", "")
	s.get("/readyz")
	s.wants(
		`mithaq_ready`, "1", `mithaq_quarantined`, "0", `mithaq_build_info{version="test"}`, "1",
		`mithaq_request_seconds_count{code="401",face="tools"}`, "1", `mithaq_request_seconds_count{code="200",face="operators"}`, "1",
		`mithaq_recalls_unanswered{by="us"}`, "0", `mithaq_partners{state="accepted"}`, "0",
	)
	_, body := s.get("/metrics")
	for _, never := range []string{"Amal", "Haddad", "amal", "Lina", "person--"} {
		if strings.Contains(body, never) {
			t.Errorf("metrics name %s", never)
		}
	}
	if sample(body, "mithaq_writer_waiting") == "" {
		t.Error("nothing is said of the writer's queue")
	}
	if size := sample(body, "mithaq_store_bytes"); size == "" || size == "0" {
		t.Errorf("the store has %q bytes", size)
	}
}

// Asking for metrics writes nothing.
func TestAskingForMetricsWritesNothing(t *testing.T) {
	n := newHouse(t).node
	before := n.Store().Tally()
	for range 3 {
		metricsOf(t, n)
	}
	if after := n.Store().Tally(); after != before {
		t.Errorf("the writer did %+v, then %+v", before, after)
	}
}

// What waits for a partner that cannot be reached is counted, its age grows, and
// nothing of what it says is shown.
func TestMetricsOfAPartnerThatCannotBeReached(t *testing.T) {
	w := mithaqtest.New(t)
	defer w.Close()
	a, b := w.Node("atlas.example"), w.Node("cedar.example")
	w.Acquaint(a, b)
	pact := w.Agree(a, b)
	profile := a.Profile()
	w.Settle()
	a.Import(profile, mithaqtest.Indicators(0, 2)...)
	a.Share(pact, []stix.ID{mithaqtest.IndicatorID(0)}, b)
	w.Settle()
	w.Cut(a, b)
	a.Share(pact, []stix.ID{mithaqtest.IndicatorID(1)}, b)
	a.Recall(mithaqtest.IndicatorID(0))
	text := metricsOf(t, a.Node)
	for series, want := range map[string]string{
		`mithaq_receipts_missing{lane="bulk",partner="cedar.example"}`:  "1",
		`mithaq_envelopes{direction="out",lane="bulk",state="waiting"}`: "1",
		`mithaq_envelopes{direction="out",lane="bulk",state="settled"}`: "1",
		`mithaq_recalls_unanswered{by="us"}`:                            "1",
		`mithaq_partners{state="accepted"}`:                             "1",
	} {
		if have := sample(text, series); have != want {
			t.Errorf("%s is %q, want %q", series, have, want)
		}
	}
	if strings.Contains(text, "indicator--") || strings.Contains(text, string(pact)) {
		t.Error("metrics name objects or pacts")
	}
	w.Join(a, b)
	w.Settle()
	if have := sample(metricsOf(t, a.Node), `mithaq_receipts_missing{lane="bulk",partner="cedar.example"}`); have != "0" {
		t.Errorf("%s receipts are missing once the line is back", have)
	}
}

func metricsOf(t *testing.T, n *node.Node) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	srv := &http.Server{Handler: n.Operators(), ReadHeaderTimeout: time.Second}
	go srv.Serve(ln)
	defer srv.Close()
	status, body := asks(t, http.MethodGet, ln.Addr().String(), "/metrics", "")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	return body
}
