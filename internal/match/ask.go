package match

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// TypeQuestion begins the ids of questions.
const TypeQuestion = "x-mithaq-question"

// An Ask is what a person wants to know of a partner: whether it has offered
// something about some identifiers of one type.
type Ask struct {
	Partner mithaq.OrgID
	Pact    stix.ID
	Purpose mithaq.Purpose
	Type    psi.Type
	Values  []string // one to psi.MaxQuestion
	Case    stix.ID

	batch string
	part  int
	lane  mithaq.Lane
}

// MayAsk reports whether a viewer may ask.
func MayAsk(v mithaq.Viewer) bool { return v.MayPropose() || v.Is(mithaq.LegalOfficer) }

// Ask asks a partner, blinded, and gives the question's id. Its bytes, and its
// opening sealed to the auditors, are kept before anything leaves; the answer is
// found under the id once it came.
//
// Denied: the viewer may not, no need to know the case, or the pact does not have
// it. Invalid: a value that is no identifier of its type; nothing was sent.
// NotFound: the partner has offered nothing of the sort. Conflict: no auditor has
// given a recipient yet.
func (b *Book) Ask(ctx context.Context, v mithaq.Viewer, ask Ask) (stix.ID, error) {
	if !MayAsk(v) {
		return "", denied("match.may-not-ask")
	}
	inputs, err := inputsOf(ask.Type, ask.Values)
	if err != nil {
		return "", err
	}
	return b.askInputs(ctx, v, ask, inputs)
}

// inputsOf normalises, and drops what is there twice.
func inputsOf(t psi.Type, values []string) ([]psi.Input, error) {
	if len(values) == 0 || len(values) > psi.MaxQuestion {
		return nil, invalid("match.ask-count", len(values), psi.MaxQuestion)
	}
	seen := make(map[psi.Input]bool, len(values))
	var inputs []psi.Input
	for i, value := range values {
		in, err := psi.Read(t, value)
		if err != nil {
			return nil, invalid("match.bad-value", i+1, err.Error())
		}
		if !seen[in] {
			seen[in] = true
			inputs = append(inputs, in)
		}
	}
	return inputs, nil
}

func (b *Book) askInputs(ctx context.Context, v mithaq.Viewer, ask Ask, inputs []psi.Input) (stix.ID, error) {
	q := &asking{b: b, v: v, ask: ask, inputs: inputs, id: stix.NewID(TypeQuestion)}
	if err := b.read(ctx, q.look); err != nil {
		return "", err
	}
	if err := q.blind(); err != nil {
		return "", err
	}
	b.asked.Store(q.asked.Question().Digest, q.asked)
	err := b.write(ctx, q.send)
	if err != nil {
		b.asked.Delete(q.asked.Question().Digest)
		q.asked.Forget()
	}
	return q.id, err
}

// An asking is a question on its way out.
type asking struct {
	b      *Book
	v      mithaq.Viewer
	ask    Ask
	inputs []psi.Input
	id     stix.ID

	perDay int // elements that the pact allows
	epoch  *epoch
	info   psi.Info
	secret []byte
	to     []string // auditors' recipients

	canaries []psi.Input
	asked    *psi.Asked
	opening  []byte // sealed to the auditors
	own      []byte // sealed to the node
}

// look finds all that the question needs, and what stands against it.
func (q *asking) look(tx *store.Tx) (err error) {
	if err := q.b.openCase(tx, q.v, q.ask.Case); err != nil {
		return err
	}
	t, err := q.b.Pacts.InForce(tx, q.ask.Pact)
	if err != nil {
		return err
	}
	if err := matched(t, q.ask.Type, q.ask.Purpose); err != nil {
		return err
	}
	q.perDay = t.Pact.Terms.Match.PerDay
	if q.epoch, err = newest(tx, q.ask.Partner, q.ask.Pact); err != nil {
		return nothingOffered(err, q.ask)
	}
	if err := q.epoch.lasts(tx.Now()); err != nil {
		return err
	}
	l := q.line()
	if _, err := readySet(tx, l); err != nil {
		return nothingOffered(err, q.ask)
	}
	if q.info, err = l.info(t); err != nil {
		return err
	}
	if q.to, err = recipients(tx); err != nil {
		return err
	}
	q.secret, err = q.b.secret(tx, caseSecret)
	return err
}

// nothingOffered says that there is nothing to look up in.
func nothingOffered(err error, ask Ask) error {
	if isNotFound(err) {
		return notFound("match.nothing-offered", string(ask.Partner), string(ask.Type))
	}
	return err
}

func (q *asking) line() line {
	return line{q.ask.Partner, q.b.Org, q.ask.Pact, q.ask.Purpose, q.ask.Type.Scheme(), q.epoch.ann.Epoch}
}

// blind makes the question, and seals what opens it.
func (q *asking) blind() (err error) {
	c := psi.Pseudonym(q.secret, q.info.Pact, q.info.Answerer, string(q.ask.Case))
	if q.canaries, err = canaries(q.inputs); err != nil {
		return err
	}
	if q.asked, err = psi.Ask(q.epoch.ann, q.info, c, slices.Concat(q.inputs, q.canaries), rand.Reader); err != nil {
		return faulty(err)
	}
	opening, err := q.asked.Opening()
	if err != nil {
		return err
	}
	defer clear(opening)
	if q.opening, err = sealTo(q.to, opening); err != nil {
		return err
	}
	q.own, err = q.b.seal(openingName(q.id), opening)
	return err
}

func openingName(id stix.ID) string { return "opening " + string(id) }

// send keeps the question and puts it on its lane, in one transaction.
func (q *asking) send(tx *store.Tx) error {
	question := q.asked.Question()
	lane := q.ask.lane
	if lane == "" {
		lane = mithaq.LaneCase
	}
	l := q.line()
	_, err := tx.Exec(`INSERT INTO match_question(id, partner, pact, purpose, scheme, epoch, casefile, person, at, inputs, count, digest, raw, opening,
		own, lane, state, why, answered, hits, canaries, caught, batch, part) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, ?, ?)`,
		string(q.id), string(l.answerer), string(l.pact), string(l.purpose), string(l.scheme), l.epoch, string(q.ask.Case), string(q.v.Person),
		micro(tx.Now()), len(q.inputs), question.Count, question.Digest[:], q.asked.Bytes(), q.opening, q.own, string(lane), Waiting, []byte{},
		len(q.canaries), q.ask.batch, q.ask.part)
	if err != nil {
		return err
	}
	if err := q.ofBatch(tx); err != nil {
		return err
	}
	if err := tx.Change(TopicQuestion, string(q.id), []byte(Waiting)); err != nil {
		return err
	}
	err = q.b.enter(tx, q.v, "match", mithaq.Account{
		To: l.answerer, Case: string(q.ask.Case), About: q.id, Purpose: l.purpose, Notes: map[string]string{"type": string(l.scheme)},
		Counts: map[string]int64{"identifiers": int64(len(q.inputs)), "elements": int64(question.Count)},
	})
	if err != nil {
		return err
	}
	return q.b.sendQuestion(tx, &l, lane, question, q.asked.Bytes())
}

// ofBatch takes the question's part off what its batch still has to ask.
func (q *asking) ofBatch(tx *store.Tx) error {
	if q.ask.batch == "" {
		return nil
	}
	n, err := tx.Exec("UPDATE match_batch SET asked = asked + 1 WHERE id = ? AND asked = ? AND state = ?", q.ask.batch, q.ask.part, BatchRunning)
	if err != nil {
		return err
	}
	if took, err := n.RowsAffected(); err != nil || took == 0 {
		return errors.Join(err, mithaq.Refuse(mithaq.Busy, "match.batch-state", q.ask.batch)) // another asked it, or somebody paused
	}
	_, err = tx.Exec("DELETE FROM match_batch_part WHERE batch = ? AND part = ?", q.ask.batch, q.ask.part)
	return err
}

// sendQuestion puts a question's bytes on a lane; the same bytes again cost nothing.
func (b *Book) sendQuestion(tx *store.Tx, l *line, lane mithaq.Lane, q *psi.Question, raw []byte) error {
	c, err := q.Case.MarshalText()
	if err != nil {
		return err
	}
	_, err = b.send(tx, l.answerer, l.pact, lane, mithaq.MessageMatchQuestion, newWord(raw), mithaq.Account{
		Purpose: l.purpose, About: l.pact, Case: string(c), Counts: map[string]int64{"elements": int64(q.Count)},
		Notes: map[string]string{"question": q.Digest.String(), "type": string(l.scheme)},
	})
	return err
}

// Again sends a question whose answer did not come once more, byte for byte.
func (b *Book) Again(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	if !MayAsk(v) {
		return denied("match.may-not-ask")
	}
	q, err := b.questionBy(tx, "id = ?", string(id))
	switch {
	case err != nil:
		return err
	case !v.Knows(q.Case):
		return notFound("gate.no-case", string(q.Case))
	case !slices.Contains([]string{Waiting, Failed, Refused}, q.State):
		return mithaq.Refuse(mithaq.Conflict, "match.answered", string(id))
	}
	if err := b.enter(tx, v, "match-again", mithaq.Account{To: q.Partner, Case: string(q.Case), About: id, Purpose: q.Purpose}); err != nil {
		return err
	}
	return b.resend(tx, q)
}

// resend puts the same bytes on their lane once more.
func (b *Book) resend(tx *store.Tx, q *Question) error {
	question, err := psi.ReadQuestion(q.raw)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE match_question SET state = ?, why = ?, at = ? WHERE id = ?", Waiting, []byte{}, micro(tx.Now()), string(q.ID))
	if err != nil {
		return err
	}
	l := q.line(b.Org)
	return b.sendQuestion(tx, &l, q.lane, question, q.raw)
}

// caseSecret names what case pseudonyms are made with.
const caseSecret = "case"

// secret is one of the node's own for matching. It is made with the first offer,
// key or question.
func (b *Book) secret(tx *store.Tx, name string) ([]byte, error) {
	var raw []byte
	if err := tx.QueryRow("SELECT raw FROM match_secret WHERE name = ?", name).Scan(&raw); err != nil {
		return nil, fmt.Errorf("secret of matching: %w", err)
	}
	return b.unseal(name, raw)
}

// Begin makes the secrets that the node needs, once.
func (b *Book) Begin(ctx context.Context) error {
	var n int
	err := b.read(ctx, func(tx *store.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM match_secret WHERE name = ?", caseSecret).Scan(&n)
	})
	if err != nil || n > 0 {
		return err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	sealed, err := b.seal(caseSecret, secret)
	if err != nil {
		return err
	}
	return b.write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO match_secret(name, raw) VALUES(?, ?) ON CONFLICT DO NOTHING", caseSecret, sealed)
		return err
	})
}
