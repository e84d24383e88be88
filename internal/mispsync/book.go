package mispsync

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mispapi"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration { return store.Embedded("mispsync", schema) }

// Config says what a Book works with.
type Config struct {
	Store *store.Store
	Org   mithaq.OrgID
	Name  string // of the organisation, as people say it
	Gate  *gate.Gate
	Log   *slog.Logger // nothing when nil
	Now   func() time.Time
}

// A Book reads MISP servers and keeps what it read of them. All methods may be
// called at once.
type Book struct {
	Config
	held *mispapi.Server // events as they are held here
}

// New makes a Book.
func New(cfg Config) *Book {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	held := mispapi.New(mispapi.Config{Gate: cfg.Gate, Org: cfg.Org, Name: cfg.Name, Log: cfg.Log, Now: cfg.Now, Source: noSource})
	return &Book{Config: cfg, held: held}
}

// noSource: what is read is taken in by its subscription.
func noSource(context.Context, mithaq.Viewer) (mispapi.Source, error) { return mispapi.Source{}, nil }

// Readers are what a Book reads, for a book of subscriptions.
func (b *Book) Readers() map[subscribe.Kind]subscribe.Reader {
	return map[subscribe.Kind]subscribe.Reader{subscribe.MISP: &puller{b}}
}
