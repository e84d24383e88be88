package inquiry

import (
	"context"
	"embed"
	"log/slog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration { return store.Embedded("inquiry", schema) }

// Topic is the change topic under which an inquiry's id is told when it moves;
// its note is the stage.
const Topic = "inquiry"

// Config says what a Book works with.
type Config struct {
	Store  *store.Store
	Org    mithaq.OrgID
	Gate   *gate.Gate
	Pacts  *pact.Book
	Outbox message.Outbox
	// Committed reports whether a partner committed to what a reference, 16 bytes
	// in hexadecimal, names under a pact. Nil where nothing is matched: then no
	// inquiry may quote one.
	Committed func(tx *store.Tx, pact stix.ID, partner mithaq.OrgID, reference string) (bool, error)
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	Log   *slog.Logger // nothing when nil
}

// A Book keeps a node's inquiries. All methods may be called at once.
type Book struct{ Config }

// New makes a Book.
func New(cfg Config) *Book {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Book{cfg}
}

// Handlers act on what partners ask and answer.
func (b *Book) Handlers() message.Handlers {
	return message.Handlers{
		mithaq.MessageInquiry:     {Prepare: prepareInquiry, Apply: b.applyInquiry, Receipted: b.inquiryReceipted},
		mithaq.MessageInquiryStep: {Prepare: prepareStep, Apply: b.applyStep, Receipted: b.stepReceipted},
	}
}

func (b *Book) read(ctx context.Context, fn func(*store.Tx) error) error {
	return b.Store.Read(ctx, fn)
}

func (b *Book) write(ctx context.Context, fn func(*store.Tx) error) error {
	return b.Store.Write(ctx, fn)
}

func denied(key string, args ...any) error { return mithaq.Refuse(mithaq.Denied, key, args...) }

func invalid(key string, args ...any) error { return mithaq.Refuse(mithaq.Invalid, key, args...) }

func unknown(id stix.ID) error { return mithaq.Refuse(mithaq.NotFound, "inquiry.unknown", string(id)) }
