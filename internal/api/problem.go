package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
)

// Problem is what a refused request is told. RFC 9457, 3.1
type Problem struct {
	Title  string      `json:"title"`
	Status int         `json:"status"`
	Detail string      `json:"detail,omitempty"`
	Kind   mithaq.Kind `json:"kind"`             // code to choose by
	Key    string      `json:"key,omitempty"`    // a sentence of the catalogue
	Args   []string    `json:"args,omitempty"`   // and what goes into it
	Errors []Place     `json:"errors,omitempty"` // what does not fit the description
}

// Error is the problem in one line.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// GetStatus is huma's.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is huma's.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// kindOf is the kind of what is refused with a status before a verb is reached.
func kindOf(status int) mithaq.Kind {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return mithaq.TooLarge
	case status == http.StatusRequestTimeout:
		return mithaq.Unavailable
	case status >= http.StatusInternalServerError:
		return "internal"
	}
	return mithaq.Invalid
}

// problem tells a person what they can act on, and logs what is ours to fix.
func (s *server) problem(ctx context.Context, err error) *Problem {
	kind, ok := errors.AsType[mithaq.Kind](err)
	if !ok {
		s.log.LogAttrs(ctx, slog.LevelError, "api", slog.Any("error", err))
		return &Problem{Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError, Kind: "internal", Key: "kind.internal"}
	}
	p := &Problem{Title: http.StatusText(desk.Statuses[kind]), Status: desk.Statuses[kind], Kind: kind, Detail: err.Error()}
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		p.Key = r.Key
		for _, a := range r.Args {
			p.Args = append(p.Args, argument(a))
		}
	}
	return p
}

// argument is what goes into a sentence, as text; a list is set apart by commas.
func argument(a any) string {
	v := reflect.ValueOf(a)
	if _, ok := a.(fmt.Stringer); ok || v.Kind() != reflect.Slice || v.Type().Elem().Kind() == reflect.Uint8 {
		return fmt.Sprint(a)
	}
	list := make([]string, v.Len())
	for i := range list {
		list[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(list, ", ")
}

// refuse answers before a verb is reached.
func (s *server) refuse(ctx huma.Context, err error) {
	p := s.problem(ctx.Context(), err)
	if p.Key != "" {
		p.Detail = printer(ctx).T(p.Key, anys(p.Args)...)
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the client may have left
}

func anys(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}
