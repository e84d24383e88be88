package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// A world is some nodes, each a gate, a book of pacts and a ledger on a real
// store, and lines between them that a test opens and cuts.
type world struct {
	t     testing.TB
	now   time.Time
	nodes map[mithaq.OrgID]*node
	cards map[mithaq.OrgID]*mithaq.Card
	pact  *mithaq.Pact
	cut   bool

	toolsRead bool
}

type node struct {
	*Gate
	w        *world
	org      mithaq.OrgID
	book     *pact.Book
	pair     *sign.Pair
	ledger   *ledger.Ledger
	handlers message.Handlers
	out      []*letter // every message sent, in order
	keys     map[mithaq.PersonID]*sign.Pair
	passkeys map[mithaq.PersonID]*mithaq.PublicPasskey
	forgot   map[int64]bool
}

// A letter is one message on its way or arrived.
type letter struct {
	m       message.Outbound
	sent    message.Sent
	header  *mithaq.EnvelopeHeader
	items   []int64
	raws    [][]byte
	objects []mithaq.Digest
	salts   []byte
	came    []int64 // at the receiver
	state   string
	receipt *mithaq.Receipt
}

const (
	atlas    mithaq.OrgID = "atlas.example"
	najd     mithaq.OrgID = "najd.example"
	anatolia mithaq.OrgID = "anatolia.example"
)

func person(org mithaq.OrgID, n int, roles ...mithaq.Role) mithaq.Viewer {
	return mithaq.Viewer{
		Org: org, Person: mithaq.PersonID(fmt.Sprintf("person-%014x%02x", len(org), n)), Roles: roles,
		Reason: "event", Purpose: mithaq.EventSecurity, Basis: "MoU 4",
	}
}

func (n *node) analyst() mithaq.Viewer  { return person(n.org, 1, mithaq.Analyst) }
func (n *node) releaser() mithaq.Viewer { return person(n.org, 2, mithaq.Releaser) }
func (n *node) second() mithaq.Viewer   { return person(n.org, 3, mithaq.Supervisor) }
func (n *node) legal() mithaq.Viewer    { return person(n.org, 4, mithaq.LegalOfficer) }

func newWorld(t testing.TB, orgs ...mithaq.OrgID) *world {
	w := &world{
		t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
		nodes: map[mithaq.OrgID]*node{}, cards: map[mithaq.OrgID]*mithaq.Card{},
	}
	for _, org := range orgs {
		w.enter(org)
	}
	return w
}

func (w *world) enter(org mithaq.OrgID) {
	pair, err := sign.Generate()
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := storetest.Place(w.t)
	cfg.Migrations = []store.Migration{ledger.Migrations(), pact.Migration(), Migration()}
	cfg.Now = func() time.Time { return w.now }
	st, err := store.Open(context.Background(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = st.Close() })
	led, err := ledger.New(context.Background(), ledger.Config{Store: st, Org: org, Now: func() time.Time { return w.now }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.cards[org] = &mithaq.Card{Org: org, Serial: 1, Keys: []mithaq.PublicKey{{
		ID: pair.KeyID(), Use: mithaq.KeyMessage, Ed25519: pair.Public().Ed25519(), MLDSA65: pair.Public().MLDSA65(),
		ValidFrom: mithaq.At(w.now), ValidUntil: mithaq.At(w.now.AddDate(2, 0, 0)),
	}}}
	n := &node{w: w, org: org, pair: pair, ledger: led, keys: map[mithaq.PersonID]*sign.Pair{}, passkeys: map[mithaq.PersonID]*mithaq.PublicPasskey{}, forgot: map[int64]bool{}}
	enter := func(tx *store.Tx, a mithaq.Account) error {
		_, _, err := led.Own(tx, a)
		return err
	}
	n.book = pact.New(pact.Config{Store: st, Org: org, Signer: pair, Outbox: n, Cards: w, Enter: enter})
	n.Gate = New(Config{
		Store: st, Org: org, Signer: pair, Outbox: n, Pacts: n.book, Cards: w, Reach: n, Credentials: n, Enter: enter,
		ToolsRead: func(*store.Tx) (bool, error) { return w.toolsRead, nil },
	})
	n.handlers = n.Gate.Handlers()
	maps.Copy(n.handlers, n.book.Handlers())
	w.nodes[org] = n
}

func digestOf(c *mithaq.Card) mithaq.Digest {
	raw, _ := json.Marshal(c)
	_, d, _ := sign.Bytes(raw)
	return d
}

func (w *world) Card(_ *store.Tx, d mithaq.Digest) (*mithaq.Card, error) {
	for _, c := range w.cards {
		if digestOf(c) == d {
			return c, nil
		}
	}
	return nil, mithaq.Refuse(mithaq.NotFound, "card")
}

func (w *world) Current(_ *store.Tx, org mithaq.OrgID) (mithaq.Digest, error) {
	if c := w.cards[org]; c != nil {
		return digestOf(c), nil
	}
	return mithaq.Digest{}, mithaq.Refuse(mithaq.NotFound, "card")
}

// credential gives a person a key.
func (n *node) credential(v mithaq.Viewer) *sign.Pair {
	if n.keys[v.Person] == nil {
		pair, err := sign.Generate()
		if err != nil {
			n.w.t.Fatal(err)
		}
		n.keys[v.Person] = pair
	}
	return n.keys[v.Person]
}

func (n *node) Key(_ *store.Tx, person mithaq.PersonID, key mithaq.KeyID) (*sign.Public, error) {
	if p := n.keys[person]; p != nil && p.KeyID() == key {
		return p.Public(), nil
	}
	return nil, mithaq.Refuse(mithaq.NotFound, "account.no-credential", string(key))
}

func (n *node) Asserted(_ *store.Tx, person mithaq.PersonID, key mithaq.KeyID, digest mithaq.Digest, a *mithaq.Assertion) (*mithaq.PublicPasskey, error) {
	p := n.passkeys[person]
	if p == nil || p.KeyID() != key {
		return nil, mithaq.Refuse(mithaq.NotFound, "account.no-credential", string(key))
	}
	_, err := passkey.Verify(p, digest, a)
	return p, err
}

// Send is the outbox: the link asks the pact in the same transaction.
func (n *node) Send(tx *store.Tx, m message.Outbound) (message.Sent, error) {
	h := &mithaq.EnvelopeHeader{
		Head: mithaq.NewHead(mithaq.TypeEnvelope, stix.NewID(mithaq.TypeEnvelope), mithaq.At(tx.Now())), Version: 1, Kind: m.Kind,
		PactID: m.Pact, From: n.org, To: m.To, FromCard: digestOf(n.w.cards[n.org]), ToCard: digestOf(n.w.cards[m.To]),
		Lane: m.Lane, Account: m.Account, Objects: len(m.Content.Objects),
	}
	if m.Pact != "" {
		version, err := n.book.Current(tx, m.Pact)
		if err != nil {
			return message.Sent{}, err
		}
		h.Pact = version
		if err := n.book.Check(tx, m.Pact, version, m.To, m.Kind, m.Account.Purpose, tx.Now()); err != nil {
			return message.Sent{}, err
		}
	}
	l := &letter{m: m, header: h, state: "waiting", sent: message.Sent{Envelope: h.ID, To: m.To, Pact: m.Pact, Lane: m.Lane}}
	for _, o := range m.Content.Objects {
		l.items, l.raws = append(l.items, o.Item), append(l.raws, o.Raw)
	}
	l.objects = m.Content.Digests
	for _, salt := range m.Content.Salts {
		l.salts = append(l.salts, salt[:]...)
	}
	tx.OnCommit(func() { n.out = append(n.out, l) })
	return l.sent, nil
}

func (n *node) Delivered(_ *store.Tx, item int64) (list []Given, err error) {
	for _, l := range n.out {
		for i, it := range l.items {
			if it == item {
				list = append(list, Given{To: l.m.To, Pact: l.m.Pact, Envelope: l.sent.Envelope, Lane: l.m.Lane, Index: i, Object: l.objects[i], State: l.state})
			}
		}
	}
	return list, nil
}

func (n *node) Came(_ *store.Tx, item int64) (list []Came, err error) {
	for _, from := range n.w.nodes {
		for _, l := range from.out {
			for i, it := range l.came {
				if it == item && l.m.To == n.org {
					list = append(list, Came{From: from.org, Pact: l.m.Pact, Envelope: l.sent.Envelope, Object: l.objects[i]})
				}
			}
		}
	}
	return list, nil
}

func (n *node) Inside(_ *store.Tx, envelope stix.ID) (*Inside, error) {
	for _, from := range n.w.nodes {
		for _, l := range from.out {
			if l.sent.Envelope != envelope {
				continue
			}
			in := &Inside{From: from.org, To: l.m.To, Pact: l.m.Pact, Objects: l.objects, Items: l.items}
			if n.org == l.m.To && l.came != nil {
				in.Items = l.came
				return in, nil
			}
			if n == from {
				return in, nil
			}
		}
	}
	return nil, mithaq.NotFound
}

func (n *node) Forget(tx *store.Tx, items ...int64) error {
	tx.OnCommit(func() {
		for _, item := range items {
			n.forgot[item] = true
			for _, l := range n.out {
				for i, it := range l.items {
					if it == item {
						l.raws[i] = nil
					}
				}
			}
		}
	})
	return nil
}

// carry delivers what waits, in order, lane control first, until nothing does.
func (w *world) carry() {
	w.t.Helper()
	for !w.cut {
		from, l := w.next()
		if l == nil {
			return
		}
		if err := w.deliver(from, l); err != nil {
			w.t.Fatalf("%s to %s, %s: %v", from.org, l.m.To, l.m.Kind, err)
		}
	}
}

func (w *world) next() (*node, *letter) {
	for _, lane := range mithaq.Lanes {
		for _, n := range w.nodes {
			for _, l := range n.out {
				if l.state == "waiting" && l.m.Lane == lane {
					return n, l
				}
			}
		}
	}
	return nil, nil
}

func (w *world) deliver(from *node, l *letter) error {
	to := w.nodes[l.m.To]
	in := &message.Incoming{Header: l.header, Raw: l.raws, Objects: l.objects, Salts: l.salts}
	r := &mithaq.Receipt{Envelope: l.sent.Envelope, From: to.org, To: from.org}
	h, ok := to.handlers[l.m.Kind]
	if !ok {
		return fmt.Errorf("no handler")
	}
	out, err := to.take(h, in)
	if refusal, ok := errors.AsType[*mithaq.Refusal](err); ok && refusal.Kind != mithaq.Busy {
		r.RefusedAll = &mithaq.RefusedWhole{Kind: refusal.Kind, Key: refusal.Key, Text: refusal.Error()}
	} else if err != nil {
		return err
	}
	l.came = make([]int64, len(l.raws))
	copy(l.came, out.Items)
	r.Refused, r.Accepted = out.Refused, len(l.raws)-len(out.Refused)
	l.state, l.receipt = "settled", r
	if own := from.handlers[l.m.Kind]; own.Receipted != nil {
		return from.Store.Write(context.Background(), func(tx *store.Tx) error { return own.Receipted(tx, l.sent, r) })
	}
	return nil
}

func (n *node) take(h message.Handler, in *message.Incoming) (out message.Outcome, err error) {
	if h.Prepare != nil {
		if err := h.Prepare(context.Background(), in); err != nil {
			return out, err
		}
	}
	err = n.Store.Write(context.Background(), func(tx *store.Tx) error {
		if in.Header.PactID != "" {
			if err := n.book.Check(tx, in.Header.PactID, in.Header.Pact, in.Header.From, in.Header.Kind, in.Header.Account.Purpose, in.Header.Created.Time); err != nil {
				return err
			}
		}
		out, err = h.Apply(tx, in)
		return err
	})
	return out, err
}

func (n *node) must(f func(tx *store.Tx) error) {
	n.w.t.Helper()
	if err := n.Store.Write(context.Background(), f); err != nil {
		n.w.t.Fatal(err)
	}
}

// agree makes a pact between all nodes and brings it into force.
func (w *world) agree(kind mithaq.TemplateKind, edit func(*mithaq.Terms)) *mithaq.Pact {
	w.t.Helper()
	terms, err := mithaq.Template(kind)
	if err != nil {
		w.t.Fatal(err)
	}
	terms.From, terms.Until = mithaq.At(w.now), mithaq.At(w.now.AddDate(1, 0, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: "MoU 4", Text: map[string]string{"en": "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{Basis: mithaq.LegalBasis{Ref: "Law 18-07"}, Assurances: map[string]string{"en": "Annex B"}}
	if edit != nil {
		edit(&terms)
	}
	var parties []mithaq.Party
	for _, org := range []mithaq.OrgID{atlas, najd, anatolia} {
		if w.nodes[org] == nil {
			continue
		}
		parties = append(parties, mithaq.Party{
			Org: org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": string(org)},
			Fingerprint: mithaq.DigestOf([]byte(org)), Card: digestOf(w.cards[org]),
		})
	}
	p := mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(w.now), map[string]string{"en": "Cup final"}, parties, terms)
	first := w.nodes[parties[0].Org]
	first.must(func(tx *store.Tx) error { return first.book.Draft(tx, first.legal(), p) })
	first.must(func(tx *store.Tx) error { return first.book.Propose(tx, first.legal(), p.Digest()) })
	w.carry()
	for _, n := range w.nodes {
		n.must(func(tx *store.Tx) error { return n.book.Sign(tx, n.legal(), p.Digest()) })
	}
	w.carry()
	w.pact = p
	return p
}

// profile signs a source profile whose labels let things cross.
func (n *node) profile(edit func(*mithaq.SourceProfile)) stix.ID {
	n.w.t.Helper()
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(n.w.now), "desk")
	p.Org, p.Person, p.Basis = n.org, n.legal().Person, mithaq.LegalBasis{Ref: "MoU 4"}
	p.Default = mithaq.Handling{
		TLP: stix.TLPGreen, PAP: mithaq.PAPGreen, Codes: mithaq.H0, Source: mithaq.SourceA, Info: mithaq.Info1, Subjects: mithaq.SubjectNone,
		Nature: mithaq.Fact, Originator: n.org, Purposes: []mithaq.Purpose{mithaq.EventSecurity, mithaq.Fraud, mithaq.NetworkDefence, mithaq.Cybercrime}, RetainDays: 365, Onward: mithaq.OnwardConsent,
	}
	if edit != nil {
		edit(p)
	}
	n.must(func(tx *store.Tx) error { _, err := n.KeepProfile(tx, n.legal(), p); return err })
	return p.ID
}

func (n *node) take21(profile stix.ID, objects ...string) *Report {
	n.w.t.Helper()
	r, err := n.Intake(context.Background(), n.analyst(), strings.NewReader(bundle(objects...)), Import{Profile: profile})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return r
}

func bundle(objects ...string) string {
	return `{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[` + strings.Join(objects, ",") + `]}`
}

func indicator(n int, more string) string {
	return versioned(n, "2026-11-20T10:00:00.000Z", more)
}

func readerOf(objects ...string) *strings.Reader { return strings.NewReader(bundle(objects...)) }

func indicatorID(n int) stix.ID {
	return stix.ID(fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n))
}

func versioned(n int, modified, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"%s","created":"2026-11-20T10:00:00.000Z","modified":"%s","name":"ticket site %d","indicator_types":["malicious-activity"],"pattern":"[domain-name:value = 'tickets%d.example']","pattern_type":"stix","valid_from":"2026-11-20T10:00:00Z"%s}`,
		indicatorID(n), modified, n, n, more)
}

func (n *node) ask(profile stix.ID) Ask {
	return Ask{Selection: Selection{Under: profile}, Pact: n.w.pact.ID, Purpose: mithaq.EventSecurity, Basis: "MoU 4"}
}

func (n *node) versions(id stix.ID) []store.Item {
	n.w.t.Helper()
	var list []store.Item
	err := n.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		list, err = n.Store.Versions(tx, n.analyst(), id)
		return err
	})
	if err != nil {
		n.w.t.Fatal(err)
	}
	return list
}
