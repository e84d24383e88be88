package match

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/pact"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// applyKey keeps a partner's announcement. A second key within an epoch is
// evidence, and refused.
func (b *Book) applyKey(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	h := in.Header
	ann, err := psi.ReadAnnouncement(in.Prepared.(*word).Bytes)
	if err != nil {
		return message.Outcome{}, faulty(err)
	}
	t, err := b.versionOf(tx, h)
	if err != nil {
		return message.Outcome{}, err
	}
	if ann.Pact != t.Digest || ann.Answerer != t.Pact.Party(h.From).Card {
		return message.Outcome{}, faulty(psi.WrongInfo)
	}
	before, err := newest(tx, h.From, h.PactID)
	switch {
	case isNotFound(err):
		before = &epoch{}
	case err != nil:
		return message.Outcome{}, err
	}
	if err := ann.Follows(before.ann); err != nil {
		return b.caught(tx, in, err, before.ann.Bytes(), ann.Bytes())
	}
	if before.ann.Digest() == ann.Digest() {
		return done, nil
	}
	if before.ann.Epoch > 0 {
		if err := b.endEpoch(tx, before); err != nil {
			return message.Outcome{}, err
		}
	}
	next := &epoch{answerer: h.From, pact: h.PactID, ann: ann, seed: []byte{}}
	if err := next.insert(tx); err != nil {
		return message.Outcome{}, err
	}
	if err := tx.Due(store.DueJob{Kind: JobEpoch, Key: string(h.PactID) + " " + string(h.From), At: ann.Until.Time}); err != nil {
		return message.Outcome{}, err
	}
	return done, b.Enter(tx, mithaq.Account{
		Kind: "match-key", At: mithaq.At(tx.Now()), From: h.From, Pact: h.Pact, About: h.PactID,
		Counts: map[string]int64{"epoch": ann.Epoch}, Notes: map[string]string{"key": ann.Digest().String()},
	})
}

// versionOf is the version of the pact under which a message came, if it is the
// one in force: keys and sets of a version end with it.
func (b *Book) versionOf(tx *store.Tx, h *mithaq.EnvelopeHeader) (*pact.Text, error) {
	t, err := b.Pacts.InForce(tx, h.PactID)
	if err != nil {
		return nil, err
	}
	if t.Digest != h.Pact {
		return nil, denied("pact.superseded", h.Pact.String())
	}
	if t.Pact.Terms.Match == nil {
		return nil, denied("match.no-article", string(h.PactID))
	}
	return t, nil
}

// caught keeps both of two signed things that contradict each other, tells the
// people of the node, and refuses the second.
func (b *Book) caught(tx *store.Tx, in *message.Incoming, why error, first, other []byte) (message.Outcome, error) {
	refusal := faulty(why)
	r, ok := errors.AsType[*mithaq.Refusal](refusal)
	if !ok {
		return message.Outcome{}, refusal
	}
	h := in.Header
	_, err := tx.Exec("INSERT INTO match_evidence(id, org, pact, at, why, first, other, envelope) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		string(stix.NewID("x-mithaq-evidence")), string(h.From), string(h.PactID), micro(tx.Now()), r.Key, first, other, string(h.ID))
	if err != nil {
		return message.Outcome{}, err
	}
	if err := tx.Change(TopicWarning, string(h.From), []byte(r.Key)); err != nil {
		return message.Outcome{}, err
	}
	err = b.Enter(tx, mithaq.Account{
		Kind: "alarm", At: mithaq.At(tx.Now()), From: h.From, Pact: h.Pact, About: h.ID, Notes: map[string]string{"why": r.Key},
	})
	return refused(r), err
}

// applySet keeps the header of a partner's set; its rows follow.
func (b *Book) applySet(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	h := in.Header
	header, err := psi.ReadHeader(in.Prepared.(*word).Bytes)
	if err != nil {
		return message.Outcome{}, faulty(err)
	}
	t, err := b.versionOf(tx, h)
	if err != nil {
		return message.Outcome{}, err
	}
	l := line{h.From, b.Org, h.PactID, header.Info.Purpose, header.Info.Scheme, header.Info.Epoch}
	if err := b.wanted(tx, t, &l, header); err != nil {
		return message.Outcome{}, err
	}
	last, err := setWhere(tx, ofLine+" AND state <> '"+setRefused+"'", l.args()...)
	switch {
	case isNotFound(err):
		last = nil
	case err != nil:
		return message.Outcome{}, err
	}
	if last != nil && last.digest == header.Digest() {
		return done, nil
	}
	if last == nil && header.Serial != 1 {
		return message.Outcome{}, faulty(fmt.Errorf("set %d is the first that came: %w", header.Serial, psi.SetChanged))
	}
	if last != nil {
		if err := header.Follows(last.header); err != nil {
			return b.caught(tx, in, err, last.header.Bytes(), header.Bytes())
		}
	}
	s := &set{line: l, serial: header.Serial, digest: header.Digest(), header: header, state: setAnnounced}
	if err := s.insert(tx); err != nil {
		return message.Outcome{}, err
	}
	return done, b.enterSet(tx, "match-set", s, nil)
}

// wanted holds a header to the pact and the key: types, purposes, size.
func (b *Book) wanted(tx *store.Tx, t *pact.Text, l *line, h psi.Header) error {
	if err := matched(t, l.scheme.Type(), l.purpose); err != nil {
		return err
	}
	e, err := epochOf(tx, l.answerer, l.pact, l.epoch)
	if err != nil {
		return err
	}
	if err := e.lasts(tx.Now()); err != nil {
		return err
	}
	info, err := l.info(t)
	if err != nil {
		return err
	}
	return faulty(errors.Join(info.Is(h.Info), h.Within(int64(t.Pact.Terms.Match.SetSize))))
}

func (b *Book) enterSet(tx *store.Tx, kind string, s *set, why error) error {
	a := mithaq.Account{
		Kind: kind, At: mithaq.At(tx.Now()), From: s.answerer, About: s.pact, Purpose: s.purpose,
		Counts: map[string]int64{"rows": s.header.Count, "serial": s.serial, "epoch": s.epoch},
		Notes:  map[string]string{"type": string(s.scheme), "set": s.digest.String()},
	}
	if r, ok := errors.AsType[*mithaq.Refusal](why); ok {
		a.Notes["why"] = r.Key
	}
	return b.Enter(tx, a)
}

// applyRows notes in which message a piece came. When all are there they are put
// together, apart from this transaction.
func (b *Book) applyRows(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	w, h := in.Prepared.(*word), in.Header
	s, err := setWhere(tx, "digest = ? AND answerer = ? AND pact = ? AND asker = ?", w.Set[:], string(h.From), string(h.PactID), string(b.Org))
	switch {
	case err != nil:
		return message.Outcome{}, err
	case s.state != setAnnounced:
		return message.Outcome{}, mithaq.Refuse(mithaq.Conflict, "match.rows-late", s.state)
	case int64(w.Parts) > mostParts(s.header):
		return message.Outcome{}, faulty(fmt.Errorf("%d pieces: %w", w.Parts, psi.WrongCount))
	}
	_, err = tx.Exec("INSERT INTO match_piece(digest, part, parts, delta, envelope) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		w.Set[:], w.Part, w.Parts, w.Delta, string(h.ID))
	if err != nil {
		return message.Outcome{}, err
	}
	var have int
	if err := tx.QueryRow("SELECT count(*) FROM match_piece WHERE digest = ?", w.Set[:]).Scan(&have); err != nil {
		return message.Outcome{}, err
	}
	if have < w.Parts {
		return done, nil
	}
	return done, tx.Due(store.DueJob{Kind: JobTake, Key: s.digest.String(), At: tx.Now()})
}

// mostParts bounds the pieces of a set: one for 256 rows, and one more.
func mostParts(h psi.Header) int64 { return h.Count/256 + 1 }

// rowsReceipted lets a piece go once the asker has it.
func (b *Book) rowsReceipted(tx *store.Tx, sent message.Sent, _ *mithaq.Receipt) error {
	return b.Mail.Drop(tx, sent.Envelope)
}

// take puts the rows of a set together and holds them to its header.
func (b *Book) take(ctx context.Context, digest mithaq.Digest) error {
	b.taking.Lock()
	defer b.taking.Unlock()
	k := &taking{b: b}
	for _, step := range []func(context.Context, mithaq.Digest) error{k.find, k.build} {
		if err := step(ctx, digest); err != nil || k.set == nil {
			return err
		}
	}
	return nil
}

// A taking is a partner's set being put together.
type taking struct {
	b      *Book
	set    *set
	before *set
	delta  bool
	from   []stix.ID // the messages that carry it, in order
}

func (k *taking) find(ctx context.Context, digest mithaq.Digest) error {
	return k.b.write(ctx, func(tx *store.Tx) error {
		s, err := setWhere(tx, "digest = ? AND asker = ? AND state = '"+setAnnounced+"'", digest[:], string(k.b.Org))
		if err != nil {
			if isNotFound(err) {
				return nil // its epoch is over, or it was put together
			}
			return err
		}
		k.set = s
		if k.before, err = readySet(tx, s.line); err != nil && !isNotFound(err) {
			return err
		}
		if _, err := tx.Exec("DELETE FROM match_row WHERE owner = ?", s.id); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT envelope, delta FROM match_piece WHERE digest = ? ORDER BY part", digest[:])
		k.from, err = collect(rows, err, func(scan func(...any) error) (id stix.ID, err error) { return id, scan((*string)(&id), &k.delta) })
		return err
	})
}

// build writes the rows, and decides.
func (k *taking) build(ctx context.Context, _ mithaq.Digest) error {
	out := &rowWriter{b: k.b, ctx: ctx, owner: k.set.id}
	var err error
	if k.delta {
		err = k.apply(ctx, out)
	} else {
		err = k.each(ctx, func(raw []byte) error { _, err := out.Write(raw); return err })
	}
	if err == nil {
		err = out.Close()
	}
	if err == nil {
		_, err = k.b.openSet(k.set)
	}
	err = faulty(err)
	if _, ok := errors.AsType[*mithaq.Refusal](err); err != nil && !ok {
		return err // ours: it is tried again
	}
	return k.b.write(ctx, func(tx *store.Tx) error { return k.settle(tx, err) })
}

// apply makes the rows of those of the set before and the delta.
func (k *taking) apply(ctx context.Context, out io.Writer) error {
	if k.before == nil {
		return fmt.Errorf("a change of a set that is not here: %w", psi.SetChanged)
	}
	before, err := k.b.openSet(k.before)
	if err != nil {
		return err
	}
	var raw []byte
	if err := k.each(ctx, func(piece []byte) error { raw = append(raw, piece...); return nil }); err != nil {
		return err
	}
	return psi.Apply(before, k.set.header, raw, out)
}

// each hands over the pieces in order.
func (k *taking) each(ctx context.Context, do func([]byte) error) error {
	for _, id := range k.from {
		var w *word
		err := k.b.read(ctx, func(tx *store.Tx) error {
			raws, err := k.b.Mail.Load(tx, id)
			if err != nil {
				return err
			}
			if len(raws) != 1 || raws[0] == nil {
				return fmt.Errorf("piece %s: %w", id, os.ErrNotExist)
			}
			w, err = readWord(raws[0])
			return err
		})
		if err != nil {
			return err
		}
		if err := do(w.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// settle makes the set the one that counts, or refuses it for good; the pieces go.
func (k *taking) settle(tx *store.Tx, why error) error {
	for _, id := range k.from {
		if err := k.b.Mail.Drop(tx, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM match_piece WHERE digest = ?", k.set.digest[:]); err != nil {
		return err
	}
	now, err := setWhere(tx, "id = ?", k.set.id)
	if err != nil || now.state != setAnnounced {
		return errors.Join(err, now.past(tx, now.state)) // its epoch ended meanwhile
	}
	if why == nil {
		return errors.Join(k.set.become(tx, k.set.header), k.b.enterSet(tx, "match-set-taken", k.set, nil))
	}
	return errors.Join(
		k.set.past(tx, setRefused),
		tx.Change(TopicWarning, string(k.set.answerer), []byte("match.set-refused")),
		k.b.enterSet(tx, "match-set-refused", k.set, why))
}
