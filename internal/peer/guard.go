package peer

import (
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// guard asks once more, at the moment of handing over, whether a message may
// cross: a suspension stored since it was sent holds it back, and it waits.
//
// What waits behind it and always passes, such as a recall, cannot overtake on
// the same lane. Then the message goes empty: its place, account and digests
// keep the lane's order, and nothing of its content is handed over. It goes
// empty too when what stands against it will not pass, such as a pact that has
// run out: what is given under the next version would wait behind it for ever.
func (p *Peer) guard(tx *store.Tx, e *kept) error {
	partner, err := partnerRow(tx, e.lane.To)
	if err != nil {
		return err
	}
	err = p.mayCross(tx, partner, e)
	r, isRefusal := errors.AsType[*mithaq.Refusal](err)
	if !isRefusal || r.Kind == mithaq.Busy || open(partner, mithaq.MessageRecall) != nil {
		return err
	}
	if passes(r) {
		behind, behindErr := passesBehind(tx, e)
		if behindErr != nil || !behind {
			return errors.Join(err, behindErr)
		}
	}
	e.salts = append(e.salts[:contentSaltSize:contentSaltSize], make([]byte, 16*len(e.items))...)
	e.empty = true
	return nil
}

// passes says whether what stands against a message can be gone later.
func passes(r *mithaq.Refusal) bool {
	return slices.Contains([]string{"pact.suspended", "pact.not-yet", "peer.partner-state"}, r.Key)
}

func (p *Peer) mayCross(tx *store.Tx, partner *mithaq.Partner, e *kept) error {
	if err := open(partner, e.kind); err != nil {
		return err
	}
	if e.lane.Pact == "" {
		return nil
	}
	var h struct {
		Created mithaq.Time   `json:"created"`
		Pact    mithaq.Digest `json:"pact"`
		Account struct {
			Purpose mithaq.Purpose `json:"purpose"`
		} `json:"account"`
	}
	if err := json.Unmarshal(e.header, &h); err != nil {
		return named(err, "header of envelope %s", e.id)
	}
	created := h.Created.Time
	if created.IsZero() {
		created = time.UnixMicro(e.created)
	}
	return p.cfg.Pacts.Check(tx, e.lane.Pact, h.Pact, partner.Org, e.kind, h.Account.Purpose, created)
}

// passesBehind says whether something that always passes waits behind a message.
func passesBehind(tx *store.Tx, e *kept) (bool, error) {
	rows, err := tx.Query("SELECT DISTINCT kind FROM peer_envelope WHERE lane = ? AND state = 'waiting' AND sequence > ?", e.lane.id, e.sequence)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	passing := false
	for rows.Next() {
		var kind mithaq.MessageKind
		if err := rows.Scan(&kind); err != nil {
			return false, err
		}
		passing = passing || kind.PassesSuspension()
	}
	return passing, rows.Err()
}
