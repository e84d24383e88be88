package inquiry

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

var _ gate.Inquiries = (*Book)(nil)

// Answered is the kind of an inquiry to which items may go as an answer: one
// that a partner put to us, or we to it, that is neither over nor refused.
func (b *Book) Answered(tx *store.Tx, id, pact stix.ID, asker, asked mithaq.OrgID) (string, error) {
	t, err := b.find(tx, id)
	if err != nil {
		return "", err
	}
	between := t.Side == mithaq.Asker && asker == b.Org && asked == t.Partner || t.Side == mithaq.Asked && asked == b.Org && asker == t.Partner
	switch {
	case !between || t.Pact != pact || t.Elsewhere != nil || t.Life.Informs:
		return "", unknown(id)
	case t.Life.Stage.Over() && t.Life.Stage != mithaq.StageClosed, t.Life.Stage == mithaq.StageRefused:
		return "", mithaq.Refuse(mithaq.Conflict, "inquiry.over", string(id), mithaq.Say("word.stage."+string(t.Life.Stage)))
	case t.Side == mithaq.Asker && (t.Life.Stage == mithaq.StageDraft || t.Life.Stage == mithaq.StageReview):
		return "", unknown(id)
	}
	return t.Kind, nil
}

// Carried notes items that went or came for an inquiry.
func (b *Book) Carried(tx *store.Tx, id, release, envelope stix.ID, items int) error {
	_, err := tx.Exec("INSERT INTO inquiry_answer(inquiry, envelope, releaseid, items, at) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		string(id), string(envelope), string(release), items, tx.Now().UnixMicro())
	if err != nil {
		return err
	}
	return tx.Change(Topic, string(id), []byte("items"))
}
