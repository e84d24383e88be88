package node

import (
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/fulltext"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/internal/mispsync"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/peer"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// The parts of an open node, for programs that act beside its API: a demo, a
// test of several nodes.

// Store is where the node keeps everything.
func (n *Node) Store() *store.Store { return n.store }

// Ledger keeps the node's logs.
func (n *Node) Ledger() *ledger.Ledger { return n.ledger }

// Accounts are the node's people.
func (n *Node) Accounts() *account.Book { return n.accounts }

// Pacts is the node's book of pacts.
func (n *Node) Pacts() *pact.Book { return n.pacts }

// Gate is the way in and out.
func (n *Node) Gate() *gate.Gate { return n.gate }

// Feeds are what the node reads of others' servers.
func (n *Node) Feeds() *subscribe.Book { return n.feeds }

// Match is hit / no-hit matching.
func (n *Node) Match() *match.Book { return n.match }

// Misps are the MISP servers that the node reads and pushes to.
func (n *Node) Misps() *mispsync.Book { return n.misps }

// Inquiries are what the node asks partners, and they ask it.
func (n *Node) Inquiries() *inquiry.Book { return n.asks }

// Peer keeps the node's links.
func (n *Node) Peer() *peer.Peer { return n.peer }

// Words is the index of the words of what the node holds.
func (n *Node) Words() *fulltext.Index { return n.text }
