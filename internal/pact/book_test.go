package pact

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// A hall is some organisations in one room: each has a Book on a store of its
// own, and what one says is carried to the other by hand.
type hall struct {
	t     *testing.T
	now   time.Time
	books map[mithaq.OrgID]*Book
	cards map[mithaq.OrgID]*mithaq.Card
	mail  []letter
}

type letter struct {
	from mithaq.OrgID
	m    message.Outbound
}

var (
	drafter = mithaq.Viewer{Org: "atlas.example", Person: "person-0123456789abcdef", Roles: []mithaq.Role{mithaq.LegalOfficer}}
	analyst = mithaq.Viewer{Org: "atlas.example", Person: "person-0123456789abcde0", Roles: []mithaq.Role{mithaq.Analyst}}
)

func newHall(t *testing.T, orgs ...mithaq.OrgID) *hall {
	h := &hall{
		t: t, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
		books: map[mithaq.OrgID]*Book{}, cards: map[mithaq.OrgID]*mithaq.Card{},
	}
	for _, org := range orgs {
		h.enter(org)
	}
	return h
}

func (h *hall) enter(org mithaq.OrgID) {
	pair, err := sign.Generate()
	if err != nil {
		h.t.Fatal(err)
	}
	cfg := storetest.Place(h.t)
	cfg.Migrations = []store.Migration{Migration()}
	cfg.Now = func() time.Time { return h.now }
	st, err := store.Open(context.Background(), cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { st.Close() })
	h.cards[org] = &mithaq.Card{Org: org, Serial: 1, Keys: []mithaq.PublicKey{{
		ID: pair.KeyID(), Use: mithaq.KeyMessage, Ed25519: pair.Public().Ed25519(), MLDSA65: pair.Public().MLDSA65(),
		ValidFrom: mithaq.At(h.now), ValidUntil: mithaq.At(h.now.AddDate(2, 0, 0)),
	}}}
	h.books[org] = New(Config{
		Store: st, Org: org, Signer: pair, Outbox: desk{h, org}, Cards: h,
		Enter: func(*store.Tx, mithaq.Account) error { return nil },
	})
}

func digestOf(c *mithaq.Card) mithaq.Digest {
	raw, _ := json.Marshal(c)
	_, d, _ := sign.Bytes(raw)
	return d
}

func (h *hall) Card(_ *store.Tx, d mithaq.Digest) (*mithaq.Card, error) {
	for _, c := range h.cards {
		if digestOf(c) == d {
			return c, nil
		}
	}
	return nil, mithaq.Refuse(mithaq.NotFound, "card")
}

func (h *hall) Current(_ *store.Tx, org mithaq.OrgID) (mithaq.Digest, error) {
	if c := h.cards[org]; c != nil {
		return digestOf(c), nil
	}
	return mithaq.Digest{}, mithaq.Refuse(mithaq.NotFound, "card")
}

type desk struct {
	*hall
	org mithaq.OrgID
}

func (d desk) Send(_ *store.Tx, m message.Outbound) (message.Sent, error) {
	d.mail = append(d.mail, letter{d.org, m})
	return message.Sent{}, nil
}

// carry delivers all letters; a refusal is returned, the rest goes on.
func (h *hall) carry() error {
	var faults []error
	for len(h.mail) > 0 {
		l := h.mail[0]
		h.mail = h.mail[1:]
		faults = append(faults, h.deliver(l))
	}
	return errors.Join(faults...)
}

func (h *hall) deliver(l letter) error {
	b := h.books[l.m.To]
	handler := b.Handlers()[l.m.Kind]
	in := &message.Incoming{
		Header: &mithaq.EnvelopeHeader{
			Head: mithaq.Head{Created: mithaq.At(h.now)}, Kind: l.m.Kind, From: l.from, To: l.m.To,
			PactID: l.m.Pact, FromCard: digestOf(h.cards[l.from]), Account: l.m.Account,
		},
		Raw: [][]byte{l.m.Content.Objects[0].Raw},
	}
	if err := handler.Prepare(context.Background(), in); err != nil {
		return err
	}
	return b.Store.Write(context.Background(), func(tx *store.Tx) error {
		_, err := handler.Apply(tx, in)
		return err
	})
}

func (h *hall) do(org mithaq.OrgID, f func(b *Book, tx *store.Tx) error) error {
	b := h.books[org]
	return b.Store.Write(context.Background(), func(tx *store.Tx) error { return f(b, tx) })
}

func (h *hall) must(org mithaq.OrgID, f func(b *Book, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.do(org, f); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) text() *mithaq.Pact {
	terms, err := mithaq.Template(mithaq.EventTemplate)
	if err != nil {
		h.t.Fatal(err)
	}
	terms.From, terms.Until = mithaq.At(h.now), mithaq.At(h.now.AddDate(1, 0, 0))
	terms.Basis = []mithaq.LegalBasis{{Ref: "MoU 4", Text: map[string]string{terms.Authoritative: "Memorandum, article 4"}}}
	terms.Transfer = &mithaq.Transfer{
		Basis: mithaq.LegalBasis{Ref: "Law 18-07"}, Assurances: map[string]string{terms.Authoritative: "Annex B"},
	}
	title := map[string]string{}
	for _, lang := range terms.Languages {
		title[lang] = "Cup final"
	}
	var parties []mithaq.Party
	for org := range h.books {
		parties = append(parties, mithaq.Party{
			Org: org, Kind: mithaq.Peer, Roles: mithaq.Gives | mithaq.Receives, Name: map[string]string{"en": string(org)},
			Fingerprint: mithaq.DigestOf([]byte(org)), Card: digestOf(h.cards[org]),
		})
	}
	return mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(h.now), title, parties, terms)
}

// agree drafts, proposes and signs a text everywhere.
func (h *hall) agree(p *mithaq.Pact) {
	h.t.Helper()
	d := p.Digest()
	h.must("atlas.example", func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, p) })
	h.must("atlas.example", func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, d) })
	if err := h.carry(); err != nil {
		h.t.Fatal(err)
	}
	for org := range h.books {
		h.must(org, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, d) })
	}
	if err := h.carry(); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) check(org, partner mithaq.OrgID, p *mithaq.Pact, kind mithaq.MessageKind, purpose mithaq.Purpose) error {
	return h.do(org, func(b *Book, tx *store.Tx) error {
		return b.Check(tx, p.ID, p.Digest(), partner, kind, purpose, h.now)
	})
}

const (
	atlas    = mithaq.OrgID("atlas.example")
	najd     = mithaq.OrgID("najd.example")
	anatolia = mithaq.OrgID("anatolia.example")
)

func TestAPactIsInForceOnceAllHaveSigned(t *testing.T) {
	h := newHall(t, atlas, najd, anatolia)
	p := h.text()
	d := p.Digest()
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, p) })
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, d) })
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	for i, org := range []mithaq.OrgID{atlas, najd, anatolia} {
		if err := h.check(atlas, najd, p, mithaq.MessageItems, ""); !errors.Is(err, mithaq.Busy) {
			t.Errorf("with %d signatures: %v, want busy", i, err)
		}
		h.must(org, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, d) })
		if err := h.carry(); err != nil {
			t.Fatal(err)
		}
	}
	for org := range h.books {
		partner := najd
		if org == najd {
			partner = atlas
		}
		if err := h.check(org, partner, p, mithaq.MessageItems, ""); err != nil {
			t.Errorf("%s: %v", org, err)
		}
	}
}

func TestOnlyThoseWithTheRoleDraftAndSign(t *testing.T) {
	h := newHall(t, atlas, najd)
	p := h.text()
	if err := h.do(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, analyst, p) }); !errors.Is(err, mithaq.Denied) {
		t.Errorf("an analyst drafts: %v", err)
	}
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, p) })
	if err := h.do(atlas, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, p.Digest()) }); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("signing a draft: %v", err)
	}
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, p.Digest()) })
	if err := h.do(atlas, func(b *Book, tx *store.Tx) error { return b.Sign(tx, analyst, p.Digest()) }); !errors.Is(err, mithaq.Denied) {
		t.Errorf("an analyst signs: %v", err)
	}
}

func TestTwoTextsOfOneVersionAreNeverBothSigned(t *testing.T) {
	h := newHall(t, atlas, najd)
	a := h.text()
	b2 := *a
	b2.Terms.Retention.Days++
	for _, p := range []*mithaq.Pact{a, &b2} {
		h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, p) })
		h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, p.Digest()) })
	}
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, a.Digest()) })
	if err := h.do(atlas, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, b2.Digest()) }); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("a second text of version 1: %v, want a conflict", err)
	}
}

func TestACounterProposalIsTheNextVersion(t *testing.T) {
	h := newHall(t, atlas, najd)
	p := h.text()
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, p) })
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, p.Digest()) })
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	terms := p.Terms
	terms.Retention.Days = 30
	counter := p.Next(mithaq.At(h.now.Add(time.Hour)), p.Parties, terms)
	h.must(najd, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, counter) })
	h.must(najd, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, counter.Digest()) })
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	for _, org := range []mithaq.OrgID{najd, atlas} {
		h.must(org, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, counter.Digest()) })
	}
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	if err := h.check(atlas, najd, counter, mithaq.MessageItems, ""); err != nil {
		t.Error(err)
	}
}

func TestAnAmendmentSupersedesForWhatIsMadeLater(t *testing.T) {
	h := newHall(t, atlas, najd)
	p := h.text()
	h.agree(p)
	made := h.now
	h.now = h.now.Add(time.Hour)
	terms := p.Terms
	terms.Retention.Days = 20
	next := p.Next(mithaq.At(h.now), p.Parties, terms)
	h.agree(next)
	if err := h.check(najd, atlas, next, mithaq.MessageItems, ""); err != nil {
		t.Errorf("the new version: %v", err)
	}
	old := func(created time.Time) error {
		return h.do(najd, func(b *Book, tx *store.Tx) error {
			return b.Check(tx, p.ID, p.Digest(), atlas, mithaq.MessageItems, "", created)
		})
	}
	if err := old(made); err != nil {
		t.Errorf("the old version for what was on its way: %v", err)
	}
	if err := old(h.now.Add(time.Minute)); !errors.Is(err, mithaq.Denied) {
		t.Errorf("the old version for what is made later: %v, want denied", err)
	}
}

func TestASuspensionStopsItemsAndLetsRecallsPass(t *testing.T) {
	h := newHall(t, atlas, najd, anatolia)
	p := h.text()
	h.agree(p)
	h.must(najd, func(b *Book, tx *store.Tx) error {
		_, err := b.Suspend(tx, drafter, p.ID, "", "trust")
		return err
	})
	if err := h.check(najd, atlas, p, mithaq.MessageItems, ""); !errors.Is(err, mithaq.Denied) {
		t.Errorf("at once, where it was said: %v", err)
	}
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		org, partner mithaq.OrgID
		kind         mithaq.MessageKind
		want         error
	}{
		{atlas, najd, mithaq.MessageItems, mithaq.Denied},
		{atlas, najd, mithaq.MessageRecall, nil},
		{atlas, anatolia, mithaq.MessageItems, nil}, // the others' links go on
	} {
		if err := h.check(c.org, c.partner, p, c.kind, ""); !errors.Is(err, c.want) {
			t.Errorf("%s to %s, %s: %v, want %v", c.org, c.partner, c.kind, err, c.want)
		}
	}
	h.must(najd, func(b *Book, tx *store.Tx) error { return b.Resume(tx, drafter, p.ID, "") })
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	if err := h.check(atlas, najd, p, mithaq.MessageItems, ""); err != nil {
		t.Errorf("resumed: %v", err)
	}
}

func TestASuspensionByPurposeStopsThatPurpose(t *testing.T) {
	h := newHall(t, atlas, najd)
	p := h.text()
	h.agree(p)
	h.must(atlas, func(b *Book, tx *store.Tx) error {
		_, err := b.Suspend(tx, drafter, p.ID, mithaq.Fraud, "")
		return err
	})
	if err := h.check(atlas, najd, p, mithaq.MessageItems, mithaq.Fraud); !errors.Is(err, mithaq.Denied) {
		t.Errorf("the purpose suspended: %v", err)
	}
	if err := h.check(atlas, najd, p, mithaq.MessageItems, mithaq.EventSecurity); err != nil {
		t.Errorf("another purpose: %v", err)
	}
}

func TestNobodySpeaksForAnother(t *testing.T) {
	h := newHall(t, atlas, najd, anatolia)
	p := h.text()
	h.agree(p)
	h.must(najd, func(b *Book, tx *store.Tx) error {
		_, err := b.Suspend(tx, drafter, p.ID, "", "")
		return err
	})
	for i := range h.mail {
		h.mail[i].from = anatolia
		h.mail[i].m.To = atlas
	}
	if err := h.carry(); !errors.Is(err, mithaq.Denied) {
		t.Errorf("najd's word from anatolia: %v, want denied", err)
	}
	if err := h.check(atlas, najd, p, mithaq.MessageItems, ""); err != nil {
		t.Errorf("and nothing stopped: %v", err)
	}
}

func TestASignatureOfAnotherTextIsRefused(t *testing.T) {
	h := newHall(t, atlas, najd)
	p := h.text()
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, p) })
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, p.Digest()) })
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, p.Digest()) })
	last := &h.mail[len(h.mail)-1]
	var forged mithaq.Pact
	if err := json.Unmarshal(last.m.Content.Objects[0].Raw, &forged); err != nil {
		t.Fatal(err)
	}
	forged.Terms.Retention.Days++
	raw, _ := json.Marshal(&forged)
	last.m.Content = message.Pack([]message.Object{{Raw: raw}})
	h.mail = h.mail[len(h.mail)-1:]
	if err := h.carry(); !errors.Is(err, mithaq.Unauthenticated) {
		t.Errorf("a signature under altered terms: %v", err)
	}
}

func TestAPactEndsForTheOneWhoLeavesAfterNotice(t *testing.T) {
	h := newHall(t, atlas, najd, anatolia)
	p := h.text()
	h.agree(p)
	end := func(at time.Time) error {
		return h.do(najd, func(b *Book, tx *store.Tx) error {
			_, err := b.End(tx, drafter, p.ID, at, "")
			return err
		})
	}
	notice := h.now.AddDate(0, 0, p.Terms.NoticeDays)
	if p.Terms.NoticeDays > 0 {
		if err := end(h.now); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("leaving without notice: %v", err)
		}
	}
	if err := end(notice); err != nil {
		t.Fatal(err)
	}
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	h.now = notice.Add(-time.Minute)
	if err := h.check(atlas, najd, p, mithaq.MessageItems, ""); err != nil {
		t.Errorf("before: %v", err)
	}
	h.now = notice.Add(time.Minute)
	if err := h.check(atlas, najd, p, mithaq.MessageItems, ""); !errors.Is(err, mithaq.Denied) {
		t.Errorf("after: %v", err)
	}
	if err := h.check(atlas, anatolia, p, mithaq.MessageItems, ""); err != nil {
		t.Errorf("between those who stay: %v", err)
	}
}
