package peer

import (
	"crypto/tls"
	"testing"
)

// handshake knocks at a node with a configuration of the caller's, and says what
// came of it.
func handshake(t *testing.T, w *world, to *node, cfg *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	raw, err := w.dial(t.Context(), to.addr)
	must(t, err)
	line := tls.Client(raw, cfg)
	defer line.Close()
	if err := line.HandshakeContext(t.Context()); err != nil {
		return tls.ConnectionState{}, err
	}
	// A ticket would come with the first bytes after the handshake.
	_, _ = line.Write([]byte("GET /taxii2/ HTTP/1.1\r\nHost: " + to.addr + "\r\nConnection: close\r\n\r\n"))
	_, _ = line.Read(make([]byte, 1))
	return line.ConnectionState(), nil
}

func TestOtherWaysIntoTheLineAreClosed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		cert := *atlas.cert(t)
		for name, cfg := range map[string]*tls.Config{
			"TLS 1.2":            {MaxVersion: tls.VersionTLS12},
			"a classic exchange": {CurvePreferences: []tls.CurveID{tls.X25519}},
		} {
			cfg.InsecureSkipVerify, cfg.Certificates = true, []tls.Certificate{cert}
			if _, err := handshake(t, w, najd, cfg); err == nil {
				t.Errorf("%s: let in", name)
			}
		}
		if _, err := handshake(t, w, najd, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{cert}}); err != nil {
			t.Errorf("TLS 1.3 with a hybrid exchange: %v", err)
		}
	})
}

func TestALineIsNeverResumed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		atlas, najd := w.node("atlas.example"), w.node("najd.example")
		acquaint(t, atlas, najd)
		cfg := &tls.Config{
			InsecureSkipVerify: true, Certificates: []tls.Certificate{*atlas.cert(t)},
			ClientSessionCache: tls.NewLRUClientSessionCache(8), ServerName: "najd.example",
		}
		for i := range 3 {
			s, err := handshake(t, w, najd, cfg)
			must(t, err)
			if s.DidResume {
				t.Fatalf("line %d was resumed, past the look at the card", i)
			}
		}
	})
}
