package peer

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A LaneState is how one lane of a link stands, for people who look after it.
type LaneState struct {
	Partner mithaq.OrgID
	Pact    stix.ID // "" on the acquaintance
	Lane    mithaq.Lane
	Out     bool // from us
	Last    int64
	Waiting int64
	Frozen  string // why: the key of a sentence
	Trouble string // why the last delivery failed
}

// Lanes lists the lanes with a partner, or with all when org is "", the urgent first.
func (p *Peer) Lanes(tx *store.Tx, org mithaq.OrgID) ([]LaneState, error) {
	lanes, err := lanesWhere(tx, "? = '' OR sender = ? OR receiver = ?", org, org, org)
	if err != nil {
		return nil, err
	}
	all := make([]LaneState, len(lanes))
	for i, l := range lanes {
		s := LaneState{Partner: l.From, Pact: l.Pact, Lane: l.Lane, Last: l.next - 1, Frozen: l.frozen, Trouble: l.trouble}
		if s.Out = l.From == p.cfg.Org; s.Out {
			s.Partner = l.To
		}
		err := tx.QueryRow("SELECT count(*) FROM peer_envelope WHERE lane = ? AND state = 'waiting'", l.id).Scan(&s.Waiting)
		if err != nil {
			return nil, named(err, "lane %d", l.id)
		}
		all[i] = s
	}
	return all, nil
}
