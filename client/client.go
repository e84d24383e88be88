// Package client talks to a Mithaq node's JSON API, over its socket or over TLS.
//
// A Client acts as whoever its token belongs to. Reading what concerns persons
// takes a reason, a purpose and a legal basis: set them once and they go with each request.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// A Client makes requests. The zero value is not ready: see OverSocket.
type Client struct {
	HTTP     *http.Client
	Base     string // scheme and host, without a slash at the end
	Token    string
	Reason   string
	Purpose  string
	Basis    string
	Language string // of what errors say: ar, fr, en or tr
}

// OverSocket reaches the node that answers on a Unix socket.
func OverSocket(path, token string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{HTTP: &http.Client{Transport: &http.Transport{DialContext: dial}}, Base: "http://node", Token: token}
}

// Problem is what a refused request was told. RFC 9457, 3.1
type Problem struct {
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Kind   string   `json:"kind"` // code to choose by: denied, not-found, busy …
	Key    string   `json:"key"`  // a sentence of the catalogue
	Args   []string `json:"args"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

// Error is the problem in one line.
func (p *Problem) Error() string {
	text := p.Title
	if p.Detail != "" {
		text = p.Detail
	}
	for _, e := range p.Errors {
		text += "; " + strings.TrimPrefix(e.Location+": ", ": ") + e.Message
	}
	return text
}

// Do sends in as JSON (nothing when nil) and reads the answer into out (which
// may be nil). The error is a *Problem when the node answered with one.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	res, err := c.Stream(ctx, method, path, "application/json", body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	if raw, ok := out.(*json.RawMessage); ok {
		*raw, err = io.ReadAll(res.Body)
		return err
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("%s %s: answer: %w", method, path, err)
	}
	return nil
}

// Stream sends a body as it comes and gives the answer as it comes; the caller
// closes its Body.
func (c *Client) Stream(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return nil, err
	}
	c.head(req, contentType, body != nil)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 400 {
		defer res.Body.Close()
		return nil, problem(res)
	}
	return res, nil
}

func (c *Client) head(req *http.Request, contentType string, hasBody bool) {
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Accept", "application/json, application/problem+json, application/octet-stream")
	if hasBody {
		req.Header.Set("Content-Type", contentType)
	}
	for name, value := range map[string]string{
		"Mithaq-Reason": c.Reason, "Mithaq-Purpose": c.Purpose, "Mithaq-Basis": c.Basis, "Accept-Language": c.Language,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
}

func problem(res *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	p := &Problem{Status: res.StatusCode, Title: res.Status}
	if json.Unmarshal(raw, p) != nil {
		p.Detail = string(raw)
	}
	return p
}
