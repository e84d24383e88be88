package peer

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Pacts is what the links ask of the book of pacts, inside their transactions.
type Pacts interface {
	// Check says whether a message may cross under a version of a pact: nil,
	// Busy when that version is not held yet, another refusal when it may not.
	Check(tx *store.Tx, pact stix.ID, version mithaq.Digest, partner mithaq.OrgID,
		kind mithaq.MessageKind, purpose mithaq.Purpose, created time.Time) error
	// Current is the version by which we send.
	Current(tx *store.Tx, pact stix.ID) (mithaq.Digest, error)
}

// A Journal is the node's own log.
type Journal interface {
	// Own enters an account, in the caller's transaction.
	Own(tx *store.Tx, a mithaq.Account) (int64, mithaq.Tree, error)
	// Pin is the newest signed checkpoint of the own log, "" when there is none.
	Pin(tx *store.Tx) (string, error)
}

// Config is what links are made of.
type Config struct {
	Store    *store.Store
	Org      mithaq.OrgID
	Keys     keys.Ring
	Pacts    Pacts
	Journal  Journal
	Handlers message.Handlers // of every kind but those of this package
	// Raw gives the bytes of items by their numbers in the store; nil for those that are gone.
	Raw func(tx *store.Tx, items []int64) ([][]byte, error)
	// Dial opens a line to host:port. A net.Dialer's when nil.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// Now is the clock; it is the store's too. time.Now when nil.
	Now func() time.Time
	Log *slog.Logger // nothing when nil
	// Around wraps what answers partners, to count it. As it is when nil.
	Around func(http.Handler) http.Handler
	Limits
}

// Limits bound what others can make this node do. Zero members take the value of DefaultLimits.
type Limits struct {
	Body         int64         // bytes of one message
	Object       int           // bytes of one object
	HeaderTime   time.Duration // to read the header of a request
	BodyTime     time.Duration // to read a small body
	BodyRate     int64         // bytes a second that a longer body must come with
	Skew         time.Duration // how far apart clocks may be
	Conns        int           // open connections in all
	PartnerConns int           // open connections of one partner
	Nonces       int           // requests of one partner within the lifetime of a signature
	NotAfter     time.Duration // how long a message may take to arrive
	Parallel     int           // lanes on which deliveries run at once
	Answer       time.Duration // to wait for the answer to a request
	RetryFirst   time.Duration // back-off after the first failure
	RetryMost    time.Duration // back-off at the most
	PollEvery    time.Duration // between looks at a partner's outbox, for a node that cannot be reached
	PinEvery     time.Duration // between checkpoints of our own log in what a partner gets
}

// DefaultLimits suit a node on a small machine.
var DefaultLimits = Limits{
	Body: 64 << 20, Object: 8 << 20,
	HeaderTime: 10 * time.Second, BodyTime: 20 * time.Second, BodyRate: 64 << 10,
	Skew: 5 * time.Minute, Conns: 512, PartnerConns: 16, Nonces: 100_000,
	NotAfter: 14 * 24 * time.Hour, Parallel: 16, Answer: time.Minute,
	RetryFirst: time.Second, RetryMost: 10 * time.Minute,
	PollEvery: 30 * time.Second, PinEvery: time.Hour,
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	fill(&l.Body, d.Body)
	fill(&l.Object, d.Object)
	fill(&l.HeaderTime, d.HeaderTime)
	fill(&l.BodyTime, d.BodyTime)
	fill(&l.BodyRate, d.BodyRate)
	fill(&l.Skew, d.Skew)
	fill(&l.Conns, d.Conns)
	fill(&l.PartnerConns, d.PartnerConns)
	fill(&l.Nonces, d.Nonces)
	fill(&l.NotAfter, d.NotAfter)
	fill(&l.Parallel, d.Parallel)
	fill(&l.Answer, d.Answer)
	fill(&l.RetryFirst, d.RetryFirst)
	fill(&l.RetryMost, d.RetryMost)
	fill(&l.PollEvery, d.PollEvery)
	fill(&l.PinEvery, d.PinEvery)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Dial == nil {
		var d net.Dialer
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) { return d.DialContext(ctx, "tcp", addr) }
	}
	c.Limits = c.Limits.withDefaults()
	return c
}
