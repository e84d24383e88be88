package gate

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	m := store.Embedded("gate", schema)
	m.Sealed = map[string]string{"gate_original": "item"}
	return m
}

// Topics of the change table under which this package writes.
const (
	TopicItems    = "gate.items"    // key: source profile or envelope; note: how many are new
	TopicRelease  = "gate.release"  // key: release; note: its state
	TopicDelivery = "gate.delivery" // key: envelope; note: its state
	TopicRecall   = "gate.recall"   // key: recall; note: recalled, erased
	TopicConsent  = "gate.consent"  // key: question; note: asked, answered
	TopicMark     = "gate.mark"     // key: mark; note: its state
)

// Given is one envelope in which an item went to a partner.
type Given struct {
	To       mithaq.OrgID
	Pact     stix.ID
	Envelope stix.ID
	Lane     mithaq.Lane
	Sequence int64
	Index    int           // of the object in the envelope, from 0
	Object   mithaq.Digest // salted
	State    string        // waiting, settled or refused
}

// A Came says in which envelope of a partner's an item came.
type Came struct {
	From     mithaq.OrgID
	Pact     stix.ID
	Envelope stix.ID
	Object   mithaq.Digest // salted
}

// An Inside is what one envelope carried.
type Inside struct {
	From, To mithaq.OrgID
	Pact     stix.ID
	Objects  []mithaq.Digest // salted
	Items    []int64         // the store's number of each; 0 for what is not kept there
}

// Item is the number of the item under a salted digest; 0 when there is none.
func (in *Inside) Item(object mithaq.Digest) int64 {
	if i := slices.Index(in.Objects, object); i >= 0 {
		return in.Items[i]
	}
	return 0
}

// Reach knows which messages carried an item.
type Reach interface {
	// Delivered lists the envelopes in which we sent an item, those that still
	// wait among them.
	Delivered(tx *store.Tx, item int64) ([]Given, error)
	// Came lists the envelopes in which an item came to us.
	Came(tx *store.Tx, item int64) ([]Came, error)
	// Inside is what an envelope carried, sent or received. NotFound: it is not here.
	Inside(tx *store.Tx, envelope stix.ID) (*Inside, error)
	// Forget erases the salts and bytes of items in every stored envelope, at
	// whichever end we are. Their digests stay.
	Forget(tx *store.Tx, items ...int64) error
}

// Credentials finds with what a person signs.
type Credentials interface {
	// Key is the public half of a credential in use; NotFound when the person
	// has no such credential.
	Key(tx *store.Tx, person mithaq.PersonID, key mithaq.KeyID) (*sign.Public, error)
	// Asserted is the passkey in use of a person that an assertion over a digest
	// is by, and takes its counter. NotFound as with Key; Unauthenticated where the
	// assertion does not hold; Denied where the counter did not go on.
	Asserted(tx *store.Tx, person mithaq.PersonID, key mithaq.KeyID, digest mithaq.Digest, a *mithaq.Assertion) (*mithaq.PublicPasskey, error)
}

// A Lines are an organisation's own red lines, above every pact.
type Lines interface {
	// Crossed names the policies that forbid a crossing, or that could not be
	// evaluated; none where it may go on.
	Crossed(f *mithaq.Facts, q *mithaq.Request) []string
}

// Config says what a Gate works with.
type Config struct {
	Store       *store.Store
	Org         mithaq.OrgID
	Signer      sign.Signer // the node's message key
	Outbox      message.Outbox
	Pacts       *pact.Book
	Cards       pact.Cards
	Reach       Reach
	Credentials Credentials
	Lines       Lines     // nil for none
	Inquiries   Inquiries // nil where none are asked: then nothing goes or comes as an answer
	// Cautions gives what says why to look twice at a value; it, and what it gives,
	// may be nil. What it gives may be called at any time, by many at once.
	Cautions func(tx *store.Tx) (func(kind, text string) []Caution, error)
	// ToolsRead reports whether tools read collections of ours, so that they have to
	// be told what partners take back; nil for no.
	ToolsRead func(tx *store.Tx) (bool, error)
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	Log   *slog.Logger // nothing when nil
	Limits
}

// Limits are how much the gate does at once. Zero members take the value of DefaultLimits.
type Limits struct {
	Batch    int           // objects of an import in one transaction
	Envelope int           // items in one envelope
	Object   int           // bytes of one object
	Backups  time.Duration // for how long a backup keeps what was erased
	Strict   int           // objects that an import of all or nothing may have
	Reasons  int           // items that a preview shows for each reason
	Readings time.Duration // for how long it is kept who read what concerns a person
	Sample   int           // one assessment in so many is made a second time by somebody else
	Common   int           // items with a value beyond which it tells nothing about what has it in common
}

// DefaultLimits suit a node on a small machine.
var DefaultLimits = Limits{
	Batch: 4000, Envelope: 2000, Object: 8 << 20, Backups: 30 * 24 * time.Hour, Strict: 200_000, Reasons: 10,
	Common: 100, Readings: 365 * 24 * time.Hour, Sample: 10,
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	for _, f := range []struct{ have, want *int }{
		{&l.Batch, &d.Batch}, {&l.Envelope, &d.Envelope}, {&l.Object, &d.Object}, {&l.Strict, &d.Strict}, {&l.Reasons, &d.Reasons}, {&l.Common, &d.Common}, {&l.Sample, &d.Sample},
	} {
		if *f.have <= 0 {
			*f.have = *f.want
		}
	}
	l.Envelope = min(l.Envelope, mithaq.MaxEnvelopeObjects-maxEvidence)
	if l.Backups <= 0 {
		l.Backups = d.Backups
	}
	if l.Readings <= 0 {
		l.Readings = d.Readings
	}
	return l
}

// A Gate is the way in and out of one node. All methods may be called at once.
type Gate struct {
	Config
	node mithaq.Viewer
}

// New makes a Gate.
func New(cfg Config) *Gate {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Enter == nil {
		cfg.Enter = func(*store.Tx, mithaq.Account) error { return nil }
	}
	return &Gate{Config: cfg, node: mithaq.NodeViewer(cfg.Org)}
}

// Handlers act on what partners send.
func (g *Gate) Handlers() message.Handlers {
	return message.Handlers{
		mithaq.MessageItems:      {Prepare: g.prepareItems, Apply: g.applyItems, Receipted: g.receipted},
		mithaq.MessageRecall:     {Prepare: prepare[mithaq.Recall], Apply: g.applyRecall},
		mithaq.MessageNarrow:     {Prepare: prepare[mithaq.Narrowing], Apply: g.applyNarrowing},
		mithaq.MessageErased:     {Prepare: prepare[mithaq.Erasure], Apply: g.applyErasure},
		mithaq.MessageConsentAsk: {Prepare: prepare[mithaq.ConsentAsk], Apply: g.applyAsk},
		mithaq.MessageConsent:    {Prepare: prepare[mithaq.Consent], Apply: g.applyConsent},
		mithaq.MessageMark:       {Prepare: prepare[mithaq.Mark], Apply: g.applyMark},
	}
}

// read runs fn on a snapshot, write in a transaction that is durable after it.
func (g *Gate) read(ctx context.Context, fn func(tx *store.Tx) error) error {
	return g.Store.Read(ctx, fn)
}

func (g *Gate) write(ctx context.Context, fn func(tx *store.Tx) error) error {
	return g.Store.Write(ctx, fn)
}

func denied(key string, args ...any) error { return mithaq.Refuse(mithaq.Denied, key, args...) }

func invalid(key string, args ...any) error { return mithaq.Refuse(mithaq.Invalid, key, args...) }
