package gate

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// maxEvidence is how many objects of ours an envelope of items can hold beside them.
const maxEvidence = 1000

// Send hands a release to its lane, an envelope for each part of its listing,
// each decided again in the transaction that hands it over. It may be called
// again at any time, and goes on where it was. A pact that carries it no more
// stops it.
func (g *Gate) Send(ctx context.Context, id stix.ID) error {
	done, err := g.Store.Alone(ctx, "gate/release/"+string(id))
	if err != nil {
		return err
	}
	defer done()
	for {
		p, err := g.part(ctx, id)
		if p == nil {
			return err
		}
		if err == nil {
			p.content = message.Pack(p.objects)
			err = g.write(ctx, p.send)
		}
		if r, ok := errors.AsType[*mithaq.Refusal](err); ok && stops(r, p.stored.Release) {
			return g.stop(ctx, p.stored, r)
		}
		if errors.Is(err, errSuspended) {
			return g.holdUp(ctx, p.stored)
		}
		if err != nil && !errors.Is(err, errMoved) {
			return err
		}
	}
}

// holdUp is for a release that a suspension overtook before it went out: a
// person's is stopped, and theirs to propose again; what follows by itself waits
// for the pact to be resumed.
func (g *Gate) holdUp(ctx context.Context, s *Stored) error {
	if s.Attended {
		return g.stop(ctx, s, &mithaq.Refusal{Kind: mithaq.Denied, Key: "gate.suspended", Args: []any{string(s.Release.Pact)}})
	}
	return g.write(ctx, func(tx *store.Tx) error {
		return tx.Due(store.DueJob{Kind: JobSend, Key: string(s.Release.ID), At: tx.Now().Add(followAgain)})
	})
}

// stop ends a release that may not go on.
func (g *Gate) stop(ctx context.Context, s *Stored, why *mithaq.Refusal) error {
	err := g.write(ctx, func(tx *store.Tx) error {
		if err := g.setRelease(tx, s.Release.ID, Stopped, why.Key); err != nil {
			return err
		}
		if err := tx.Done(JobSend, string(s.Release.ID)); err != nil {
			return err
		}
		return g.Enter(tx, mithaq.Account{
			Kind: "release-stopped", At: mithaq.At(tx.Now()), To: s.To, About: s.Release.ID, Purpose: s.Release.Purpose,
			Basis: s.Release.Basis, Notes: map[string]string{"why": why.Key}, Counts: map[string]int64{"parts": int64(s.Part)},
		})
	})
	if err != nil {
		return err
	}
	return why
}

// errMoved sends a part back to be decided again: what it was decided by has
// changed since.
var errMoved = errors.New("gate: decided by what is no longer so")

// noteMoved names the store's note that changes whenever something was taken
// back, made stricter or erased.
const noteMoved = "gate.moved"

// touch sends every part on its way back to be decided again.
func (g *Gate) touch(tx *store.Tx) error {
	seq, err := tx.Seq()
	if err != nil {
		return err
	}
	return tx.Note(noteMoved, strconv.FormatInt(seq, 10))
}

// A part is one envelope of a release on its way.
type part struct {
	g        *Gate
	stored   *Stored
	entries  []entry
	last     bool
	manifest *mithaq.Manifest
	objects  []message.Object
	content  *message.Packed
	crossing *weighing
	items    int
	asserts  []mithaq.Digest
	moved    string // noteMoved, as the part was decided
}

// part makes the next envelope of a release; nil when there is none.
func (g *Gate) part(ctx context.Context, id stix.ID) (p *part, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		s, err := g.Release(tx, id)
		if err != nil {
			return err
		}
		if s.State != Sending {
			return nil
		}
		list, err := unpackListing(s.listing)
		if err != nil {
			return err
		}
		from := s.Part * s.per
		to := min(len(list), from+s.per)
		if from >= len(list) {
			return errors.Join(errListing)
		}
		p = &part{g: g, stored: s, entries: list[from:to], last: to == len(list)}
		return p.gather(tx)
	})
	return p, err
}

// gather decides about each item of the part again and collects what goes.
func (p *part) gather(tx *store.Tx) error {
	r := p.stored.Release
	q := p.request()
	var err error
	if q.Detail, err = p.g.detail(tx, r.Inquiry, r.Pact, p.g.Org, p.stored.To); err != nil {
		return err
	}
	w, err := p.g.weighing(tx, r.Pact, q)
	if err != nil {
		return err
	}
	p.crossing = w
	if w.standing.Digest != r.Terms {
		return denied("gate.other-terms", string(r.Pact))
	}
	if stands(&w.standing.State, r.Purpose) {
		return errSuspended
	}
	if p.moved, err = tx.Noted(noteMoved); err != nil {
		return err
	}
	page, err := p.g.Store.Fetch(tx, p.g.node, each(p.entries, func(e entry) int64 { return e.item }))
	if err != nil {
		return err
	}
	held, err := p.g.Store.HoldingsOf(tx, p.g.node, each(page, func(it store.Item) int64 { return it.Seq })...)
	if err != nil {
		return err
	}
	known, err := p.g.assessments(tx, page)
	if err != nil {
		return err
	}
	p.manifest = mithaq.NewManifest(stix.NewID(mithaq.TypeManifest), mithaq.At(tx.Now()), r, p.stored.Part)
	if err := p.choose(page, byItem(held), known); err != nil {
		return err
	}
	if err := p.lists(); err != nil {
		return err
	}
	return p.speak(tx, known)
}

func (p *part) request() mithaq.Request {
	r := p.stored.Release
	return mithaq.Request{
		To: p.stored.To, Purpose: r.Purpose, Basis: r.Basis, Urgency: r.Urgency, Use: r.Use, Attended: p.stored.Attended,
		Approvals: mithaq.CountApprovals(r, p.stored.Approvals), Named: len(r.Recipients) > 0,
	}
}

// choose takes those of the listed holdings that still may cross.
func (p *part) choose(page []store.Item, held map[int64][]store.Held, known map[mithaq.Digest]*assessed) error {
	at := 0
	classes := map[classKey]int{}
	for i := range p.entries {
		e := &p.entries[i]
		for at < len(page) && page[at].Seq < e.item {
			at++
		}
		if at == len(page) || page[at].Seq != e.item {
			p.manifest.Left = append(p.manifest.Left, i)
			continue
		}
		it := &page[at]
		h := drawn(held[it.Seq], e.key)
		if h == nil {
			p.manifest.Left = append(p.manifest.Left, i)
			continue
		}
		x, err := p.crossing.one(it, h, extensionsOf(it.Raw), known[it.Ref.Digest])
		if err != nil {
			return err
		}
		if !x.allowed() {
			p.manifest.Left = append(p.manifest.Left, i)
			continue
		}
		p.label(classes, h)
		p.objects = append(p.objects, message.Object{Raw: it.Raw, Item: it.Seq, Salt: p.stored.salt(p.stored.Part*p.stored.per + i)})
	}
	p.items = len(p.objects)
	return nil
}

// drawn is the holding that a release draws on, if it is still there.
func drawn(held []store.Held, key store.HoldingKey) *store.Held {
	for i := range held {
		if held[i].HoldingKey == key {
			return &held[i]
		}
	}
	return nil
}

// classKey is what the labels of an item depend on: what it is held with, and
// for how long we ourselves may keep it.
type classKey struct {
	class store.Class
	until int64
}

// label tells the partner how an item is to be handled. What is another's is
// given on for no longer than we may hold it.
func (p *part) label(classes map[classKey]int, h *store.Held) {
	key := classKey{class: h.Class}
	if h.Giver != p.g.Org && !h.Until.IsZero() {
		key.until = h.Until.UnixMilli()
	}
	i, ok := classes[key]
	if !ok {
		i = -1
	}
	labels := h.Handling
	if key.until != 0 {
		labels.RetainUntil = mithaq.At(h.Until)
	}
	classes[key] = p.manifest.Add(labels, i)
}

// lists says in the manifest which part of the listing this is, where persons
// approved exactly that listing.
func (p *part) lists() error {
	if len(p.stored.Approvals) == 0 {
		p.manifest.Left = nil
		return nil
	}
	leaves, from := unpackDigests(p.stored.leaves), p.stored.Part*p.stored.per
	if len(leaves) != p.stored.Release.Count {
		return errListing
	}
	p.manifest.List(partRoots(leaves, p.stored.per), leaves[from:from+len(p.entries)])
	return nil
}

// speak puts what speaks for the items before them.
func (p *part) speak(tx *store.Tx, known map[mithaq.Digest]*assessed) error {
	e := &evidence{p: p, tx: tx, keys: map[mithaq.KeyID]bool{}}
	for _, step := range []func() error{e.release, e.approvals, func() error { return e.assessments(known) }, e.consents} {
		if err := step(); err != nil {
			return err
		}
	}
	manifest, err := canonical(p.manifest)
	if err != nil {
		return err
	}
	front := []message.Object{{Raw: manifest}}
	for _, raw := range e.list {
		front = append(front, message.Object{Raw: raw})
	}
	if len(front) > maxEvidence {
		return mithaq.Refuse(mithaq.TooLarge, "gate.too-much-evidence", len(front), maxEvidence)
	}
	p.objects = append(front, p.objects...)
	return nil
}

// evidence is the objects of ours that go before the items.
type evidence struct {
	p    *part
	tx   *store.Tx
	keys map[mithaq.KeyID]bool
	list [][]byte
}

func (e *evidence) add(object any) error {
	raw, err := canonical(object)
	e.list = append(e.list, raw)
	return err
}

func (e *evidence) release() error { return e.add(e.p.stored.Release) }

func (e *evidence) credential(keys ...mithaq.KeyID) error {
	for _, k := range keys {
		if e.keys[k] {
			continue
		}
		raw, err := e.p.g.certificate(e.tx, k)
		if err != nil {
			return err
		}
		e.keys[k] = true
		e.list = append(e.list, raw)
	}
	return nil
}

func (e *evidence) approvals() error {
	for i := range e.p.stored.Approvals {
		a := &e.p.stored.Approvals[i]
		if err := errors.Join(e.credential(a.Credential), e.add(a)); err != nil {
			return err
		}
	}
	return nil
}

// assessments adds those that cover what is in the envelope, each once.
func (e *evidence) assessments(known map[mithaq.Digest]*assessed) error {
	sent := map[mithaq.Digest]bool{}
	for _, o := range e.p.objects {
		if len(known) == 0 {
			break
		}
		a := known[mithaq.DigestOf(o.Raw)]
		if a == nil || a.raw == nil || sent[a.digest] {
			continue
		}
		sent[a.digest] = true
		e.p.asserts = append(e.p.asserts, a.digest)
		if err := e.credential(a.persons...); err != nil {
			return err
		}
		e.list = append(e.list, a.raw)
	}
	return nil
}

// consents adds the originators' consents that the items need.
func (e *evidence) consents() error {
	for _, c := range e.p.crossing.consents {
		if !consentFor(c, e.p.stored.To, e.p.stored.Release.Purpose) {
			continue
		}
		if err := e.add(c); err != nil {
			return err
		}
	}
	return nil
}

func consentFor(c *mithaq.Consent, to mithaq.OrgID, purpose mithaq.Purpose) bool {
	if slices.Contains(c.For, to) {
		return c.Purpose == purpose && len(c.Items) > 0
	}
	return false
}

// send hands the envelope over in one transaction with what is noted about it.
func (p *part) send(tx *store.Tx) error {
	g, s := p.g, p.stored
	n, err := tx.Exec("UPDATE gate_release SET part = part + 1 WHERE id = ? AND part = ? AND state = ?", string(s.Release.ID), s.Part, string(Sending))
	if err != nil {
		return err
	}
	if moved, err := n.RowsAffected(); err != nil || moved == 0 {
		return err // somebody else sent this part
	}
	if p.items > 0 {
		if err := p.hand(tx); err != nil {
			return err
		}
	}
	if !p.last {
		return nil
	}
	if err := tx.Done(JobSend, string(s.Release.ID)); err != nil {
		return err
	}
	return g.setRelease(tx, s.Release.ID, Sent, "")
}

func (p *part) hand(tx *store.Tx) error {
	g, s, r := p.g, p.stored, p.stored.Release
	now, err := g.Pacts.Standing(tx, r.Pact, s.To)
	if err != nil {
		return err
	}
	moved, err := tx.Noted(noteMoved)
	if err != nil {
		return err
	}
	was := p.crossing
	if moved != p.moved || now.Digest != was.standing.Digest || now.State.Status != was.q.State.Status || !slices.Equal(now.State.Suspended, was.q.State.Suspended) {
		return errMoved
	}
	sent, err := g.Outbox.Send(tx, message.Outbound{
		To: s.To, Pact: r.Pact, Lane: laneOf(r.Urgency), Kind: mithaq.MessageItems, Account: p.account(tx), Content: p.content,
	})
	if err != nil {
		return err
	}
	if err := g.Store.List(tx, outbox(r.Pact), p.numbers()...); err != nil {
		return err
	}
	if err := g.carried(tx, r.Inquiry, r.ID, sent.Envelope, p.items); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO gate_delivery(envelope, release, part, partner, state, objects, accepted, refused, at, detail)
		VALUES(?, ?, ?, ?, ?, ?, 0, 0, ?, ?)`, string(sent.Envelope), string(r.ID), s.Part, string(s.To), int(mithaq.Waiting), p.items, tx.Now().UnixMicro(), []byte{})
	return err
}

// numbers are those of the items that go.
func (p *part) numbers() []int64 {
	return each(p.objects[len(p.objects)-p.items:], func(o message.Object) int64 { return o.Item })
}

func (p *part) account(tx *store.Tx) mithaq.Account {
	r := p.stored.Release
	a := mithaq.Account{
		Kind: "release", At: mithaq.At(tx.Now()), Purpose: r.Purpose, Basis: r.Basis, Case: string(r.Case), About: r.ID,
		Counts: map[string]int64{"items": int64(p.items), "part": int64(p.stored.Part)}, Assessments: p.asserts,
	}
	if p.stored.Attended {
		a.By = r.Person
	}
	for i := range p.stored.Approvals {
		a.Approvals = append(a.Approvals, p.stored.Approvals[i].Digest())
	}
	return a
}

// laneOf keeps what is urgent out of the way of what is many.
func laneOf(u mithaq.Urgencies) mithaq.Lane {
	if u == mithaq.Routine {
		return mithaq.LaneBulk
	}
	return mithaq.LaneCase
}
