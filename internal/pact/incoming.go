package pact

import (
	"context"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// Handlers act on what other parties say about pacts.
func (b *Book) Handlers() message.Handlers {
	text := message.Handler{Prepare: prepareText, Apply: b.applyText}
	return message.Handlers{
		mithaq.MessagePact:          text,
		mithaq.MessagePactSignature: text,
		mithaq.MessagePactSuspend:   {Prepare: prepare[mithaq.Suspension], Apply: b.applySuspension, Forgotten: b.stopAgain},
		mithaq.MessagePactResume:    {Prepare: prepare[mithaq.Resumption], Apply: b.applyResumption, Forgotten: b.resumeAgain},
		mithaq.MessagePactEnd:       {Prepare: prepare[mithaq.PactEnd], Apply: b.applyEnd, Forgotten: b.endAgain},
	}
}

var done = message.Outcome{Items: []int64{0}}

func one(in *message.Incoming) ([]byte, error) {
	if len(in.Raw) != 1 || in.Raw[0] == nil {
		return nil, mithaq.Refuse(mithaq.Invalid, "pact.one-object", len(in.Raw))
	}
	return in.Raw[0], nil
}

func prepareText(_ context.Context, in *message.Incoming) error {
	raw, err := one(in)
	if err != nil {
		return err
	}
	p, err := Read(raw)
	in.Prepared = p
	return err
}

// applyText takes a proposal, a counter-proposal, an amendment, or another
// party's signature under any of these.
func (b *Book) applyText(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	p, from := in.Prepared.(*mithaq.Pact), in.Header.From
	if p.Party(b.Org) == nil || p.Party(from) == nil {
		return message.Outcome{}, mithaq.Refuse(mithaq.Denied, "pact.no-party", string(from))
	}
	t, err := b.takeText(tx, p, from)
	if err != nil {
		return message.Outcome{}, err
	}
	for i := range p.Signatures {
		if err := b.addSignature(tx, p, from, in.Header.Account.By, &p.Signatures[i]); err != nil {
			return message.Outcome{}, err
		}
	}
	if err := b.enterFrom(tx, string(in.Header.Kind), from, p); err != nil {
		return message.Outcome{}, err
	}
	return done, b.settle(tx, t)
}

func (b *Book) takeText(tx *store.Tx, p *mithaq.Pact, from mithaq.OrgID) (*Text, error) {
	digest := p.Digest()
	t, err := b.Text(tx, digest)
	if !isNotFound(err) {
		return t, err
	}
	for _, check := range []func() error{
		func() error { return b.checkPlace(tx, p) },
		func() error { return b.mayOffer(tx, p, from) },
		func() error { return b.keep(tx, p, mithaq.Proposed, from) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return b.Text(tx, digest)
}

// What a party may have on our table unanswered within a time.
const (
	maxOffers  = 50
	offersTime = 30 * 24 * time.Hour
)

// mayOffer wants a text from somebody whom another text of the pact, if there is
// one, names as a party, so that nobody slips a text of theirs under the id of
// others' pact; and no more of them than people can read.
func (b *Book) mayOffer(tx *store.Tx, p *mithaq.Pact, from mithaq.OrgID) error {
	var offers int
	err := tx.QueryRow("SELECT count(*) FROM pact_version WHERE drafter = ? AND status = ? AND seen > ?",
		string(from), int64(mithaq.Proposed), micro(tx.Now().Add(-offersTime))).Scan(&offers)
	if err != nil {
		return err
	}
	if offers >= maxOffers {
		return mithaq.Refuse(mithaq.Denied, "pact.too-many-offers", string(from), maxOffers)
	}
	held, err := b.textsOf(tx, p.ID)
	if err != nil || len(held) == 0 {
		return err
	}
	if !slices.ContainsFunc(held, func(t *Text) bool { return t.Pact.Party(from) != nil }) {
		return mithaq.Refuse(mithaq.Denied, "pact.no-party", string(from))
	}
	return nil
}

func (b *Book) enterFrom(tx *store.Tx, kind string, from mithaq.OrgID, p *mithaq.Pact) error {
	if err := tx.Change(Topic, string(p.ID), nil); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: kind + "-received", At: mithaq.At(tx.Now()), From: from, Pact: p.Digest(), About: p.ID,
		Counts: map[string]int64{"version": int64(p.Version)},
	})
}

// word is what a party says about a pact in its own name.
type word interface {
	Check() error
	Digest() mithaq.Digest
}

// said is a word as it came in, with the bytes that its signature covers.
type said[T any] struct {
	word *T
	text []byte
}

func prepare[T any](_ context.Context, in *message.Incoming) error {
	raw, err := one(in)
	if err != nil {
		return err
	}
	s := said[T]{word: new(T)}
	if err := strict.Decode(raw, MaxBytes, s.word); err != nil {
		return err
	}
	if err := any(s.word).(word).Check(); err != nil {
		return err
	}
	s.text, _, err = sign.Bytes(raw)
	in.Prepared = s
	return err
}

// spoken verifies that the sender itself signed what it says.
func (b *Book) spoken(tx *store.Tx, in *message.Incoming, use mithaq.SignatureUse, by mithaq.OrgID, text []byte, signatures []mithaq.Signature) error {
	if by != in.Header.From {
		return mithaq.Refuse(mithaq.Denied, "pact.speaks-for-another", string(in.Header.From), string(by))
	}
	if len(signatures) != 1 {
		return mithaq.Refuse(mithaq.Invalid, "pact.one-signature", len(signatures))
	}
	card, err := b.Cards.Card(tx, in.Header.FromCard)
	if err != nil {
		return err
	}
	return sign.VerifyBy(card, in.Header.Created.Time, use, text, &signatures[0])
}

func (b *Book) applySuspension(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(said[mithaq.Suspension])
	if err := b.spoken(tx, in, mithaq.UseOf(mithaq.TypeSuspension), s.word.By, s.text, s.word.Signatures); err != nil {
		return message.Outcome{}, err
	}
	t, err := b.ours(tx, in, s.word.Pact)
	if err != nil {
		return message.Outcome{}, err
	}
	if err := b.keepStop(tx, s.word); err != nil {
		return message.Outcome{}, err
	}
	return done, b.enterFrom(tx, "pact-suspend", in.Header.From, t.Pact)
}

func (b *Book) applyResumption(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(said[mithaq.Resumption])
	if err := b.spoken(tx, in, mithaq.UseOf(mithaq.TypeResumption), s.word.By, s.text, s.word.Signatures); err != nil {
		return message.Outcome{}, err
	}
	t, err := b.ours(tx, in, s.word.Pact)
	if err != nil {
		return message.Outcome{}, err
	}
	if err := dropStop(tx, s.word.Suspension, in.Header.From); err != nil {
		return message.Outcome{}, err
	}
	return done, b.enterFrom(tx, "pact-resume", in.Header.From, t.Pact)
}

func (b *Book) applyEnd(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(said[mithaq.PactEnd])
	if err := b.spoken(tx, in, mithaq.UseOf(mithaq.TypePactEnd), s.word.By, s.text, s.word.Signatures); err != nil {
		return message.Outcome{}, err
	}
	t, err := b.ours(tx, in, s.word.Pact)
	if err != nil {
		return message.Outcome{}, err
	}
	notice := time.Duration(t.Pact.Terms.NoticeDays) * 24 * time.Hour
	if soonest := s.word.Created.Plus(notice); s.word.At.Before(soonest.Time) {
		return message.Outcome{}, mithaq.Refuse(mithaq.Invalid, "pact.notice", t.Pact.Terms.NoticeDays, soonest.String())
	}
	if err := b.keepEnd(tx, s.word); err != nil {
		return message.Outcome{}, err
	}
	return done, b.enterFrom(tx, "pact-end", in.Header.From, t.Pact)
}

// ours finds the pact that a word on its own lane is about.
func (b *Book) ours(tx *store.Tx, in *message.Incoming, id stix.ID) (*Text, error) {
	if id != in.Header.PactID {
		return nil, mithaq.Refuse(mithaq.Invalid, "pact.other-lane", string(id), string(in.Header.PactID))
	}
	return b.InForce(tx, id)
}
