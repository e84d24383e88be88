package peer

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A LaneStatus says how one lane with a partner stands.
type LaneStatus struct {
	Partner  mithaq.OrgID
	Pact     stix.ID // "" on the acquaintance
	Lane     mithaq.Lane
	Out      bool      // from us to them
	Messages int64     // that ever entered it here
	Waiting  int64     // of ours, not receipted yet
	Refused  int64     // by whom they came to
	Since    time.Time // when the oldest that waits entered it; zero where none does
	Next     time.Time // when delivery is tried next; zero where none is due
	Frozen   string    // why it is stopped: the key of a sentence, or ""
	Trouble  string    // why the last delivery failed: the key of a sentence, or ""
}

// Status tells how every lane stands, by partner, the urgent lanes first.
func (p *Peer) Status(tx *store.Tx) ([]LaneStatus, error) {
	lanes, err := lanesWhere(tx, "1 = 1")
	if err != nil {
		return nil, err
	}
	list := make([]LaneStatus, len(lanes))
	for i, l := range lanes {
		if list[i], err = p.laneStatus(tx, l); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (p *Peer) laneStatus(tx *store.Tx, l *lane) (LaneStatus, error) {
	s := LaneStatus{
		Partner: l.From, Pact: l.Pact, Lane: l.Lane, Messages: l.next - 1, Frozen: l.frozen, Trouble: l.trouble,
	}
	err := tx.QueryRow("SELECT count(*) FROM peer_envelope WHERE lane = ? AND state = 'refused'", l.id).Scan(&s.Refused)
	if err != nil || l.From != p.cfg.Org {
		return s, err
	}
	s.Partner, s.Out = l.To, true
	var oldest int64
	err = tx.QueryRow("SELECT count(*), coalesce(min(created), 0) FROM peer_envelope WHERE lane = ? AND state = 'waiting'", l.id).
		Scan(&s.Waiting, &oldest)
	if err != nil || s.Waiting == 0 {
		return s, named(err, "lane %d", l.id)
	}
	s.Since = time.UnixMicro(oldest).UTC()
	job := dueLane(l, time.Time{})
	s.Next, _, err = tx.DueAt(job.Kind, job.Key)
	return s, named(err, "lane %d", l.id)
}
