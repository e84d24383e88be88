package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/httpsig"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// A caller is the partner whose request it is, authenticated twice: by the TLS
// key of its connection and by the message key that signed the request.
type caller struct {
	org     mithaq.OrgID
	request *httpsig.Request
}

type callerKey struct{}

func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

func (p *Peer) verifier(limit int64) *httpsig.Verifier {
	return &httpsig.Verifier{Scheme: "https", Skew: p.cfg.Skew, Limit: limit, Replay: p.nonces, Now: p.cfg.Now}
}

// hop lets through what a partner has signed, and signs what is answered.
// Nobody else is told anything but that they are not known.
func (p *Peer) hop(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answer{header: http.Header{}}
		if r.URL.Path == introducePath {
			if err := p.freeNow(r.Context()); err != nil {
				a.fail(p, r, err)
			} else {
				p.introduced(a, w, r)
			}
		} else if c, err := p.authenticate(w, r); err != nil {
			a.fail(p, r, err)
		} else {
			p.contacted(r.Context(), c.org)
			r.Body = http.NoBody
			if len(c.request.Body) > 0 {
				r.Body = readCloser{bytes.NewReader(c.request.Body)}
			}
			ctx, done, err := p.giving(r, c.org)
			if err != nil {
				a.fail(p, r, err)
			} else {
				defer done()
				next.ServeHTTP(a, r.WithContext(context.WithValue(ctx, callerKey{}, c)))
			}
		}
		a.send(p, w, r)
	})
}

// giving is during for a request whose answer gives something to a partner.
func (p *Peer) giving(r *http.Request, org mithaq.OrgID) (context.Context, func(), error) {
	if r.Method != http.MethodGet {
		return r.Context(), func() {}, nil
	}
	return p.during(r.Context(), org)
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// authenticate finds whose request it is and verifies it with its body.
func (p *Peer) authenticate(w http.ResponseWriter, r *http.Request) (*caller, error) {
	org, theirs, err := p.identify(r)
	if err != nil {
		w.Header().Set("Connection", "close")
		return nil, p.turnedAway(r, org, err)
	}
	if c, ok := connOf(r.Context()); ok && !p.lines.hold(org, c, p.cfg.PartnerConns) {
		w.Header().Set("Connection", "close")
		return nil, p.turnedAway(r, org, mithaq.Refuse(mithaq.Denied, "peer.too-many-lines", p.cfg.PartnerConns))
	}
	done := p.inTime(w, r)
	req, err := p.verifier(p.cfg.Body).Request(r, func(id mithaq.KeyID) (ed25519.PublicKey, error) { return theirs.hop(id, p.cfg.Now()) })
	done()
	if err != nil {
		return nil, p.turnedAway(r, org, err)
	}
	return &caller{org, req}, nil
}

// identify finds the partner whose current card has the connection's TLS key.
func (p *Peer) identify(r *http.Request) (org mithaq.OrgID, theirs *chain, err error) {
	if r.TLS == nil {
		return "", nil, mithaq.Refuse(mithaq.Unauthenticated, "peer.no-certificate")
	}
	id, err := tlsKey(*r.TLS)
	if err != nil {
		return "", nil, err
	}
	err = p.cfg.Store.Read(r.Context(), func(tx *store.Tx) error {
		if org, err = ownerOf(tx, id); errors.Is(err, mithaq.NotFound) {
			return mithaq.Refuse(mithaq.Unauthenticated, "peer.stranger")
		}
		if err != nil {
			return err
		}
		if partner, err := partnerRow(tx, org); err != nil || partner.State == mithaq.PartnerEnded {
			return mithaq.Refuse(mithaq.Unauthenticated, "peer.stranger")
		}
		if err := p.ownsTLS(tx, org, id); err != nil {
			return err
		}
		theirs, err = p.cards(tx, org)
		return err
	})
	return org, theirs, err
}

// inTime gives a body as long as its length is worth; the function it gives
// ends that.
func (p *Peer) inTime(w http.ResponseWriter, r *http.Request) (done func()) {
	c := http.NewResponseController(w)
	n := r.ContentLength
	if n < 0 || n > p.cfg.Body {
		n = p.cfg.Body
	}
	_ = c.SetReadDeadline(time.Now().Add(p.cfg.BodyTime + time.Duration(n/p.cfg.BodyRate)*time.Second))
	return func() { _ = c.SetReadDeadline(time.Time{}) }
}

// turnedAway enters a request that was not let in, and gives the error back.
func (p *Peer) turnedAway(r *http.Request, org mithaq.OrgID, err error) error {
	why, kind := reason(err)
	switch {
	case slow(err):
		why = "peer.slow"
	case cutOff(err):
		why = "peer.cut-off"
	case kind == "" || kind == mithaq.Busy:
		return err
	}
	p.refused(r.Context(), mithaq.Account{Kind: "refusal", From: org, To: p.cfg.Org, Notes: map[string]string{"why": why}}, nil)
	return err
}

type connKey struct{}

// withConn puts the line below TLS into the context of its requests.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, below(c))
}

func below(c net.Conn) net.Conn {
	if t, ok := c.(*tls.Conn); ok {
		return t.NetConn()
	}
	return c
}

func connOf(ctx context.Context) (net.Conn, bool) {
	c, ok := ctx.Value(connKey{}).(net.Conn)
	return c, ok
}

// An answer is held back until it is whole, since its signature covers it.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// json answers with a value.
func (a *answer) json(status int, v any) {
	a.header.Set("Content-Type", "application/json")
	a.WriteHeader(status)
	_ = json.NewEncoder(&a.body).Encode(v)
}

// fail answers with an error; what has no status is logged and hidden.
func (a *answer) fail(p *Peer, r *http.Request, err error) {
	e, ok := errors.AsType[*taxii.Error](told(err))
	if !ok {
		p.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "peer request", slog.String("path", r.URL.Path), slog.Any("error", err))
		e = taxii.Errorf(http.StatusInternalServerError, "the fault is ours and has been noted")
	}
	out := *e
	out.HTTPStatus = strconv.Itoa(e.Status)
	a.body.Reset()
	a.json(e.Status, out)
}

// send signs the answer and lets it go. A request that carried no signature
// gets an answer without one.
func (a *answer) send(p *Peer, w http.ResponseWriter, r *http.Request) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", "application/json")
	}
	if sig := httpsig.RequestSignature(r.Header); sig != nil {
		signer, err := p.cfg.Keys.Message()
		if err == nil {
			err = httpsig.SignResponse(a.header, a.status, a.body.Bytes(), sig, signer, p.cfg.Now())
		}
		if err != nil {
			p.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "answer not signed", slog.Any("error", err))
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(p.cfg.BodyTime + time.Duration(int64(a.body.Len())/p.cfg.BodyRate)*time.Second))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // the caller may have left
}
