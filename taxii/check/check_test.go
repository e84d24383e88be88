package check

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/taxii"
)

const password = "correct horse"

// library is a server with a collection of each kind of right.
func library(t testing.TB) (http.Handler, string) {
	t.Helper()
	m := taxii.NewMemory(taxii.Discovery{Title: "library", Contact: "desk@example.org"})
	if err := m.AddRoot("api", taxii.APIRoot{Title: "api", MaxContentLength: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	add := func(title, alias string, r taxii.Rights) string {
		id, err := m.AddCollection("api", taxii.Collection{Title: title, Alias: alias}, taxii.Rules{Rights: func(taxii.Caller) taxii.Rights { return r }})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	both := add("both", "desk", taxii.Rights{Read: true, Write: true})
	shelf := add("read only", "", taxii.Rights{Read: true})
	add("write only", "", taxii.Rights{Write: true})
	add("seen only", "", taxii.Rights{See: true})
	for n := range 5 {
		if err := m.Put("api", shelf, []byte(tool(uuid(), n))); err != nil {
			t.Fatal(err)
		}
	}
	return taxii.RequireAuth(taxii.Handler(m, slog.New(slog.DiscardHandler)), func(_ context.Context, c taxii.Credentials) (taxii.Caller, bool) {
		return "reader", c.User == "reader" && c.Password == password || c.Token == password
	}), both
}

// secure starts a server with the TLS that the standard asks for.
func secure(h http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = taxii.TLSConfig()
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // handshakes that are to fail
	srv.StartTLS()
	return srv
}

func configOf(srv *httptest.Server, writable string) Config {
	return Config{URL: srv.URL, HTTP: srv.Client(), User: "reader", Password: password, Writable: writable}
}

// failures is what failed, or was skipped, one a line.
func failures(r *Report, o Outcome) string {
	var lines []string
	for _, one := range r.Results {
		if one.Outcome == o {
			lines = append(lines, fmt.Sprintf("%s %s: %s", one.Level, one.ID, one.Detail))
		}
	}
	return strings.Join(lines, "\n")
}

func TestOurServerHoldsEverything(t *testing.T) {
	h, both := library(t)
	for name, start := range map[string]func(http.Handler) *httptest.Server{"TLS": secure, "plain": httptest.NewServer} {
		t.Run(name, func(t *testing.T) {
			srv := start(h)
			defer srv.Close()
			report, err := Run(t.Context(), configOf(srv, both))
			if err != nil {
				t.Fatal(err)
			}
			if bad := failures(report, Fail); bad != "" {
				t.Errorf("failed:\n%s", bad)
			}
			skipped := strings.Fields(failures(report, Skip))
			if name == "TLS" && len(skipped) > 0 {
				t.Errorf("skipped:\n%s", failures(report, Skip))
			}
			if n := len(report.Results); n < 150 {
				t.Errorf("%d checks, want at least 150", n)
			}
			t.Logf("%d checks: MUST %d, SHOULD %d, robust %d", len(report.Results), report.Count(Must, Pass), report.Count(Should, Pass), report.Count(Robust, Pass))
		})
	}
}

func TestTheCheckerLeavesNothingBehind(t *testing.T) {
	h, both := library(t)
	srv := httptest.NewServer(h)
	defer srv.Close()
	if _, err := Run(t.Context(), configOf(srv, both)); err != nil {
		t.Fatal(err)
	}
	p, _ := newProbe(configOf(srv, both))
	got, err := p.send(t.Context(), ask{path: "/api/collections/" + both + "/objects/?match[version]=all"})
	if err != nil || string(got.body) != "{}" {
		t.Errorf("left behind: %.300s, %v", got.body, err)
	}
}

func TestAReaderChecksToo(t *testing.T) {
	h, _ := library(t)
	var wrote atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if r.Method == http.MethodPost && rec.Code == http.StatusAccepted || r.Method == http.MethodDelete && rec.Code == http.StatusOK {
			wrote.Store(true)
		}
		copyTo(w, rec)
	}))
	defer srv.Close()
	cfg := configOf(srv, "")
	cfg.User, cfg.Password, cfg.Token = "", "", password
	p, _ := newProbe(cfg)
	if err := p.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	cfg.Collection = strings.Trim(string(p.shown[1]["id"]), `"`)
	report, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if bad := failures(report, Fail); bad != "" || wrote.Load() {
		t.Errorf("wrote: %v; failed:\n%s", wrote.Load(), bad)
	}
	if n := report.Count(Must, Pass); n < 100 {
		t.Errorf("a reader checks %d MUSTs, want at least 100; skipped:\n%s", n, failures(report, Skip))
	}
}

func TestChecksAreNamedAndSaid(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if seen[c.ID] || c.ID == "" || c.Section == "" || c.run == nil {
			t.Errorf("check %q: twice, or something is missing", c.ID)
		}
		seen[c.ID] = true
		if c.Level != Must && c.Level != Should && c.Level != Robust {
			t.Errorf("check %s: level %q", c.ID, c.Level)
		}
		if !strings.HasSuffix(c.Text, ".") || strings.Count(c.Text, ". ") > 0 || len(c.Text) < 15 {
			t.Errorf("check %s: %q is not one sentence", c.ID, c.Text)
		}
	}
}

func TestAReportIsForPeopleAndPrograms(t *testing.T) {
	r := &Report{URL: "https://x.example\x1b[31m", Results: []Result{
		{Check: Check{ID: "a", Level: Must, Section: "3.1", Text: "A holds."}, Outcome: Pass},
		{Check: Check{ID: "b", Level: Must, Section: "3.2", Text: "B holds."}, Outcome: Fail, Detail: "it \x07rang"},
		{Check: Check{ID: "c", Level: Robust, Section: "3.3", Text: "C holds."}, Outcome: Skip},
	}}
	var table, doc bytes.Buffer
	if err := r.Print(&table); err != nil {
		t.Fatal(err)
	}
	text := table.String()
	if !strings.Contains(text, "it ·rang") || strings.ContainsAny(text, "\x1b\x07") || strings.Contains(text, "A holds") || !strings.Contains(text, "MUST    1     1     0") {
		t.Errorf("table\n%s", text)
	}
	if err := r.PrintJSON(&doc); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(doc.Bytes(), &back); err != nil || back.Results[1].Detail != "it \x07rang" || back.Conforms() {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestWhatCannotBeginIsAnError(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	for name, cfg := range map[string]Config{
		"no URL":       {URL: "taxii.example"},
		"nobody there": {URL: "http://127.0.0.1:1/"},
		"no TAXII":     {URL: srv.URL},
		"no check":     {URL: srv.URL, Only: []string{"colour"}},
	} {
		if _, err := Run(t.Context(), cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestTheCheckerKeepsToARateAndToRetryAfter(t *testing.T) {
	h, _ := library(t)
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 5 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		h.ServeHTTP(w, r)
	}))
	defer srv.Close()
	cfg := configOf(srv, "")
	cfg.Rate, cfg.Only = 20, []string{"root-title", "root-versions"}
	start := time.Now()
	report, err := Run(t.Context(), cfg)
	if err != nil || report.Count(Must, Pass) != 2 {
		t.Fatalf("%v\n%s", err, failures(report, Fail))
	}
	if took, want := time.Since(start), time.Second+time.Duration(n-2)*50*time.Millisecond; took < want {
		t.Errorf("%d requests took %s, want at least %s", n, took, want)
	}
}

func copyTo(w http.ResponseWriter, rec *httptest.ResponseRecorder) {
	for name, all := range rec.Header() {
		w.Header()[name] = slices.Clone(all)
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}
