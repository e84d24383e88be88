package mispsync

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Stand is what we saw of what a partner's MISP was sent. Nobody signed it.
type Stand struct {
	Way
	Waiting int64            // messages
	Objects map[string]int64 // items by state
	Whys    []string         // why some did not go, the most frequent first
	Events  []Stood          // the last ones pushed first
}

// Stood is an event as it was pushed last.
type Stood struct {
	UUID string
	At   time.Time
}

const shownEvents, shownWhys = 100, 20

// Stand is how things stand with a partner's MISP. Denied: the viewer may not see
// what was released. NotFound: there is no road to it.
func (b *Book) Stand(tx *store.Tx, v mithaq.Viewer, org mithaq.OrgID) (*Stand, error) {
	if !v.MayPropose() && !v.MayAudit() && !v.MayAdminister() && !v.Is(mithaq.LegalOfficer) {
		return nil, mithaq.Refuse(mithaq.Denied, "gate.may-not-propose")
	}
	way, err := b.Road(tx, org)
	if err != nil {
		return nil, err
	}
	s := &Stand{Way: *way, Objects: map[string]int64{}}
	if err := tx.QueryRow("SELECT count(*) FROM mispsync_out WHERE org = ? AND done = 0", string(org)).Scan(&s.Waiting); err != nil {
		return nil, err
	}
	if err := s.count(tx, org); err != nil {
		return nil, err
	}
	return s, s.recent(tx, org)
}

func (s *Stand) count(tx *store.Tx, org mithaq.OrgID) error {
	rows, err := tx.Query("SELECT state, why, count(*) FROM mispsync_item WHERE org = ? GROUP BY state, why ORDER BY count(*) DESC, why", string(org))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var state, why string
		var n int64
		if err := rows.Scan(&state, &why, &n); err != nil {
			return err
		}
		s.Objects[state] += n
		if why != "" && len(s.Whys) < shownWhys {
			s.Whys = append(s.Whys, why)
		}
	}
	return rows.Err()
}

func (s *Stand) recent(tx *store.Tx, org mithaq.OrgID) error {
	rows, err := tx.Query("SELECT event, at FROM mispsync_there WHERE org = ? ORDER BY at DESC, event LIMIT ?", string(org), shownEvents)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e Stood
		var at int64
		if err := rows.Scan(&e.UUID, &at); err != nil {
			return err
		}
		e.At = time.UnixMicro(at).UTC()
		s.Events = append(s.Events, e)
	}
	return rows.Err()
}
