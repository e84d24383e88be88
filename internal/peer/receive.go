package peer

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/envelope"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// The roads by which a message comes.
const (
	roadPush = "push"
	roadPoll = "poll"
	roadFile = "file"
)

// Receive takes one message from a partner whose line was authenticated and
// gives the signed receipt, durable before it is given. The same message again
// gets the same receipt. What is refused without a receipt is an error, and an
// entry in our own log; the lane then waits for a message that continues it.
//
// Busy: try again later; nothing was refused. Unauthenticated, Denied,
// Conflict, Invalid, TooLarge, Expired: as docs/protocol.md, section 4.1.
func (p *Peer) Receive(ctx context.Context, from mithaq.OrgID, raw []byte) (receipt []byte, err error) {
	return p.receive(ctx, &arrival{p: p, from: from, road: roadPush}, raw)
}

// An arrival is a message being received.
type arrival struct {
	p    *Peer
	from mithaq.OrgID // whom the line belongs to; "" when only the message says
	road string
	pact *stix.ID // of the root it was posted to; nil on other roads

	now     time.Time
	known   []byte // stored receipt
	chain   *chain
	parsed  *envelope.Parsed
	handler message.Handler
	in      message.Incoming
	whole   *mithaq.RefusedWhole // decided before the transaction
	receipt []byte
}

// errKnown ends the reading of a message that was stored before.
var errKnown = errors.New("stored before")

func (p *Peer) receive(ctx context.Context, a *arrival, raw []byte) ([]byte, error) {
	a.now = p.cfg.Now()
	if a.road != roadLearn {
		if err := p.freeNow(ctx); err != nil {
			return nil, err
		}
	}
	lim := envelope.Limits{Bytes: p.cfg.Body, Item: p.cfg.Object, Header: envelope.DefaultLimits.Header}
	parsed, err := envelope.Read(bytes.NewReader(raw), lim, func(h *mithaq.EnvelopeHeader, signed []byte, digest mithaq.Digest) error {
		return a.look(ctx, h, signed, digest)
	})
	if errors.Is(err, errKnown) {
		return a.known, nil
	}
	if err != nil {
		return nil, a.refuse(ctx, err)
	}
	a.parsed = parsed
	a.prepare(ctx)
	if err := a.store(ctx); err != nil {
		return nil, a.refuse(ctx, err)
	}
	return a.receipt, nil
}

// look checks all that the header says before anything after it is read.
func (a *arrival) look(ctx context.Context, h *mithaq.EnvelopeHeader, signed []byte, digest mithaq.Digest) error {
	a.in = message.Incoming{Header: h, Digest: digest}
	if a.from != "" && h.From != a.from {
		return mithaq.Refuse(mithaq.Denied, "envelope.not-from-partner", h.From, a.from)
	}
	if a.pact != nil && h.PactID != *a.pact {
		return mithaq.Refuse(mithaq.Denied, "envelope.other-pact", h.PactID, *a.pact)
	}
	var place error
	err := a.p.cfg.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if a.chain, err = a.p.addressed(tx, h); err == nil {
			_, place = a.place(tx)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := a.chain.stands(h.Signatures[0].Key); err != nil {
		return err
	}
	if err := a.chain.verify(h.Created.Time, a.now, mithaq.UseEnvelope, signed, &h.Signatures[0]); err != nil {
		return err
	}
	if place == nil && h.Created.After(a.now.Add(a.p.cfg.Skew)) {
		return mithaq.Refuse(mithaq.Expired, "envelope.clock", h.Created, mithaq.At(a.now))
	}
	return place
}

// addressed wants a message between us and a partner, by cards that are known,
// and gives the sender's.
func (p *Peer) addressed(tx *store.Tx, h *mithaq.EnvelopeHeader) (*chain, error) {
	if h.To != p.cfg.Org {
		return nil, mithaq.Refuse(mithaq.Denied, "envelope.not-for-us", h.To, p.cfg.Org)
	}
	partner, err := partnerRow(tx, h.From)
	if errors.Is(err, mithaq.NotFound) {
		return nil, mithaq.Refuse(mithaq.Denied, "peer.stranger", h.From)
	}
	if err != nil {
		return nil, err
	}
	if err := open(partner, h.Kind); err != nil {
		return nil, err
	}
	ours, err := p.ownCard(tx)
	if err != nil {
		return nil, err
	}
	if _, err := ours.ByDigest(h.ToCard); err != nil {
		return nil, mithaq.Refuse(mithaq.Denied, "envelope.our-card", h.To, h.ToCard)
	}
	theirs, err := p.chain(tx, h.From, partner.Card)
	if err != nil {
		return nil, err
	}
	if _, err := theirs.ByDigest(h.FromCard); err != nil {
		return nil, mithaq.Refuse(mithaq.Busy, "envelope.card-unknown", h.From, h.FromCard)
	}
	return theirs, nil
}

// place says whether the message is the next of its lane, which it gives; nil
// when it is the first and the lane is not begun.
func (a *arrival) place(tx *store.Tx) (*lane, error) {
	h := a.in.Header
	if err := a.seen(tx); err != nil {
		return nil, err
	}
	l, err := findLane(tx, wayOf(h))
	if errors.Is(err, mithaq.NotFound) {
		l, err = &lane{way: wayOf(h), next: 1}, nil
	}
	switch {
	case err != nil:
		return nil, err
	case l.frozen != "":
		return nil, mithaq.Refuse(mithaq.Denied, "peer.link-frozen", h.From, l.frozen)
	case h.Sequence < l.next:
		return nil, mithaq.Refuse(mithaq.Conflict, "envelope.replay", h.Lane, h.Sequence, l.next)
	case h.Sequence > l.next:
		return nil, mithaq.Refuse(mithaq.Busy, "envelope.ahead", h.Lane, h.Sequence, l.next)
	case h.Previous != l.previous:
		return nil, &forked{lane: l, refusal: mithaq.Refusal{
			Kind: mithaq.Conflict, Key: "envelope.other-chain", Args: []any{h.Lane, h.Sequence, h.Previous, l.previous},
		}}
	}
	return l, nil
}

// seen finds the message among those stored.
func (a *arrival) seen(tx *store.Tx) error {
	var digest, receipt, header []byte
	err := tx.QueryRow("SELECT digest, receipt, header FROM peer_envelope WHERE id = ?", a.in.Header.ID).Scan(&digest, &receipt, &header)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case digestOf(digest) == a.in.Digest && receipt != nil:
		a.known = receipt
		return errKnown
	}
	return &equivocated{held: header, refusal: mithaq.Refusal{
		Kind: mithaq.Conflict, Key: "envelope.equivocation", Args: []any{a.in.Header.ID, digestOf(digest), a.in.Digest},
	}}
}

func wayOf(h *mithaq.EnvelopeHeader) way { return way{h.PactID, h.From, h.To, h.Lane} }

// prepare does what the handler wants done outside the transaction.
func (a *arrival) prepare(ctx context.Context) {
	a.in.Header, a.in.Digest, a.in.Raw = &a.parsed.Header, a.parsed.Digest, a.parsed.Items
	a.in.Objects, a.in.Salts = a.parsed.Digests, a.parsed.Opening.Salts
	var ok bool
	if a.handler, ok = a.p.handlers[a.in.Header.Kind]; !ok || a.handler.Apply == nil {
		a.whole = &mithaq.RefusedWhole{Kind: mithaq.Invalid, Key: "peer.kind-unknown"}
		return
	}
	if a.handler.Prepare == nil {
		return
	}
	if err := a.handler.Prepare(ctx, &a.in); err != nil {
		a.whole = wholeOf(err)
	}
}

// wholeOf turns an error into the refusal of a whole message.
func wholeOf(err error) *mithaq.RefusedWhole {
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return r.Whole()
	}
	return &mithaq.RefusedWhole{Kind: mithaq.Invalid, Key: "peer.unreadable"}
}

// store makes the message durable with its leaf and receipt. When the handler
// refuses, what it did is taken back and the refusal stored in its place.
func (a *arrival) store(ctx context.Context) error {
	err := a.p.cfg.Store.Write(ctx, a.apply)
	if r, ok := errors.AsType[*handlerRefused](err); ok {
		a.whole = r.whole
		err = a.p.cfg.Store.Write(ctx, a.apply)
	}
	if errors.Is(err, errKnown) {
		a.receipt, err = a.known, nil
	}
	return err
}

// handlerRefused carries a handler's refusal out of its transaction.
type handlerRefused struct{ whole *mithaq.RefusedWhole }

func (h *handlerRefused) Error() string { return "refused: " + h.whole.Key }

func (a *arrival) apply(tx *store.Tx) error {
	if a.road == roadLearn {
		a.p.learning.Store(tx)
		defer a.p.learning.Store(nil)
	}
	if err := a.p.free(tx); err != nil {
		return err
	}
	h := a.in.Header
	if _, err := a.p.addressed(tx, h); err != nil {
		return err
	}
	if _, err := a.place(tx); err != nil {
		return err
	}
	whole, err := a.allowed(tx)
	if err != nil {
		return err
	}
	l, err := openLane(tx, wayOf(h), ledger.Shared)
	if err != nil {
		return err
	}
	tree, err := a.append(tx, l)
	if err != nil {
		return err
	}
	out, err := a.act(tx, whole)
	if err != nil {
		return err
	}
	if err := a.notice(tx); err != nil {
		return err
	}
	return a.keep(tx, l, tree, out)
}

// allowed asks the pact and the clock. A refusal here is receipted; Busy is not.
func (a *arrival) allowed(tx *store.Tx) (*mithaq.RefusedWhole, error) {
	h := a.in.Header
	if h.PactID != "" {
		err := a.p.cfg.Pacts.Check(tx, h.PactID, h.Pact, h.From, h.Kind, h.Account.Purpose, h.Created.Time)
		r, isRefusal := errors.AsType[*mithaq.Refusal](err)
		switch {
		case err == nil:
		case isRefusal && a.overtook(r):
			return nil, mithaq.Refuse(mithaq.Busy, "envelope.before-resumption", h.From)
		case isRefusal && r.Kind != mithaq.Busy:
			return wholeOf(err), nil
		default:
			return nil, err
		}
	}
	if a.road != roadLearn && a.now.After(h.NotAfter.Add(a.p.cfg.Skew)) {
		return &mithaq.RefusedWhole{Kind: mithaq.Expired, Key: "envelope.late"}, nil
	}
	return a.whole, nil
}

// overtook says whether a message was kept out by a suspension of its sender's
// own, which will have been resumed by a message that is still on its way: what
// was refused now would never come again. What goes empty under a suspension, to
// let pass what is behind it, waits for nothing.
func (a *arrival) overtook(r *mithaq.Refusal) bool {
	return r.Key == "pact.suspended" && len(r.Args) == 1 && r.Args[0] == string(a.in.Header.From) && a.road != roadLearn &&
		slices.ContainsFunc(a.in.Raw, func(raw []byte) bool { return raw != nil })
}

// append enters the same leaf as the sender did, and wants the same tree.
func (a *arrival) append(tx *store.Tx, l *lane) (mithaq.Tree, error) {
	h := a.in.Header
	_, tree, err := ledger.Append(tx, l.log, a.parsed.Leaf, &ledger.Opening{
		Account: a.parsed.Account, AccountSalt: h.AccountSalt,
		ContentRoot: h.ContentRoot, ContentSalt: a.parsed.Opening.ContentSalt,
	})
	if err == nil && tree != h.Tree {
		err = &forked{lane: l, refusal: mithaq.Refusal{
			Kind: mithaq.Conflict, Key: "envelope.other-tree", Args: []any{h.Lane, h.Sequence, h.Tree.Root, tree.Root},
		}}
	}
	return tree, err
}

// act lets the handler do its part.
func (a *arrival) act(tx *store.Tx, whole *mithaq.RefusedWhole) (message.Outcome, error) {
	if whole != nil {
		return message.Outcome{Whole: whole}, nil
	}
	out, err := a.handler.Apply(tx, &a.in)
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok && r.Kind != mithaq.Busy {
		return out, &handlerRefused{wholeOf(err)}
	}
	return out, err
}
