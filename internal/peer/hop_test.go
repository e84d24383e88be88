package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/httpsig"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/taxii"
)

// knock makes one request to a node with whatever client certificate.
func knock(t *testing.T, w *world, to *node, cert *tls.Certificate, r *http.Request) (status int, body string) {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
		raw, err := w.dial(ctx, addr)
		if err != nil {
			return nil, err
		}
		cfg := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
		if cert != nil {
			cfg.Certificates = []tls.Certificate{*cert}
		}
		line := tls.Client(raw, cfg)
		return line, line.HandshakeContext(ctx)
	}}}
	resp, err := c.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	raw, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw)
}

func inbox(t *testing.T, to *node, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+to.addr+"/acquaintance/collections/inbox/objects/", bytes.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", taxii.MediaType)
	r.Header.Set("Accept", taxii.MediaType)
	return r
}

func (n *node) cert(t *testing.T) *tls.Certificate {
	t.Helper()
	c, err := n.peer.certificate()
	must(t, err)
	return c
}

func (n *node) signed(t *testing.T, r *http.Request, body []byte, at time.Time) *http.Request {
	t.Helper()
	s, err := n.keys.Message()
	must(t, err)
	_, err = httpsig.SignRequest(r, body, s, at)
	must(t, err)
	return r
}

// Each row is a request that is not let in: what it is answered, and that it
// was entered.
func TestEachRequestThatIsNotLetInIsEntered(t *testing.T) {
	for name, c := range map[string]struct {
		ask    func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string)
		status int
		why    string
	}{
		"no client certificate": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			return knock(t, w, najd, nil, atlas.signed(t, inbox(t, najd, body), body, atlas.now()))
		}, 401, "peer.no-certificate"},
		"an unknown certificate": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			stranger, err := keys.NewNode("eve.example", time.Now())
			must(t, err)
			p := &Peer{cfg: Config{Org: "eve.example", Keys: stranger}}
			cert, err := p.certificate()
			must(t, err)
			return knock(t, w, najd, cert, atlas.signed(t, inbox(t, najd, body), body, atlas.now()))
		}, 401, "peer.stranger"},
		"unsigned": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			return knock(t, w, najd, atlas.cert(t), inbox(t, najd, body))
		}, 401, "hop.unsigned"},
		"signed over another body": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			r := atlas.signed(t, inbox(t, najd, body), body, atlas.now())
			other := bytes.Replace(body, []byte("control"), []byte("kontrol"), 1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(other)), int64(len(other))
			return knock(t, w, najd, atlas.cert(t), r)
		}, 401, "hop.content-digest"},
		"signed by another partner's key": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			return knock(t, w, najd, atlas.cert(t), najd.signed(t, inbox(t, najd, body), body, atlas.now()))
		}, 404, "card.key-unknown"},
		"clocks ten minutes apart": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			status, said := knock(t, w, najd, atlas.cert(t), atlas.signed(t, inbox(t, najd, body), body, najd.now().Add(10*time.Minute)))
			for _, clock := range []time.Time{najd.now().Add(10 * time.Minute).Truncate(time.Second), najd.now()} {
				if !strings.Contains(said, mithaq.At(clock).String()) {
					t.Errorf("the refusal does not name the clock %s: %s", mithaq.At(clock), said)
				}
			}
			return status, said
		}, 401, "hop.clocks"},
		"ten minutes late": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			return knock(t, w, najd, atlas.cert(t), atlas.signed(t, inbox(t, najd, body), body, najd.now().Add(-10*time.Minute-time.Second)))
		}, 401, "hop.clocks"},
		"the same request again": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			r := atlas.signed(t, inbox(t, najd, body), body, atlas.now())
			if status, said := knock(t, w, najd, atlas.cert(t), r); status != 202 {
				t.Errorf("the first time: %d %s", status, said)
			}
			again := inbox(t, najd, body)
			again.Header = r.Header
			return knock(t, w, najd, atlas.cert(t), again)
		}, 403, "hop.replayed"},
		"an over-long body": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			long := bytes.Repeat([]byte("x"), 70_000)
			return knock(t, w, najd, atlas.cert(t), atlas.signed(t, inbox(t, najd, long), long, atlas.now()))
		}, 413, "hop.body"},
		"a slow body": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			r := atlas.signed(t, inbox(t, najd, body), body, atlas.now())
			r.Body, r.ContentLength = io.NopCloser(&drip{body: body}), int64(len(body))
			return knock(t, w, najd, atlas.cert(t), r)
		}, 408, "peer.slow"},
		"a body cut off": {func(t *testing.T, w *world, atlas, najd *node, body []byte) (int, string) {
			r := atlas.signed(t, inbox(t, najd, body), body, atlas.now())
			return cutShort(t, w, atlas, najd, r, body[:len(body)/2])
		}, 0, "peer.cut-off"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				atlas := w.node("atlas.example", clock(time.Minute))
				najd := w.node("najd.example", limits(Limits{Body: 60_000}))
				acquaint(t, atlas, najd)
				settle(time.Minute)
				w.line(najd, true)
				sent, err := atlas.trySend(cardless(najd.org))
				must(t, err)
				settle(time.Second)
				body := atlas.parcel(t, sent).body()
				w.mu.Lock()
				w.cut[najd.addr] = false // the line is ours alone
				w.mu.Unlock()
				status, said := c.ask(t, w, atlas, najd, body)
				if status != c.status {
					t.Errorf("answered %d %s, want %d", status, said, c.status)
				}
				settle(time.Second)
				if !najd.refusedFor(c.why) {
					t.Errorf("no entry for %s: %v", c.why, najd.entries("refusal"))
				}
			})
		})
	}
}

// drip gives a byte a second.
type drip struct{ body []byte }

func (d *drip) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	if len(d.body) == 0 {
		return 0, io.EOF
	}
	p[0], d.body = d.body[0], d.body[1:]
	return 1, nil
}

// cutShort sends a request's head and part of its body, and hangs up.
func cutShort(t *testing.T, w *world, from, to *node, r *http.Request, part []byte) (int, string) {
	t.Helper()
	raw, err := w.dial(t.Context(), to.addr)
	must(t, err)
	line := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{*from.cert(t)}})
	must(t, line.HandshakeContext(t.Context()))
	var head strings.Builder
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.URL.RequestURI(), to.addr, r.ContentLength)
	must(t, r.Header.Write(&head))
	_, err = io.WriteString(line, head.String()+"\r\n"+string(part))
	must(t, err)
	must(t, line.Close())
	return 0, ""
}

// A stranger who knocks a thousand times is entered, with the count.
func TestManyRefusalsOfOneSortAreCounted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		najd := w.node("najd.example")
		for range 50 {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+najd.addr+"/taxii2/", nil)
			must(t, err)
			if status, said := knock(t, w, najd, nil, r); status != 401 || strings.Contains(said, "api_roots") {
				t.Fatalf("a stranger was answered %d %s", status, said)
			}
		}
		settle(3 * time.Minute)
		list := najd.entries("refusal")
		if len(list) != 2 || list[1].Counts["more"] != 49 {
			t.Errorf("fifty knocks left %d entries: %+v", len(list), list)
		}
	})
}
