package remote

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// A Server is a MISP server. It is for one goroutine at a time.
type Server struct {
	URL     string // base, with or without a slash at its end
	Key     string // of an API user there
	HTTP    *http.Client
	Agent   string        // User-Agent
	Rate    float64       // requests a second at the most; 0 for no bound
	Tries   int           // of one request, 1 when 0
	MaxWait time.Duration // longest wait before one more try
	Timeout time.Duration // for the head of an answer and a short body; 0 for none
	MaxBody int64         // bytes of a short answer, 32 MiB when 0

	next time.Time // when the next request may go out
}

// A StatusError is an answer that refuses.
type StatusError struct {
	Status  int
	Message string    // what the server says, cut short
	Until   time.Time // with 429 and 503: when to come back; zero where not said. RFC 9110, 10.2.3
}

func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", e.Status, http.StatusText(e.Status), e.Message))
}

// Busy reports whether it is worth to come back later.
func (e *StatusError) Busy() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// An AnswerError is an answer that no MISP gives.
type AnswerError struct{ Why string }

func (e *AnswerError) Error() string { return "not an answer of MISP: " + e.Why }

// A request is what is asked once or several times.
type request struct {
	method, path string
	body         []byte
	etag         string
}

// do asks until there is an answer that is worth having; the caller closes it.
func (s *Server) do(ctx context.Context, q request) (*http.Response, error) {
	for try := 1; ; try++ {
		if err := s.pace(ctx); err != nil {
			return nil, err
		}
		res, err := s.once(ctx, q)
		wait, again := s.wait(err, try)
		if !again {
			return res, err
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// wait is how long to wait before one more try, if there is one.
func (s *Server) wait(err error, try int) (time.Duration, bool) {
	refused, ok := err.(*StatusError) //nolint:errorlint // once gives it bare
	if !ok || !refused.Busy() || try >= max(s.Tries, 1) {
		return 0, false
	}
	wait := time.Duration(try) * time.Second
	if !refused.Until.IsZero() {
		wait = time.Until(refused.Until)
	}
	return wait, wait <= s.MaxWait
}

// pace keeps to the rate.
func (s *Server) pace(ctx context.Context) error {
	if s.Rate <= 0 {
		return ctx.Err()
	}
	now := time.Now()
	wait := max(s.next.Sub(now), 0)
	s.next = now.Add(wait + time.Duration(float64(time.Second)/s.Rate))
	return sleep(ctx, wait)
}

func sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (s *Server) once(ctx context.Context, q request) (*http.Response, error) {
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, strings.TrimRight(s.URL, "/")+q.path, body)
	if err != nil {
		return nil, err
	}
	s.headers(r, q)
	res, err := s.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusNotModified && q.etag != "" || res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

func (s *Server) headers(r *http.Request, q request) {
	if s.Key != "" {
		r.Header.Set("Authorization", s.Key)
	}
	r.Header.Set("Accept", "application/json, text/plain;q=0.5, */*;q=0.1")
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.etag != "" {
		r.Header.Set("If-None-Match", q.etag) // RFC 9110, 13.1.2
	}
	if s.Agent != "" {
		r.Header.Set("User-Agent", s.Agent)
	}
}

const maxMessage = 500 // bytes of what a refusal says

func refusal(res *http.Response) *StatusError {
	e := &StatusError{Status: res.StatusCode}
	raw, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)) // what it says is only for people
	var said struct {
		Name    string `json:"name"`
		Message string `json:"message"`
		Errors  any    `json:"errors"`
	}
	if json.Unmarshal(raw, &said) == nil {
		e.Message = cmp.Or(said.Message, said.Name)
		if said.Errors != nil {
			e.Message = strings.TrimSpace(e.Message + " " + fmt.Sprint(said.Errors))
		}
	}
	if len(e.Message) > maxMessage {
		e.Message = strings.ToValidUTF8(e.Message[:maxMessage], "") + "…"
	}
	e.Until = retryAfter(res.Header.Get("Retry-After"), time.Now())
	return e
}

// retryAfter reads seconds or a date. RFC 9110, 10.2.3
func retryAfter(text string, now time.Time) time.Time {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 {
		return now.Add(time.Duration(min(n, 7*24*3600)) * time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return at
	}
	return time.Time{}
}

// short asks and reads a short answer whole.
func (s *Server) short(ctx context.Context, q request) ([]byte, error) {
	if s.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, s.Timeout)
		defer stop()
	}
	res, err := s.do(ctx, q)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	most := cmp.Or(s.MaxBody, 32<<20)
	raw, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err == nil && int64(len(raw)) > most {
		err = &AnswerError{fmt.Sprintf("longer than %d bytes", most)}
	}
	return raw, err
}

// get asks for JSON.
func (s *Server) get(ctx context.Context, path string, into any) error {
	return s.ask(ctx, request{method: http.MethodGet, path: path}, into)
}

func (s *Server) ask(ctx context.Context, q request, into any) error {
	raw, err := s.short(ctx, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return &AnswerError{err.Error()}
	}
	return nil
}
