package peer

import (
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Pin makes the next message to each partner carry a checkpoint of our own
// log, as after a change of roles, keys, version or configuration; while there
// is traffic it goes along hourly in any case.
func (p *Peer) Pin(tx *store.Tx) error {
	_, err := tx.Exec("UPDATE peer_partner SET pinned = 0")
	return named(err, "pin")
}

// pin puts checkpoints into a header: of our own log where it is time, and the
// newest we saw of the pact's other parties where the partner has not had them.
func (o *outgoing) pin() error {
	if err := o.pinOwn(); err != nil {
		return err
	}
	if o.m.Pact == "" {
		return nil // on the acquaintance nobody learns whom else we know
	}
	return o.pinSeen()
}

func (o *outgoing) pinOwn() error {
	var last int64
	if err := o.tx.QueryRow("SELECT pinned FROM peer_partner WHERE org = ?", o.m.To).Scan(&last); err != nil {
		return err
	}
	now := micros(o.tx.Now())
	if last > 0 && now-last < o.p.cfg.PinEvery.Microseconds() {
		return nil
	}
	note, err := o.p.cfg.Journal.Pin(o.tx)
	if err != nil || note == "" {
		return err
	}
	o.header.Own = note
	_, err = o.tx.Exec("UPDATE peer_partner SET pinned = ? WHERE org = ?", now, o.m.To)
	return err
}

// pinSeen passes on what we saw of the other parties of the pact with whom we
// have a link under it too.
func (o *outgoing) pinSeen() error {
	orgs, err := othersUnder(o.tx, o.m.Pact, o.p.cfg.Org, o.m.To)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if len(o.header.Seen) == mithaq.MaxSeen {
			break
		}
		if err := o.show(org); err != nil {
			return err
		}
	}
	return nil
}

func (o *outgoing) show(org mithaq.OrgID) error {
	origin := mithaq.OwnOrigin(org)
	signed, err := ledger.NewestSeen(o.tx, origin)
	if errors.Is(err, mithaq.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	cp, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	r, err := o.tx.Exec(`INSERT INTO peer_shown(org, origin, size) VALUES(?, ?, ?)
		ON CONFLICT(org, origin) DO UPDATE SET size = excluded.size WHERE peer_shown.size < excluded.size`, o.m.To, origin, cp.Size)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err
	}
	o.header.Seen = append(o.header.Seen, string(signed))
	return nil
}

func othersUnder(tx *store.Tx, pact any, us, them mithaq.OrgID) (orgs []mithaq.OrgID, err error) {
	rows, err := tx.Query(`SELECT DISTINCT CASE WHEN sender = ? THEN receiver ELSE sender END AS other FROM peer_lane
		WHERE pact = ? AND sender <> ? AND receiver <> ? ORDER BY other`, us, pact, them, them)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var org mithaq.OrgID
		if err := rows.Scan(&org); err != nil {
			return nil, err
		}
		orgs = append(orgs, org)
	}
	return orgs, rows.Err()
}
