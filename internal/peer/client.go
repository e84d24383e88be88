package peer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/httpsig"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// clients has one HTTP client a partner, which keeps its connections open.
type clients struct {
	mu sync.Mutex
	of map[mithaq.OrgID]*http.Client
}

func (c *clients) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.of {
		one.CloseIdleConnections()
	}
}

func (p *Peer) client(org mithaq.OrgID) *http.Client {
	p.clients.mu.Lock()
	defer p.clients.mu.Unlock()
	if c, ok := p.clients.of[org]; ok {
		return c
	}
	if p.clients.of == nil {
		p.clients.of = map[mithaq.OrgID]*http.Client{}
	}
	c := p.newClient(org)
	p.clients.of[org] = c
	return c
}

// newClient makes a client that goes through only with org; with anybody when
// org is "".
func (p *Peer) newClient(org mithaq.OrgID) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) { return p.dial(ctx, org, addr) },
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.New("peer: no line without TLS")
			},
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, DisableCompression: true, MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (p *Peer) dial(ctx context.Context, org mithaq.OrgID, addr string) (net.Conn, error) {
	raw, err := p.cfg.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	held := &heldConn{Conn: raw, lines: &p.lines}
	host, _, _ := net.SplitHostPort(addr)
	line := tls.Client(held, p.clientTLS(ctx, org, host))
	if err := line.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	if org != "" {
		p.lines.hold(org, held, 1<<20) // ours are bounded by what we do
	}
	return line, nil
}

// An errand is one request to a partner.
type errand struct {
	org          mithaq.OrgID
	method, path string
	body         []byte
	limit        int64 // bytes of the answer
}

// ask runs an errand over the first of the partner's addresses that answers.
// When the keys at either end are not those of the cards, cards are exchanged
// and it is tried once more.
func (p *Peer) ask(ctx context.Context, e errand) (*httpsig.Response, error) {
	resp, err := p.askOnce(ctx, e)
	if err == nil || !stale(err) {
		return resp, err
	}
	if trouble := p.exchange(ctx, e.org); trouble != nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "cards not exchanged", slog.String("peer", string(e.org)), slog.Any("error", trouble))
		return nil, err
	}
	return p.askOnce(ctx, e)
}

// noLine makes what the network said into a sentence, for a person who waits for
// the outcome; deliveries look at the error itself.
func noLine(err error, key string, args ...any) error {
	_, known := errors.AsType[mithaq.Kind](err)
	if err == nil || known || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", mithaq.Refuse(mithaq.Unavailable, key, args...), err)
}

// stale says whether an error can come of a card that one side does not hold yet.
func stale(err error) bool {
	why, kind := reason(err)
	return kind == mithaq.Unauthenticated || why == "envelope.card-unknown" || strings.HasPrefix(why, "card.key-")
}

func (p *Peer) askOnce(ctx context.Context, e errand) (*httpsig.Response, error) {
	addresses, theirs, err := p.reach(ctx, e.org)
	if err != nil {
		return nil, err
	}
	keys := func(id mithaq.KeyID) (ed25519.PublicKey, error) { return theirs.hop(id, p.cfg.Now()) }
	var last error = errNoAddress
	for _, address := range addresses {
		resp, err := p.request(ctx, p.client(e.org), address, e, keys)
		if _, refused := errors.AsType[*mithaq.Refusal](err); err == nil || refused || ctx.Err() != nil {
			return resp, err
		}
		last = err
	}
	return nil, last
}

// reach is where a partner is and by which cards it is known.
func (p *Peer) reach(ctx context.Context, org mithaq.OrgID) (addresses []string, theirs *chain, err error) {
	err = p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		theirs, err = p.cards(tx, org)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return theirs.Current().Addresses, theirs, nil
}

// request signs, sends and verifies. Only what the answer's signature covers is given.
func (p *Peer) request(ctx context.Context, c *http.Client, address string, e errand, keys httpsig.Keys) (*httpsig.Response, error) {
	return p.meetingRequest(ctx, c, address, e, func([]byte) (httpsig.Keys, error) { return keys, nil })
}

// meetingRequest is request where the keys that verify the answer may be in it.
func (p *Peer) meetingRequest(ctx context.Context, c *http.Client, address string, e errand, keysIn func(body []byte) (httpsig.Keys, error)) (*httpsig.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Answer+time.Duration(int64(len(e.body))/p.cfg.BodyRate)*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, e.method, strings.TrimSuffix(address, "/")+e.path, bytes.NewReader(e.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", taxii.MediaType)
	if len(e.body) > 0 {
		r.Header.Set("Content-Type", taxii.MediaType)
	}
	signer, err := p.cfg.Keys.Message()
	if err != nil {
		return nil, err
	}
	sig, err := httpsig.SignRequest(r, e.body, signer, p.cfg.Now())
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, e.limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: answer: %w", address, err)
	}
	return p.answered(resp, body, sig, e.limit, keysIn)
}

// answered verifies an answer. A refusal counts even when its signature cannot
// be verified, since whoever could forge it could also say nothing.
func (p *Peer) answered(resp *http.Response, body, sig []byte, limit int64, keysIn func([]byte) (httpsig.Keys, error)) (*httpsig.Response, error) {
	if resp.StatusCode >= 300 {
		return nil, heard(resp.StatusCode, body)
	}
	keys, err := keysIn(body)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	resp.Body = readCloser{bytes.NewReader(body)}
	got, err := p.verifier(limit).Response(resp, sig, keys)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	return got, nil
}

// push posts a message and gives the receipt.
func (p *Peer) push(ctx context.Context, c *parcel) ([]byte, error) {
	if err := p.lookBackWith(ctx, c.lane.To); err != nil {
		return nil, err
	}
	resp, err := p.ask(ctx, errand{
		org: c.lane.To, method: http.MethodPost, path: "/" + rootOf(c.lane.Pact) + "/collections/inbox/objects/",
		body: c.body(), limit: maxReceipt,
	})
	if err != nil {
		return nil, err
	}
	var st taxii.Status
	if err := json.Unmarshal(resp.Body, &st); err != nil {
		return nil, fmt.Errorf("status: %w: %w", err, mithaq.Invalid)
	}
	return st.Receipt, nil
}
