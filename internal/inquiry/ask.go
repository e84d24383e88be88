package inquiry

import (
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/jcs"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// Draft keeps a question as a draft for each of some partners, and gives their
// threads. ask says what is asked, under which pact and for which case; who asks
// whom is filled in. Nothing is sent.
//
// Denied: the viewer may not ask, or is not in the case. Invalid: form.
func (b *Book) Draft(tx *store.Tx, v mithaq.Viewer, ask mithaq.Inquiry, to ...mithaq.OrgID) ([]*Thread, error) {
	if !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return nil, denied("inquiry.may-not-ask")
	}
	if err := b.Gate.WantCase(tx, v, ask.Case); err != nil {
		return nil, err
	}
	terms, err := b.Pacts.InForce(tx, ask.Pact)
	if err != nil {
		return nil, err
	}
	if len(to) == 0 {
		return nil, invalid("inquiry.nobody")
	}
	var all []*Thread
	for _, partner := range to {
		q := ask
		q.Head = mithaq.NewHead(mithaq.TypeInquiry, stix.NewID(mithaq.TypeInquiry), mithaq.At(tx.Now()))
		q.From, q.To, q.Terms, q.Person, q.Signatures = b.Org, partner, terms.Digest, v.Person, nil
		t, err := b.draft(tx, v, &q)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func (b *Book) draft(tx *store.Tx, v mithaq.Viewer, q *mithaq.Inquiry) (*Thread, error) {
	if err := q.Check(); err != nil {
		return nil, invalid("gate.word", err.Error())
	}
	t := threadOf(q, mithaq.Asker, q.To)
	t.Case, t.At = q.Case, tx.Now()
	raw, err := jcs.Marshal(q)
	if err != nil {
		return nil, err
	}
	if err := b.insert(tx, t, raw, []byte{}); err != nil {
		return nil, err
	}
	if err := tx.Change(Topic, string(t.ID), []byte(t.Life.Stage)); err != nil {
		return nil, err
	}
	return t, b.Gate.Entered(tx, v, "inquiry-drafted", mithaq.Account{
		To: t.Partner, About: t.ID, Case: string(t.Case), Purpose: t.Purpose, Basis: q.Basis,
	})
}

func threadOf(q *mithaq.Inquiry, side mithaq.InquirySide, partner mithaq.OrgID) *Thread {
	return &Thread{
		ID: q.ID, Side: side, Partner: partner, Pact: q.Pact, Personal: namesPerson(q) || q.Subjects.Persons() != 0, Kind: q.Kind,
		Purpose: q.Purpose, Urgency: q.Urgency, Life: mithaq.NewLife(q.Informs()), Inquiry: q,
	}
}

// namesPerson reports whether it names anybody, or a value that can name a
// person stands in a text.
func namesPerson(q *mithaq.Inquiry) bool {
	return len(q.Names) > 0 || slices.ContainsFunc(valuesOf(q), func(v value.Value) bool { return v.Person })
}

func wordOf(q *mithaq.Inquiry) gate.Word {
	return gate.Word{Ref: q.Ref(), Org: q.From, Person: q.Person}
}

// Assess keeps a person's signed answers over a draft of ours, or over a
// question of a partner's: the recipient assesses again. Errors are those of the
// gate's Assess.
func (b *Book) Assess(tx *store.Tx, v mithaq.Viewer, id stix.ID, a *mithaq.Assessment) (*Thread, error) {
	t, err := b.forViewer(tx, v, id)
	if err != nil {
		return nil, err
	}
	if t.Inquiry == nil {
		return nil, unknown(id)
	}
	w := wordOf(t.Inquiry)
	w.Org = b.Org
	if err := b.Gate.AssessWord(tx, v, w, a); err != nil {
		return nil, err
	}
	return t, tx.Change(Topic, string(id), []byte("assessed"))
}

// A Verdict is what stands against a draft of ours.
type Verdict struct {
	Decision mithaq.Decision
	Reasons  []mithaq.Reason
	Terms    *mithaq.Terms // of the pact
}

// Verdict decides about a draft as the sender's gate does.
func (b *Book) Verdict(tx *store.Tx, t *Thread) (*Verdict, error) {
	q := t.Inquiry
	s, err := b.Pacts.Standing(tx, q.Pact, q.To)
	if err != nil {
		return nil, err
	}
	sight := mithaq.InquirySight{At: tx.Now(), State: s.State, Named: namesPerson(q), Attended: true}
	if sight.Assessed, err = b.Gate.WordAssessed(tx, wordOf(q)); err != nil {
		return nil, err
	}
	raws, err := b.approvals(tx, t.ID)
	if err != nil {
		return nil, err
	}
	sight.Approvals = len(raws)
	d := q.Decide(s.Rules, &sight)
	f, request := q.Crossing(&sight)
	return &Verdict{d, d.Reasons(s.Pact, f, request), &s.Pact.Terms}, nil
}

func (b *Book) approvals(tx *store.Tx, id stix.ID) (all [][]byte, err error) {
	rows, err := tx.Query("SELECT raw FROM inquiry_approval WHERE inquiry = ? ORDER BY person", string(id))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, rows.Err()
}

// Submit sends a draft where nobody else need approve it, and else lets it wait
// for a second person.
//
// Denied: the viewer may not ask, or clauses stand against it; all are named.
// Conflict: it is no draft, or was drafted under terms that are no more in force.
func (b *Book) Submit(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Thread, error) {
	t, err := b.ours(tx, v, id)
	if err != nil {
		return nil, err
	}
	if v.Person != t.Inquiry.Person {
		return nil, denied("inquiry.another-asks", string(t.Inquiry.Person))
	}
	verdict, err := b.mayGo(tx, t)
	if err != nil {
		return nil, err
	}
	if verdict.Decision.NeedsReview() {
		return t, b.local(tx, v, t, mithaq.StepSubmit)
	}
	return t, b.send(tx, v, t)
}

// ours is an inquiry that we ask, which has not been sent.
func (b *Book) ours(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Thread, error) {
	if !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return nil, denied("inquiry.may-not-ask")
	}
	if err := b.Gate.Free(tx); err != nil {
		return nil, err
	}
	t, err := b.forViewer(tx, v, id)
	switch {
	case err != nil:
		return nil, err
	case t.Side != mithaq.Asker || t.Elsewhere != nil || t.Inquiry == nil:
		return nil, denied("inquiry.not-ours", string(id))
	}
	return t, nil
}

// mayGo refuses where anything stands against an inquiry but a second person's approval.
func (b *Book) mayGo(tx *store.Tx, t *Thread) (*Verdict, error) {
	if err := b.committed(tx, t.Inquiry, t.Partner); err != nil {
		return nil, err
	}
	current, err := b.Pacts.Current(tx, t.Pact)
	if err != nil {
		return nil, err
	}
	if current != t.Inquiry.Terms {
		return nil, mithaq.Refuse(mithaq.Conflict, "inquiry.other-terms", string(t.Pact))
	}
	verdict, err := b.Verdict(tx, t)
	if err != nil {
		return nil, err
	}
	if !verdict.Decision.Allowed() && !verdict.Decision.NeedsReview() {
		return nil, barred(verdict.Decision)
	}
	return verdict, nil
}

// barred names every clause that stands against an inquiry.
func barred(d mithaq.Decision) error {
	var list []string
	for c := range d.Failed.All() {
		list = append(list, c.String())
	}
	return denied("inquiry.barred", strings.Join(list, ", "))
}

// committed wants a commitment for every reference that an inquiry quotes.
func (b *Book) committed(tx *store.Tx, q *mithaq.Inquiry, partner mithaq.OrgID) error {
	for _, ref := range q.References {
		if b.Committed == nil {
			return denied("inquiry.no-reference", ref)
		}
		ok, err := b.Committed(tx, q.Pact, partner, ref)
		if err != nil {
			return err
		}
		if !ok {
			return denied("inquiry.no-reference", ref)
		}
	}
	return nil
}

// Approve keeps a second person's signature over an inquiry that waits for it,
// and sends it. Errors are those of the gate's Approve.
func (b *Book) Approve(tx *store.Tx, v mithaq.Viewer, id stix.ID, a *mithaq.Approval) (*Thread, error) {
	t, err := b.waiting(tx, v, id)
	if err != nil {
		return nil, err
	}
	raw, err := b.Gate.ApproveWord(tx, v, wordOf(t.Inquiry), a)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec("INSERT INTO inquiry_approval(inquiry, person, raw) VALUES(?, ?, ?)", string(id), string(v.Person), raw); err != nil {
		return nil, err
	}
	if _, err := b.mayGo(tx, t); err != nil {
		return nil, err
	}
	return t, b.send(tx, v, t)
}

func (b *Book) waiting(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Thread, error) {
	t, err := b.ours(tx, v, id)
	if err != nil {
		return nil, err
	}
	if t.Life.Stage != mithaq.StageReview {
		return nil, mithaq.Refuse(mithaq.Conflict, "inquiry.not-waiting", string(id))
	}
	return t, nil
}

// Decline is a second person's no: the inquiry is a draft again.
func (b *Book) Decline(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Thread, error) {
	t, err := b.waiting(tx, v, id)
	if err != nil {
		return nil, err
	}
	if !v.MayRelease() && v.Person != t.Inquiry.Person {
		return nil, denied("gate.may-not-approve", string(id))
	}
	return t, b.local(tx, v, t, mithaq.StepDecline)
}

// Discard drops a draft.
func (b *Book) Discard(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Thread, error) {
	t, err := b.ours(tx, v, id)
	if err != nil {
		return nil, err
	}
	return t, b.local(tx, v, t, mithaq.StepDiscard)
}

// local takes a step that stays with us.
func (b *Book) local(tx *store.Tx, v mithaq.Viewer, t *Thread, step mithaq.StepKind) error {
	after, err := t.Life.Take(step, mithaq.Asker, "", "")
	if err != nil {
		return err
	}
	t.Life, t.Moved = after, tx.Now()
	return b.note(tx, v, t, taken{Kind: step, Side: mithaq.Asker, Person: v.Person, At: tx.Now()})
}

// send signs an inquiry and puts it on the case lane, with what speaks for it.
func (b *Book) send(tx *store.Tx, v mithaq.Viewer, t *Thread) error {
	after, err := t.Life.Take(mithaq.StepSend, mithaq.Asker, "", "")
	if err != nil {
		return err
	}
	q := t.Inquiry
	raw, err := b.Gate.Seal(q, mithaq.TypeInquiry, &q.Signatures)
	if err != nil {
		return err
	}
	approvals, err := b.approvals(tx, t.ID)
	if err != nil {
		return err
	}
	evidence, err := b.Gate.WordEvidence(tx, wordOf(q), approvals)
	if err != nil {
		return err
	}
	objects := []message.Object{{Raw: raw}}
	for _, e := range evidence {
		objects = append(objects, message.Object{Raw: e})
	}
	sent, err := b.Outbox.Send(tx, message.Outbound{
		To: t.Partner, Pact: t.Pact, Lane: mithaq.LaneCase, Kind: mithaq.MessageInquiry, Content: message.Pack(objects),
		Account: mithaq.Account{
			Kind: string(mithaq.MessageInquiry), At: mithaq.At(tx.Now()), By: q.Person, Purpose: q.Purpose, Basis: q.Basis, About: q.ID,
		},
	})
	if err != nil {
		return err
	}
	t.Life, t.Moved, t.Envelope = after, tx.Now(), sent.Envelope
	if _, err := tx.Exec("UPDATE inquiry SET raw = ? WHERE id = ?", raw, string(t.ID)); err != nil {
		return err
	}
	return b.note(tx, v, t, taken{Kind: mithaq.StepSend, Side: mithaq.Asker, Person: v.Person, At: tx.Now(), Envelope: sent.Envelope})
}
