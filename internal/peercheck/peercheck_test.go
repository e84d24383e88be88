package peercheck_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/peercheck"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// node runs the links of a node on loopback.
func node(t *testing.T, org mithaq.OrgID) (p *peer.Peer, url string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	st, err := store.Open(ctx, store.Config{Dir: t.TempDir(), Migrations: []store.Migration{ledger.Migrations(), peer.Migrations()}})
	must(t, err)
	ring, err := keys.NewNode(org, time.Now())
	must(t, err)
	l, err := ledger.New(ctx, ledger.Config{Store: st, Org: org, Key: func() (ledger.Key, error) { return ring.Notes(mithaq.KeyLog) }})
	must(t, err)
	p, err = peer.New(peer.Config{Store: st, Org: org, Keys: ring, Journal: l})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- p.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		<-served
		_ = st.Close()
	})
	root, err := sign.Generate()
	must(t, err)
	url = "https://" + ln.Addr().String()
	c, err := card.New(card.Details{Org: org, Name: map[string]string{"en": string(org)}, Addresses: []string{url}},
		card.Dated(ring.Public(), time.Now().Add(-time.Hour), 24*time.Hour), root, stix.NewID(mithaq.TypeCard), time.Now())
	must(t, err)
	raw, err := jcs.Marshal(&c.Card)
	must(t, err)
	must(t, p.Publish(ctx, raw))
	return p, url
}

func TestOurOwnNodeKeepsTheProtocol(t *testing.T) {
	p, url := node(t, "atlas.example")
	v := mithaq.Viewer{Org: "atlas.example", Person: "person-0000000000000001", Roles: []mithaq.Role{mithaq.Supervisor}}
	code, err := p.Invite(t.Context(), v, "who checks")
	must(t, err)
	found, err := peercheck.Check(t.Context(), peercheck.Config{URL: url, Invitation: code})
	must(t, err)
	if len(found) < 20 {
		t.Errorf("%d findings, want all of them", len(found))
	}
	for _, f := range found {
		if !f.OK {
			t.Errorf("section %s: %s: %s", f.Section, f.What, f.Saw)
		}
		if f.OK && (f.Saw == "took it" || f.Saw == "none" || f.Saw == "<nil>") {
			t.Errorf("%s is well and says %q", f.What, f.Saw)
		}
	}
}

// A web server that answers everybody is no node: each thing it does wrong is found.
func TestAServerThatIsNoNodeIsFoundOut(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"api_roots":["/acquaintance/"]}`)
	}))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	found, err := peercheck.Check(t.Context(), peercheck.Config{URL: srv.URL, Invitation: "CODE"})
	must(t, err)
	wrong := map[string]bool{}
	for _, f := range found {
		wrong[f.What] = !f.OK
	}
	for _, what := range []string{
		"hybrid key exchange", "certificate with an ECDSA P-256 key", "refuses TLS 1.2", "refuses a key exchange without ML-KEM",
		"turns away who shows no certificate", "tells a stranger nothing at /taxii2/", "takes no message from a stranger",
		"takes no introduction that is not signed", "takes no introduction without its invitation", "answers an invitation with its card",
	} {
		if !wrong[what] {
			t.Errorf("not found out: %s", what)
		}
	}
}

func TestWhatIsNoAddressIsAnErrorAndWhoIsNotThereAFinding(t *testing.T) {
	if _, err := peercheck.Check(t.Context(), peercheck.Config{URL: "http://atlas.example"}); !errors.Is(err, mithaq.Invalid) {
		t.Errorf("a URL without TLS: %v", err)
	}
	dial := func(context.Context, string) (net.Conn, error) { return nil, errors.New("no route") }
	found, err := peercheck.Check(t.Context(), peercheck.Config{URL: "https://atlas.example", Dial: dial})
	must(t, err)
	if len(found) != 1 || found[0].OK {
		t.Errorf("nobody there: %+v", found)
	}
}
