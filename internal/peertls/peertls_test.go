package peertls

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mithaq-hub/mithaq"
)

const (
	atlas = mithaq.OrgID("atlas.example")
	najd  = mithaq.OrgID("najd.example")
)

// A side is one node as the line sees it: a key, a certificate, and the TLS
// keys on its partners' current Cards.
type side struct {
	Line
	key  *ecdsa.PrivateKey
	cert *tls.Certificate

	mu    sync.Mutex
	cards map[mithaq.OrgID]string // the point; "" when suspended
}

func newSide(t *testing.T, org mithaq.OrgID) *side {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &side{key: key, cards: map[mithaq.OrgID]string{}}
	s.cert = certificate(t, org, key, time.Hour)
	s.Line = Line{
		Own: func() (*tls.Certificate, error) { return s.cert, nil }, Names: s.names, Registry: &Registry{}, Now: time.Now,
	}
	return s
}

func certificate(t *testing.T, org mithaq.OrgID, key crypto.Signer, life time.Duration) *tls.Certificate {
	t.Helper()
	c, err := Certificate(org, key, time.Now().Add(-time.Hour), time.Now().Add(life))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *side) names(org mithaq.OrgID, p256 []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cards[org] == "" || s.cards[org] != string(p256) {
		return &mithaq.Refusal{Kind: mithaq.Denied, Key: "tls.not-on-card", Args: []any{org}}
	}
	return nil
}

func (s *side) knows(org mithaq.OrgID, key *ecdsa.PrivateKey) {
	point := ""
	if key != nil {
		b, _ := key.PublicKey.Bytes()
		point = string(b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cards[org] = point
}

func acquainted(t *testing.T) (a, n *side) {
	t.Helper()
	a, n = newSide(t, atlas), newSide(t, najd)
	a.knows(najd, n.key)
	n.knows(atlas, a.key)
	return a, n
}

// shake does both handshakes over a pipe, and a byte each way, since a client
// of TLS 1.3 hears of a refused certificate only when it reads.
func shake(client func(net.Conn) *tls.Conn, server *tls.Config, r *Registry) (state tls.ConnectionState, clientErr, serverErr error) {
	here, there := net.Pipe()
	done := make(chan error, 1)
	go func() {
		s := tls.Server(r.track(there), server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte{1})
		}
		s.Close()
		done <- err
	}()
	c := client(here)
	_, clientErr = c.Read(make([]byte, 1))
	state = c.ConnectionState()
	c.Close()
	return state, clientErr, <-done
}

func (s *side) to(org mithaq.OrgID) func(net.Conn) *tls.Conn {
	return func(c net.Conn) *tls.Conn { return s.Client(c, org, string(org)) }
}

func TestTwoPartnersShakeHands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, n := acquainted(t)
		state, cerr, serr := shake(a.to(najd), n.Server(), n.Registry)
		if cerr != nil || serr != nil {
			t.Fatal(cerr, serr)
		}
		if state.Version != tls.VersionTLS13 || state.CurveID != tls.X25519MLKEM768 || state.DidResume || Partner(&state) != najd {
			t.Fatalf("%x, %v", state.Version, state.CurveID)
		}
		if a.Registry.Open(najd) != 0 || n.Registry.Open(atlas) != 0 || len(n.Registry.open) != 0 {
			t.Fatal("closed connections are still known")
		}
	})
}

func TestWhoIsNotOnTheCardIsRefused(t *testing.T) {
	refused := func(what string, change func(a, n *side)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			a, n := acquainted(t)
			change(a, n)
			if _, cerr, serr := shake(a.to(najd), n.Server(), n.Registry); cerr == nil || serr == nil {
				t.Errorf("%s: client %v, server %v", what, cerr, serr)
			}
			if n.Registry.Open(atlas)+a.Registry.Open(najd) != 0 {
				t.Errorf("%s: still open", what)
			}
		})
	}
	refused("a client key of another", func(a, n *side) { n.knows(atlas, n.key) })
	refused("a server key of another", func(a, n *side) { a.knows(najd, a.key) })
	refused("a revoked client", func(a, n *side) { n.knows(atlas, nil) })
	refused("a revoked server", func(a, n *side) { a.knows(najd, nil) })
	refused("a rotated key, old certificate", func(a, n *side) {
		fresh, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		n.knows(atlas, fresh)
	})
	refused("an expired certificate", func(a, n *side) { a.cert = certificate(t, atlas, a.key, -time.Minute) })
	refused("a partner under another's name", func(a, n *side) { a.cert = certificate(t, najd, a.key, time.Hour) })
	refused("another partner than the one called", func(a, n *side) {
		n.cert = certificate(t, atlas, n.key, time.Hour)
		a.knows(atlas, n.key)
	})
	refused("an Ed25519 certificate", func(a, n *side) {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		a.cert = certificate(t, atlas, key, time.Hour)
	})
	refused("two certificates", func(a, n *side) {
		a.cert.Certificate = append(a.cert.Certificate, a.cert.Certificate[0])
	})
	refused("a certificate without its key", func(a, n *side) {
		stolen := *a.cert
		stolen.PrivateKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		a.cert = &stolen
	})
}

// A client of plain crypto/tls, which does as it likes.
func foreign(c *tls.Config) func(net.Conn) *tls.Conn {
	c.InsecureSkipVerify = true
	c.ServerName = string(najd)
	return func(conn net.Conn) *tls.Conn { return tls.Client(conn, c) }
}

func TestOtherWaysInAreClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, n := acquainted(t)
		if _, cerr, serr := shake(foreign(&tls.Config{}), n.Server(), n.Registry); cerr == nil || serr == nil {
			t.Error("no certificate:", cerr, serr)
		}
		old := &tls.Config{Certificates: []tls.Certificate{*a.cert}, MaxVersion: tls.VersionTLS12}
		if _, cerr, serr := shake(foreign(old), n.Server(), n.Registry); cerr == nil || !strings.Contains(serr.Error(), "version") {
			t.Error("TLS 1.2:", cerr, serr)
		}
	})
}

// A client that keeps sessions gets none, and a second handshake asks again.
func TestSessionsAreNotResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, n := acquainted(t)
		cache := &countingCache{ClientSessionCache: tls.NewLRUClientSessionCache(8)}
		keeper := &tls.Config{Certificates: []tls.Certificate{*a.cert}, ClientSessionCache: cache}
		for range 2 {
			state, cerr, serr := shake(foreign(keeper), n.Server(), n.Registry)
			if cerr != nil || serr != nil || state.DidResume {
				t.Fatal(cerr, serr, state.DidResume)
			}
		}
		if cache.puts != 0 {
			t.Fatalf("%d tickets given", cache.puts)
		}
		n.knows(atlas, nil)
		if _, cerr, serr := shake(foreign(keeper), n.Server(), n.Registry); cerr == nil || serr == nil {
			t.Fatal("a suspended partner came back by its session")
		}
	})
}

type countingCache struct {
	tls.ClientSessionCache
	puts int
}

func (c *countingCache) Put(key string, s *tls.ClientSessionState) {
	if s != nil {
		c.puts++
	}
	c.ClientSessionCache.Put(key, s)
}

// Over loopback, with net/http at both ends: a request that is under way is
// cut when the partner is suspended, and a new one is refused.
func TestSuspensionClosesOpenConnections(t *testing.T) {
	a, n := acquainted(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started, gone := make(chan struct{}), make(chan struct{})
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Partner(r.TLS) != atlas {
			t.Errorf("from %q", Partner(r.TLS))
		}
		if r.URL.Path == "/slow" {
			close(started)
			<-r.Context().Done()
			close(gone)
		}
	})}
	go srv.Serve(tls.NewListener(n.Registry.Listener(ln), n.Server()))
	defer srv.Close()
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		raw, err := (&net.Dialer{}).DialContext(ctx, network, ln.Addr().String())
		if err != nil {
			return nil, err
		}
		c := a.Client(raw, najd, string(najd))
		return c, c.HandshakeContext(ctx)
	}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	if r, err := client.Get("https://najd.example/"); err != nil || r.StatusCode != 200 {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() { _, err := client.Get("https://najd.example/slow"); failed <- err }()
	<-started
	if n.Registry.Open(atlas) == 0 || a.Registry.Open(najd) == 0 {
		t.Fatal("an open connection is not known")
	}
	n.knows(atlas, nil)
	before := time.Now()
	if n.Registry.Close(atlas) == 0 {
		t.Fatal("nothing to close")
	}
	if err := <-failed; err == nil {
		t.Fatal("the request went on")
	}
	<-gone
	if took := time.Since(before); took > time.Second {
		t.Fatalf("closed after %v", took)
	}
	if _, err := client.Get("https://najd.example/"); err == nil {
		t.Fatal("a suspended partner came in again")
	}
	if n.Registry.Open(atlas) != 0 {
		t.Fatal("still open")
	}
}

// Names is asked again after the connection is known, so that a suspension
// between the two closes it.
func TestSuspensionDuringTheHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, n := acquainted(t)
		asked := 0
		n.Names = func(org mithaq.OrgID, p []byte) error {
			if asked++; asked == 2 {
				return mithaq.Denied
			}
			return nil
		}
		if _, cerr, serr := shake(a.to(najd), n.Server(), n.Registry); cerr == nil || !errors.Is(serr, mithaq.Denied) {
			t.Fatal(cerr, serr)
		}
	})
}

func TestAListenerOutsideTheRegistryIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, n := acquainted(t)
		here, there := net.Pipe()
		go io.Copy(io.Discard, bufio.NewReader(a.Client(here, najd, "")))
		s := tls.Server(there, n.Server())
		if err := s.Handshake(); err == nil || !strings.Contains(err.Error(), "outside the registry") {
			t.Error(err)
		}
		s.Close()
		here.Close()
	})
}
