package inquiry

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// said is a word as it came, with what its signatures cover.
type said[T any] struct {
	word   *T
	signed []byte
}

// maxObjects bounds what comes with an inquiry: itself, and what speaks for it.
const maxObjects = 64

func prepareInquiry(_ context.Context, in *message.Incoming) error {
	if len(in.Raw) == 0 || len(in.Raw) > maxObjects || slices.ContainsFunc(in.Raw, func(raw []byte) bool { return raw == nil }) {
		return invalid("gate.one-object", len(in.Raw))
	}
	return prepare[mithaq.Inquiry](in)
}

func prepareStep(_ context.Context, in *message.Incoming) error {
	if len(in.Raw) != 1 || in.Raw[0] == nil {
		return invalid("gate.one-object", len(in.Raw))
	}
	return prepare[mithaq.InquiryStep](in)
}

func prepare[T any](in *message.Incoming) error {
	word, signed, err := gate.ReadWord[T](in.Raw[0])
	in.Prepared = said[T]{word, signed}
	return err
}

// whole is the outcome of a message whose objects are all kept with it.
func whole(in *message.Incoming) message.Outcome {
	return message.Outcome{Items: make([]int64, len(in.Raw))}
}

// applyInquiry takes a partner's question, if the pact allows it here, too. The
// node tells at once that it came, and the clock begins.
func (b *Book) applyInquiry(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s, h := in.Prepared.(said[mithaq.Inquiry]), in.Header
	q := s.word
	if err := b.speaks(q, h); err != nil {
		return message.Outcome{}, err
	}
	if err := b.Gate.SignedBy(tx, h, mithaq.TypeInquiry, s.signed, q.Signatures); err != nil {
		return message.Outcome{}, err
	}
	if old, err := b.find(tx, q.ID); !errors.Is(err, mithaq.NotFound) {
		if err == nil && (old.Partner != h.From || old.Inquiry != nil && old.Inquiry.Digest() != q.Digest()) {
			err = denied("inquiry.other-inquiry", string(q.ID))
		}
		return whole(in), err
	}
	if err := b.allowed(tx, q, in); err != nil {
		return message.Outcome{}, err
	}
	return whole(in), b.take(tx, q, in)
}

// speaks holds an inquiry to the message that it came in.
func (b *Book) speaks(q *mithaq.Inquiry, h *mithaq.EnvelopeHeader) error {
	switch {
	case q.From != h.From || q.To != b.Org || q.Pact != h.PactID:
		return denied("gate.speaks-for-another", string(h.From))
	case q.Terms != h.Pact:
		return denied("inquiry.other-terms", string(q.Pact))
	case q.Purpose != h.Account.Purpose || q.Basis != h.Account.Basis:
		return denied("gate.other-purpose", string(q.ID))
	case h.Lane != mithaq.LaneCase:
		return denied("inquiry.other-lane", string(h.Lane))
	}
	return nil
}

// allowed decides about a partner's inquiry as the receiver's gate.
func (b *Book) allowed(tx *store.Tx, q *mithaq.Inquiry, in *message.Incoming) error {
	h := in.Header
	standing, err := b.standing(tx, h)
	if err != nil {
		return err
	}
	spoken, err := b.Gate.Believe(tx, h, wordOf(q), in.Raw[1:])
	if err != nil {
		return err
	}
	d := q.Decide(standing.Rules, &mithaq.InquirySight{
		At: tx.Now(), Side: mithaq.Receiver, State: standing.State, Named: namesPerson(q), Assessed: spoken.Assessed,
		Attended: h.Account.By == q.Person, Approvals: spoken.Approvals,
	})
	if !d.Allowed() {
		return barred(d)
	}
	return b.committed(tx, q, h.From)
}

// standing is the pact between us and the sender, in the version of the message.
func (b *Book) standing(tx *store.Tx, h *mithaq.EnvelopeHeader) (*pact.Standing, error) {
	s, err := b.Pacts.Standing(tx, h.PactID, h.From)
	if err != nil || s.Digest == h.Pact {
		return s, err
	}
	s.Text, err = b.Pacts.Text(tx, h.Pact)
	return s, err
}

func (b *Book) take(tx *store.Tx, q *mithaq.Inquiry, in *message.Incoming) error {
	t := threadOf(q, mithaq.Asked, q.From)
	t.Life.Stage, t.At, t.Envelope = mithaq.StageSent, tx.Now(), in.Header.ID
	if err := b.insert(tx, t, in.Raw[0], []byte{}); err != nil {
		return err
	}
	return b.received(tx, t)
}

// received tells the partner, from the node itself, that what it said came.
func (b *Book) received(tx *store.Tx, t *Thread) error {
	s := mithaq.NewInquiryStep(stix.NewID(mithaq.TypeInquiryStep), mithaq.At(tx.Now()), b.named(t), b.Org, mithaq.StepReceive, "")
	return b.tell(tx, mithaq.NodeViewer(b.Org), t, s)
}

// applyStep takes what a partner says of an inquiry between us.
func (b *Book) applyStep(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	said, h := in.Prepared.(said[mithaq.InquiryStep]), in.Header
	s := said.word
	if err := b.Gate.SignedBy(tx, h, mithaq.TypeInquiryStep, said.signed, s.Signatures); err != nil {
		return message.Outcome{}, err
	}
	t, err := b.find(tx, s.Inquiry)
	if err != nil {
		return message.Outcome{}, err
	}
	if err := b.fits(t, s, h); err != nil {
		return message.Outcome{}, err
	}
	if known, err := heard(tx, s.ID); known || err != nil {
		return whole(in), err
	}
	return whole(in), b.hear(tx, t, s, in.Raw[0])
}

// fits holds a step to the message it came in and to the inquiry it names. Its
// time is that of the message, so that nobody writes a late answer as an early one.
func (b *Book) fits(t *Thread, s *mithaq.InquiryStep, h *mithaq.EnvelopeHeader) error {
	switch {
	case s.By != h.From || s.To != b.Org || s.Pact != h.PactID || h.Account.About != s.Inquiry:
		return denied("gate.speaks-for-another", string(h.From))
	case t.Partner != h.From || t.Pact != h.PactID || t.Elsewhere != nil:
		return unknown(s.Inquiry)
	case h.Lane != mithaq.LaneCase:
		return denied("inquiry.other-lane", string(h.Lane))
	case !s.Created.Equal(h.Created.Time):
		return denied("inquiry.other-time", s.Created, h.Created)
	case s.Person != h.Account.By:
		return denied("gate.speaks-for-another", string(h.From))
	}
	return nil
}

func heard(tx *store.Tx, step stix.ID) (known bool, err error) {
	var n int
	err = tx.QueryRow("SELECT count(*) FROM inquiry_step WHERE id = ?", string(step)).Scan(&n)
	return n > 0, err
}

func (b *Book) hear(tx *store.Tx, t *Thread, s *mithaq.InquiryStep, raw []byte) error {
	after, crossed, err := t.Life.Hear(s.Step, t.Other(), s.ID, s.Re)
	if err != nil {
		return err
	}
	moved := after != t.Life
	if err := b.advance(tx, t, after, s.Created.Time); err != nil {
		return err
	}
	if s.Step == mithaq.StepRefuse && moved {
		t.Ground = s.Ground
	}
	node := mithaq.NodeViewer(b.Org)
	err = b.note(tx, node, t, taken{ID: s.ID, Kind: s.Step, Side: t.Other(), Person: s.Person, At: s.Created.Time, Crossed: crossed, raw: raw})
	switch {
	case err != nil || !moved:
		return err
	case t.Life.Stage == mithaq.StageClarified:
		return b.received(tx, t)
	case s.Step == mithaq.StepWithdraw:
		return b.takeBack(tx, t)
	}
	return nil
}

// takeBack erases what a partner withdrew, and states whether anybody had read it.
func (b *Book) takeBack(tx *store.Tx, t *Thread) error {
	if _, err := tx.Exec("UPDATE inquiry SET raw = ? WHERE id = ?", []byte{}, string(t.ID)); err != nil {
		return err
	}
	t.Inquiry = nil
	s := mithaq.NewInquiryStep(stix.NewID(mithaq.TypeInquiryStep), mithaq.At(tx.Now()), b.named(t), b.Org, mithaq.StepTaken, "")
	s.Opened = !t.Opened.IsZero()
	return b.tell(tx, mithaq.NodeViewer(b.Org), t, s)
}

// inquiryReceipted learns whether the partner's gate took an inquiry.
func (b *Book) inquiryReceipted(tx *store.Tx, sent message.Sent, r *mithaq.Receipt) error {
	if r.RefusedAll == nil {
		return nil
	}
	t, err := scan(tx.QueryRow(columns+"WHERE envelope = ? AND side = ?", string(sent.Envelope), string(mithaq.Asker)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	after, _, err := t.Life.Hear(mithaq.StepReturned, mithaq.Asked, "", "")
	if err != nil {
		return err
	}
	why, err := json.Marshal(r.RefusedAll)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE inquiry SET why = ? WHERE id = ?", why, string(t.ID)); err != nil {
		return err
	}
	t.Life, t.Moved = after, tx.Now()
	return b.note(tx, mithaq.NodeViewer(b.Org), t, taken{Kind: mithaq.StepReturned, Side: mithaq.Asked, At: tx.Now()})
}

// stepReceipted notes on a step of ours that the partner's node did not take it.
func (b *Book) stepReceipted(tx *store.Tx, sent message.Sent, r *mithaq.Receipt) error {
	if r.RefusedAll == nil {
		return nil
	}
	_, err := tx.Exec("UPDATE inquiry_step SET refused = ? WHERE envelope = ?", r.RefusedAll.Key, string(sent.Envelope))
	return err
}
