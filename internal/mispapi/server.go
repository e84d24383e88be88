package mispapi

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Source is how what a token writes is taken in.
type Source struct {
	Profile stix.ID           // "" where the token may not write
	Red     []mithaq.PersonID // who reads what it marks TLP:RED
}

// Config says what a Server serves.
type Config struct {
	Gate *gate.Gate
	Org  mithaq.OrgID
	Name string // of the organisation, as people say it
	// Viewer finds out who bears a token; mithaq.Unauthenticated where nobody does.
	Viewer func(ctx context.Context, token string) (mithaq.Viewer, error)
	// Source finds how a token's writing is taken in.
	Source func(ctx context.Context, v mithaq.Viewer) (Source, error)
	// Spend takes objects from the budget of whoever asks; its refusal ends the
	// request. nil for no budgets.
	Spend func(ctx context.Context, v mithaq.Viewer, objects int64) error
	// Empty is told of each request that found nothing, which leaves no entry of
	// its own. nil for nobody.
	Empty    func(v mithaq.Viewer)
	MaxBytes int64 // of one request's body; 512 MiB when zero
	Log      *slog.Logger
	Now      func() time.Time // time.Now when nil
}

// A Server answers as a MISP server does.
type Server struct {
	Config
	org organisation
}

// New makes a Server.
func New(cfg Config) *Server {
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = 512 << 20
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Name == "" {
		cfg.Name = string(cfg.Org)
	}
	return &Server{Config: cfg, org: organisation{ID: "1", Name: cfg.Name, UUID: uuidOf("organisation", string(cfg.Org))}}
}

// An organisation as MISP lists them.
type organisation struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	UUID  string `json:"uuid"`
	Local bool   `json:"local"`
}

// uuidOf is the same for the same words at all times, in the form of version 4,
// since MISP takes no other.
func uuidOf(kind, name string) string {
	u := sha256.Sum256([]byte("mithaq/v1/misp\x00" + kind + "\x00" + name))
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// alone sees to it that one request at a time changes an event, in whatever process.
func (c *call) alone(uuid string) (done func(), err error) {
	return c.s.Gate.Store.Alone(c.ctx, "misp/event/"+uuid)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{s: s, w: w, r: r, ctx: r.Context(), path: parsePath(r.URL.Path)}
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBytes)
	err := c.serve()
	if err != nil {
		c.fail(err)
	}
}

// OrgUUID is the UUID of this organisation, as MISP has them.
func (s *Server) OrgUUID() string { return s.org.UUID }
