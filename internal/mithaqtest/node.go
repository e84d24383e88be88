package mithaqtest

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Node is one organisation's node in a world. The embedded node is there
// while it runs.
type Node struct {
	*node.Node
	Org mithaq.OrgID
	Dir string

	t       testing.TB
	w       *World
	options node.Options
	address string
	store   string       // a DSN, or "" for SQLite
	offset  atomic.Int64 // of its clock, in nanoseconds
	people  map[string]*Person
	stop    context.CancelFunc
	ran     chan error
}

// An Option makes a node different.
type Option func(*Node)

// Clock sets a node's clock apart from the world's.
func Clock(d time.Duration) Option { return func(n *Node) { n.offset.Store(int64(d)) } }

// With changes what the node is opened with.
func With(change func(*node.Options)) Option { return func(n *Node) { change(&n.options) } }

// Sealing closes the key files of a world: quick to open, for tests alone.
var Sealing = keys.Sealing{Secret: keys.Fixed("a passphrase for tests"), Work: 2}

// Node makes a node and lets it run.
func (w *World) Node(org mithaq.OrgID, options ...Option) *Node {
	w.t.Helper()
	n := &Node{Org: org, Dir: filepath.Join(w.t.TempDir(), "node"), address: string(org) + ":7443", t: w.t, w: w, people: map[string]*Person{}}
	n.options = node.Options{
		Version: "test", Now: n.Now, Log: w.logger(), Sealing: &Sealing,
		Dial: func(ctx context.Context, addr string) (net.Conn, error) { return w.net.dial(ctx, org, addr) },
	}
	for _, o := range options {
		o(n)
	}
	made, err := node.Init(n.ctx(), n.Dir, node.Start{
		Config: n.config(), People: founders(), Organisation: Sealing, Node: Sealing, Options: n.options,
	})
	n.must(err)
	for _, p := range made.People {
		n.enrol(p)
	}
	w.nodes[org] = n
	n.Start()
	return n
}

// At puts a node at an address, host:port, instead of one made of its name.
func At(address string) Option { return func(n *Node) { n.address = address } }

// On keeps a node's data on a PostgreSQL server.
func On(dsn string) Option { return func(n *Node) { n.store = dsn } }

func (n *Node) config() node.Config {
	c := node.Default(n.Org)
	if n.store != "" {
		c.Store = n.store
	}
	c.Address, c.Listen, c.Tools, c.Pages = "https://"+n.address, n.address, "", ""
	return c
}

// Now is what the node's clock shows.
func (n *Node) Now() time.Time { return time.Now().Add(time.Duration(n.offset.Load())) }

// SetClock sets the node's clock apart from the world's.
func (n *Node) SetClock(d time.Duration) { n.offset.Store(int64(d)) }

// Start opens the node's folder and lets it run.
func (n *Node) Start() {
	n.t.Helper()
	n.must(n.TryStart())
}

// TryStart is Start for a folder that may not open.
func (n *Node) TryStart() error {
	ctx, stop := context.WithCancel(context.Background())
	open, err := node.Open(ctx, n.Dir, n.options)
	if err != nil {
		stop()
		return err
	}
	n.Node, n.stop, n.ran = open, stop, make(chan error, 1)
	door := n.w.net.listen(n.Org, n.address)
	go func() { n.ran <- open.Run(ctx, node.Listeners{Partners: door}) }()
	return nil
}

func (n *Node) tellStop() {
	if n.Node != nil {
		n.stop()
	}
}

// Stop lets the node come to its end and closes its folder.
func (n *Node) Stop() {
	n.t.Helper()
	if n.Node == nil {
		return
	}
	n.stop()
	if err := <-n.ran; err != nil && !errors.Is(err, context.Canceled) {
		n.t.Errorf("%s ran into %v", n.Org, err)
	}
	if err := n.Close(); err != nil {
		n.t.Errorf("%s closes with %v", n.Org, err)
	}
	n.Node = nil
}

// Restart stops the node and starts it again, with other options if any.
func (n *Node) Restart(options ...Option) {
	n.t.Helper()
	n.Stop()
	for _, o := range options {
		o(n)
	}
	n.Start()
}

// Rotate gives the node new keys and a Card that names them, as the holder of
// the organisation's key does it: off line, the node standing still meanwhile.
func (n *Node) Rotate(uses ...mithaq.KeyUse) {
	n.t.Helper()
	n.Stop()
	ring, err := keys.LoadNode(node.NodeKeys(n.Dir), Sealing)
	n.must(err)
	org, err := keys.LoadOrganisation(node.OrganisationKey(n.Dir), Sealing)
	n.must(err)
	last, _, err := node.ReadCard(n.Dir)
	n.must(err)
	var added []mithaq.PublicKey
	for _, use := range uses {
		k, err := ring.Add(use, n.Now())
		n.must(err)
		added = append(added, k)
	}
	next, err := card.Rotate(last, org.Pair, n.Now(), card.Dated(added, n.Now().Add(-time.Hour), node.KeyLife)...)
	n.must(err)
	n.must(ring.Save(node.NodeKeys(n.Dir), Sealing))
	n.must(node.WriteCard(n.Dir, next))
	n.Start()
}

func (n *Node) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatalf("%s: %v", n.Org, err)
	}
}

// Write runs fn in a transaction of the node and wants it to succeed.
func (n *Node) Write(fn func(tx *store.Tx) error) {
	n.t.Helper()
	n.must(n.Store().Write(n.ctx(), fn))
}

// Read runs fn on a snapshot of the node and wants it to succeed.
func (n *Node) Read(fn func(tx *store.Tx) error) {
	n.t.Helper()
	n.must(n.Store().Read(n.ctx(), fn))
}

// busy reports whether something of the node's is under way. A node that
// stands still has nothing.
func (n *Node) busy() (busy bool) {
	n.t.Helper()
	if n.Node == nil {
		return false
	}
	n.Read(func(tx *store.Tx) error {
		waiting, err := n.Peer().Waiting(tx)
		if err != nil {
			return err
		}
		sending, err := n.Gate().Releases(tx, mithaq.NodeViewer(n.Org), gate.Sending)
		busy = waiting > 0 || len(sending) > 0
		return err
	})
	return busy
}

func (n *Node) partners() (list []*mithaq.Partner) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		list, err = n.Peer().Partners(tx)
		return err
	})
	return list
}

// Partner is what the node knows of another.
func (n *Node) Partner(other *Node) (p *mithaq.Partner) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		p, err = n.Peer().Partner(tx, other.Org)
		return err
	})
	return p
}

// Entries lists what was entered into the node's own log under a kind.
func (n *Node) Entries(kind string) (list []mithaq.Account) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		all, err := ledger.Find(tx, n.Ledger().OwnLog(), ledger.Filter{Kind: kind, Limit: 1000})
		for _, e := range all {
			var a mithaq.Account
			if err := json.Unmarshal(e.Account, &a); err != nil {
				return err
			}
			list = append(list, a)
		}
		return err
	})
	return list
}

// Logs lists the origins of all logs a node keeps, with their trees.
func (n *Node) Logs() map[string]mithaq.Tree {
	n.t.Helper()
	all := map[string]mithaq.Tree{}
	n.Read(func(tx *store.Tx) error {
		logs, err := ledger.Logs(tx)
		for _, l := range logs {
			all[l.Origin] = l.Tree
		}
		return err
	})
	return all
}

func founders() (list []node.Founder) {
	for _, p := range []struct {
		handle string
		role   mithaq.Role
	}{{"amal", mithaq.Analyst}, {"rami", mithaq.Releaser}, {"salma", mithaq.Supervisor}, {"lina", mithaq.LegalOfficer}} {
		list = append(list, node.Founder{
			Handle: p.handle, Seal: Sealing, Newcomer: account.Newcomer{Name: p.handle, Roles: []mithaq.Role{p.role}},
		})
	}
	return list
}
