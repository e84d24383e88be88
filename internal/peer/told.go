package peer

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/taxii"
)

// statusOf holds each kind of trouble to a status.
var statusOf = map[mithaq.Kind]int{
	mithaq.NotFound:        http.StatusNotFound,
	mithaq.Denied:          http.StatusForbidden,
	mithaq.Invalid:         http.StatusUnprocessableEntity,
	mithaq.Conflict:        http.StatusConflict,
	mithaq.Busy:            http.StatusServiceUnavailable,
	mithaq.TooLarge:        http.StatusRequestEntityTooLarge,
	mithaq.Unavailable:     http.StatusServiceUnavailable,
	mithaq.Gone:            http.StatusGone,
	mithaq.Unauthenticated: http.StatusUnauthorized,
	mithaq.Expired:         http.StatusUnauthorized,
}

// told is what a partner is told of an error: kind and key, with the
// arguments as text; nothing of what is our own fault.
func told(err error) error {
	if _, ok := errors.AsType[*taxii.Error](err); ok {
		return err
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &taxii.Error{Status: http.StatusRequestTimeout, Title: "too slow", ErrorCode: string(mithaq.TooLarge)}
	}
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		e := &taxii.Error{Status: statusOf[r.Kind], Title: r.Key, ErrorCode: string(r.Kind), Description: r.Error()}
		if len(r.Args) > 0 {
			e.Details = map[string]any{"args": texts(r.Args)}
		}
		return e
	}
	why, kind := reason(err)
	if kind == "" {
		return err
	}
	return &taxii.Error{Status: statusOf[kind], Title: why, ErrorCode: string(kind), Description: err.Error()}
}

func texts(args []any) []string {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = fmt.Sprint(a)
	}
	return list
}

// heard is the refusal that a partner told us.
func heard(status int, body []byte) error {
	var e taxii.Error
	if err := json.Unmarshal(body, &e); err != nil || !isKey(e.Title) {
		return fmt.Errorf("answered with status %d: %w", status, mithaq.Unavailable)
	}
	kind := mithaq.Kind(e.ErrorCode)
	if statusOf[kind] == 0 {
		kind = mithaq.Unavailable
	}
	r := &mithaq.Refusal{Kind: kind, Key: e.Title}
	if args, ok := e.Details["args"].([]any); ok {
		r.Args = short(args)
	}
	return r
}

// isKey says whether a partner's word has the form of a sentence's key: it goes
// into entries and terminals of ours.
func isKey(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// short keeps of a partner's arguments what fits into a sentence.
func short(args []any) []any {
	const most, letters = 8, 200
	args = args[:min(len(args), most)]
	for i, a := range args {
		s := fmt.Sprint(a)
		args[i] = strings.ToValidUTF8(s[:min(len(s), letters)], "")
	}
	return args
}

// slow says whether a body did not come in time.
func slow(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// cutOff says whether a body ended before its end.
func cutOff(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }
