package match

import (
	"bytes"
	"fmt"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/seal"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

// SealTo names an age recipient of an auditor: the openings of all questions
// from now on are sealed to every such recipient. Denied: no auditor asks.
func (b *Book) SealTo(tx *store.Tx, v mithaq.Viewer, recipient string) error {
	if !v.MayAudit() {
		return denied("match.auditor-alone")
	}
	if _, err := seal.ParseRecipient(recipient); err != nil {
		return invalid("cli.want-recipient", recipient)
	}
	_, err := tx.Exec("INSERT INTO match_auditor(recipient, person, at) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", recipient, string(v.Person), micro(tx.Now()))
	if err != nil {
		return err
	}
	return b.enter(tx, v, "match-auditor", mithaq.Account{})
}

// recipients are those that openings are sealed to. Conflict: there is none, and
// nobody may ask what nobody could look into.
func recipients(tx *store.Tx) ([]string, error) {
	rows, err := tx.Query("SELECT recipient FROM match_auditor ORDER BY at, recipient")
	list, err := collect(rows, err, func(scan func(...any) error) (r string, err error) { return r, scan(&r) })
	if err == nil && len(list) == 0 {
		err = mithaq.Refuse(mithaq.Conflict, "match.no-auditor")
	}
	return list, err
}

func sealTo(recipients []string, plain []byte) ([]byte, error) {
	to := make([]age.Recipient, len(recipients))
	for i, text := range recipients {
		r, err := seal.ParseRecipient(text)
		if err != nil {
			return nil, err
		}
		to[i] = r
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		return nil, fmt.Errorf("seal an opening: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// An Opening is what an auditor gets of a question: its bytes, the announcement
// it was asked under, and the sealed opening. psi.Open says what was asked.
type Opening struct {
	Question     stix.ID
	Announcement []byte
	Bytes        []byte
	Sealed       []byte // an age file for each recipient that was named when it was asked
}

// Opening gives an auditor what opens a question, with a reason. It is an entry.
func (b *Book) Opening(tx *store.Tx, v mithaq.Viewer, id stix.ID) (*Opening, error) {
	switch {
	case !v.MayAudit():
		return nil, denied("match.auditor-alone")
	case v.Reason == "":
		return nil, invalid("match.open-reason")
	}
	q, err := b.questionBy(tx, "id = ?", string(id))
	if err != nil {
		return nil, err
	}
	e, err := epochOf(tx, q.Partner, q.Pact, q.epoch)
	if err != nil {
		return nil, err
	}
	o := &Opening{Question: id, Announcement: e.ann.Bytes(), Bytes: q.raw}
	if err := tx.QueryRow("SELECT opening FROM match_question WHERE id = ?", string(id)).Scan(&o.Sealed); err != nil {
		return nil, err
	}
	return o, b.enter(tx, v, "match-opened", mithaq.Account{About: id, Case: string(q.Case), To: q.Partner})
}

// Open is what an auditor does with an opening that they unsealed.
func Open(o *Opening, opening []byte) ([]psi.Input, error) {
	a, err := psi.ReadAnnouncement(o.Announcement)
	if err != nil {
		return nil, faulty(err)
	}
	inputs, err := psi.Open(a, o.Bytes, opening)
	return inputs, faulty(err)
}
