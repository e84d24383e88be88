package mispapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/mithaq-hub/mithaq"
)

// A fault is what a refused request is told, in MISP's shape.
type fault struct {
	status  int
	name    string
	message string
	errors  any // by field or record, where something could not be saved
	saving  bool
}

func (f *fault) Error() string { return f.name + ": " + f.message }

func bad(format string, args ...any) error {
	return &fault{status: http.StatusBadRequest, name: "Bad Request", message: fmt.Sprintf(format, args...)}
}

// absent is what a client is told of what is not there, and of what it may not read.
func absent(what string) error {
	return &fault{status: http.StatusNotFound, name: "Invalid " + what, message: "Invalid " + what}
}

func forbidden(format string, args ...any) error {
	return &fault{status: http.StatusForbidden, name: "Forbidden", message: fmt.Sprintf(format, args...)}
}

// unsaved says what could not be saved, and why.
func unsaved(what string, why any) error {
	return &fault{status: http.StatusForbidden, name: "Could not " + what, message: "Could not " + what, errors: why, saving: true}
}

func notServed(p path) error {
	message := fmt.Sprintf("The action %s of %s is not served here.", p.action, p.controller)
	return &fault{status: http.StatusNotFound, name: "Not Found", message: message}
}

// statuses answers each Kind with an HTTP status.
var statuses = map[mithaq.Kind]int{
	mithaq.NotFound: http.StatusNotFound, mithaq.Denied: http.StatusForbidden, mithaq.Invalid: http.StatusBadRequest,
	mithaq.Conflict: http.StatusForbidden, mithaq.Busy: http.StatusTooManyRequests, mithaq.TooLarge: http.StatusRequestEntityTooLarge,
	mithaq.Unavailable: http.StatusServiceUnavailable, mithaq.Gone: http.StatusGone,
	mithaq.Unauthenticated: http.StatusForbidden, mithaq.Expired: http.StatusForbidden,
}

// told turns any error into what a client is told; what has no kind is ours to fix.
func (c *call) told(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &fault{status: http.StatusRequestEntityTooLarge, name: "Request Entity Too Large", message: "The request is larger than this server takes."}
	}
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok && statuses[r.Kind] != 0 {
		return &fault{status: statuses[r.Kind], name: http.StatusText(statuses[r.Kind]), message: r.Error()}
	}
	c.s.Log.LogAttrs(c.ctx, slog.LevelError, "misp", slog.Any("error", err))
	return &fault{status: http.StatusInternalServerError, name: "Internal Error", message: "An Internal Error Has Occurred."}
}

// fail answers with an error.
func (c *call) fail(err error) {
	f := c.told(err)
	body := map[string]any{"name": f.name, "message": f.message, "url": c.r.URL.Path}
	if f.saving {
		body["saved"] = false
	}
	if f.errors != nil {
		body["errors"] = f.errors
	}
	c.send(f.status, body)
}
