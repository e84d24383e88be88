// Package node makes a running node of a folder: it opens the store, wires the
// capabilities to each other, and serves partners, people and tools until told
// to stop. What meets nowhere else meets here.
//
//	DIR/mithaq.toml      configuration
//	DIR/mithaq.db        everything kept (unless PostgreSQL keeps it)
//	DIR/card.json        the node's Card, to hand over
//	DIR/keys/            sealed keys; organisation.key belongs off line
//	DIR/people/          the first persons' credentials and sign-ins, to take away
//	DIR/run/api.sock     where the command line reaches it
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/fulltext"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/lists"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/notes"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/shelf"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subject"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// A Node is one organisation's, open and ready to serve.
type Node struct {
	dir      string
	config   Config
	options  Options
	log      *slog.Logger
	ring     keys.Ring
	store    *store.Store
	ledger   *ledger.Ledger
	accounts *account.Book
	pacts    *pact.Book
	peer     *peer.Peer
	gate     *gate.Gate
	lists    *lists.Book
	feeds    *subscribe.Book
	text     *fulltext.Index
	match    *match.Book
	misps    *mispsync.Book
	asks     *inquiry.Book
	counts   *requests
	draining atomic.Bool
}

// Open opens a node's folder. It does not serve yet: see Run.
func Open(ctx context.Context, dir string, o Options) (*Node, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	n := &Node{dir: dir, config: c, options: o, counts: newRequests(), log: o.log().With("node", string(c.Organisation))}
	if n.ring, err = n.openKeys(); err != nil {
		return nil, err
	}
	if err := n.openStore(ctx); err != nil {
		return nil, err
	}
	if err := n.openText(ctx); err != nil {
		return nil, errors.Join(err, n.store.Close())
	}
	if err := n.wire(ctx); err != nil {
		return nil, errors.Join(err, n.text.Close(), n.store.Close())
	}
	return n, nil
}

// Config is what the node was opened with.
func (n *Node) Config() Config { return n.config }

// Close closes the store; Run must have returned.
func (n *Node) Close() error { return errors.Join(n.text.Close(), n.store.Close()) }

func (n *Node) openKeys() (keys.Ring, error) {
	if n.options.Sealing != nil {
		return keys.LoadNode(NodeKeys(n.dir), *n.options.Sealing)
	}
	secret, err := keys.ParseSecret(n.config.Secret)
	if err != nil {
		return nil, err
	}
	return keys.LoadNode(NodeKeys(n.dir), keys.Sealing{Secret: secret})
}

func (c *Config) storeConfig(dir string, o *Options) store.Config {
	s := store.Config{Now: o.now, Log: o.log(), Migrations: Migrations(), MaxPages: o.MaxPages, Faults: o.Faults}
	if c.Store == "sqlite" {
		s.Dir = dir
	} else {
		s.DSN = c.Store
	}
	return s
}

// Migrations are all tables, in the order in which they depend on each other.
func Migrations() []store.Migration {
	return []store.Migration{
		ledger.Migrations(), pact.Migration(), account.Migration(), peer.Migrations(), gate.Migration(), lists.Migration(), subscribe.Migration(),
		shelf.Migration(), fulltext.Migration(), notes.Migration(), subject.Migration(), match.Migration(), mispsync.Migration(),
		inquiry.Migration(),
	}
}

func (n *Node) openStore(ctx context.Context) (err error) {
	n.store, err = store.Open(ctx, n.config.storeConfig(n.dir, &n.options))
	return err
}

// openText opens the index of words: in a file where the store is one, and in the database otherwise.
func (n *Node) openText(ctx context.Context) (err error) {
	c := fulltext.Config{Store: n.store, Wakes: []string{gate.TopicItems}, Log: n.log}
	if n.config.Store == "sqlite" {
		c.Dir = n.dir
	}
	n.text, err = fulltext.Open(ctx, c)
	return err
}

// wire makes the capabilities and lets them meet.
func (n *Node) wire(ctx context.Context) error {
	var err error
	n.ledger, err = ledger.New(ctx, ledger.Config{
		Store: n.store, Org: n.config.Organisation, Now: n.options.now, Log: n.log,
		Key: func() (ledger.Key, error) { return n.ring.Notes(mithaq.KeyLog) },
	})
	if err != nil {
		return err
	}
	signer, err := n.ring.Message()
	if err != nil {
		return err
	}
	meet := &links{}
	passkeys, err := n.config.passkeys()
	if err != nil {
		return err
	}
	n.accounts = account.New(account.Config{
		Store: n.store, Org: n.config.Organisation, Enter: n.enter, Passkeys: passkeys,
		Cases: func(tx *store.Tx, person mithaq.PersonID) ([]string, error) { return n.gate.Cases(tx, person) },
	})
	n.pacts = pact.New(pact.Config{
		Store: n.store, Org: n.config.Organisation, Signer: signer, Outbox: meet, Cards: meet, Enter: n.enter,
	})
	if err := n.makeGate(signer, meet); err != nil {
		return err
	}
	n.misps = mispsync.New(mispsync.Config{
		Store: n.store, Org: n.config.Organisation, Name: n.config.Name[n.config.Language], Gate: n.gate, Log: n.log, Now: n.options.now,
		Keys: n.ring, Enter: n.enter, Settled: n.gate.Handlers()[mithaq.MessageItems].Receipted,
		Partner: func(tx *store.Tx, org mithaq.OrgID) (*mithaq.Partner, error) { return meet.Partner(tx, org) },
	})
	meet.plain = n.misps
	n.asks.Gate = n.gate
	n.feeds = subscribe.New(subscribe.Config{
		Store: n.store, Org: n.config.Organisation, Gate: n.gate, Keys: n.ring, Enter: n.enter, Log: n.log,
		Ran: n.counts.run, Readers: n.misps.Readers(),
	})
	n.makeMatch(meet)
	if n.peer, err = n.makePeer(); err != nil {
		return err
	}
	meet.Peer = n.peer
	if err := n.publishFirst(ctx); err != nil {
		return err
	}
	return n.noteStart(ctx)
}

func (n *Node) makeGate(signer sign.Signer, meet *links) error {
	lines, err := n.redLines()
	if err != nil {
		return err
	}
	n.lists = lists.New(lists.Config{Own: n.config.ownDomains(), Enter: n.enter})
	n.asks = inquiry.New(inquiry.Config{Store: n.store, Org: n.config.Organisation, Pacts: n.pacts, Outbox: meet, Enter: n.enter, Log: n.log})
	n.gate = gate.New(gate.Config{
		Store: n.store, Org: n.config.Organisation, Signer: signer, Outbox: meet, Pacts: n.pacts, Cards: meet,
		Reach: meet, Credentials: n.accounts, Lines: lines, Enter: n.enter, Log: n.log,
		Cautions: n.lists.Cautions, ToolsRead: n.accounts.ToolsRead, Inquiries: n.asks,
		Limits: gate.Limits{Backups: time.Duration(n.config.BackupDays) * 24 * time.Hour},
	})
	return nil
}

// enter adds to the node's own log. What changes who may do what is shown to
// the partners with the next message, by the log's checkpoint.
func (n *Node) enter(tx *store.Tx, a mithaq.Account) error {
	if _, _, err := n.ledger.Own(tx, a); err != nil {
		return err
	}
	if shown[a.Kind] {
		return n.peer.Pin(tx)
	}
	return nil
}

func (n *Node) makePeer() (*peer.Peer, error) {
	handlers := n.pacts.Handlers()
	maps.Copy(handlers, n.gate.Handlers())
	maps.Copy(handlers, n.match.Handlers())
	maps.Copy(handlers, n.asks.Handlers())
	return peer.New(peer.Config{
		Store: n.store, Org: n.config.Organisation, Keys: n.ring, Pacts: n.pacts, Journal: journal{n.ledger},
		Handlers: handlers, Raw: n.gate.Raw, Dial: n.options.Dial, Now: n.options.now, Log: n.log,
		Limits: n.options.Limits, Around: n.counts.face("partners"),
	})
}

// publishFirst makes the Card in the folder the node's own, the first time.
func (n *Node) publishFirst(ctx context.Context) error {
	c, raw, err := ReadCard(n.dir)
	if err != nil {
		return fmt.Errorf("card: %w", err)
	}
	var current mithaq.Digest
	err = n.store.Read(ctx, func(tx *store.Tx) (err error) {
		_, current, err = n.peer.Card(tx)
		return err
	})
	if err != nil && !errors.Is(err, mithaq.NotFound) {
		return err
	}
	if current == c.Digest {
		return nil
	}
	return n.peer.Publish(ctx, raw)
}
