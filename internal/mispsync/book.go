package mispsync

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/message"
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
	Keys  keys.Ring // the keys of partners' servers are sealed to it
	// Partner is another organisation as it stands. NotFound: it is none.
	Partner func(tx *store.Tx, org mithaq.OrgID) (*mithaq.Partner, error)
	// Settled is told what became of each object of a message, as a receipt would
	// say it that nobody signed; nil for nobody.
	Settled func(tx *store.Tx, sent message.Sent, r *mithaq.Receipt) error
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	Agent string       // User-Agent
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
	if cfg.Enter == nil {
		cfg.Enter = func(*store.Tx, mithaq.Account) error { return nil }
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
	return map[subscribe.Kind]subscribe.Reader{subscribe.MISP: &puller{b}, subscribe.MISPFeed: &feeder{b}}
}
