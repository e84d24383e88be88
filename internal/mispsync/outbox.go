package mispsync

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// Send is message.Outbox's, for partners that run no node: what the gate has
// decided goes to their MISP. Words of ours that a MISP cannot read (manifests,
// approvals, receipts) stay here. Denied: the partner is not accepted, or there is
// no road to it.
func (b *Book) Send(tx *store.Tx, m message.Outbound) (sent message.Sent, err error) {
	partner, err := b.Partner(tx, m.To)
	if err != nil {
		return sent, err
	}
	if m.Kind == mithaq.MessageItems && !partner.Accepted() {
		return sent, mithaq.Refuse(mithaq.Denied, "partner.not-accepted", string(m.To))
	}
	sent = message.Sent{Envelope: stix.NewID(mithaq.TypeEnvelope), To: m.To, Pact: m.Pact, Lane: m.Lane}
	switch m.Kind {
	case mithaq.MessageItems:
		if _, err := b.Road(tx, m.To); err != nil {
			return sent, mithaq.Refuse(mithaq.Denied, "misp.no-road", string(m.To))
		}
		err = b.queueItems(tx, &sent, m.Content)
	case mithaq.MessageRecall, mithaq.MessageNarrow:
		err = b.takeBack(tx, m)
	default: // no MISP has a word for it
		return sent, nil
	}
	if err != nil {
		return sent, err
	}
	if sent.Sequence, err = b.queue(tx, &sent, m); err != nil {
		return sent, err
	}
	a := m.Account
	a.To = m.To
	if a.About == "" {
		a.About = m.Pact
	}
	if a.Kind == "" {
		a.Kind = string(m.Kind)
	}
	a.At = mithaq.At(tx.Now())
	return sent, b.Enter(tx, a)
}

// queue puts a message in its place, behind those before it.
func (b *Book) queue(tx *store.Tx, sent *message.Sent, m message.Outbound) (int64, error) {
	number, err := tx.Seq()
	if err != nil {
		return 0, err
	}
	n := 0
	if m.Content != nil {
		n = len(m.Content.Objects)
	}
	_, err = tx.Exec("INSERT INTO mispsync_out(number, envelope, org, pact, kind, at, done, objects) VALUES(?, ?, ?, ?, ?, ?, 0, ?)",
		number, string(sent.Envelope), string(m.To), string(m.Pact), string(m.Kind), tx.Now().UnixMicro(), n)
	if err != nil {
		return 0, err
	}
	return number, tx.Due(store.DueJob{Kind: JobPush, Key: string(m.To), At: tx.Now()})
}

func (b *Book) queueItems(tx *store.Tx, sent *message.Sent, content *message.Packed) error {
	for i, o := range content.Objects {
		if o.Item == 0 {
			continue
		}
		x, err := stix.Parse(o.Raw, stix.Limits{Size: len(o.Raw) + 1})
		if err != nil {
			return fmt.Errorf("queue object %d: %w", i, err)
		}
		_, err = tx.Exec(`INSERT INTO mispsync_item(envelope, position, org, item, object, digest, event, state, why, back) VALUES(?, ?, ?, ?, ?, ?, '', ?, '', 0)`,
			string(sent.Envelope), i, string(sent.To), o.Item, string(x.ID()), content.Digests[i][:], stateWaiting)
		if err != nil {
			return err
		}
	}
	return nil
}

// takeBack marks what a recall names, and what a narrowing makes stricter than a
// party without a node may have.
func (b *Book) takeBack(tx *store.Tx, m message.Outbound) error {
	var names mithaq.CarriedAll
	raw := m.Content.Objects[0].Raw
	if m.Kind == mithaq.MessageRecall {
		var r mithaq.Recall
		if err := strict.Decode(raw, len(raw)+1, &r); err != nil {
			return err
		}
		names = r.Items
	} else {
		var n mithaq.Narrowing
		if err := strict.Decode(raw, len(raw)+1, &n); err != nil {
			return err
		}
		if n.Handling.TLP <= stix.TLPGreen && n.Handling.Subjects&^mithaq.SubjectNone == 0 {
			return nil // it stands there under a label of the event, which is written anew
		}
		names = n.Items
	}
	for envelope, object := range names.All() {
		if _, err := tx.Exec("UPDATE mispsync_item SET back = 1 WHERE envelope = ? AND digest = ?", string(envelope), object[:]); err != nil {
			return err
		}
	}
	return nil
}

// Delivered lists the messages in which an item went to such partners, for the gate.
func (b *Book) Delivered(tx *store.Tx, item int64) (given []gate.Given, err error) {
	rows, err := tx.Query(`SELECT o.org, o.pact, o.envelope, o.number, i.position, i.digest, i.state FROM mispsync_item i
		JOIN mispsync_out o ON o.envelope = i.envelope WHERE i.item = ? ORDER BY o.number, i.position`, item)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var g gate.Given
		var digest []byte
		var state string
		if err := rows.Scan(&g.To, &g.Pact, &g.Envelope, &g.Sequence, &g.Index, &digest, &state); err != nil {
			return nil, err
		}
		copy(g.Object[:], digest)
		g.Lane, g.State = mithaq.LaneBulk, reachState(state)
		given = append(given, g)
	}
	return given, rows.Err()
}

// reachState is a state as the gate has it.
func reachState(state string) string {
	switch state {
	case stateWaiting:
		return "waiting"
	case stateRefused, stateKeptBack:
		return "refused"
	}
	return "settled"
}

// Inside is what a message carried, for the gate. NotFound: it is none of ours.
func (b *Book) Inside(tx *store.Tx, envelope stix.ID) (*gate.Inside, error) {
	in := &gate.Inside{From: b.Org}
	var n int
	err := tx.QueryRow("SELECT org, pact, objects FROM mispsync_out WHERE envelope = ?", string(envelope)).Scan(&in.To, &in.Pact, &n)
	if err != nil {
		return nil, mithaq.Refuse(mithaq.NotFound, "misp.no-message", string(envelope))
	}
	in.Objects, in.Items = make([]mithaq.Digest, n), make([]int64, n)
	rows, err := tx.Query("SELECT position, item, digest FROM mispsync_item WHERE envelope = ?", string(envelope))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var i int
		var item int64
		var digest []byte
		if err := rows.Scan(&i, &item, &digest); err != nil {
			return nil, err
		}
		in.Items[i] = item
		copy(in.Objects[i][:], digest)
	}
	return in, rows.Err()
}
