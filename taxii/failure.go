package taxii

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
)

// Error is what a client is told. TAXII 2.1, 3.6.1
type Error struct {
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	ErrorCode   string         `json:"error_code,omitempty"`
	HTTPStatus  string         `json:"http_status,omitempty"`
	Details     map[string]any `json:"details,omitempty"`

	Status int `json:"-"`
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

// fail answers with err; what has no status is logged and hidden.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	told, ok := errors.AsType[*Error](err)
	if !ok {
		if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
			told = Errorf(http.StatusRequestEntityTooLarge, "a body may have at most %d bytes", tooBig.Limit)
		} else {
			s.log.LogAttrs(r.Context(), slog.LevelError, "taxii request", slog.String("path", r.URL.Path), slog.Any("error", err))
			told = Errorf(http.StatusInternalServerError, "the fault is ours and has been noted")
		}
	}
	out := *told
	out.HTTPStatus = strconv.Itoa(told.Status)
	if told.Status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="taxii"`)
	}
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(told.Status)
	_ = json.NewEncoder(w).Encode(out)
}
