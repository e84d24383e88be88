package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/envelope"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// roadLearn is how a message comes back that was here before the restore.
const roadLearn = "learn"

// Learnt says what a partner held of what passed between us and our restored
// records lack.
type Learnt struct {
	Sent     int // messages of ours, entered again in their lanes
	Received int // messages of theirs, taken again: recalls and erasures among them
	Waiting  int // that they have sent and we never receipted: they come by themselves
}

// Relearn takes in from a partner what our records lack: first what we had sent,
// so that no number is given twice, then what we had received, which is acted on
// again. Every message is verified as when it came first. It is for a node in
// quarantine; what is answered meanwhile waits on its lane.
//
// A lane of which the partner's record is not a continuation of ours is left
// alone, and is an error that names it; VerifyWith shows where.
func (p *Peer) Relearn(ctx context.Context, org mithaq.OrgID) (*Learnt, error) {
	p.relearn.Lock()
	defer p.relearn.Unlock()
	v := &comparing{p: p, ctx: ctx, c: &Comparison{Partner: org}}
	states, err := v.ask("", "")
	if err != nil {
		return nil, fmt.Errorf("learn from %s: %w", org, noLine(err, "peer.no-line"))
	}
	slices.SortStableFunc(states, func(a, b logState) int { return v.rank(a) - v.rank(b) })
	learnt := &Learnt{}
	var faults []error
	for _, s := range states {
		if err := v.relearnLane(s, learnt); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.Origin, err))
		}
	}
	return learnt, errors.Join(faults...)
}

// rank puts what we sent first, and the urgent lanes before others.
func (v *comparing) rank(s logState) int {
	n := slices.Index(mithaq.Lanes[:], s.Lane)
	if mithaq.OrgID(s.From) != v.p.cfg.Org {
		n += len(mithaq.Lanes)
	}
	return n
}

func (v *comparing) relearnLane(s logState, learnt *Learnt) error {
	w := way{s.Pact, mithaq.OrgID(s.From), mithaq.OrgID(s.To), s.Lane}
	ours := w.From == v.p.cfg.Org
	if !ours && w.To != v.p.cfg.Org || w.From != v.c.Partner && w.To != v.c.Partner || w.origin() != s.Origin {
		return mithaq.Refuse(mithaq.Denied, "peer.no-log", s.Origin)
	}
	next, err := v.nextOf(w)
	for ; err == nil && next <= s.Tree.Size; next++ {
		var body []byte
		body, err = v.message(s.Origin, next)
		if errors.Is(err, mithaq.NotFound) && !ours {
			learnt.Waiting += int(s.Tree.Size - next + 1)
			return nil // sent, and never receipted
		}
		if err != nil {
			break
		}
		if ours {
			err = v.p.reenter(v.ctx, v.c.Partner, body)
			learnt.Sent++
		} else {
			_, err = v.p.receive(v.ctx, &arrival{p: v.p, from: v.c.Partner, road: roadLearn}, body)
			learnt.Received++
		}
	}
	return err
}

func (v *comparing) nextOf(w way) (next int64, err error) {
	err = v.p.cfg.Store.Read(v.ctx, func(tx *store.Tx) error {
		l, err := findLane(tx, w)
		if errors.Is(err, mithaq.NotFound) {
			l, err = &lane{next: 1}, nil
		}
		next = l.next
		return err
	})
	return next, err
}

// message fetches one message of a lane as the partner keeps it. NotFound: it
// waits there for our receipt, or is not there.
func (v *comparing) message(origin string, sequence int64) ([]byte, error) {
	path := fmt.Sprintf("%s%s?message=%d", logPath, origin, sequence)
	resp, err := v.p.ask(v.ctx, errand{org: v.c.Partner, method: http.MethodGet, path: path, limit: v.p.cfg.Body})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// keptMessage is a message of a lane as it crosses, for the partner who had it
// before: objects erased here stay erased.
func (p *Peer) keptMessage(tx *store.Tx, l *lane, sequence int64) ([]byte, error) {
	e, err := keptAt(tx, l, sequence)
	if err == nil && e.state == waiting {
		err = mithaq.NotFound
	}
	if err != nil {
		return nil, mithaq.Refuse(mithaq.NotFound, "peer.no-message", sequence)
	}
	if len(e.salts) == 0 {
		e.salts = make([]byte, contentSaltSize+16*len(e.items))
	}
	c, err := p.assemble(tx, e)
	if err != nil {
		return nil, err
	}
	return c.body(), nil
}

// reenter puts a message of ours back into its lane, as settled. Its objects
// lie with it: the holdings that they were are not made again.
func (p *Peer) reenter(ctx context.Context, to mithaq.OrgID, body []byte) error {
	parsed, err := p.readOwn(ctx, to, body)
	if err != nil {
		return err
	}
	again, err := p.forgotten(ctx, parsed)
	if err != nil {
		return err
	}
	return p.cfg.Store.Write(ctx, func(tx *store.Tx) error { return errors.Join(p.reenterIn(tx, parsed), again(tx)) })
}

// forgotten is what a message of ours did to us, to be done again: a suspension
// made since the backup holds.
func (p *Peer) forgotten(ctx context.Context, m *envelope.Parsed) (again func(*store.Tx) error, err error) {
	h := p.handlers[m.Header.Kind]
	if h.Forgotten == nil {
		return func(*store.Tx) error { return nil }, nil
	}
	in := &message.Incoming{Header: &m.Header, Digest: m.Digest, Raw: m.Items, Objects: m.Digests, Salts: m.Opening.Salts}
	if h.Prepare != nil {
		if err := h.Prepare(ctx, in); err != nil {
			return nil, err
		}
	}
	return func(tx *store.Tx) error { return h.Forgotten(tx, in) }, nil
}

// readOwn reads a message that we signed for a partner.
func (p *Peer) readOwn(ctx context.Context, to mithaq.OrgID, body []byte) (*envelope.Parsed, error) {
	now := p.cfg.Now()
	lim := envelope.Limits{Bytes: p.cfg.Body, Item: p.cfg.Object, Header: envelope.DefaultLimits.Header}
	return envelope.Read(bytes.NewReader(body), lim, func(h *mithaq.EnvelopeHeader, signed []byte, _ mithaq.Digest) error {
		if h.From != p.cfg.Org || h.To != to {
			return mithaq.Refuse(mithaq.Denied, "envelope.not-from-partner", h.From, p.cfg.Org)
		}
		return p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
			ours, err := p.ownCard(tx)
			if err != nil {
				return err
			}
			return ours.verify(h.Created.Time, now, mithaq.UseEnvelope, signed, &h.Signatures[0])
		})
	})
}

func (p *Peer) reenterIn(tx *store.Tx, m *envelope.Parsed) error {
	h := &m.Header
	l, err := openLane(tx, wayOf(h), ledger.Kept)
	if err != nil {
		return err
	}
	if h.Sequence != l.next || h.Previous != l.previous {
		return mithaq.Refuse(mithaq.Conflict, "envelope.other-chain", h.Lane, h.Sequence, h.Previous, l.previous)
	}
	_, tree, err := ledger.Append(tx, l.log, m.Leaf, &ledger.Opening{
		Account: m.Account, AccountSalt: h.AccountSalt, ContentRoot: h.ContentRoot, ContentSalt: m.Opening.ContentSalt,
	})
	if err != nil {
		return err
	}
	if tree != h.Tree {
		return mithaq.Refuse(mithaq.Conflict, "envelope.other-tree", h.Lane, h.Sequence, h.Tree.Root, tree.Root)
	}
	e := &kept{
		lane: l, sequence: h.Sequence, id: h.ID, digest: m.Digest, kind: h.Kind, state: settled, road: roadLearn,
		header: m.RawHeader, digests: packDigests(m.Digests), items: make([]int64, len(m.Items)),
		salts: append(m.Opening.ContentSalt[:], m.Opening.Salts...),
	}
	for i, raw := range m.Items {
		if raw != nil {
			e.objects = append(e.objects, keptObject{i, raw})
		}
	}
	return errors.Join(e.insert(tx), l.step(tx, m.Digest))
}
