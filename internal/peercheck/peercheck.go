// Package peercheck looks at another node from outside, as a stranger does, and
// says where it does not keep the protocol: `mithaq peer check URL`.
//
// A stranger sees the line (TLS), that it is turned away, and, with an
// invitation, the card. What only partners see, such as lanes and receipts, each
// partner checks with every message.
//
// Nothing is left behind at the other node but entries in its own log, and one
// introduced partner where an invitation was given.
package peercheck

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/httpsig"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/peertls"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A Finding is one thing that was looked at.
type Finding struct {
	Section string // of docs/protocol.md
	What    string
	OK      bool
	Saw     string // what there was instead, or worth knowing
}

// Config says what to look at, and how.
type Config struct {
	URL        string // https://host[:port]
	Invitation string // "" when there is none: then the card is not seen
	Dial       func(ctx context.Context, addr string) (net.Conn, error)
	Now        func() time.Time
	Timeout    time.Duration // for one request; 10 s when zero
}

// Check looks at a node. The error is for a URL that is none; a node that does
// not answer is a finding.
func Check(ctx context.Context, cfg Config) ([]Finding, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("peer check %q: want https://host[:port]: %w", cfg.URL, mithaq.Invalid)
	}
	v, err := newVisitor(cfg, u)
	if err != nil {
		return nil, err
	}
	if v.line(ctx); v.key == "" {
		return v.found, nil // nobody there, or no node
	}
	for _, look := range []func(context.Context){
		v.oldTLS, v.classicExchange, v.withoutCertificate, v.strangerReads, v.strangerSpeaks, v.unsignedIntroduction, v.wrongInvitation, v.introduction,
	} {
		look(ctx)
	}
	return v.found, nil
}

// A visitor is an organisation made up for one visit.
type visitor struct {
	cfg   Config
	base  string
	addr  string
	keys  *keys.Node
	card  []byte
	cert  *tls.Certificate
	found []Finding
	key   mithaq.KeyID // of the node's TLS certificate
}

func newVisitor(cfg Config, u *url.URL) (*visitor, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Dial == nil {
		var d net.Dialer
		cfg.Dial = func(ctx context.Context, addr string) (net.Conn, error) { return d.DialContext(ctx, "tcp", addr) }
	}
	v := &visitor{cfg: cfg, base: strings.TrimSuffix(u.String(), "/"), addr: u.Host}
	if u.Port() == "" {
		v.addr = net.JoinHostPort(u.Hostname(), "443")
	}
	return v, v.makeUp("visitor.invalid")
}

// makeUp makes the visitor's keys and card. RFC 6761, 6.4 keeps .invalid free.
func (v *visitor) makeUp(org mithaq.OrgID) (err error) {
	now := v.cfg.Now()
	if v.keys, err = keys.NewNode(org, now); err != nil {
		return err
	}
	root, err := sign.Generate()
	if err != nil {
		return err
	}
	c, err := card.New(card.Details{Org: org, Name: map[string]string{"en": "a visitor who checks the protocol"}},
		card.Dated(v.keys.Public(), now.Add(-time.Hour), 24*time.Hour), root, stix.NewID(mithaq.TypeCard), now)
	if err != nil {
		return err
	}
	if v.card, err = jcs.Marshal(&c.Card); err != nil {
		return err
	}
	key, err := v.keys.TLS()
	if err != nil {
		return err
	}
	v.cert, err = peertls.Certificate(org, key, now.Add(-time.Hour), now.Add(24*time.Hour))
	return err
}

func (v *visitor) note(section, what string, ok bool, saw string, args ...any) {
	v.found = append(v.found, Finding{section, what, ok, fmt.Sprintf(saw, args...)})
}

// want notes something of which only the failure has anything to show.
func (v *visitor) want(section, what string, ok bool, otherwise string, args ...any) {
	if ok {
		otherwise, args = "", nil
	}
	v.note(section, what, ok, otherwise, args...)
}

// shake does one handshake.
func (v *visitor) shake(ctx context.Context, change func(*tls.Config)) (tls.ConnectionState, error) {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.Timeout)
	defer cancel()
	raw, err := v.cfg.Dial(ctx, v.addr)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = raw.Close() }()
	c := v.tls()
	change(c)
	line := tls.Client(raw, c)
	if err := line.HandshakeContext(ctx); err != nil {
		return tls.ConnectionState{}, err
	}
	return line.ConnectionState(), nil
}

func (v *visitor) tls() *tls.Config {
	host, _, _ := net.SplitHostPort(v.addr)
	return &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*v.cert}, Time: v.cfg.Now,
		InsecureSkipVerify: true, // the card says whose key it is
	}
}

// line looks at what is agreed on when both offer the best they have. Without a
// certificate of ours at the other end there is nothing more to look at.
func (v *visitor) line(ctx context.Context) {
	s, err := v.shake(ctx, func(*tls.Config) {})
	if err != nil {
		v.note("5", "answers", false, "%v", err)
		return
	}
	v.note("5", "TLS 1.3", s.Version == tls.VersionTLS13, "%s", tls.VersionName(s.Version))
	v.note("5", "hybrid key exchange", s.CurveID == tls.X25519MLKEM768, "%s", s.CurveID)
	if len(s.PeerCertificates) == 0 {
		v.note("5", "certificate with an ECDSA P-256 key", false, "none")
		return
	}
	pub, ok := s.PeerCertificates[0].PublicKey.(*ecdsa.PublicKey)
	v.note("5", "certificate with an ECDSA P-256 key", ok && pub.Curve.Params().Name == "P-256", "%T", s.PeerCertificates[0].PublicKey)
	v.key = "of another kind"
	if ok {
		if point, err := pub.Bytes(); err == nil {
			v.key = mithaq.KeyIDOf(point)
		}
	}
}

func (v *visitor) oldTLS(ctx context.Context) {
	_, err := v.shake(ctx, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
	v.want("5", "refuses TLS 1.2", err != nil, "took it")
}

func (v *visitor) classicExchange(ctx context.Context) {
	_, err := v.shake(ctx, func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256} })
	v.want("5", "refuses a key exchange without ML-KEM", err != nil, "took it")
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	sent   []byte // signature of the request
	raw    *http.Response
}

type request struct {
	method, path string
	body         []byte
	anonymous    bool // without a client certificate
	unsigned     bool
}

func (v *visitor) ask(ctx context.Context, q request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, v.cfg.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, q.method, v.base+q.path, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", taxii.MediaType)
	if len(q.body) > 0 {
		r.Header.Set("Content-Type", taxii.MediaType)
	}
	a := &answer{}
	if !q.unsigned {
		signer, err := v.keys.Message()
		if err != nil {
			return nil, err
		}
		if a.sent, err = httpsig.SignRequest(r, q.body, signer, v.cfg.Now()); err != nil {
			return nil, err
		}
	}
	resp, err := v.client(q.anonymous).Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	a.raw, a.status, a.header = resp, resp.StatusCode, resp.Header
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	return a, err
}

func (v *visitor) client(anonymous bool) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			raw, err := v.cfg.Dial(ctx, v.addr)
			if err != nil {
				return nil, err
			}
			c := v.tls()
			if anonymous {
				c.Certificates = nil
			}
			line := tls.Client(raw, c)
			if err := line.HandshakeContext(ctx); err != nil {
				_ = raw.Close()
				return nil, err
			}
			return line, nil
		}},
	}
}

// turnedAway wants a request to be answered with a status, a TAXII error, and
// nothing else.
func (v *visitor) turnedAway(ctx context.Context, section, what string, q request, status int) *answer {
	a, err := v.ask(ctx, q)
	if err != nil {
		v.note(section, what, false, "%v", err)
		return nil
	}
	var e taxii.Error
	told := json.Unmarshal(a.body, &e) == nil && e.Title != "" && len(a.body) < 4096
	v.note(section, what, a.status == status && told, "status %d, %d bytes", a.status, len(a.body))
	return a
}

func (v *visitor) withoutCertificate(ctx context.Context) {
	v.turnedAway(ctx, "4.1", "turns away who shows no certificate", request{method: "GET", path: "/taxii2/", anonymous: true}, 401)
}

func (v *visitor) strangerReads(ctx context.Context) {
	for _, path := range []string{"/taxii2/", "/acquaintance/collections/outbox/objects/", "/mithaq/v1/log/"} {
		v.turnedAway(ctx, "4.1", "tells a stranger nothing at "+path, request{method: "GET", path: path}, 401)
	}
}

func (v *visitor) strangerSpeaks(ctx context.Context) {
	v.turnedAway(ctx, "4.1", "takes no message from a stranger",
		request{method: "POST", path: "/acquaintance/collections/inbox/objects/", body: []byte(`{"objects":[]}`)}, 401)
}

type introduction struct {
	Cards      []jsontext.Value `json:"cards"`
	Invitation string           `json:"invitation,omitempty"`
}

func (v *visitor) introduce(invitation string) []byte {
	body, _ := json.Marshal(introduction{Cards: []jsontext.Value{v.card}, Invitation: invitation}) // marshals
	return body
}

func (v *visitor) unsignedIntroduction(ctx context.Context) {
	v.turnedAway(ctx, "2", "takes no introduction that is not signed",
		request{method: "POST", path: introducePath, body: v.introduce("NONE"), unsigned: true}, 401)
}

func (v *visitor) wrongInvitation(ctx context.Context) {
	a := v.turnedAway(ctx, "2", "takes no introduction without its invitation",
		request{method: "POST", path: introducePath, body: v.introduce("NONE")}, 403)
	if a != nil {
		v.want("5", "signs its refusals too", a.header.Get("Signature") != "" && a.header.Get("Content-Digest") != "", "no signature")
	}
}

const introducePath = "/mithaq/v1/introduce"

// introduction shows our card with the invitation, and looks at theirs.
func (v *visitor) introduction(ctx context.Context) {
	if v.cfg.Invitation == "" {
		return
	}
	a, err := v.ask(ctx, request{method: "POST", path: introducePath, body: v.introduce(v.cfg.Invitation)})
	if err != nil || a.status != http.StatusOK {
		v.note("2", "answers an invitation with its card", false, "%v, %s", err, statusOf(a))
		return
	}
	c, err := newestCard(a.body)
	v.want("2", "answers an invitation with its card", err == nil, "%v", err)
	if err != nil {
		return
	}
	now := v.cfg.Now()
	err = c.Usable(v.key, mithaq.KeyTLS, now)
	v.want("5", "the line has a tls key of the card", err == nil, "%v", err)
	for _, use := range mithaq.OperationalUses {
		v.want("2", "the card has a "+string(use)+" key for today", len(c.Current(use, now)) > 0, "none")
	}
	v.signedAnswer(a, c)
}

func statusOf(a *answer) string {
	if a == nil {
		return "no answer"
	}
	return fmt.Sprintf("status %d", a.status)
}

func newestCard(body []byte) (*card.Signed, error) {
	var i introduction
	if err := strict.Decode(body, 4<<20, &i); err != nil {
		return nil, err
	}
	if len(i.Cards) == 0 {
		return nil, errors.New("no card")
	}
	return card.Read(i.Cards[len(i.Cards)-1])
}

// signedAnswer wants the answer bound to the request by a key of the card, and
// its clock near ours.
func (v *visitor) signedAnswer(a *answer, c *card.Signed) {
	a.raw.Body = io.NopCloser(bytes.NewReader(a.body))
	verifier := &httpsig.Verifier{Scheme: "https", Skew: 5 * time.Minute, Limit: 4 << 20, Now: v.cfg.Now}
	got, err := verifier.Response(a.raw, a.sent, func(id mithaq.KeyID) (ed25519.PublicKey, error) {
		if err := c.Usable(id, mithaq.KeyMessage, v.cfg.Now()); err != nil {
			return nil, err
		}
		return c.Key(id).Ed25519, nil
	})
	v.want("5", "signs its answer, bound to the request", err == nil, "%v", err)
	if err == nil {
		apart := got.Created.Sub(v.cfg.Now()).Abs().Round(time.Second)
		v.note("5", "its clock is within five minutes of ours", apart <= 5*time.Minute, "%s apart", apart)
	}
}
