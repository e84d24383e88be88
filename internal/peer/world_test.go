package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A world is several nodes in one bubble: pipes for a network, mutual TLS, real
// SQLite, each node with a clock of its own.
type world struct {
	t     testing.TB
	mu    sync.Mutex
	nodes map[string]*node // by address
	cut   map[string]bool
}

func newWorld(t testing.TB) *world {
	return &world{t: t, nodes: map[string]*node{}, cut: map[string]bool{}}
}

// dial is the network.
func (w *world) dial(ctx context.Context, addr string) (net.Conn, error) {
	w.mu.Lock()
	n, cut := w.nodes[addr], w.cut[addr]
	w.mu.Unlock()
	if n == nil || cut {
		return nil, fmt.Errorf("no route to %s", addr)
	}
	near, far := pipe()
	select {
	case n.incoming <- far:
		return near, nil
	case <-n.stopped:
		return nil, fmt.Errorf("nobody at %s", addr)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// line cuts or joins the way to a node.
func (w *world) line(n *node, cut bool) {
	w.mu.Lock()
	w.cut[n.addr] = cut
	w.mu.Unlock()
	if cut {
		for _, other := range w.nodes {
			other.peer.Hangup(n.org)
			n.peer.Hangup(other.org)
		}
	}
}

// node is one organisation.
type node struct {
	t        testing.TB
	world    *world
	org      mithaq.OrgID
	addr     string
	dir      string
	offset   time.Duration
	limits   Limits
	keys     *keys.Node
	root     *sign.Pair // organisation key
	card     *card.Signed
	pacts    *book
	handlers message.Handlers
	mu       sync.Mutex
	got      []*message.Incoming
	fault    atomic.Pointer[fault]

	incoming chan net.Conn
	store    *store.Store
	ledger   *ledger.Ledger
	peer     *Peer
	stop     context.CancelFunc
	stopped  chan struct{}
	running  sync.WaitGroup
}

type option func(*node)

func clock(d time.Duration) option { return func(n *node) { n.offset = d } }
func unreachable(n *node)          { n.addr = "" }
func limits(l Limits) option       { return func(n *node) { n.limits = l } }

// must fails the test on an error; it does not stop other goroutines' tests.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) node(org mithaq.OrgID, opts ...option) *node {
	w.t.Helper()
	n := &node{t: w.t, world: w, org: org, addr: string(org) + ":443", dir: w.t.TempDir(), pacts: newBook()}
	for _, o := range opts {
		o(n)
	}
	n.handlers = message.Handlers{mithaq.MessageItems: {Apply: n.keep}, mithaq.MessageRecall: {Apply: n.keep}}
	var err error
	n.keys, err = keys.NewNode(org, n.now())
	must(w.t, err)
	n.root, err = sign.Generate()
	must(w.t, err)
	var addresses []string
	if n.addr != "" {
		addresses = []string{"https://" + n.addr}
	}
	n.card, err = card.New(card.Details{Org: org, Name: map[string]string{"en": string(org)}, Addresses: addresses},
		card.Dated(n.keys.Public(), n.now().Add(-time.Hour), 365*24*time.Hour), n.root, stix.NewID(mithaq.TypeCard), n.now())
	must(w.t, err)
	n.start()
	must(w.t, n.peer.Publish(w.t.Context(), n.rawCard()))
	return n
}

func (n *node) rawCard() []byte {
	raw, err := jcs.Marshal(&n.card.Card)
	must(n.t, err)
	return raw
}

func (n *node) now() time.Time { return time.Now().Add(n.offset) }

// keep is the handler of the tests: it takes every object as item 1, 2, 3 …
func (n *node) keep(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	out := message.Outcome{Items: make([]int64, len(in.Raw))}
	for i, raw := range in.Raw {
		if raw == nil {
			continue
		}
		seq, err := tx.Seq()
		if err != nil {
			return out, err
		}
		if _, err := tx.Exec("INSERT INTO test_item(seq, raw) VALUES(?, ?)", seq, raw); err != nil {
			return out, err
		}
		out.Items[i] = seq
	}
	tx.OnCommit(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.got = append(n.got, in)
	})
	return out, nil
}

// received lists what the handler took, in order.
func (n *node) received() []*message.Incoming {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.got)
}

func (n *node) raw(tx *store.Tx, items []int64) ([][]byte, error) {
	raws := make([][]byte, len(items))
	for i, item := range items {
		err := tx.QueryRow("SELECT raw FROM test_item WHERE seq = ?", item).Scan(&raws[i])
		if err != nil && !errors.Is(err, mithaq.NotFound) {
			raws[i] = nil
		}
	}
	return raws, nil
}

var testItems = store.Migration{Capability: "test", FS: os.DirFS("testdata/schema")}

// start opens the node's folder and lets it run.
func (n *node) start() {
	n.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	n.stop, n.stopped, n.incoming = stop, make(chan struct{}), make(chan net.Conn)
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() && os.Getenv("PEER_LOG") != "" {
		log = slog.New(slog.NewTextHandler(n.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", string(n.org))
	}
	var err error
	n.store, err = store.Open(ctx, store.Config{Dir: n.dir, Now: n.now, Log: log, Faults: n.faults, Migrations: []store.Migration{ledger.Migrations(), Migrations(), testItems}})
	must(n.t, err)
	n.ledger, err = ledger.New(ctx, ledger.Config{
		Store: n.store, Org: n.org, Now: n.now, Log: log,
		Key: func() (ledger.Key, error) { return n.keys.Notes(mithaq.KeyLog) },
	})
	must(n.t, err)
	n.peer, err = New(Config{
		Store: n.store, Org: n.org, Keys: n.keys, Pacts: n.pacts, Journal: n.ledger, Handlers: n.handlers,
		Raw: n.raw, Dial: n.world.dial, Now: n.now, Log: log, Limits: n.limits,
	})
	must(n.t, err)
	n.running.Go(func() { _ = n.peer.Run(ctx) })
	n.running.Go(func() { _ = n.ledger.Run(ctx) })
	if n.addr != "" {
		n.world.mu.Lock()
		n.world.nodes[n.addr] = n
		n.world.mu.Unlock()
		n.running.Go(func() { _ = n.peer.Serve(ctx, &pipes{n}) })
	}
}

// halt ends all that runs of the node and closes its folder.
func (n *node) halt() {
	n.stop()
	n.running.Wait()
	_ = n.store.Close()
	n.store = nil
}

// close ends every node of the world.
func (w *world) close() {
	for _, n := range w.all() {
		n.stop()
	}
	for _, n := range w.all() {
		if n.store != nil {
			n.halt()
		}
	}
}

func (w *world) all() (list []*node) {
	for _, n := range w.nodes {
		list = append(list, n)
	}
	return list
}

// pipes is a node's listener.
type pipes struct{ n *node }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.n.incoming:
		return c, nil
	case <-p.n.stopped:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.n.stopped:
	default:
		close(p.n.stopped)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: p.n.addr, Net: "pipe"} }

// book is a book of pacts that people of the tests write in by hand.
type book struct {
	mu      sync.Mutex
	version map[stix.ID]mithaq.Digest
	stopped map[stix.ID]bool
	asked   int // whether a message may cross
}

func newBook() *book {
	return &book{version: map[stix.ID]mithaq.Digest{}, stopped: map[stix.ID]bool{}}
}

// set puts a version of a pact in force.
func (b *book) set(pact stix.ID, version mithaq.Digest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.version[pact] = version
}

// stop suspends a pact, or takes that back.
func (b *book) stop(pact stix.ID, stopped bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped[pact] = stopped
}

func (b *book) Current(_ *store.Tx, pact stix.ID) (mithaq.Digest, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.version[pact]
	if !ok {
		return d, mithaq.Refuse(mithaq.NotFound, "pact.unknown", pact)
	}
	return d, nil
}

func (b *book) Check(_ *store.Tx, pact stix.ID, version mithaq.Digest, _ mithaq.OrgID, kind mithaq.MessageKind, _ mithaq.Purpose, _ time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	switch {
	case b.version[pact] != version:
		return mithaq.Refuse(mithaq.Busy, "pact.version", pact)
	case b.stopped[pact] && !kind.PassesSuspension():
		return mithaq.Refuse(mithaq.Denied, "pact.suspended", pact)
	}
	return nil
}

// agree puts one pact in force on all nodes.
func agree(nodes ...*node) stix.ID {
	id := stix.NewID(mithaq.TypePact)
	version := mithaq.DigestOf([]byte(id))
	for _, n := range nodes {
		n.pacts.set(id, version)
	}
	return id
}

func person(org mithaq.OrgID, i int) mithaq.Viewer {
	return mithaq.Viewer{Org: org, Person: mithaq.PersonID(fmt.Sprintf("person-%016x", i)), Roles: []mithaq.Role{mithaq.Supervisor, mithaq.LegalOfficer}}
}

// acquaint introduces b to a by a's invitation and lets two persons on each
// side compare digits.
func acquaint(t testing.TB, a, b *node) {
	t.Helper()
	ctx := t.Context()
	if a.addr == "" {
		a, b = b, a
	}
	code, err := a.peer.Invite(ctx, person(a.org, 1), "desk")
	must(t, err)
	_, err = b.peer.Introduce(ctx, person(b.org, 1), "https://"+a.addr, code)
	must(t, err)
	for _, pair := range [][2]*node{{a, b}, {b, a}} {
		for i := 1; i <= 2; i++ {
			pair[0].accept(pair[1], i)
		}
	}
}

// accept lets one person of n compare what the other's desk reads out.
func (n *node) accept(other *node, who int) {
	n.t.Helper()
	var digits []string
	must(n.t, other.store.Read(n.t.Context(), func(tx *store.Tx) error {
		print, err := other.peer.Print(tx, other.org)
		digits = print.Digits()
		return err
	}))
	heard := map[int]string{2: digits[1], 7: digits[6], 12: digits[11]}
	_, err := n.peer.Accept(n.t.Context(), person(n.org, who), other.org, heard, "number in the national directory")
	must(n.t, err)
}

// put stores objects at a node and gives them as what can be sent.
func (n *node) put(objects ...string) (list []message.Object) {
	n.t.Helper()
	must(n.t, n.store.Write(n.t.Context(), func(tx *store.Tx) error {
		for _, raw := range objects {
			seq, err := tx.Seq()
			if err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO test_item(seq, raw) VALUES(?, ?)", seq, []byte(raw)); err != nil {
				return err
			}
			list = append(list, message.Object{Raw: []byte(raw), Item: seq})
		}
		return nil
	}))
	return list
}

// send puts one message on a lane.
func (n *node) send(to *node, pact stix.ID, l mithaq.Lane, objects ...message.Object) message.Sent {
	n.t.Helper()
	sent, err := n.trySend(message.Outbound{
		To: to.org, Pact: pact, Lane: l, Kind: mithaq.MessageItems,
		Account: mithaq.Account{Purpose: mithaq.Fraud, Basis: "article 12"}, Content: message.Pack(objects),
	})
	must(n.t, err)
	return sent
}

func (n *node) trySend(m message.Outbound) (sent message.Sent, err error) {
	err = n.store.Write(n.t.Context(), func(tx *store.Tx) error {
		sent, err = n.peer.Send(tx, m)
		return err
	})
	return sent, err
}

// state is what became of a message at a node.
func (n *node) state(id stix.ID) (state string) {
	n.t.Helper()
	must(n.t, n.store.Read(n.t.Context(), func(tx *store.Tx) error {
		err := tx.QueryRow("SELECT state FROM peer_envelope WHERE id = ?", id).Scan(&state)
		if err != nil {
			state = "none"
		}
		return nil
	}))
	return state
}

// entries lists what was entered into the node's own log under a kind.
func (n *node) entries(kind string) (list []mithaq.Account) {
	n.t.Helper()
	must(n.t, n.store.Read(n.t.Context(), func(tx *store.Tx) error {
		all, err := ledger.Find(tx, n.ledger.OwnLog(), ledger.Filter{Kind: kind, Limit: 1000})
		for _, e := range all {
			var a mithaq.Account
			if err := json.Unmarshal(e.Account, &a); err != nil {
				return err
			}
			list = append(list, a)
		}
		return err
	}))
	return list
}

// refusedFor says whether a refusal for this reason was entered.
func (n *node) refusedFor(why string) bool {
	n.t.Helper()
	return slices.ContainsFunc(n.entries("refusal"), func(a mithaq.Account) bool { return a.Notes["why"] == why })
}

// trees are the logs of all lanes between two nodes as one has them.
func (n *node) trees() map[string]mithaq.Tree {
	n.t.Helper()
	all := map[string]mithaq.Tree{}
	must(n.t, n.store.Read(n.t.Context(), func(tx *store.Tx) error {
		logs, err := ledger.Logs(tx)
		for _, l := range logs {
			if l.Origin != mithaq.OwnOrigin(n.org) {
				all[l.Origin] = l.Tree
			}
		}
		return err
	}))
	return all
}

// settle lets virtual time pass until nothing is under way.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inWorld runs a test in a world of its own.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		test(t, w)
	})
}
