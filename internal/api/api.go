// Package api is the JSON face of a node: what the command line does, and what
// other programs of the organisation may do.
//
// A request bears a person's token. Reading what concerns persons takes a reason, a purpose and a
// legal basis, in the headers Mithaq-Reason, Mithaq-Purpose and Mithaq-Basis. Errors are problem+json
// (RFC 9457) with the key of a sentence and its arguments, so that a program can choose and a
// person can read it in their language. The description is served at /openapi.json (OpenAPI 3.1).
package api

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/desk"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
)

// MaxBody bounds the JSON body of a request; imports are streams of their own.
const MaxBody = 8 << 20

// server holds what the verbs work with.
type server struct {
	Services
	api huma.API
	mux *http.ServeMux
	log *slog.Logger
}

// Handler serves the API over s.
func Handler(s Services, log *slog.Logger) http.Handler {
	srv := &server{Services: s, mux: http.NewServeMux(), log: log}
	srv.api = humago.New(srv.mux, configuration(s.Version))
	aliases(srv.api.OpenAPI().Components.Schemas)
	srv.api.UseMiddleware(srv.signedIn)
	srv.routes()
	return atHome(http.NewCrossOriginProtection().Handler(srv.mux))
}

// Host is the name by which the command line calls the node.
const Host = "node"

// atHome refuses requests for other names than the node's own and this
// machine's, so that a page in a browser cannot reach the API by a name of its
// own that leads here: CrossOriginProtection lets that through. RFC 9110, 7.4
func atHome(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != Host && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "no such host is served here", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func configuration(version string) huma.Config {
	c := huma.DefaultConfig("Mithaq", version)
	c.DocsPath, c.SchemasPath = "", ""
	c.CreateHooks = nil
	format := huma.Format{Marshal: marshal, Unmarshal: unmarshal}
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	c.Security = []map[string][]string{{"token": {}}}
	return c
}

func marshal(w io.Writer, v any) error { return json.MarshalWrite(w, v, json.Deterministic(true)) }

// unmarshal is the strict boundary: no duplicate, unknown or wrongly cased name.
func unmarshal(data []byte, v any) error { return strict.Decode(data, MaxBody, v) }

type viewerKey struct{}

// signedIn finds out who asks. Everything but the description asks for it.
func (s *server) signedIn(ctx huma.Context, next func(huma.Context)) {
	if ctx.Operation().Security != nil && len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	v, err := s.bearer(ctx.Context(), ctx.Header)
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, viewerKey{}, v))
}

// maxWords bounds what a person says about why: it goes into the own log.
const maxWords = 500

// bearer finds out who asks, and what for.
func (s *server) bearer(ctx context.Context, header func(string) string) (v mithaq.Viewer, err error) {
	token, _ := strings.CutPrefix(header("Authorization"), "Bearer ")
	err = s.Store.Read(ctx, func(tx *store.Tx) (err error) {
		v, err = s.Accounts.Viewer(tx, token)
		return err
	})
	if err != nil || v.Person == "" {
		return v, err
	}
	v.Reason, v.Basis, v.Purpose = header("Mithaq-Reason"), header("Mithaq-Basis"), mithaq.Purpose(header("Mithaq-Purpose"))
	for name, word := range map[string]string{"Mithaq-Reason": v.Reason, "Mithaq-Basis": v.Basis, "Mithaq-Purpose": string(v.Purpose)} {
		if len(word) > maxWords || !utf8.ValidString(word) {
			return mithaq.Viewer{}, mithaq.Refuse(mithaq.Invalid, "api.header", name, maxWords)
		}
	}
	return v, nil
}

// spend takes what a tool of ours has read from its budget for the day, before
// it gets it; persons have none.
func (s *server) spend(ctx context.Context, v mithaq.Viewer, objects int) error {
	if v.Token == "" || objects == 0 {
		return nil
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error { return s.Accounts.Spend(tx, v.Token, int64(objects)) })
}

func viewer(ctx context.Context) mithaq.Viewer {
	v, _ := ctx.Value(viewerKey{}).(mithaq.Viewer)
	return v
}

// body wraps what a verb answers.
type body[T any] struct{ Body T }

// op names one verb.
type op struct {
	method, path, id, summary string
	status                    int // 200 when zero
}

// raw are the operations whose body is read by what it is given to.
var raw = map[string]bool{
	"read-policy": true, "guess-columns": true, "draft-pact": true, "add-card": true, "approve": true, "assess": true, "answer": true, "sign-answers": true,
	"ask": true, "inquiry-step": true, "approve-inquiry": true, "assess-inquiry": true, "register-exchange": true,
}

// verb adds one operation. Its function gets who asks, and its error becomes a problem.
func verb[I, O any](s *server, o op, f func(ctx context.Context, v mithaq.Viewer, in *I) (O, error)) {
	huma.Register(s.api, huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, DefaultStatus: o.status, MaxBodyBytes: MaxBody,
		SkipValidateBody: raw[o.id],
	}, func(ctx context.Context, in *I) (*body[O], error) {
		answer, err := f(ctx, viewer(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &body[O]{answer}, nil
	})
}

// printer speaks the language that a request prefers.
func printer(ctx huma.Context) *say.Printer {
	tag, _, _ := strings.Cut(ctx.Header("Accept-Language"), ",")
	tag, _, _ = strings.Cut(tag, ";")
	return say.For(strings.TrimSpace(tag))
}

// write runs f in a transaction of its own.
func write[T any](ctx context.Context, s *server, f func(tx *store.Tx) (T, error)) (T, error) {
	return desk.Write(ctx, &s.Services, f)
}

// read runs f on a snapshot.
func read[T any](ctx context.Context, s *server, f func(tx *store.Tx) (T, error)) (T, error) {
	return desk.Read(ctx, &s.Services, f)
}
