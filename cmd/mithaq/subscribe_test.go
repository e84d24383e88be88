package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

const hubObjects = 1500

// hub serves indicators over TLS, not too fast.
func hub(t *testing.T) *httptest.Server {
	m := taxii.NewMemory(taxii.Discovery{Title: "hub"})
	noFault(t, m.AddRoot("api", taxii.APIRoot{Title: "api"}))
	id, err := m.AddCollection("api", taxii.Collection{Alias: "feed", Title: "feed"}, taxii.Rules{})
	noFault(t, err)
	for n := range hubObjects {
		noFault(t, m.Put("api", id, fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-%012d","created":"2026-01-20T10:00:00.000Z",`+
			`"modified":"2026-01-20T10:00:00.000Z","pattern":"[domain-name:value = 'a%d.example']","pattern_type":"stix","valid_from":"2026-01-20T10:00:00Z"}`, n, n)))
	}
	h := taxii.Handler(m, slog.New(slog.DiscardHandler))
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Millisecond)
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func noFault(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A process of the program, killed while it reads page after page, goes on where
// it was: every object is here once, and the accounts add up.
func TestANodeKilledWhileReadingLosesAndDoublesNothing(t *testing.T) {
	s := hub(t)
	dir := filepath.Join(t.TempDir(), "n")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	noFault(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600))
	mithaq := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("mithaq", append([]string{"-d", dir, "--lang", "en"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("mithaq %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	mithaq("init", "atlas.example", "--make-secret", "--work", "10", "--listen", "", "--tools", "", "--pages", "", "--person", "amina=Amina:administrator", "--person", "yusuf=Yusuf:supervisor,legal-officer")
	source := filepath.Join(t.TempDir(), "source.json")
	noFault(t, os.WriteFile(source, []byte(sourceExample), 0o600))
	kill := serveNode(t, dir)
	var kept api.Source
	noFault(t, json.Unmarshal([]byte(mithaq("--as", "yusuf", "--json", "source", "keep", source)), &kept))
	mithaq("--as", "amina", "--purpose", "network-defence", "--basis", "MoU", "subscribe", "add", "hub", s.URL, "--collection", "feed",
		"--source", string(kept.ID), "--inside", "--ca", ca, "--page", "10", "--rate", "6000")
	show := func() (sub api.Subscription) {
		noFault(t, json.Unmarshal([]byte(mithaq("--as", "amina", "--json", "subscribe", "show", "hub")), &sub))
		return sub
	}
	kills := 0
	for sub := show(); sub.Last == nil || sub.Last.Outcome != "done"; sub = show() {
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		if kills < 8 {
			kill()
			kills++
			kill = serveNode(t, dir)
		}
	}
	var seen, taken, others int64
	for _, r := range show().Runs {
		seen, taken, others = seen+r.Seen, taken+r.Taken, others+r.Quarantined+r.Passed+r.Theirs
	}
	kill()
	t.Logf("killed %d times; seen %d, taken %d", kills, seen, taken)
	if items, holdings := countIn(t, dir); items != hubObjects || holdings != hubObjects || taken != hubObjects || others != 0 || kills == 0 {
		t.Errorf("%d items, %d holdings, taken %d of %d", items, holdings, taken, hubObjects)
	}
	mithaq("verify")
}

// serveNode starts a process that serves a folder, and waits until it answers.
func serveNode(t *testing.T, dir string) (kill func()) {
	t.Helper()
	cmd := exec.Command("mithaq", "-d", dir, "serve")
	noFault(t, cmd.Start())
	dead := false
	kill = func() {
		if !dead {
			dead = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(kill)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("unix", node.Socket(dir)); err == nil {
			c.Close()
			return kill
		}
	}
	t.Fatal("the node does not answer")
	return nil
}

func countIn(t *testing.T, dir string) (items, holdings int) {
	n, err := node.Open(t.Context(), dir, node.Options{})
	noFault(t, err)
	defer n.Close()
	noFault(t, n.Store().Read(t.Context(), func(tx *store.Tx) error {
		if err := tx.QueryRow("SELECT count(*) FROM item").Scan(&items); err != nil {
			return err
		}
		return tx.QueryRow("SELECT count(*) FROM holding").Scan(&holdings)
	}))
	return items, holdings
}
