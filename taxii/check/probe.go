package check

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq/taxii"
)

// probe is a server with what is known of it.
type probe struct {
	cfg  Config
	base *url.URL
	http *http.Client
	next atomic.Int64 // when the next request may go, in nanoseconds of Unix time
	facts
}

func newProbe(cfg Config) (*probe, error) {
	base, err := url.Parse(cfg.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("check %q: want a URL such as https://taxii.example/", cfg.URL)
	}
	client := *cmp.Or(cfg.HTTP, http.DefaultClient)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &probe{cfg: cfg, base: base, http: &client}, nil
}

// ask is a request. The zero values ask as a well-behaved client does.
type ask struct {
	method string // GET
	path   string // URL, or path on the server
	accept string // the TAXII media type; "-" for none
	auth   string // the configured credentials; "-" for none, else the header
	kind   string // Content-Type
	body   io.Reader
	header []string // more, name and value in turn
}

// reply is an answer, read whole.
type reply struct {
	ask    ask
	status int
	header http.Header
	body   []byte
}

// mostBytes of an answer are read.
const mostBytes = 64 << 20

// send asks, and waits where the server wants to be left alone for a while.
func (p *probe) send(ctx context.Context, a ask) (reply, error) {
	for n := 0; ; n++ {
		if err := p.turn(ctx); err != nil {
			return reply{}, err
		}
		got, err := p.once(ctx, a)
		wait, errNumber := strconv.Atoi(got.header.Get("Retry-After"))
		again := got.status == http.StatusTooManyRequests || got.status == http.StatusServiceUnavailable
		if err != nil || !again || errNumber != nil || n == 3 || a.body != nil {
			return got, err
		}
		if err := sleep(ctx, time.Duration(min(wait, 30))*time.Second); err != nil {
			return got, err
		}
	}
}

// turn waits for this request's turn.
func (p *probe) turn(ctx context.Context) error {
	if p.cfg.Rate <= 0 {
		return nil
	}
	gap := time.Duration(float64(time.Second) / p.cfg.Rate)
	for {
		now, next := time.Now().UnixNano(), p.next.Load()
		at := max(now, next)
		if p.next.CompareAndSwap(next, at+int64(gap)) {
			return sleep(ctx, time.Duration(at-now))
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *probe) once(ctx context.Context, a ask) (reply, error) {
	at, err := p.base.Parse(a.path)
	if err != nil {
		return reply{}, err
	}
	if at.Host != p.base.Host || at.Scheme != p.base.Scheme {
		return reply{}, fmt.Errorf("%s is on another host than the one that is checked", at.Redacted())
	}
	r, err := http.NewRequestWithContext(ctx, cmp.Or(a.method, http.MethodGet), at.String(), a.body)
	if err != nil {
		return reply{}, err
	}
	p.dress(r, a)
	res, err := p.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostBytes))
	return reply{a, res.StatusCode, res.Header, body}, err
}

func (p *probe) dress(r *http.Request, a ask) {
	r.Header.Set("User-Agent", "mithaq-taxii-check")
	if a.accept != "-" {
		r.Header.Set("Accept", cmp.Or(a.accept, taxii.MediaType))
	}
	if a.kind != "" {
		r.Header.Set("Content-Type", a.kind)
	}
	switch {
	case a.auth == "-":
	case a.auth != "":
		r.Header.Set("Authorization", a.auth)
	case p.cfg.Token != "":
		r.Header.Set("Authorization", "Bearer "+p.cfg.Token)
	case p.cfg.User != "":
		r.SetBasicAuth(p.cfg.User, p.cfg.Password)
	}
	for i := 0; i+1 < len(a.header); i += 2 {
		r.Header.Set(a.header[i], a.header[i+1]) // an empty User-Agent is not sent
	}
}

// ask asks within a check; no answer is a failure.
func (t *try) ask(a ask) reply {
	if a.path == "" {
		t.skipf("the server has nothing to ask this of, or no collection to write to was named")
	}
	got, err := t.send(t.ctx, a)
	if err != nil {
		t.failf("%s %s: no answer: %v", cmp.Or(a.method, "GET"), a.path, err)
	}
	return got
}

// get asks for a path and wants a 200.
func (t *try) get(path string) reply {
	got := t.ask(ask{path: path})
	t.want(got, http.StatusOK)
	return got
}

// want fails unless the status is one of those.
func (t *try) want(got reply, statuses ...int) {
	if !slices.Contains(statuses, got.status) {
		t.failf("%s: status %d, want %s: %s", got.where(), got.status, oneOf(statuses), got.excerpt())
	}
}

func (r reply) where() string { return cmp.Or(r.ask.method, "GET") + " " + r.ask.path }

func oneOf(statuses []int) string {
	words := make([]string, len(statuses))
	for i, s := range statuses {
		words[i] = fmt.Sprint(s)
	}
	return strings.Join(words, " or ")
}

// excerpt is the start of the body, for people.
func (r reply) excerpt() string {
	const most = 160
	if len(r.body) > most {
		return fmt.Sprintf("%.*s…", most, strings.ToValidUTF8(string(r.body[:most]), "·"))
	}
	return strings.ToValidUTF8(string(r.body), "·")
}

// dict is a JSON object whose members are not yet read.
type dict map[string]json.RawMessage

// dict reads the body as a JSON object.
func (t *try) dict(r reply) (d dict) {
	if err := json.Unmarshal(r.body, &d); err != nil || d == nil {
		t.failf("%s: the body is not a JSON object: %s", r.where(), r.excerpt())
	}
	return d
}

// text reads a member as a string; "" when it is not there.
func (t *try) text(d dict, name string) (s string) {
	if d[name] != nil && (json.Unmarshal(d[name], &s) != nil || d[name][0] != '"') {
		t.failf("%s is %s, want a string", name, d[name])
	}
	return s
}

// list reads a member as a list; nil when it is not there. It has an element. TAXII 2.1, 2
func (t *try) list(d dict, name string) (all []json.RawMessage) {
	if d[name] == nil {
		return nil
	}
	if json.Unmarshal(d[name], &all) != nil || d[name][0] != '[' {
		t.failf("%s is not a list", name)
	}
	if len(all) == 0 {
		t.failf("%s is an empty list, which is prohibited", name)
	}
	return all
}

// dicts reads a member as a list of objects.
func (t *try) dicts(d dict, name string) (all []dict) {
	for _, raw := range t.list(d, name) {
		var one dict
		if json.Unmarshal(raw, &one) != nil || one == nil {
			t.failf("%s has %s, want objects", name, raw)
		}
		all = append(all, one)
	}
	return all
}

// texts reads a member as a list of strings.
func (t *try) texts(d dict, name string) (all []string) {
	for _, raw := range t.list(d, name) {
		var one string
		if json.Unmarshal(raw, &one) != nil || raw[0] != '"' {
			t.failf("%s has %s, want strings", name, raw)
		}
		all = append(all, one)
	}
	return all
}

// strict reports whether raw is JSON as TAXII sends it: UTF-8, no name twice.
// TAXII 2.1, 1.6.7. RFC 7493, 2
func strict(raw []byte) bool { return jsontext.Value(raw).IsValid() }
