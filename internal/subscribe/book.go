package subscribe

import (
	"context"
	"embed"
	"log/slog"
	"maps"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/store"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	return store.Embedded("subscribe", schema)
}

// Config says what a Book works with.
type Config struct {
	Store *store.Store
	Org   mithaq.OrgID
	Gate  *gate.Gate
	Keys  keys.Ring // credentials are sealed to it
	// Readers read servers that do not speak TAXII.
	Readers map[Kind]Reader
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	// Ran is told of every run that ended, for counting; nil for nobody.
	Ran   func(outcome Outcome, took time.Duration)
	Agent string       // User-Agent
	Log   *slog.Logger // nothing when nil
	Limits
}

// Limits bound what a server can make us do. Zero members take the value of DefaultLimits.
type Limits struct {
	AtOnce int           // runs at once
	Page   int64         // bytes of one answer, after inflating
	Whole  int64         // bytes of one answer of a server that has no pages
	Pages  int           // of one run
	Held   int64         // objects in one subscription's quarantine
	Bytes  int64         // of them
	Keep   time.Duration // how long they stay
	Cuts   int           // runs in a row that end with more to come, before a person is asked
	Answer time.Duration // for one request
	Tries  int           // of one request
	Wait   time.Duration // longest wait before one more try
	First  time.Duration // wait after a first failure; doubled at each
	Last   time.Duration // longest wait between runs that a failure or a server's Retry-After causes
}

// DefaultLimits suit a node on a small machine.
var DefaultLimits = Limits{
	AtOnce: 4, Page: 32 << 20, Whole: 1 << 30, Pages: 100_000, Held: 10_000, Bytes: 256 << 20, Keep: 30 * 24 * time.Hour, Cuts: 3,
	Answer: time.Minute, Tries: 3, Wait: 20 * time.Second, First: 5 * time.Minute, Last: 24 * time.Hour,
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	or(&l.AtOnce, d.AtOnce)
	or(&l.Page, d.Page)
	or(&l.Whole, d.Whole)
	or(&l.Pages, d.Pages)
	or(&l.Held, d.Held)
	or(&l.Bytes, d.Bytes)
	or(&l.Keep, d.Keep)
	or(&l.Cuts, d.Cuts)
	or(&l.Answer, d.Answer)
	or(&l.Tries, d.Tries)
	or(&l.Wait, d.Wait)
	or(&l.First, d.First)
	or(&l.Last, d.Last)
	return l
}

func or[T ~int | ~int64](have *T, want T) {
	if *have <= 0 {
		*have = want
	}
}

// A Book keeps a node's subscriptions and runs them. All methods may be called at once.
type Book struct{ Config }

// New makes a Book.
func New(cfg Config) *Book {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Readers = maps.Clone(cfg.Readers)
	if cfg.Readers == nil {
		cfg.Readers = map[Kind]Reader{}
	}
	cfg.Readers[List] = lister{}
	if cfg.Enter == nil {
		cfg.Enter = func(*store.Tx, mithaq.Account) error { return nil }
	}
	return &Book{cfg}
}

// enter adds to the node's own log what somebody did with a subscription.
func (b *Book) enter(tx *store.Tx, v mithaq.Viewer, kind string, t *Terms, notes map[string]string) error {
	all := map[string]string{"subscription": string(t.Name)}
	maps.Copy(all, notes)
	return b.say(tx, v.Person, mithaq.Account{Kind: kind, Purpose: t.Purpose, Basis: t.Basis, Case: string(t.Case), Notes: all})
}

func (b *Book) say(tx *store.Tx, by mithaq.PersonID, a mithaq.Account) error {
	a.At, a.By = mithaq.At(tx.Now()), by
	return b.Enter(tx, a)
}

func (b *Book) read(ctx context.Context, f func(tx *store.Tx) error) error {
	return b.Store.Read(ctx, f)
}

func (b *Book) write(ctx context.Context, f func(tx *store.Tx) error) error {
	return b.Store.Write(ctx, f)
}
