package gate

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Answers are kept until the persons who gave them have signed: what was answered at a
// desk is signed where the credential is. Until then they count for nothing.
//
//	Answer → in doubt: GiveSecond → SignAnswers by the first → by the second → an assessment

// keepAnswersFor is how long unsigned answers wait.
const keepAnswersFor = 30 * 24 * time.Hour

// Answer keeps a person's answers about the items that they cover, for signing.
// Every question is to be answered, and every item one that the person may read.
//
// Denied: the viewer may not assess. Invalid: a question without an answer.
// NotFound: an item that is not here.
func (g *Gate) Answer(tx *store.Tx, v mithaq.Viewer, answers mithaq.Answers, covers ...mithaq.ItemRef) (*mithaq.Assessment, error) {
	if !v.MayAssess() {
		return nil, denied("gate.may-not-assess")
	}
	a := mithaq.NewAssessment(stix.NewID(mithaq.TypeAssessment), mithaq.At(tx.Now()), g.Org, v.Person, covers...)
	a.Answers = answers
	switch {
	case len(covers) == 0:
		return nil, invalid("gate.empty-selection")
	case a.Verdict() == mithaq.AssessedNot:
		return nil, invalid("assess.unanswered")
	}
	for _, ref := range covers {
		if _, err := g.itemOf(tx, v, ref); err != nil {
			return nil, err
		}
	}
	if _, err := tx.Exec("DELETE FROM gate_answers WHERE at < ?", tx.Now().Add(-keepAnswersFor).UnixMicro()); err != nil {
		return nil, err
	}
	return a, g.keepAnswers(tx, a)
}

func (g *Gate) keepAnswers(tx *store.Tx, a *mithaq.Assessment) error {
	raw, err := canonical(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO gate_answers(id, person, at, raw) VALUES(?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET raw = excluded.raw",
		string(a.ID), string(a.Person), tx.Now().UnixMicro(), raw)
	return err
}

// Unsigned is answers that wait, by the id of their assessment. NotFound: there
// are none, or the viewer may not read what they are about.
func (g *Gate) Unsigned(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*mithaq.Assessment, error) {
	var raw []byte
	err := tx.QueryRow("SELECT raw FROM gate_answers WHERE id = ?", string(id)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !v.MayAssess() {
		return nil, noAssessment(id)
	}
	if err != nil {
		return nil, err
	}
	a, err := stored[mithaq.Assessment](raw)
	if err != nil || a.Person == v.Person {
		return a, err
	}
	for _, ref := range a.Covers {
		if _, err := g.itemOf(tx, v, ref); err != nil {
			return nil, noAssessment(id)
		}
	}
	return a, nil
}

func noAssessment(id stix.ID) error {
	return mithaq.Refuse(mithaq.NotFound, "gate.no-assessment", string(id))
}

// NeedsSecond reports whether answers wait for a second person.
func NeedsSecond(a *mithaq.Assessment) bool {
	return a.Second == nil && a.Verdict() == mithaq.AssessedDoubt
}

// NeedsSignature reports whether answers wait for a person's signature.
func NeedsSignature(a *mithaq.Assessment, person mithaq.PersonID) bool {
	switch {
	case NeedsSecond(a):
		return false
	case len(a.Signatures) == 0:
		return person == a.Person
	}
	return a.Second != nil && person == a.Second.Person
}

// AllUnsigned are the answers that wait and a viewer may see, the oldest first.
func (g *Gate) AllUnsigned(tx *store.Tx, v mithaq.Viewer) (list []*mithaq.Assessment, err error) {
	all, err := storedAll[mithaq.Assessment](tx, "SELECT raw FROM gate_answers WHERE at >= ? ORDER BY at, id", tx.Now().Add(-keepAnswersFor).UnixMicro())
	for _, a := range all {
		switch _, err := g.Unsigned(tx, v, a.ID); {
		case errors.Is(err, mithaq.NotFound):
		case err != nil:
			return nil, err
		default:
			list = append(list, a)
		}
	}
	return list, err
}

// GiveSecond adds what a second person answers where the first was in doubt.
//
// NotFound: no such answers in sight. Denied: they are the viewer's own.
// Conflict: they need no second person, or have one.
func (g *Gate) GiveSecond(tx *store.Tx, v mithaq.Viewer, id stix.ID, clears mithaq.Answer, why string) (*mithaq.Assessment, error) {
	a, err := g.Unsigned(tx, v, id)
	switch {
	case err != nil:
		return nil, err
	case a.Person == v.Person:
		return nil, denied("assess.own")
	case !NeedsSecond(a):
		return nil, mithaq.Refuse(mithaq.Conflict, "assess.no-second")
	case clears == 0 || why == "":
		return nil, invalid("assess.unanswered")
	}
	a.Second = &mithaq.SecondOpinion{Person: v.Person, Clears: clears, Why: why, At: mithaq.At(tx.Now())}
	return a, g.keepAnswers(tx, a)
}

// DropAnswers forgets a person's own answers that are not signed yet.
func (g *Gate) DropAnswers(tx *store.Tx, v mithaq.Viewer, id stix.ID) error {
	a, err := g.Unsigned(tx, v, id)
	switch {
	case err != nil:
		return err
	case a.Person != v.Person:
		return denied("assess.not-yours")
	}
	_, err = tx.Exec("DELETE FROM gate_answers WHERE id = ?", string(id))
	return err
}

// SignAnswers adds the signature of the person who answered, or of the second
// one. With the last of them the answers are an assessment, and kept as one.
//
// Denied: it is not for this person to sign, or not yet. Unauthenticated: the
// signature is not theirs. NotFound: an item is not here any more.
func (g *Gate) SignAnswers(tx *store.Tx, v mithaq.Viewer, id stix.ID, s mithaq.Signature) (*mithaq.Assessment, error) {
	a, err := g.Unsigned(tx, v, id)
	switch {
	case err != nil:
		return nil, err
	case NeedsSecond(a):
		return nil, denied("assess.needs-second")
	case !NeedsSignature(a, v.Person):
		return nil, denied("assess.not-yours")
	}
	if v.Person == a.Person {
		a.Credential = s.Key
	}
	a.Signatures = append(a.Signatures, s)
	if err := g.signedSoFar(tx, a); err != nil {
		return nil, err
	}
	if a.Second != nil && len(a.Signatures) < 2 {
		return a, g.keepAnswers(tx, a)
	}
	return a, g.complete(tx, v, a)
}

// complete makes an assessment of answers that are signed.
func (g *Gate) complete(tx *store.Tx, v mithaq.Viewer, a *mithaq.Assessment) error {
	if err := a.Check(); err != nil {
		return invalid("gate.word", err.Error())
	}
	for _, ref := range a.Covers {
		if _, err := g.itemOf(tx, v, ref); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM gate_answers WHERE id = ?", string(a.ID)); err != nil {
		return err
	}
	return g.keepOwn(tx, v, a)
}

// Assessor is how fast one person of ours answers, and with what outcome.
type Assessor struct {
	Person   mithaq.PersonID
	Made     int
	Clear    int
	Against  int
	Doubt    int
	Items    int           // covered
	Middle   time.Duration // from reading an item to answering for it; half of them were quicker
	Known    int           // assessments of which that is known
	Agreed   int           // drawn ones that a second person answered alike
	Differed int           // drawn ones that a second person answered otherwise
}

// Assessors says who assessed since a time, how fast and with what outcome.
// Denied: only those who watch see it.
func (g *Gate) Assessors(tx *store.Tx, v mithaq.Viewer, since time.Time) ([]Assessor, error) {
	if !v.MayAudit() && !v.Is(mithaq.LegalOfficer) {
		return nil, denied("assess.may-not-watch")
	}
	all, err := storedAll[mithaq.Assessment](tx, "SELECT raw FROM gate_assessment WHERE org = ? AND at >= ? ORDER BY at", string(g.Org), since.UnixMicro())
	if err != nil {
		return nil, err
	}
	by, order := map[mithaq.PersonID]*measured{}, []mithaq.PersonID{}
	for _, a := range all {
		m := by[a.Person]
		if m == nil {
			m = &measured{Assessor: Assessor{Person: a.Person}}
			by[a.Person], order = m, append(order, a.Person)
		}
		m.add(a)
		if err := g.measure(tx, a, m); err != nil {
			return nil, err
		}
	}
	slices.Sort(order)
	return each(order, func(p mithaq.PersonID) Assessor { return by[p].result() }), nil
}

type measured struct {
	Assessor
	times []time.Duration
}

func (m *measured) add(a *mithaq.Assessment) {
	m.Made++
	m.Items += len(a.Covers)
	switch a.Verdict() {
	case mithaq.AssessedClear:
		m.Clear++
	case mithaq.AssessedAgainst:
		m.Against++
	case mithaq.AssessedDoubt:
		m.Doubt++
	}
}

func (m *measured) result() Assessor {
	slices.Sort(m.times)
	if m.Known = len(m.times); m.Known > 0 {
		m.Middle = m.times[m.Known/2]
	}
	return m.Assessor
}

// measure finds how long after reading the first of its items somebody answered,
// and, of an assessment that was drawn, whether the second one says the same.
func (g *Gate) measure(tx *store.Tx, a *mithaq.Assessment, m *measured) error {
	it, err := g.itemOf(tx, g.node, a.Covers[0])
	if err != nil && !errors.Is(err, mithaq.NotFound) {
		return err
	}
	if err == nil {
		at, err := g.LastReading(tx, a.Person, it.Seq, a.Created.Time)
		if err != nil {
			return err
		}
		if !at.IsZero() {
			m.times = append(m.times, a.Created.Sub(at))
		}
	}
	drawn, err := g.drawn(tx, a)
	if err != nil || !drawn {
		return err
	}
	again, err := g.again(tx, a)
	for _, b := range again {
		if b.Verdict() == a.Verdict() {
			m.Agreed++
		} else {
			m.Differed++
		}
	}
	return err
}
