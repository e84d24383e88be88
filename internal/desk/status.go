package desk

import (
	"net/http"

	"github.com/mithaq-hub/mithaq"
)

// Statuses answers each Kind with an HTTP status, at either face.
var Statuses = map[mithaq.Kind]int{
	mithaq.NotFound:        http.StatusNotFound,
	mithaq.Denied:          http.StatusForbidden,
	mithaq.Invalid:         http.StatusUnprocessableEntity,
	mithaq.Conflict:        http.StatusConflict,
	mithaq.Busy:            http.StatusServiceUnavailable,
	mithaq.TooLarge:        http.StatusRequestEntityTooLarge,
	mithaq.Unavailable:     http.StatusServiceUnavailable,
	mithaq.Gone:            http.StatusGone,
	mithaq.Unauthenticated: http.StatusUnauthorized,
	mithaq.Expired:         http.StatusForbidden,
}
