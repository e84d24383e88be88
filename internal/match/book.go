package match

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration { return store.Embedded("match", schema) }

// Topics of the change table under which this package writes.
const (
	TopicOffer    = "match.offer"    // key: pact
	TopicSet      = "match.set"      // key: pact; note: published, taken, refused
	TopicQuestion = "match.question" // key: question; note: its state
	TopicWarning  = "match.warning"  // key: partner; note: key of a sentence
)

// Mail gives back what lies with a message, and forgets it once it was used.
type Mail interface {
	// Load gives the objects of ours that lie with a message; nil for those erased.
	Load(tx *store.Tx, envelope stix.ID) ([][]byte, error)
	// Drop erases them; their digests stay.
	Drop(tx *store.Tx, envelope stix.ID) error
}

// Cases finds what is asked and offered for.
type Cases interface {
	Case(tx *store.Tx, id stix.ID) (*mithaq.Case, error)
	Assessment(tx *store.Tx, id stix.ID) (*mithaq.Assessment, error)
}

// Config says what a Book works with.
type Config struct {
	Store  *store.Store
	Org    mithaq.OrgID
	Outbox message.Outbox
	Pacts  *pact.Book
	Cases  Cases
	Mail   Mail
	Keys   keys.Ring // secrets are sealed to it
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	Log   *slog.Logger // nothing when nil
	Limits
}

// Limits are how much is done at once. Zero members take the value of DefaultLimits.
type Limits struct {
	Hour    int   // of the day in UTC at which sets change
	Piece   int   // bytes of rows in one message
	Cache   int64 // bytes of rows kept in memory
	Workers int   // rows made at once; 0: as many as there are processors
}

// DefaultLimits suit a node on a small machine.
var DefaultLimits = Limits{Hour: 3, Piece: 2 << 20, Cache: 48 << 20}

func (l Limits) withDefaults() Limits {
	if l.Hour <= 0 || l.Hour > 23 {
		l.Hour = DefaultLimits.Hour
	}
	if l.Piece <= 0 {
		l.Piece = DefaultLimits.Piece
	}
	if l.Cache <= 0 {
		l.Cache = DefaultLimits.Cache
	}
	return l
}

// A Book keeps a node's matching. All methods may be called at once; those that
// take a transaction belong to it.
type Book struct {
	Config
	publishing sync.Mutex // one set is built at a time
	taking     sync.Mutex
	held       held     // keys of ours that were opened
	asked      sync.Map // question's digest → *psi.Asked, until it is answered
	open       openSets
}

// New makes a Book.
func New(cfg Config) *Book {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Book{Config: cfg, held: held{keys: map[epochKey]*psi.Key{}}, open: openSets{max: cfg.Cache}}
}

// Handlers act on what partners send.
func (b *Book) Handlers() message.Handlers {
	return message.Handlers{
		mithaq.MessageMatchKey:      {Prepare: prepareWord, Apply: b.applyKey},
		mithaq.MessageMatchSet:      {Prepare: prepareWord, Apply: b.applySet},
		mithaq.MessageMatchRows:     {Prepare: prepareWord, Apply: b.applyRows, Receipted: b.rowsReceipted},
		mithaq.MessageMatchQuestion: {Prepare: b.prepareQuestion, Apply: b.applyQuestion, Receipted: b.questionReceipted},
		mithaq.MessageMatchAnswer:   {Prepare: b.prepareAnswer, Apply: b.applyAnswer},
	}
}

func (b *Book) read(ctx context.Context, fn func(tx *store.Tx) error) error {
	return b.Store.Read(ctx, fn)
}

func (b *Book) write(ctx context.Context, fn func(tx *store.Tx) error) error {
	return b.Store.Write(ctx, fn)
}

// enter notes what a person did, with the reason they gave.
func (b *Book) enter(tx *store.Tx, v mithaq.Viewer, kind string, a mithaq.Account) error {
	a.Kind, a.At, a.By, a.Basis = kind, mithaq.At(tx.Now()), v.Person, v.Basis
	if a.Purpose == "" {
		a.Purpose = v.Purpose
	}
	if v.Reason != "" {
		if a.Notes == nil {
			a.Notes = map[string]string{}
		}
		a.Notes["reason"] = v.Reason
	}
	return b.Enter(tx, a)
}

func denied(key string, args ...any) error { return mithaq.Refuse(mithaq.Denied, key, args...) }

func invalid(key string, args ...any) error { return mithaq.Refuse(mithaq.Invalid, key, args...) }

func notFound(key string, args ...any) error { return mithaq.Refuse(mithaq.NotFound, key, args...) }

func isNotFound(err error) bool { return errors.Is(err, mithaq.NotFound) }

// faulty turns a fault of psi into a refusal that a person can read; other errors
// stay as they are.
func faulty(err error) error {
	f, ok := errors.AsType[psi.Fault](err)
	if !ok {
		return err
	}
	kind, _ := errors.AsType[mithaq.Kind](err)
	return mithaq.Refuse(kind, "match.fault."+string(f), strings.TrimSuffix(strings.TrimSuffix(err.Error(), f.Error()), ": "))
}

func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func digestOf(b []byte) (d mithaq.Digest) {
	copy(d[:], b)
	return d
}
