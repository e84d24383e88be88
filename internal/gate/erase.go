package gate

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A tally is what an erasure came to, in items.
type tally struct{ erased, withheld int }

// erase ends holdings: what nobody else gave us loses its bytes, all that was
// derived from them, and the salts by which logs could show them. What is held
// back under an authority stays, recalled, and the statement says so.
func (g *Gate) erase(tx *store.Tx, list []held, state mithaq.HoldingState, e *mithaq.Erasure) (tally, error) {
	x := &erasing{g: g, tx: tx, state: state, e: e, said: map[int64]bool{}}
	for _, h := range list {
		if err := x.end(h); err != nil {
			return x.tally, err
		}
	}
	if len(x.forget) == 0 {
		return x.tally, nil
	}
	return x.tally, errors.Join(g.forgetListed(tx, x.forget), g.Reach.Forget(tx, x.forget...))
}

type erasing struct {
	g      *Gate
	tx     *store.Tx
	state  mithaq.HoldingState
	e      *mithaq.Erasure
	said   map[int64]bool // items that the statement names
	forget []int64        // of which nothing is left
	tally
}

// end ends one holding.
func (x *erasing) end(h held) error {
	if _, err := x.g.Store.SetState(x.tx, []store.HoldingKey{h.key}, x.state); err != nil {
		return err
	}
	authority, until, err := x.g.heldBack(x.tx, h.item.Seq)
	if err != nil {
		return err
	}
	if err := x.say(h.item.Seq, authority, until); err != nil || authority != "" {
		return err
	}
	last, err := x.g.eraseItem(x.tx, h)
	if last {
		x.forget = append(x.forget, h.item.Seq)
	}
	return err
}

// say names an item in the statement, once.
func (x *erasing) say(item int64, authority string, until mithaq.Time) error {
	if x.said[item] {
		return nil
	}
	x.said[item] = true
	x.count(authority != "")
	names := &x.e.Erased
	if authority != "" {
		names = withheld(x.e, authority, until)
	}
	return x.g.came(x.tx, item, x.e.To, x.e.Pact, names.Add)
}

func (t *tally) count(kept bool) {
	if kept {
		t.withheld++
	} else {
		t.erased++
	}
}

// withheld is where a statement names what is held back under an authority.
func withheld(e *mithaq.Erasure, authority string, until mithaq.Time) *mithaq.CarriedAll {
	i := slices.IndexFunc(e.Withheld, func(w mithaq.Withheld) bool { return w.Authority == authority && w.Until == until })
	if i < 0 {
		i = len(e.Withheld)
		e.Withheld = append(e.Withheld, mithaq.Withheld{Authority: authority, Until: until})
	}
	return &e.Withheld[i].Items
}

// eraseItem takes an item out when no holding of it is left, and marks the
// holding as erased when another is.
func (g *Gate) eraseItem(tx *store.Tx, x held) (last bool, err error) {
	others, err := g.Store.HoldingsOf(tx, g.node, x.item.Seq)
	if err != nil {
		return false, err
	}
	for i := range others {
		if others[i].HoldingKey != x.key {
			_, err := g.Store.SetState(tx, []store.HoldingKey{x.key}, mithaq.Erased)
			return false, err
		}
	}
	if _, err := tx.Exec("DELETE FROM gate_original WHERE item = ?", x.item.Seq); err != nil {
		return false, err
	}
	if err := g.Store.Erase(tx, x.item.Seq); err != nil {
		return false, err
	}
	return true, g.eraseAssessments(tx, x)
}

// eraseAssessments takes out what was answered about an item, unless it covers
// another that is still here: the answers tell of the person too.
func (g *Gate) eraseAssessments(tx *store.Tx, x held) error {
	ours, err := storedAll[mithaq.Assessment](tx, `SELECT a.raw FROM gate_assessed s JOIN gate_assessment a ON a.digest = s.assessment
		WHERE s.id = ? AND s.item = ?`, string(x.item.Ref.ID), x.item.Ref.Digest[:])
	if err != nil {
		return err
	}
	for _, a := range ours {
		needed, err := g.coversMore(tx, a)
		if err != nil {
			return err
		}
		if needed {
			continue
		}
		digest := a.Digest()
		for _, q := range []string{"DELETE FROM gate_assessed WHERE assessment = ?", "DELETE FROM gate_assessment WHERE digest = ?"} {
			if _, err := tx.Exec(q, digest[:]); err != nil {
				return err
			}
		}
	}
	return g.eraseEvidence(tx, x)
}

// coversMore reports whether an assessment covers anything that is still here.
func (g *Gate) coversMore(tx *store.Tx, a *mithaq.Assessment) (bool, error) {
	heads, err := g.Store.Heads(tx, each(a.Covers, func(r mithaq.ItemRef) stix.ID { return r.ID }))
	if err != nil {
		return false, err
	}
	for _, ref := range a.Covers {
		for _, h := range heads[ref.ID] {
			if h.Digest == ref.Digest {
				return true, nil
			}
		}
	}
	return false, nil
}

// eraseEvidence takes out the assessments that came with an item.
func (g *Gate) eraseEvidence(tx *store.Tx, x held) error {
	if x.envelope == "" {
		return nil
	}
	came, err := evidenceOf(tx, x.envelope)
	if err != nil {
		return err
	}
	for position, raw := range came {
		if typeOf(raw) != mithaq.TypeAssessment {
			continue
		}
		a, err := stored[mithaq.Assessment](raw)
		if err != nil {
			return err
		}
		needed, err := g.coversMore(tx, a)
		if err != nil {
			return err
		}
		if needed || !a.CoversVersion(x.item.Ref) {
			continue
		}
		if _, err := tx.Exec("DELETE FROM gate_evidence WHERE envelope = ? AND position = ?", string(x.envelope), position); err != nil {
			return err
		}
	}
	return nil
}

// evidenceOf is what came with an envelope of items, by position.
func evidenceOf(tx *store.Tx, envelope stix.ID) (map[int64][]byte, error) {
	rows, err := tx.Query("SELECT position, raw FROM gate_evidence WHERE envelope = ? ORDER BY position", string(envelope))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	list := map[int64][]byte{}
	for rows.Next() {
		var position int64
		var raw []byte
		if err := rows.Scan(&position, &raw); err != nil {
			return nil, err
		}
		list[position] = raw
	}
	return list, rows.Err()
}

// Evidence is what spoke for the items of an envelope that came: manifest,
// release, certificates, approvals, assessments, consents, in that order.
func (g *Gate) Evidence(tx *store.Tx, v mithaq.Viewer, envelope stix.ID) (list [][]byte, err error) {
	if !v.MayAudit() && !v.MayPropose() && !v.Is(mithaq.LegalOfficer) {
		return nil, denied("gate.may-not-propose")
	}
	came, err := evidenceOf(tx, envelope)
	for _, position := range slices.Sorted(maps.Keys(came)) {
		list = append(list, came[position])
	}
	return list, err
}

// heldBack says under which authority an item is kept although it was taken back.
func (g *Gate) heldBack(tx *store.Tx, item int64) (authority string, until mithaq.Time, err error) {
	rows, err := tx.Query("SELECT authority, until FROM gate_hold WHERE item = ? AND (until = 0 OR until > ?)", item, tx.Now().UnixMicro())
	if err != nil {
		return "", until, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var us int64
		if err := rows.Scan(&authority, &us); err != nil {
			return "", until, err
		}
		if us != 0 {
			until = mithaq.At(micros(us))
		}
	}
	return authority, until, rows.Err()
}

// HoldBack keeps an item although it may be taken back or lapse, under an
// authority that every statement about it will name: a court order, a claim of
// the person concerned. Denied: the viewer may not.
func (g *Gate) HoldBack(tx *store.Tx, v mithaq.Viewer, ref mithaq.ItemRef, authority string, until mithaq.Time) error {
	if !v.Is(mithaq.LegalOfficer) {
		return denied("gate.may-not-hold-back")
	}
	if authority == "" {
		return invalid("gate.no-authority")
	}
	it, err := g.itemOf(tx, v, ref)
	if err != nil {
		return err
	}
	end := int64(0)
	if !until.IsZero() {
		end = until.UnixMicro()
	}
	_, err = tx.Exec(`INSERT INTO gate_hold(item, authority, until, person, at) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(item) DO UPDATE SET authority = excluded.authority, until = excluded.until, person = excluded.person, at = excluded.at`,
		it.Seq, authority, end, string(v.Person), tx.Now().UnixMicro())
	if err != nil {
		return err
	}
	if end != 0 {
		if err := g.retainUntil(tx, map[int64]bool{end: true}); err != nil {
			return err
		}
	}
	return g.enter(tx, v, "held-back", mithaq.Account{Counts: map[string]int64{"items": 1}})
}

// state signs a statement of erasure, keeps it, and sends it to whom it is made.
func (g *Gate) state(tx *store.Tx, e *mithaq.Erasure) error {
	e.Withheld = slices.DeleteFunc(e.Withheld, func(w mithaq.Withheld) bool { return len(w.Items) == 0 })
	e.BackupsEnd = mithaq.At(tx.Now().Add(g.Backups))
	if err := e.Check(); err != nil {
		return fmt.Errorf("statement of erasure: %w", err)
	}
	raw, err := g.seal(e, mithaq.TypeErasure, &e.Signatures)
	if err != nil {
		return err
	}
	if err := g.keepStatement(tx, e, raw); err != nil {
		return err
	}
	counts := countsOf(e)
	if _, err := g.tell(tx, e.To, e.Pact, mithaq.MessageErased, raw, mithaq.Account{About: e.ID, Counts: counts}); err != nil {
		return err
	}
	return g.Enter(tx, mithaq.Account{
		Kind: "erasure", At: mithaq.At(tx.Now()), To: e.To, About: e.ID, Counts: counts, Notes: map[string]string{"cause": string(e.Cause)},
	})
}

// countsOf counts what a statement names: an object for each envelope that
// carried it.
func countsOf(e *mithaq.Erasure) map[string]int64 {
	n := 0
	for i := range e.Withheld {
		n += e.Withheld[i].Items.Count()
	}
	return map[string]int64{"erased": int64(e.Erased.Count()), "withheld": int64(n), "not held": int64(e.NotHeld.Count())}
}

func (g *Gate) keepStatement(tx *store.Tx, e *mithaq.Erasure, raw []byte) error {
	_, err := tx.Exec(`INSERT INTO gate_statement(id, giver, partner, pact, cause, answers, at, raw) VALUES(?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT(id) DO NOTHING`, string(e.ID), string(e.By), string(e.To), string(e.Pact), string(e.Cause), string(e.Answers), tx.Now().UnixMicro(), raw)
	return err
}

// applyErasure keeps a partner's statement and ends the recall that it answers.
func (g *Gate) applyErasure(tx *store.Tx, in *message.Incoming) (message.Outcome, error) {
	s := in.Prepared.(*said[mithaq.Erasure])
	e, h := s.word, in.Header
	if e.By != h.From || e.To != g.Org || e.Pact != h.PactID {
		return message.Outcome{}, denied("gate.speaks-for-another", string(h.From))
	}
	if err := g.signedBy(tx, h.FromCard, h.Created, mithaq.UseOf(mithaq.TypeErasure), s.signed, e.Signatures); err != nil {
		return message.Outcome{}, err
	}
	if err := g.keepStatement(tx, e, s.raw); err != nil {
		return message.Outcome{}, err
	}
	if e.Answers != "" {
		_, err := tx.Exec("UPDATE gate_recall SET answer = ? WHERE id = ? AND giver = ? AND partner = ?",
			string(e.ID), string(e.Answers), string(g.Org), string(e.By))
		if err != nil {
			return message.Outcome{}, err
		}
		if err := tx.Change(TopicRecall, string(e.Answers), []byte("erased")); err != nil {
			return message.Outcome{}, err
		}
	}
	return one, g.Enter(tx, mithaq.Account{
		Kind: "erasure-received", At: mithaq.At(tx.Now()), From: e.By, About: e.ID, Notes: map[string]string{"cause": string(e.Cause)},
		Counts: countsOf(e),
	})
}

// Statements lists the statements of erasure that a partner made to us, or all
// where partner is "", the oldest first.
func (g *Gate) Statements(tx *store.Tx, partner mithaq.OrgID) ([]*mithaq.Erasure, error) {
	return storedAll[mithaq.Erasure](tx, "SELECT raw FROM gate_statement WHERE partner = ? AND (? = '' OR giver = ?) ORDER BY at, id",
		string(g.Org), string(partner), string(partner))
}

// StatementsGiven lists the statements of erasure that we made to a partner, or
// all where partner is "", the oldest first.
func (g *Gate) StatementsGiven(tx *store.Tx, partner mithaq.OrgID) ([]*mithaq.Erasure, error) {
	return storedAll[mithaq.Erasure](tx, "SELECT raw FROM gate_statement WHERE giver = ? AND (? = '' OR partner = ?) ORDER BY at, id",
		string(g.Org), string(partner), string(partner))
}
