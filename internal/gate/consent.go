package gate

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// AskConsent asks the giver of some items, under the pact they came by, whether
// they may go on to others, or be used in court. The gate fills who asks.
// Denied: the viewer may not propose. NotFound: an item that the giver did not
// give under that pact.
func (g *Gate) AskConsent(tx *store.Tx, v mithaq.Viewer, ask *mithaq.ConsentAsk) error {
	if !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return denied("gate.may-not-propose")
	}
	ask.From = g.Org
	if err := ask.Check(); err != nil {
		return invalid("gate.word", err.Error())
	}
	for _, ref := range ask.Items {
		it, err := g.itemOf(tx, v, ref)
		if err != nil {
			return err
		}
		held, err := g.Store.HoldingsOf(tx, v, it.Seq)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(held, func(h store.Held) bool { return h.Giver == ask.Originator && h.Under == ask.Pact }) {
			return mithaq.Refuse(mithaq.NotFound, "gate.not-given", string(ref.ID), string(ask.Originator))
		}
	}
	raw, err := g.seal(ask, mithaq.TypeConsentAsk, &ask.Signatures)
	if err != nil {
		return err
	}
	if err := g.keepAsk(tx, ask, raw); err != nil {
		return err
	}
	if _, err := g.tell(tx, ask.Originator, ask.Pact, mithaq.MessageConsentAsk, raw, mithaq.Account{
		By: v.Person, Purpose: ask.Purpose, About: ask.ID, Counts: map[string]int64{"items": int64(len(ask.Items))},
	}); err != nil {
		return err
	}
	return g.enter(tx, v, "consent-ask", mithaq.Account{To: ask.Originator, About: ask.ID, Purpose: ask.Purpose})
}

func (g *Gate) keepAsk(tx *store.Tx, ask *mithaq.ConsentAsk, raw []byte) error {
	_, err := tx.Exec(`INSERT INTO gate_consent(ask, asker, originator, pact, at, question, answer, until) VALUES(?, ?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT(ask) DO NOTHING`, string(ask.ID), string(ask.From), string(ask.Originator), string(ask.Pact), tx.Now().UnixMicro(), raw, []byte{})
	if err != nil {
		return err
	}
	return tx.Change(TopicConsent, string(ask.ID), []byte("asked"))
}

// applyAsk keeps a partner's question until a person answers it.
func (g *Gate) applyAsk(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(*said[mithaq.ConsentAsk])
	ask, h := s.word, in.Header
	if ask.From != h.From || ask.Originator != g.Org || ask.Pact != h.PactID {
		return message.Outcome{}, denied("gate.speaks-for-another", string(h.From))
	}
	if err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(mithaq.TypeConsentAsk), s.signed, ask.Signatures); err != nil {
		return message.Outcome{}, err
	}
	return one, g.keepAsk(tx, ask, s.raw)
}

// one is the outcome of a message of one word that was taken.
var one = message.Outcome{Items: []int64{0}}

// A Question is a question for consent as kept, with its answer if there is one.
type Question struct {
	Ask    *mithaq.ConsentAsk
	Answer *mithaq.Consent // nil while it is open
	At     time.Time
}

// Questions lists questions for consent: those asked of us, or those we asked.
func (g *Gate) Questions(tx *store.Tx, ours bool) ([]Question, error) {
	column := "originator"
	if ours {
		column = "asker"
	}
	rows, err := tx.Query("SELECT question, answer, at FROM gate_consent WHERE "+column+" = ? ORDER BY at", string(g.Org))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []Question
	for rows.Next() {
		var question, answer []byte
		var at int64
		if err := rows.Scan(&question, &answer, &at); err != nil {
			return nil, err
		}
		q, err := readQuestion(question, answer)
		if err != nil {
			return nil, err
		}
		q.At = time.UnixMicro(at).UTC()
		list = append(list, q)
	}
	return list, rows.Err()
}

func readQuestion(question, answer []byte) (q Question, err error) {
	if q.Ask, err = stored[mithaq.ConsentAsk](question); err != nil || len(answer) == 0 {
		return q, err
	}
	q.Answer, err = stored[mithaq.Consent](answer)
	return q, err
}

// A Grant is what a person consents to; the zero Grant refuses.
type Grant struct {
	Items []mithaq.ItemRef
	For   []mithaq.OrgID
	Court bool
	Until mithaq.Time
}

// AnswerConsent answers a partner's question. What is granted can only be what
// was asked for. Denied: the viewer may not. Conflict: it was answered.
func (g *Gate) AnswerConsent(tx *store.Tx, v mithaq.Viewer, ask stix.ID, grant Grant) (*mithaq.Consent, error) {
	if !v.MayConsent() {
		return nil, denied("gate.may-not-consent")
	}
	q, err := g.question(tx, ask)
	switch {
	case err != nil:
		return nil, err
	case q.Ask.Originator != g.Org:
		return nil, mithaq.Refuse(mithaq.NotFound, "gate.no-question", string(ask))
	case q.Answer != nil:
		return nil, mithaq.Refuse(mithaq.Conflict, "gate.answered", string(ask))
	}
	c := mithaq.NewConsent(stix.NewID(mithaq.TypeConsent), mithaq.At(tx.Now()), q.Ask, v.Person)
	c.Items, c.For = common(q.Ask.Items, grant.Items), common(q.Ask.For, grant.For)
	c.Court, c.Until = q.Ask.Court && grant.Court, grant.Until
	raw, err := g.seal(c, mithaq.TypeConsent, &c.Signatures)
	if err != nil {
		return nil, err
	}
	if err := g.keepConsent(tx, c, raw); err != nil {
		return nil, err
	}
	if _, err := g.tell(tx, c.To, c.Pact, mithaq.MessageConsent, raw, mithaq.Account{By: v.Person, Purpose: c.Purpose, About: c.Ask}); err != nil {
		return nil, err
	}
	return c, g.enter(tx, v, "consent", mithaq.Account{To: c.To, About: c.Ask, Purpose: c.Purpose, Counts: map[string]int64{"items": int64(len(c.Items))}})
}

func common[T comparable](asked, granted []T) (both []T) {
	for _, x := range asked {
		if slices.Contains(granted, x) {
			both = append(both, x)
		}
	}
	return both
}

func (g *Gate) question(tx *store.Tx, id stix.ID) (Question, error) {
	var question, answer []byte
	err := tx.QueryRow("SELECT question, answer FROM gate_consent WHERE ask = ?", string(id)).Scan(&question, &answer)
	if errors.Is(err, sql.ErrNoRows) {
		return Question{}, mithaq.Refuse(mithaq.NotFound, "gate.no-question", string(id))
	}
	if err != nil {
		return Question{}, err
	}
	return readQuestion(question, answer)
}

func (g *Gate) keepConsent(tx *store.Tx, c *mithaq.Consent, raw []byte) error {
	until := int64(0)
	if !c.Until.IsZero() {
		until = c.Until.UnixMicro()
	}
	if _, err := tx.Exec("UPDATE gate_consent SET answer = ?, until = ? WHERE ask = ?", raw, until, string(c.Ask)); err != nil {
		return err
	}
	return tx.Change(TopicConsent, string(c.Ask), []byte("answered"))
}

// applyConsent keeps the answer to a question of ours.
func (g *Gate) applyConsent(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(*said[mithaq.Consent])
	c, h := s.word, in.Header
	if c.By != h.From || c.To != g.Org || c.Pact != h.PactID {
		return message.Outcome{}, denied("gate.speaks-for-another", string(h.From))
	}
	if err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(mithaq.TypeConsent), s.signed, c.Signatures); err != nil {
		return message.Outcome{}, err
	}
	q, err := g.question(tx, c.Ask)
	if err != nil {
		return message.Outcome{}, err
	}
	if q.Ask.Originator != c.By || q.Ask.Pact != c.Pact || q.Ask.Purpose != c.Purpose {
		return message.Outcome{}, denied("gate.other-question", string(c.Ask))
	}
	return one, g.keepConsent(tx, c, s.raw)
}

// consents are those given to us that hold at an instant.
func (g *Gate) consents(tx *store.Tx, at time.Time) ([]*mithaq.Consent, error) {
	return storedAll[mithaq.Consent](tx, `SELECT answer FROM gate_consent WHERE asker = ? AND length(answer) > 0 AND (until = 0 OR until > ?)`,
		string(g.Org), at.UnixMicro())
}
