package pact

import (
	"embed"
	"errors"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	return store.Embedded("pact", schema)
}

// Topic is the change topic under which a pact's id is told when its state changes.
const Topic = "pact"

// MaxBytes bounds a pact's text on the way in.
const MaxBytes = 1 << 20

// Cards finds the Cards of parties.
type Cards interface {
	// Card is the Card with a digest: one of ours, or of an accepted partner.
	// NotFound when there is none.
	Card(tx *store.Tx, digest mithaq.Digest) (*mithaq.Card, error)
	// Current is the digest of an accepted partner's present Card, or of ours.
	// NotFound for anybody else.
	Current(tx *store.Tx, org mithaq.OrgID) (mithaq.Digest, error)
}

// Config says what a Book works with.
type Config struct {
	Store  *store.Store
	Org    mithaq.OrgID
	Signer sign.Signer // the node's message key
	Outbox message.Outbox
	Cards  Cards
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
}

// A Book keeps a node's pacts. All methods may be called at once.
type Book struct {
	Config
	rules sync.Map // mithaq.Digest → *compiled; texts never change
}

// New makes a Book.
func New(cfg Config) *Book { return &Book{Config: cfg} }

type compiled struct {
	pact  *mithaq.Pact
	rules *mithaq.Rules
}

// A Text is one version of a pact as the node holds it.
type Text struct {
	Pact     *mithaq.Pact
	Rules    *mithaq.Rules
	Digest   mithaq.Digest
	Status   mithaq.PactStatus
	Drafter  mithaq.OrgID
	Since    time.Time // in force from; zero before
	Replaced time.Time // superseded from; zero before
}

func notFound(id stix.ID) error { return mithaq.Refuse(mithaq.NotFound, "pact.unknown", string(id)) }

func isNotFound(err error) bool { return errors.Is(err, mithaq.NotFound) }

func micro(t time.Time) int64 { return t.UnixMicro() }

func timeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
