package taxii

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// Error is what a client is told. TAXII 2.1, 3.6.1
type Error struct {
	Title           string         `json:"title"`
	Description     string         `json:"description,omitempty"`
	ErrorID         string         `json:"error_id,omitempty"`
	ErrorCode       string         `json:"error_code,omitempty"`
	HTTPStatus      string         `json:"http_status,omitempty"`
	ExternalDetails string         `json:"external_details,omitempty"`
	Details         map[string]any `json:"details,omitempty"`

	Status     int           `json:"-"`
	RetryAfter time.Duration `json:"-"` // with 429 and 503: when to come back. RFC 9110, 10.2.3
}

func (e *Error) Error() string {
	if e.Description == "" {
		return e.Title
	}
	return e.Title + ": " + e.Description
}

// Errorf makes an Error with an HTTP status and a formatted description.
func Errorf(status int, format string, args ...any) *Error {
	return &Error{Status: status, Title: http.StatusText(status), Description: fmt.Sprintf(format, args...)}
}

// NotFound says that something is not there, or not for this caller.
func NotFound(what string) *Error { return Errorf(http.StatusNotFound, "no such %s", what) }

// BadParameter is a 400 that names the URL parameter at fault. A Backend
// answers with it to a next that it did not give out. TAXII 2.1, 3.4
func BadParameter(name, format string, args ...any) *Error {
	e := Errorf(http.StatusBadRequest, name+": "+format, args...)
	e.Details = map[string]any{"parameter": name}
	return e
}

// challenge is what a 401 offers where nothing else was set. TAXII 2.1, 1.6.9
const challenge = `Basic realm="taxii", charset="UTF-8", Bearer realm="taxii"`

// fail answers with err.
func (c *call) fail(err error) {
	out := *c.told(err)
	out.HTTPStatus = strconv.Itoa(out.Status)
	if out.Status == http.StatusUnauthorized && c.w.Header().Get("WWW-Authenticate") == "" {
		c.w.Header().Set("WWW-Authenticate", challenge)
	}
	if out.RetryAfter > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(int((out.RetryAfter+time.Second-1)/time.Second)))
	}
	c.w.Header().Del(addedFirst)
	c.w.Header().Del(addedLast)
	body, err := json.Marshal(out)
	if err != nil { // details that are no JSON
		body = []byte(`{"title":"error"}`)
	}
	c.write(out.Status, body)
}

// told is what a client is told of err; what has no status is logged and hidden.
func (c *call) told(err error) *Error {
	if told, ok := errors.AsType[*Error](err); ok && told.Status >= 400 && told.Status < 600 {
		return told
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return Errorf(http.StatusRequestEntityTooLarge, "a body may have at most %d bytes", tooBig.Limit)
	}
	if errors.Is(err, context.Canceled) && c.r.Context().Err() != nil {
		return Errorf(http.StatusServiceUnavailable, "the client has left")
	}
	c.Log.LogAttrs(c.r.Context(), slog.LevelError, "taxii request", slog.String("path", c.r.URL.Path), slog.Any("error", err))
	return Errorf(http.StatusInternalServerError, "the fault is ours and has been noted")
}
