// Package shelf serves what a node holds to the organisation's own tools, as
// TAXII 2.1: an API root of its own, and one for each pact, in whose collections
// each caller finds what they may read and nothing else.
//
//	/own/collections/own/          everything held
//	/own/collections/case/         what is held for the case of the caller's token
//	/own/collections/{search}/     what a saved search finds, by its name or id
//	/own/collections/feed:{name}/  what a subscription brought, by its name or id
//	/{pact}/collections/inbox/     what came under a pact
//	/{pact}/collections/outbox/    what went out under it
//
// A collection lists by date added: when something came to be held in the way that
// puts it there. What becomes visible later is listed again at the end, so that
// no cursor skips it. What was recalled, has lapsed or was erased is not found
// any more, by any road; of what was ours, a revoked version without content says
// that it was taken back.
//
// What is brought is an import, under the source profile of the caller's token, and
// control objects in it are refused. What is deleted is taken back, if the tool
// brought it, or else hidden from that collection; see gate.Discard.
//
// Each answer that holds something is an entry of the own log, with the
// reason that the caller's token carries, before its first byte.
//
// What an attacker holding it can do: whoever has a token reads, brings and takes
// back what its rights, purpose, case and budget allow, and each request leaves
// an entry.
package shelf

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	return store.Embedded("shelf", schema)
}

// A Tool is what stands behind a service token.
type Tool struct {
	Profile stix.ID       // the source profile of what it brings; "" for none
	Owner   mithaq.Viewer // the person who answers for it
}

// A Feed is a subscription, as far as its collection goes: what came under its
// source profile, for its case.
type Feed struct {
	Name   string
	Source stix.ID
	Case   stix.ID // "" for none
}

// Pacts knows the pacts that were ever in force.
type Pacts func(tx *store.Tx) ([]*mithaq.Pact, error)

// Config says what a Shelf serves.
type Config struct {
	Gate *gate.Gate
	Org  mithaq.OrgID
	// Tool is who a service token stands for. nil: nobody, and then what is
	// brought has no profile, and nothing is taken back.
	Tool func(tx *store.Tx, token string) (Tool, error)
	// Pacts have API roots of their own. nil for none.
	Pacts Pacts
	// Feeds are the subscriptions, whose collections are what they brought. nil for
	// none.
	Feeds func(tx *store.Tx) ([]Feed, error)
	// Spend takes objects from the budget of whoever asks, in the transaction
	// that enters the read; its refusal ends the request. nil for no budgets.
	Spend func(tx *store.Tx, v mithaq.Viewer, objects int64) error
	// Empty is told of each request that found nothing, which leaves no entry of
	// its own. nil for nobody.
	Empty func(v mithaq.Viewer)
	// MaxBytes bounds one POST after inflating; 10 MiB when zero.
	MaxBytes int64
	Now      func() time.Time // time.Now when nil
}

// A Shelf is a taxii.Backend over a gate.
type Shelf struct {
	Config
	bringing chan struct{} // places for bodies in memory
	seal     atomic.Pointer[[]byte]
}

var _ taxii.Backend = (*Shelf)(nil)

const (
	maxBytes   = 10 << 20
	maxBodies  = 8 // POSTs at once: what clients send is in memory until it is kept
	retryAfter = time.Second
)

// New makes a Shelf.
func New(cfg Config) *Shelf {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = maxBytes
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Shelf{Config: cfg, bringing: make(chan struct{}, maxBodies)}
}

type viewerKey struct{}

// WithViewer puts the caller into the context of a request, for whatever
// authenticates it.
func WithViewer(ctx context.Context, v mithaq.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

func viewer(ctx context.Context) (mithaq.Viewer, error) {
	v, ok := ctx.Value(viewerKey{}).(mithaq.Viewer)
	if !ok || v.Check() != nil || v.Partner != "" || v.Node {
		return v, taxii.Errorf(http.StatusUnauthorized, "sign in")
	}
	return v, nil
}

func mayRead(v *mithaq.Viewer) bool {
	return v.Token != "" && !v.WriteOnly || v.Is(mithaq.Analyst, mithaq.Releaser, mithaq.Supervisor, mithaq.LegalOfficer, mithaq.Guest)
}

// read runs f on a snapshot, and tells a client of its refusal.
func (s *Shelf) read(ctx context.Context, f func(tx *store.Tx) error) error {
	return told(s.Gate.Store.Read(ctx, f))
}

var english = say.For("en")

// told turns a refusal into what a TAXII client is told.
func told(err error) error {
	status := map[mithaq.Kind]int{
		mithaq.NotFound: http.StatusNotFound, mithaq.Denied: http.StatusForbidden, mithaq.Invalid: http.StatusBadRequest,
		mithaq.TooLarge: http.StatusRequestEntityTooLarge, mithaq.Busy: http.StatusTooManyRequests, mithaq.Unavailable: http.StatusServiceUnavailable,
		mithaq.Unauthenticated: http.StatusUnauthorized, mithaq.Conflict: http.StatusConflict,
	}
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok && status[r.Kind] != 0 {
		return taxii.Errorf(status[r.Kind], "%s", sentence(r))
	}
	return err
}

// sentence says a refusal, with the key of its sentence for programs.
func sentence(err error) string {
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return r.Key + ": " + english.T(r.Key, r.Args...)
	}
	return err.Error()
}
