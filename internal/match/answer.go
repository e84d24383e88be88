package match

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// A posed question is one of a partner's, read and evaluated.
type posed struct {
	question *psi.Question
	answer   []byte
	known    bool // its bytes were answered before
}

// prepareQuestion evaluates outside of the transaction that stores the answer,
// after looking whether there is a budget for it.
func (b *Book) prepareQuestion(ctx context.Context, in *message.Incoming) error {
	w, err := said(in)
	if err != nil {
		return err
	}
	p := &posed{}
	in.Prepared = p
	if p.question, err = psi.ReadQuestion(w.Bytes); err != nil {
		return faulty(err)
	}
	var e *epoch
	err = b.read(ctx, func(tx *store.Tx) (err error) {
		if p.known, err = p.before(tx, in.Header); err != nil || p.known {
			return err
		}
		if e, err = b.mayAsk(tx, in.Header, p.question); err != nil {
			return err
		}
		_, err = b.spending(tx, in.Header, p)
		return err
	})
	if err != nil || p.known {
		return b.overBudget(ctx, in.Header, err)
	}
	return b.with(e, func(key *psi.Key) error {
		p.answer, err = key.Answer(p.question.Info, p.question)
		return faulty(err)
	})
}

// before says whether this partner asked these bytes before, and finds the answer.
func (p *posed) before(tx *store.Tx, h *mithaq.EnvelopeHeader) (bool, error) {
	err := tx.QueryRow("SELECT answer FROM match_asked WHERE digest = ? AND partner = ? AND pact = ?",
		p.question.Digest[:], string(h.From), string(h.PactID)).Scan(&p.answer)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// mayAsk holds a question to the pact and to the key that is in force.
func (b *Book) mayAsk(tx *store.Tx, h *mithaq.EnvelopeHeader, q *psi.Question) (*epoch, error) {
	t, err := b.versionOf(tx, h)
	if err != nil {
		return nil, err
	}
	if err := matched(t, q.Info.Scheme.Type(), q.Info.Purpose); err != nil {
		return nil, err
	}
	if q.Info.Purpose != h.Account.Purpose {
		return nil, denied("match.purpose", string(q.Info.Purpose)) // a suspension is looked up by the header's
	}
	e, err := newest(tx, b.Org, h.PactID)
	if err != nil {
		return nil, err
	}
	if err := e.lasts(tx.Now()); err != nil {
		return nil, err
	}
	l := line{b.Org, h.From, h.PactID, q.Info.Purpose, q.Info.Scheme, e.ann.Epoch}
	info, err := l.info(t)
	if err != nil {
		return nil, err
	}
	return e, faulty(info.Is(q.Info))
}

// spending says what a question costs of what is left today.
func (b *Book) spending(tx *store.Tx, h *mithaq.EnvelopeHeader, p *posed) (psi.Spending, error) {
	t, err := b.Pacts.InForce(tx, h.PactID)
	if err != nil {
		return psi.Spending{}, err
	}
	var spent int
	err = tx.QueryRow("SELECT spent FROM match_day WHERE partner = ? AND pact = ? AND day = ?", string(h.From), string(h.PactID), psi.Day(tx.Now())).Scan(&spent)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return psi.Spending{}, err
	}
	s, err := psi.Budget{PerDay: t.Pact.Terms.Match.PerDay}.Spend(spent, p.question.Count, p.known)
	return s, faulty(err)
}

// overBudget notes a refusal that a person should see, since somebody may be
// enumerating; any other passes.
func (b *Book) overBudget(ctx context.Context, h *mithaq.EnvelopeHeader, why error) error {
	if !errors.Is(why, mithaq.Denied) || !isOverBudget(why) {
		return why
	}
	return errors.Join(b.write(ctx, func(tx *store.Tx) error {
		if err := addDay(tx, h, 0, 0, 1); err != nil {
			return err
		}
		return b.warn(tx, h, "match.warn-over")
	}), why)
}

func isOverBudget(err error) bool {
	r, ok := errors.AsType[*mithaq.Refusal](err)
	return ok && r.Key == "match.fault."+string(psi.OverBudget)
}

// addDay adds to what is counted of a partner's day.
func addDay(tx *store.Tx, h *mithaq.EnvelopeHeader, questions, spent, refused int) error {
	_, err := tx.Exec(`INSERT INTO match_day(partner, pact, day, questions, spent, refused, warned) VALUES(?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT(partner, pact, day) DO UPDATE SET questions = match_day.questions + excluded.questions,
		spent = match_day.spent + excluded.spent, refused = match_day.refused + excluded.refused`,
		string(h.From), string(h.PactID), psi.Day(tx.Now()), questions, spent, refused)
	return err
}

// warn tells a person, once a day, that a partner's questions come to an end.
func (b *Book) warn(tx *store.Tx, h *mithaq.EnvelopeHeader, key string) error {
	n, err := tx.Exec("UPDATE match_day SET warned = 1 WHERE partner = ? AND pact = ? AND day = ? AND warned = 0",
		string(h.From), string(h.PactID), psi.Day(tx.Now()))
	if err != nil {
		return err
	}
	if first, err := n.RowsAffected(); err != nil || first == 0 {
		return err
	}
	if err := tx.Change(TopicWarning, string(h.From), []byte(key)); err != nil {
		return err
	}
	return b.Enter(tx, mithaq.Account{
		Kind: "match-warning", At: mithaq.At(tx.Now()), From: h.From, Pact: h.Pact, About: h.PactID, Notes: map[string]string{"why": key},
	})
}

// applyQuestion decrements the budget and keeps the answer in one transaction,
// with the question and its receipt. The answer goes at once, or after the delay
// that the budget asks for.
func (b *Book) applyQuestion(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	p, h := in.Prepared.(*posed), in.Header
	known, err := p.before(tx, h)
	if err != nil {
		return message.Outcome{}, err
	}
	if known {
		return done, b.repeat(tx, h, p)
	}
	if p.known { // it was known a moment ago: its epoch is over
		return message.Outcome{}, faulty(psi.OutOfTime)
	}
	if _, err := b.mayAsk(tx, h, p.question); err != nil {
		return message.Outcome{}, err
	}
	cost, err := b.spending(tx, h, p)
	if err != nil {
		return message.Outcome{}, err
	}
	return done, b.keepAnswer(tx, h, p, cost)
}

func (b *Book) keepAnswer(tx *store.Tx, h *mithaq.EnvelopeHeader, p *posed, cost psi.Spending) error {
	q := p.question
	c, err := q.Case.MarshalText()
	if err != nil {
		return err
	}
	due := tx.Now().Add(cost.Delay)
	_, err = tx.Exec(`INSERT INTO match_asked(digest, partner, pact, purpose, scheme, epoch, pseudonym, lane, count, at, due, answer, repeats)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, q.Digest[:], string(h.From), string(h.PactID), string(q.Info.Purpose), string(q.Info.Scheme),
		q.Info.Epoch, string(c), string(h.Lane), q.Count, micro(tx.Now()), micro(due), p.answer)
	if err != nil {
		return err
	}
	if err := addDay(tx, h, 1, cost.Cost, 0); err != nil {
		return err
	}
	if cost.Warn {
		if err := b.warn(tx, h, "match.warn-last"); err != nil {
			return err
		}
	}
	if cost.Delay > 0 {
		return tx.Due(store.DueJob{Kind: JobAnswer, Key: q.Digest.String(), At: due})
	}
	return b.sendAnswer(tx, q.Digest)
}

// repeat gives the stored answer again, for free; one that is not due yet waits.
func (b *Book) repeat(tx *store.Tx, h *mithaq.EnvelopeHeader, p *posed) error {
	var due int64
	digest := p.question.Digest
	if err := tx.QueryRow("SELECT due FROM match_asked WHERE digest = ?", digest[:]).Scan(&due); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE match_asked SET repeats = repeats + 1, lane = ? WHERE digest = ?", string(h.Lane), digest[:]); err != nil {
		return err
	}
	if due > micro(tx.Now()) {
		return nil
	}
	return b.sendAnswer(tx, digest)
}

// sendAnswer puts a stored answer on the lane on which it was asked.
func (b *Book) sendAnswer(tx *store.Tx, question mithaq.Digest) error {
	var partner, pact, purpose, lane string
	var count int64
	var answer []byte
	err := tx.QueryRow("SELECT partner, pact, purpose, lane, count, answer FROM match_asked WHERE digest = ?", question[:]).
		Scan(&partner, &pact, &purpose, &lane, &count, &answer)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // its epoch is over
	}
	if err != nil {
		return err
	}
	_, err = b.send(tx, mithaq.OrgID(partner), stix.ID(pact), mithaq.Lane(lane), mithaq.MessageMatchAnswer, newWord(answer), mithaq.Account{
		Purpose: mithaq.Purpose(purpose), About: stix.ID(pact), Counts: map[string]int64{"elements": count},
		Notes: map[string]string{"question": question.String()},
	})
	return err
}

// answerLate sends an answer whose delay is over.
func (b *Book) answerLate(ctx context.Context, key string) error {
	var d mithaq.Digest
	if err := d.UnmarshalText([]byte(key)); err != nil {
		return err
	}
	return b.write(ctx, func(tx *store.Tx) error { return b.sendAnswer(tx, d) })
}

// A Day is what a partner asked of us under a pact in one day of UTC.
type Day struct {
	Partner   mithaq.OrgID
	Pact      stix.ID
	Day       string
	Questions int
	Spent     int // elements
	Refused   int
	Warned    bool
}

// Days lists what partners asked of us since a day, the newest first.
func (b *Book) Days(tx *store.Tx, since time.Time) ([]Day, error) {
	rows, err := tx.Query("SELECT partner, pact, day, questions, spent, refused, warned FROM match_day WHERE day >= ? ORDER BY day DESC, partner, pact", psi.Day(since))
	return collect(rows, err, func(scan func(...any) error) (d Day, err error) {
		return d, scan((*string)(&d.Partner), (*string)(&d.Pact), &d.Day, &d.Questions, &d.Spent, &d.Refused, &d.Warned)
	})
}
