package mispapi

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/misp"
)

// A call is one request on its way to its answer.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context //nolint:containedctx // a call lives as long as its request
	path path
	v    mithaq.Viewer
	asks *misp.Record // the body, once read as JSON
}

func (c *call) serve() error {
	if err := c.signIn(); err != nil {
		return err
	}
	answer, err := c.find()
	if err != nil {
		return err
	}
	return answer(c)
}

// signIn reads the token as MISP does: alone in the header, without a scheme.
func (c *call) signIn() (err error) {
	header := c.r.Header.Values("Authorization")
	if len(header) == 0 {
		header = c.r.Header.Values("X-MISP-AUTH")
	}
	if len(header) == 1 {
		token := strings.TrimSpace(header[0])
		if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "Bearer") {
			token = strings.TrimSpace(rest)
		}
		if c.v, err = c.s.Viewer(c.ctx, token); err == nil && c.v.Token != "" {
			return nil
		}
	}
	return forbidden("Authentication failed. Please make sure you pass the key of an API enabled user along in the Authorization header.")
}

// maxAsk bounds a body that is no event: filters, a tag, a sighting.
const maxAsk = 32 << 20

// body is the request's JSON object; an empty body is an empty object.
func (c *call) body() (*misp.Record, error) {
	if c.asks != nil {
		return c.asks, nil
	}
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxAsk+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxAsk {
		return nil, &http.MaxBytesError{Limit: maxAsk}
	}
	c.asks = new(misp.Record)
	if text := strings.TrimSpace(string(raw)); text == "" || text == "null" || text == "[]" {
		return c.asks, nil
	}
	rec, err := misp.ParseRecord(raw, misp.Limits{Record: maxAsk})
	if err != nil {
		return nil, bad("%s", err)
	}
	c.asks = rec
	return rec, nil
}

// unwrapped is the body, or what stands in it under a name, as {"Event": ...}.
func (c *call) unwrapped(name string) (*misp.Record, error) {
	rec, err := c.body()
	if err != nil {
		return nil, err
	}
	if inner := rec.Record(name); inner != nil {
		return inner, nil
	}
	return rec, nil
}

// param is a parameter of the URL, of its query, or of the body.
func (c *call) param(name string) string {
	if list := c.path.named[name]; len(list) > 0 {
		return list[0]
	}
	if v := c.r.URL.Query().Get(name); v != "" {
		return v
	}
	if c.asks != nil {
		return c.asks.Text(name)
	}
	return ""
}

func (c *call) flag(name string) bool {
	v := c.param(name)
	return v == "1" || v == "true"
}

// look reads as the caller, and takes what is given from its budget before
// anything is shown.
func (c *call) look(fn func(l *gate.Look) error) error {
	notes := map[string]string{"read": "misp", "call": c.path.controller + "/" + strings.ToLower(c.path.action)}
	given, err := c.s.Gate.Look(c.ctx, c.v, notes, fn)
	switch {
	case err != nil:
		return err
	case given == 0 && c.s.Empty != nil:
		c.s.Empty(c.v)
	case given > 0 && c.s.Spend != nil:
		return c.s.Spend(c.ctx, c.v, given)
	}
	return nil
}

// send answers in JSON.
func (c *call) send(status int, body any) {
	raw, err := json.Marshal(body, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)) // a URL may hold anything
	if err != nil {
		c.s.Log.ErrorContext(c.ctx, "misp", "error", err)
		status, raw = http.StatusInternalServerError, []byte(`{"name":"Internal Error","message":"An Internal Error Has Occurred."}`)
	}
	c.raw(status, "application/json; charset=UTF-8", raw)
}

func (c *call) raw(status int, media string, raw []byte) {
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(raw) // the client may have left
	}
}

// ok answers with a body.
func (c *call) ok(body any) error {
	c.send(http.StatusOK, body)
	return nil
}

// many are the values of a parameter that may have several.
func (c *call) many(name string) []string {
	if list := c.path.named[name]; len(list) > 0 {
		return list
	}
	q := c.r.URL.Query()
	if list := append(q[name], q[name+"[]"]...); len(list) > 0 {
		return list
	}
	if c.asks != nil {
		return texts(c.asks.Raw(name))
	}
	return nil
}

// listSent is a body that is a list of JSON objects.
func (c *call) listSent() (all []*misp.Record, err error) {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxAsk+1))
	if err != nil {
		return nil, err
	}
	wrapped := append(append([]byte(`{"list":`), raw...), '}')
	rec, err := misp.ParseRecord(wrapped, misp.Limits{Record: maxAsk + 16})
	if err != nil {
		return nil, bad("%s", err)
	}
	for one, err := range rec.Records("list") {
		if err != nil {
			return nil, bad("Want a list of JSON objects: %s", err)
		}
		all = append(all, one)
	}
	return all, nil
}
