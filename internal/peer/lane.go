package peer

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A way is one lane of one direction of a link.
type way struct {
	Pact     stix.ID // "" on the acquaintance
	From, To mithaq.OrgID
	Lane     mithaq.Lane
}

func (w way) origin() string { return mithaq.LaneOrigin(w.Pact, w.From, w.To, w.Lane) }

// A lane is a way as it stands here.
type lane struct {
	way
	id       int64
	log      ledger.LogID
	next     int64 // sequence
	previous mithaq.Digest
	frozen   string
	trouble  string
}

const laneColumns = "SELECT id, pact, sender, receiver, lane, log, next, previous, frozen, trouble FROM peer_lane "

func scanLane(row interface{ Scan(...any) error }) (*lane, error) {
	var l lane
	var previous []byte
	err := row.Scan(&l.id, &l.Pact, &l.From, &l.To, &l.Lane, &l.log, &l.next, &previous, &l.frozen, &l.trouble)
	l.previous = digestOf(previous)
	return &l, err
}

// findLane is a lane as it stands. NotFound: nothing ever went that way.
func findLane(tx *store.Tx, w way) (*lane, error) {
	l, err := scanLane(tx.QueryRow(laneColumns+"WHERE origin = ?", w.origin()))
	return l, named(err, "lane %s", w.origin())
}

func laneByID(tx *store.Tx, id int64) (*lane, error) {
	l, err := scanLane(tx.QueryRow(laneColumns+"WHERE id = ?", id))
	return l, named(err, "lane %d", id)
}

// lanesWhere lists lanes, the urgent first.
func lanesWhere(tx *store.Tx, where string, args ...any) ([]*lane, error) {
	rows, err := tx.Query(laneColumns+"WHERE "+where+" ORDER BY CASE lane WHEN 'control' THEN 0 WHEN 'case' THEN 1 ELSE 2 END, id", args...)
	if err != nil {
		return nil, named(err, "lanes")
	}
	defer func() { _ = rows.Close() }()
	var all []*lane
	for rows.Next() {
		l, err := scanLane(rows)
		if err != nil {
			return nil, named(err, "lanes")
		}
		all = append(all, l)
	}
	return all, rows.Err()
}

// openLane finds a lane or begins it with its log. kind is Kept where we send.
func openLane(tx *store.Tx, w way, kind ledger.LogKind) (*lane, error) {
	l, err := scanLane(tx.QueryRow(laneColumns+"WHERE origin = ?", w.origin()))
	if !errors.Is(err, sql.ErrNoRows) {
		return l, named(err, "lane %s", w.origin())
	}
	l = &lane{way: w, next: 1}
	if l.log, err = ledger.OpenLog(tx, w.origin(), kind); err != nil {
		return nil, err
	}
	if err := tx.QueryRow("SELECT coalesce(max(id), 0) + 1 FROM peer_lane").Scan(&l.id); err != nil {
		return nil, named(err, "begin lane %s", w.origin())
	}
	_, err = tx.Exec(`INSERT INTO peer_lane(id, pact, sender, receiver, lane, origin, log, next, previous, frozen, trouble)
		VALUES(?, ?, ?, ?, ?, ?, ?, 1, ?, '', '')`, l.id, w.Pact, w.From, w.To, w.Lane, w.origin(), int64(l.log), []byte{})
	return l, named(err, "begin lane %s", w.origin())
}

// step moves a lane on by one message.
func (l *lane) step(tx *store.Tx, digest mithaq.Digest) error {
	_, err := tx.Exec("UPDATE peer_lane SET next = ?, previous = ? WHERE id = ?", l.next+1, digest[:], l.id)
	return named(err, "lane %d", l.id)
}

// freezeLink stops every lane of both directions of a link.
func freezeLink(tx *store.Tx, w way, why string) error {
	_, err := tx.Exec(`UPDATE peer_lane SET frozen = ? WHERE pact = ? AND frozen = ''
		AND ((sender = ? AND receiver = ?) OR (sender = ? AND receiver = ?))`, why, w.Pact, w.From, w.To, w.To, w.From)
	return named(err, "freeze link")
}
