package pact

import (
	"errors"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// between keeps of a text's parties those named.
func between(p *mithaq.Pact, orgs ...mithaq.OrgID) *mithaq.Pact {
	q := *p
	q.Parties = nil
	for _, org := range orgs {
		q.Parties = append(q.Parties, *p.Party(org))
	}
	return &q
}

// offer carries a text to atlas that another organisation wrote by hand.
func (h *hall) offer(from mithaq.OrgID, p *mithaq.Pact) error {
	raw, err := jcs.Marshal(p)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.deliver(letter{from, message.Outbound{To: atlas, Kind: mithaq.MessagePact, Content: message.Pack([]message.Object{{Raw: raw}})}})
}

func (h *hall) toSign(id stix.ID) (t *Text, err error) {
	err = h.do(atlas, func(b *Book, tx *store.Tx) (err error) { t, err = b.ToSign(tx, id); return err })
	return t, err
}

// A partner who learnt the id of somebody else's pact puts no text of theirs on
// the table under it.
func TestAStrangerToAPactOffersNoTextUnderItsID(t *testing.T) {
	h := newHall(t, atlas, najd, anatolia)
	ours := between(h.text(), atlas, najd)
	if err := h.offer(najd, ours); err != nil {
		t.Fatal(err)
	}
	theirs := between(h.text(), atlas, anatolia)
	theirs.ID = ours.ID
	if err := h.offer(anatolia, theirs); !errors.Is(err, mithaq.Denied) {
		t.Errorf("another's text under the id: %v", err)
	}
	got, err := h.toSign(ours.ID)
	if err != nil || got.Digest != ours.Digest() {
		t.Errorf("to sign: %v, %v", got, err)
	}
}

// A text that arrives after a person has read another is not what they sign.
func TestTheIDOfAPactSignsNoTextAmongSeveral(t *testing.T) {
	h := newHall(t, atlas, najd)
	read := h.text()
	if err := h.offer(najd, read); err != nil {
		t.Fatal(err)
	}
	swapped := *read
	swapped.Terms.RecallHours++
	if err := h.offer(najd, &swapped); err != nil {
		t.Fatal(err)
	}
	if got, err := h.toSign(read.ID); !errors.Is(err, mithaq.Conflict) {
		t.Errorf("to sign: %v, %v", got, err)
	}
}

func TestAPartnerHasOnlySoManyTextsOnTheTable(t *testing.T) {
	h := newHall(t, atlas, najd)
	for range maxOffers {
		if err := h.offer(najd, h.text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.offer(najd, h.text()); !errors.Is(err, mithaq.Denied) {
		t.Errorf("one more: %v", err)
	}
	h.now = h.now.Add(offersTime + 1000)
	if err := h.offer(najd, h.text()); err != nil {
		t.Errorf("a month later: %v", err)
	}
}

// Who is no party any more suspends nobody, even where one suspension stops all.
func TestWhoLeftAPactStopsNobody(t *testing.T) {
	h := newHall(t, atlas, najd, anatolia)
	p := h.text()
	p.Terms.SuspendAll = true
	h.agree(p)
	next := between(p, atlas, najd)
	next.Version, next.Previous, next.Signatures = 2, p.Digest(), nil
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Draft(tx, drafter, next) })
	h.must(atlas, func(b *Book, tx *store.Tx) error { return b.Propose(tx, drafter, next.Digest()) })
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	for _, org := range []mithaq.OrgID{atlas, najd} {
		h.must(org, func(b *Book, tx *store.Tx) error { return b.Sign(tx, drafter, next.Digest()) })
	}
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	h.must(anatolia, func(b *Book, tx *store.Tx) error {
		_, err := b.Suspend(tx, drafter, p.ID, "", "")
		return err
	})
	if err := h.carry(); err != nil {
		t.Fatal(err)
	}
	if err := h.check(atlas, najd, next, mithaq.MessageItems, mithaq.EventSecurity); err != nil {
		t.Errorf("between atlas and najd: %v", err)
	}
}
