package gate

import (
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Reading is one time that somebody read something that concerns a person.
type Reading struct {
	At      time.Time
	Person  mithaq.PersonID // "" for a tool
	Token   string          // "" for a person
	What    string          // item, page, search ...
	Reason  string
	Purpose mithaq.Purpose
	Item    int64
}

// personalOf are the numbers of those items that concern a person.
func personalOf(items []store.Item) (seqs []int64) {
	for i := range items {
		if items[i].Personal {
			seqs = append(seqs, items[i].Seq)
		}
	}
	return seqs
}

// noteReading keeps who read which items that concern a person, and forgets what
// is older than the retention of readings.
func (g *Gate) noteReading(tx *store.Tx, v mithaq.Viewer, what string, personal []int64) error {
	if len(personal) == 0 {
		return nil
	}
	if err := g.forgetReadings(tx); err != nil {
		return err
	}
	id := stix.NewID("reading").UUID()
	_, err := tx.Exec("INSERT INTO gate_reading(id, at, person, token, what, reason, purpose) VALUES(?, ?, ?, ?, ?, ?, ?)",
		id, tx.Now().UnixMicro(), string(v.Person), v.Token, what, v.Reason, string(v.Purpose))
	for _, item := range personal {
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO gate_reading_item(item, reading) VALUES(?, ?) ON CONFLICT DO NOTHING", item, id)
	}
	return err
}

// enterReading enters a read into the own log, and keeps beside it who read what.
func (g *Gate) enterReading(tx *store.Tx, v mithaq.Viewer, a mithaq.Account, personal []int64) error {
	if err := g.enter(tx, v, "read", a); err != nil {
		return err
	}
	return g.noteReading(tx, v, a.Notes["read"], personal)
}

// ReadingsOf lists who read any of the items, the newest first, at most limit.
func (g *Gate) ReadingsOf(tx *store.Tx, limit int, items ...int64) ([]Reading, error) {
	if len(items) == 0 {
		return nil, nil
	}
	return readings(tx, "i.item IN (?"+strings.Repeat(", ?", len(items)-1)+")", limit, anys(items))
}

// LastReading is when a person last read an item before a time; zero: never.
func (g *Gate) LastReading(tx *store.Tx, person mithaq.PersonID, item int64, before time.Time) (time.Time, error) {
	found, err := readings(tx, "i.item = ? AND r.person = ? AND r.at <= ?", 1, []any{item, string(person), before.UnixMicro()})
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	return found[0].At, nil
}

func readings(tx *store.Tx, where string, limit int, args []any) (list []Reading, err error) {
	rows, err := tx.Query(`SELECT r.at, r.person, r.token, r.what, r.reason, r.purpose, i.item
		FROM gate_reading_item i JOIN gate_reading r ON r.id = i.reading WHERE `+where+" ORDER BY r.at DESC, i.item LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r Reading
		var at int64
		if err := rows.Scan(&at, (*string)(&r.Person), &r.Token, &r.What, &r.Reason, (*string)(&r.Purpose), &r.Item); err != nil {
			return nil, err
		}
		r.At = micros(at)
		list = append(list, r)
	}
	return list, rows.Err()
}

// forgetReadings drops what is older than the retention of readings.
func (g *Gate) forgetReadings(tx *store.Tx) error {
	old := tx.Now().Add(-g.Readings).UnixMicro()
	if _, err := tx.Exec("DELETE FROM gate_reading_item WHERE reading IN (SELECT id FROM gate_reading WHERE at < ?)", old); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM gate_reading WHERE at < ?", old)
	return err
}

func anys[T any](list []T) []any { return each(list, func(x T) any { return x }) }
