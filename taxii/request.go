package taxii

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrElsewhere is what leading a client to another host, or out of https, ends in.
var ErrElsewhere = errors.New("the client does not go there")

// An AnswerError says that something answered, but not as TAXII does.
type AnswerError struct{ Why string }

func (e *AnswerError) Error() string { return "not a TAXII answer: " + e.Why }

func isAnswer(err error) bool {
	_, ok := errors.AsType[*AnswerError](err)
	return ok
}

// A BusyError says that the server wants to be left alone until a time later
// than MaxWait from now, or that all tries are used up.
type BusyError struct {
	Until time.Time // when to try again; zero: the server did not say
	Err   error     // the last answer
}

func (e *BusyError) Error() string {
	if e.Until.IsZero() {
		return "the server is busy: " + e.Err.Error()
	}
	return "the server is busy until " + e.Until.UTC().Format(time.RFC3339) + ": " + e.Err.Error()
}

func (e *BusyError) Unwrap() error { return e.Err }

// statusOf is the HTTP status that err carries; 0 for none.
func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// request is what a client asks; each can be repeated: TAXII takes an exact
// duplicate of an object as a success (TAXII 2.1, 5.5).
type request struct {
	method, url, accept string
	contentType         string
	body                []byte
	span                string // Range, for TAXII 2.0
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// do asks, and asks again while that may help.
func (c *Client) do(ctx context.Context, q request) (answer, error) {
	tries := cmp.Or(c.Tries, 5)
	for n := 1; ; n++ {
		if err := c.turn(ctx); err != nil {
			return answer{}, err
		}
		got, err := c.try(ctx, q)
		if err == nil || !mayRepeat(err) || ctx.Err() != nil {
			return got, err
		}
		wait, said := retryAfter(got.header, time.Now())
		if !said {
			wait = backOff(n)
		}
		if longest := cmp.Or(c.MaxWait, 2*time.Minute); n == tries || wait > longest {
			busy := &BusyError{Err: err}
			if said {
				busy.Until = time.Now().Add(wait)
			}
			return got, busy
		}
		if err := sleep(ctx, wait); err != nil {
			return got, err
		}
	}
}

// mayRepeat reports whether one more try may help. An error of the HTTP client
// that has a method Permanent, as a guarded dialler's refusal, is asked.
func mayRepeat(err error) bool {
	if final, ok := errors.AsType[interface {
		error
		Permanent() bool
	}](err); ok && final.Permanent() {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	switch statusOf(err) {
	case 0:
		return !errors.Is(err, ErrElsewhere) && !isAnswer(err)
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter is how long a server asks to be left alone: seconds, or a time,
// which is measured by the server's own clock where it tells it.
// RFC 9110, 10.2.3
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if isDigits(value) {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			n = 1 << 31
		}
		return time.Duration(n) * time.Second, true
	}
	t, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return max(0, t.Sub(now)), true
}

// backOff is half a second, doubled at each try, up to half a minute, of which
// a random part, so that many clients do not come back at once.
func backOff(n int) time.Duration {
	most := min(30*time.Second, 500*time.Millisecond<<min(n-1, 10))
	return most/2 + rand.N(most/2)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// try asks once.
func (c *Client) try(ctx context.Context, q request) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, 2*time.Minute))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, &AnswerError{Why: err.Error()}
	}
	if err := c.may(r.URL); err != nil {
		return answer{}, err
	}
	c.sign(r, q)
	res, err := c.client().Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	got := answer{status: res.StatusCode, header: res.Header}
	if got.body, err = c.slurp(res); err == nil {
		// Over TLS, a server that sees us leave may end its answer while we still read: it is not whole.
		err = ctx.Err()
	}
	if err != nil {
		return got, fmt.Errorf("%s %s: %w", q.method, r.URL.Redacted(), err)
	}
	if got.status >= 300 {
		return got, fmt.Errorf("%s %s: %w", q.method, r.URL.Redacted(), refusal(got))
	}
	return got, checkMedia(got)
}

func (c *Client) sign(r *http.Request, q request) {
	r.Header.Set("Accept", q.accept)
	r.Header.Set("User-Agent", cmp.Or(c.Agent, "mithaq-taxii")) // TAXII 2.1, 8.4.1
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	if q.span != "" {
		r.Header.Set("Range", q.span)
	}
	switch {
	case c.Token != "":
		r.Header.Set("Authorization", "Bearer "+c.Token)
	case c.User != "":
		r.SetBasicAuth(c.User, c.Password)
	}
}

// turn waits for this request's turn.
func (c *Client) turn(ctx context.Context) error {
	c.once.Do(func() { c.bucket.rate, c.bucket.burst = c.Rate, float64(max(1, c.Burst)) })
	return c.bucket.take(ctx)
}

// client is the HTTP client, held to redirects on the same host.
func (c *Client) client() *http.Client {
	h := *cmp.Or(c.HTTP, http.DefaultClient)
	h.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		first := via[0]
		switch {
		case r.URL.Host != first.URL.Host || r.URL.Scheme != first.URL.Scheme:
			return fmt.Errorf("a redirect to %s://%s: %w", r.URL.Scheme, r.URL.Host, ErrElsewhere)
		case first.Method != http.MethodGet || len(via) > 3:
			return fmt.Errorf("a redirect of %s, the %dth: %w", first.Method, len(via), ErrElsewhere)
		}
		return nil
	}
	return &h
}

// slurp reads an answer, at most MaxBody bytes of it after inflating.
func (c *Client) slurp(res *http.Response) ([]byte, error) {
	if coding := res.Header.Get("Content-Encoding"); coding != "" && !res.Uncompressed {
		return nil, &AnswerError{Why: "it is compressed with " + coding + ", for which we did not ask"}
	}
	most := cmp.Or(c.MaxBody, 64<<20)
	body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if int64(len(body)) > most {
		return nil, &AnswerError{Why: fmt.Sprintf("it is longer than %d bytes", most)}
	}
	return body, err
}

// refusal is the server's error, or what can be said without one.
func refusal(got answer) *Error {
	e := &Error{}
	if json.Unmarshal(got.body, e) != nil || e.Title == "" {
		*e = Error{Title: cmp.Or(http.StatusText(got.status), "status "+strconv.Itoa(got.status))}
	}
	e.Status = got.status
	e.RetryAfter, _ = retryAfter(got.header, time.Now())
	return e
}

// checkMedia lets pass JSON under any of its names: servers are careless.
func checkMedia(got answer) error {
	if len(got.body) == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
		return &AnswerError{Why: fmt.Sprintf("its media type is %q", got.header.Get("Content-Type"))}
	}
	return nil
}
