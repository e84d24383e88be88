package peer

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Passage is an item's place in a message between us and a partner.
type Passage struct {
	Item     int64
	Partner  mithaq.OrgID
	Out      bool // from us to the partner
	Pact     stix.ID
	Lane     mithaq.Lane
	Envelope stix.ID
	Sequence int64
	Position int           // from 0
	Object   mithaq.Digest // salted
	State    string
}

// Reached lists where an item went and came from, oldest first.
func (p *Peer) Reached(tx *store.Tx, item int64) (all []Passage, err error) {
	rows, err := tx.Query(`SELECT l.pact, l.sender, l.receiver, l.lane, e.id, e.sequence, r.position, substr(e.digests, CAST(32 * r.position + 1 AS INTEGER), 32), e.state
		FROM peer_reach r JOIN peer_lane l ON l.id = r.lane JOIN peer_envelope e ON e.lane = r.lane AND e.sequence = r.sequence
		WHERE r.item = ? ORDER BY e.created, l.id, e.sequence, r.position`, item)
	if err != nil {
		return nil, named(err, "where item %d went", item)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		g := Passage{Item: item}
		var sender, receiver mithaq.OrgID
		var object []byte
		if err := rows.Scan(&g.Pact, &sender, &receiver, &g.Lane, &g.Envelope, &g.Sequence, &g.Position, &object, &g.State); err != nil {
			return nil, named(err, "where item %d went", item)
		}
		if len(object) != len(g.Object) {
			return nil, named(errNoDigest, "where item %d went", item)
		}
		g.Object = mithaq.Digest(object)
		g.Partner, g.Out = sender, false
		if sender == p.cfg.Org {
			g.Partner, g.Out = receiver, true
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

var errNoDigest = errors.New("peer: an item beyond the digests of its message")

// Contents is what a message carried, at either end.
type Contents struct {
	From, To mithaq.OrgID
	Pact     stix.ID
	Objects  []mithaq.Digest // salted
	Items    []int64         // the store's number of each; 0 for what is not there
}

// Contents is what a message carried. NotFound: it is not here.
func (p *Peer) Contents(tx *store.Tx, envelope stix.ID) (*Contents, error) {
	var c Contents
	var digests, items []byte
	err := tx.QueryRow(`SELECT l.pact, l.sender, l.receiver, e.digests, e.items FROM peer_envelope e JOIN peer_lane l ON l.id = e.lane WHERE e.id = ?`,
		string(envelope)).Scan(&c.Pact, &c.From, &c.To, &digests, &items)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("envelope %s: %w", envelope, mithaq.NotFound)
	}
	if err != nil {
		return nil, named(err, "what envelope %s carried", envelope)
	}
	c.Items = unpackItems(items)
	for d := range slices.Chunk(digests, len(mithaq.Digest{})) {
		c.Objects = append(c.Objects, mithaq.Digest(d))
	}
	return &c, nil
}

// Erase forgets the salts of items wherever they went or came, in the
// transaction that erases their bytes: what is left of them in the messages is
// a digest that nothing leads back from. Of a message with nothing left the
// content half of its leaf goes too, once it was delivered; the account stays.
// An item that still waits to be sent will not be.
func (p *Peer) Erase(tx *store.Tx, items ...int64) error {
	for _, item := range items {
		places, err := placesOf(tx, item)
		if err != nil {
			return err
		}
		for _, at := range places {
			if err := at.erase(tx); err != nil {
				return named(err, "erase item %d from its messages", item)
			}
		}
	}
	return nil
}

// A spot is a position in a message.
type spot struct {
	lane, sequence int64
	position       int
}

func placesOf(tx *store.Tx, item int64) (all []spot, err error) {
	rows, err := tx.Query("SELECT lane, sequence, position FROM peer_reach WHERE item = ? ORDER BY lane, sequence, position", item)
	if err != nil {
		return nil, named(err, "where item %d went", item)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s spot
		if err := rows.Scan(&s.lane, &s.sequence, &s.position); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func (s spot) erase(tx *store.Tx) error {
	var salts []byte
	err := tx.QueryRow("SELECT salts FROM peer_envelope WHERE lane = ? AND sequence = ?", s.lane, s.sequence).Scan(&salts)
	if err != nil || salts == nil {
		return err
	}
	at := contentSaltSize + 16*s.position
	if at+16 > len(salts) {
		return errors.New("peer: an item beyond the salts of its message")
	}
	clear(salts[at : at+16])
	if _, err := tx.Exec("UPDATE peer_envelope SET salts = ? WHERE lane = ? AND sequence = ?", salts, s.lane, s.sequence); err != nil {
		return err
	}
	if !allZero(salts[contentSaltSize:]) {
		return nil
	}
	l, err := laneByID(tx, s.lane)
	if err != nil {
		return err
	}
	return dropErased(tx, l, s.sequence)
}

// dropErased lets the content half of a message's leaf go when all its objects
// are erased and it is not waiting, since the receiver needs that half to enter
// the leaf.
func dropErased(tx *store.Tx, l *lane, sequence int64) error {
	var salts []byte
	var state string
	err := tx.QueryRow("SELECT salts, state FROM peer_envelope WHERE lane = ? AND sequence = ?", l.id, sequence).Scan(&salts, &state)
	if err != nil {
		return err
	}
	if state == waiting || len(salts) <= contentSaltSize || !allZero(salts[contentSaltSize:]) {
		return nil
	}
	if _, err := tx.Exec("UPDATE peer_envelope SET salts = NULL WHERE lane = ? AND sequence = ?", l.id, sequence); err != nil {
		return err
	}
	return ledger.EraseContent(tx, l.log, sequence-1)
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
