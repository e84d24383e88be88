package simulate

import (
	"encoding/json"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A tally counts messages by their kind. What the pacts and the story account
// for, with m the members of a pact, r those who were given a thing, and d the
// partners of a node:
//
//	pact            m-1      the text, from who proposes it to the others
//	pact-signature  m(m-1)   each signature, from who signs to the others
//	items           r        for each time that a thing is shared or said anew
//	recall, erased  r        each, for each thing that is taken back
//	suspend, resume m-1      each
//	card            d        for each change of keys
//
// Nothing else is sent: receipts are answers, and checkpoints travel in both.
type tally map[mithaq.MessageKind]int64

func (t tally) agreed(m int) {
	t[mithaq.MessagePact] += int64(m - 1)
	t[mithaq.MessagePactSignature] += int64(m * (m - 1))
}

func (t tally) given(r int)   { t[mithaq.MessageItems] += int64(r) }
func (t tally) stopped(m int) { t[mithaq.MessagePactSuspend] += int64(m - 1) }
func (t tally) resumed(m int) { t[mithaq.MessagePactResume] += int64(m - 1) }
func (t tally) rotated(d int) { t[mithaq.MessageCard] += int64(d) }

func (t tally) takenBack(r int) {
	t[mithaq.MessageRecall] += int64(r)
	t[mithaq.MessageErased] += int64(r)
}

func (t tally) total() (n int64) {
	for _, k := range t {
		n += k
	}
	return n
}

// count adds what a node sent.
func (t tally) count(n *mithaqtest.Node) {
	n.Read(func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT e.kind, count(*) FROM peer_envelope e JOIN peer_lane l ON l.id = e.lane
			WHERE l.sender = ? GROUP BY e.kind`, n.Org)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var kind mithaq.MessageKind
			var sent int64
			if err := rows.Scan(&kind, &sent); err != nil {
				return err
			}
			t[kind] += sent
		}
		return rows.Err()
	})
}

// shown counts the checkpoints that a node's messages carried: of its own log,
// and of others' that it passed on. Each makes its receiver look at the log it
// is of once, at most.
func shown(n *mithaqtest.Node) (count int64) {
	n.Read(func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT e.header FROM peer_envelope e JOIN peer_lane l ON l.id = e.lane WHERE l.sender = ?", n.Org)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var raw []byte
			var h mithaq.EnvelopeHeader
			if err := errors.Join(rows.Scan(&raw), json.Unmarshal(raw, &h)); err != nil {
				return err
			}
			count += int64(len(h.Seen))
			if h.Own != "" {
				count++
			}
		}
		return rows.Err()
	})
	return count
}
