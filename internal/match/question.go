package match

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// The states of a question of ours.
const (
	Waiting  = "asked"
	Answered = "answered"
	Refused  = "refused" // by the partner
	Failed   = "failed"  // the answer does not hold
)

// A Question is one of ours as it is kept: what it asked is sealed, but for hits.
type Question struct {
	ID       stix.ID
	Partner  mithaq.OrgID
	Pact     stix.ID
	Purpose  mithaq.Purpose
	Scheme   psi.Scheme
	Case     stix.ID
	Person   mithaq.PersonID
	At       time.Time
	Inputs   int // without dummies
	Elements int // with them: what it cost
	State    string
	Why      *mithaq.RefusedWhole // of refused and failed
	Answered time.Time
	Hits     []Hit // once it is answered; others are not among what they offered for this purpose

	epoch    int64
	digest   mithaq.Digest
	raw, own []byte
	lane     mithaq.Lane
	batch    string
	part     int
}

// A Hit is an identifier that the partner has offered, and whom to ask about it.
type Hit struct {
	Value     string
	Reference psi.Reference
	Class     mithaq.Subjects
	Desk      string
}

func (q *Question) line(asker mithaq.OrgID) line {
	return line{q.Partner, asker, q.Pact, q.Purpose, q.Scheme, q.epoch}
}

const questionColumns = `id, partner, pact, purpose, scheme, epoch, casefile, person, at, inputs, count, digest, raw, own, lane, state, why, answered, batch, part`

func scanQuestion(scan func(...any) error) (q *Question, err error) {
	q = &Question{}
	var at, answered int64
	var digest, why []byte
	err = scan((*string)(&q.ID), (*string)(&q.Partner), (*string)(&q.Pact), (*string)(&q.Purpose), (*string)(&q.Scheme), &q.epoch, (*string)(&q.Case),
		(*string)(&q.Person), &at, &q.Inputs, &q.Elements, &digest, &q.raw, &q.own, (*string)(&q.lane), &q.State, &why, &answered, &q.batch, &q.part)
	if err != nil {
		return nil, err
	}
	q.At, q.Answered, q.digest = timeOf(at), timeOf(answered), digestOf(digest)
	if len(why) > 0 {
		q.Why = new(mithaq.RefusedWhole)
		err = json.Unmarshal(why, q.Why)
	}
	return q, err
}

func (b *Book) questionBy(tx *store.Tx, where string, args ...any) (*Question, error) {
	q, err := scanQuestion(tx.QueryRow("SELECT "+questionColumns+" FROM match_question WHERE "+where, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("match.no-question")
	}
	return q, err
}

// Question is one of ours, for those with a need to know its case, and auditors,
// who see no hit's value.
func (b *Book) Question(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Question, error) {
	q, err := b.questionBy(tx, "id = ?", string(id))
	if err != nil {
		return nil, err
	}
	if !v.Knows(q.Case) && !v.MayAudit() {
		return nil, notFound("match.no-question", string(id))
	}
	return q, b.addHits(tx, v, q)
}

func (b *Book) addHits(tx *store.Tx, v mithaq.Viewer, q *Question) error {
	rows, err := tx.Query("SELECT input, reference, class, desk FROM match_hit WHERE question = ? ORDER BY place", string(q.ID))
	q.Hits, err = collect(rows, err, func(scan func(...any) error) (h Hit, err error) {
		var input, reference []byte
		var class int64
		err = scan(&input, &reference, &class, &h.Desk)
		copy(h.Reference[:], reference)
		if h.Class = mithaq.Subjects(class); v.Knows(q.Case) {
			h.Value = psi.Input(input).Value()
		}
		return h, err
	})
	return err
}

// Questions lists ours of the viewer's cases, the newest first, without their hits'
// values; an auditor sees all.
func (b *Book) Questions(tx *store.Tx, v mithaq.Viewer, limit, offset int) ([]*Question, error) {
	rows, err := tx.Query("SELECT "+questionColumns+" FROM match_question WHERE batch = '' ORDER BY at DESC, id LIMIT ? OFFSET ?", limit, offset)
	all, err := collect(rows, err, scanQuestion)
	var mine []*Question
	for _, q := range all {
		if v.Knows(q.Case) || v.MayAudit() {
			mine = append(mine, q)
			err = errors.Join(err, b.addHits(tx, v, q))
		}
	}
	return mine, err
}

// questionReceipted takes note that a partner refused to answer.
func (b *Book) questionReceipted(tx *store.Tx, sent message.Sent, r *mithaq.Receipt) error {
	if r.RefusedAll == nil {
		return nil
	}
	raws, err := b.Mail.Load(tx, sent.Envelope)
	if err != nil || len(raws) != 1 || raws[0] == nil {
		return err
	}
	w, err := readWord(raws[0])
	if err != nil {
		return err
	}
	digest := mithaq.DigestOf(w.Bytes)
	q, err := b.questionBy(tx, "digest = ?", digest[:])
	if isNotFound(err) {
		return nil // forgotten, as after a restore
	}
	if err != nil || q.State != Waiting {
		return err
	}
	return b.endWith(tx, q, Refused, r.RefusedAll)
}

// endWith ends a question without a result. What opens it to the node stays, so
// that it can be asked again.
func (b *Book) endWith(tx *store.Tx, q *Question, state string, why *mithaq.RefusedWhole) error {
	raw, err := json.Marshal(why)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE match_question SET state = ?, why = ? WHERE id = ?", state, raw, string(q.ID)); err != nil {
		return err
	}
	if err := tx.Change(TopicQuestion, string(q.ID), []byte(state)); err != nil {
		return err
	}
	if err := batchOn(tx, q); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "match-" + state, At: mithaq.At(tx.Now()), From: q.Partner, About: q.ID, Case: string(q.Case), Notes: map[string]string{"why": why.Key},
	})
}

// A reply is a partner's answer, held to our question and looked up.
type reply struct {
	question *Question
	results  []psi.Result
	why      error
}

// prepareAnswer verifies and looks up outside of the transaction that stores it.
func (b *Book) prepareAnswer(ctx context.Context, in *message.Incoming) error {
	w, err := said(in)
	if err != nil {
		return err
	}
	r := &reply{}
	in.Prepared = r
	var digest mithaq.Digest
	if err := digest.UnmarshalText([]byte(in.Header.Account.Notes["question"])); err != nil {
		return faulty(psi.WrongQuestion)
	}
	var e *epoch
	var s *set
	err = b.read(ctx, func(tx *store.Tx) (err error) {
		r.question, err = b.questionBy(tx, "digest = ? AND partner = ? AND pact = ?", digest[:], string(in.Header.From), string(in.Header.PactID))
		if err != nil || r.question.State == Answered {
			return err
		}
		if e, err = epochOf(tx, in.Header.From, in.Header.PactID, r.question.epoch); err != nil {
			return err
		}
		s, err = readySet(tx, r.question.line(b.Org))
		return err
	})
	if err != nil || r.question.State == Answered {
		return err
	}
	r.results, err = b.finalise(r.question, e, s, w.Bytes)
	r.why = faulty(err)
	if _, ok := errors.AsType[*mithaq.Refusal](r.why); err != nil && !ok {
		return err
	}
	return nil
}

// finalise unblinds and looks up, at home.
func (b *Book) finalise(q *Question, e *epoch, s *set, answer []byte) ([]psi.Result, error) {
	asked, err := b.reopen(q, e)
	if err != nil {
		return nil, err
	}
	rows, err := b.openSet(s)
	if err != nil {
		return nil, err
	}
	return asked.Finalise(answer, rows)
}

// reopen finds the question as it was asked: in memory or, after a restart, by
// what the node sealed to itself.
func (b *Book) reopen(q *Question, e *epoch) (*psi.Asked, error) {
	if asked, ok := b.asked.Load(q.digest); ok {
		return asked.(*psi.Asked), nil
	}
	opening, err := b.unseal(openingName(q.ID), q.own)
	if err != nil {
		return nil, err
	}
	defer clear(opening)
	asked, err := psi.Reopen(e.ann, q.raw, opening)
	if err == nil {
		b.asked.Store(q.digest, asked)
	}
	return asked, err
}

// applyAnswer keeps what came of a question. What opens it lies with the auditor
// alone from then on. An answer that does not hold is kept as evidence.
func (b *Book) applyAnswer(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	r := in.Prepared.(*reply)
	q, err := b.questionBy(tx, "id = ?", string(r.question.ID))
	if err != nil {
		return message.Outcome{}, err
	}
	if q.State == Answered {
		return done, nil // it was asked twice, and answered twice
	}
	if refusal, ok := errors.AsType[*mithaq.Refusal](r.why); ok {
		out, err := b.caught(tx, in, r.why, q.raw, bytes.Clone(in.Raw[0]))
		return out, errors.Join(err, b.endWith(tx, q, Failed, refusal.Whole()))
	}
	return done, b.settle(tx, q, r.results)
}

func (b *Book) settle(tx *store.Tx, q *Question, results []psi.Result) error {
	hits, caught := 0, 0
	for place, r := range results {
		if !r.Hit {
			continue
		}
		if place >= q.Inputs {
			caught++
			continue
		}
		hits++
		_, err := tx.Exec("INSERT INTO match_hit(question, place, input, reference, class, desk) VALUES(?, ?, ?, ?, ?, ?)",
			string(q.ID), place, []byte(r.Input), r.Record.Reference[:], int64(r.Record.Class), r.Record.Desk)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE match_question SET state = ?, own = ?, why = ?, answered = ?, hits = ?, caught = ? WHERE id = ?",
		Answered, []byte{}, []byte{}, micro(tx.Now()), hits, caught, string(q.ID))
	if err != nil {
		return err
	}
	tx.OnCommit(func() { b.forget(q.digest) })
	if err := b.stuffed(tx, q, caught); err != nil {
		return err
	}
	if err := batchOn(tx, q); err != nil {
		return err
	}
	if err := tx.Change(TopicQuestion, string(q.ID), []byte(Answered)); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "match-answered", At: mithaq.At(tx.Now()), From: q.Partner, About: q.ID, Case: string(q.Case), Purpose: q.Purpose,
		Counts: map[string]int64{"identifiers": int64(q.Inputs), "hits": int64(hits)},
	})
}

func (b *Book) forget(question mithaq.Digest) {
	if asked, ok := b.asked.LoadAndDelete(question); ok {
		asked.(*psi.Asked).Forget()
	}
}
