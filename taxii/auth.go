package taxii

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
)

// Caller names who asks. The empty Caller is nobody in particular.
type Caller string

type callerKey struct{}

// WithCaller puts who asks into ctx, for a Backend to find with [CallerOf].
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is who asks; empty when nobody said.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Credentials are what a request carries. One of the two is set.
type Credentials struct {
	User, Password string // RFC 7617
	Token          string // RFC 6750
}

// RequireAuth lets through to next whom check knows, with the Caller in the
// request's context. Everybody else is told 401 and which schemes there are.
// A check that compares secrets does so in constant time, and slows whoever
// guesses; the handler does neither.
// TAXII 2.1, 1.6.9. RFC 7235, 3.1
func RequireAuth(next http.Handler, check func(context.Context, Credentials) (Caller, bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cred, ok := credentials(r); ok {
			if who, ok := check(r.Context(), cred); ok {
				next.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), who)))
				return
			}
		}
		Refuse(w, r, Errorf(http.StatusUnauthorized, "sign in with a name and a password, or with a token"))
	})
}

// Refuse answers with an error as the Server does, for handlers that stand before it.
func Refuse(w http.ResponseWriter, r *http.Request, e *Error) {
	w.Header().Set("Content-Type", MediaType)
	w.Header().Set("Cache-Control", "no-store")
	(&call{Server: &Server{Log: slog.New(slog.DiscardHandler)}, w: w, r: r}).fail(e)
}

// credentials are what the Authorization header says; two headers say nothing.
func credentials(r *http.Request) (c Credentials, ok bool) {
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return c, false
	}
	if c.User, c.Password, ok = r.BasicAuth(); ok {
		return c, true
	}
	scheme, token, ok := strings.Cut(all[0], " ")
	c.Token = strings.TrimSpace(token)
	return c, ok && strings.EqualFold(scheme, "Bearer") && c.Token != ""
}
