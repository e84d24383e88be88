package dial

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ErrElsewhere is what a redirect to another host, or out of https, ends in.
var ErrElsewhere = errors.New("a redirect leads elsewhere")

// A TooLongError says that an answer was longer than may be read.
type TooLongError struct{ Limit int64 }

func (e *TooLongError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", e.Limit)
}

// Permanent tells whoever repeats requests not to.
func (e *TooLongError) Permanent() bool { return true }

// Client is an HTTP client over the guard: no proxy, no redirect to another
// host, and at most limit bytes of each answer, counted after inflating.
func (g *Guard) Client(limit int64) *http.Client {
	return &http.Client{
		Timeout:       5 * time.Minute,
		CheckRedirect: checkRedirect,
		Transport:     capped{g.transport(), limit},
	}
}

// transport has no proxy: the address judged would be the proxy's.
func (g *Guard) transport() *http.Transport {
	return &http.Transport{
		DialContext:            g.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: g.Roots},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  time.Minute,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case r.URL.Host != first.Host || r.URL.Scheme != first.Scheme:
		return fmt.Errorf("%w: from %s://%s to %s://%s", ErrElsewhere, first.Scheme, first.Host, r.URL.Scheme, r.URL.Host)
	case len(via) > 3:
		return fmt.Errorf("%w: %d times", ErrElsewhere, len(via))
	}
	return nil
}

// capped limits the bodies of answers.
type capped struct {
	*http.Transport
	limit int64
}

// RoundTrip lets only the transport inflate, so that what is counted is what is read.
func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("Accept-Encoding") != "" {
		r = r.Clone(r.Context())
		r.Header.Del("Accept-Encoding")
	}
	res, err := c.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if coding := res.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		res.Body.Close()
		return nil, fmt.Errorf("the answer is compressed with %q, for which we did not ask", coding)
	}
	if res.ContentLength > c.limit && r.Method != http.MethodHead {
		res.Body.Close()
		return nil, &TooLongError{c.limit}
	}
	res.Body = &body{res.Body, c.limit, c.limit}
	return res, nil
}

type body struct {
	io.ReadCloser
	left, limit int64
}

func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n, b.left = int(b.left), 0
		return n, &TooLongError{b.limit}
	}
	b.left -= int64(n)
	return n, err
}
