package store

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Tombstone says that a giver took something back before it came.
type Tombstone struct {
	Giver mithaq.OrgID
	Under stix.ID
	ID    stix.ID
	Order int64 // the version (Head.Order); 0 for every version
	At    time.Time
	Note  []byte // why, for whoever finds it
}

// Bury leaves a tombstone; At is the transaction's time when zero.
func (s *Store) Bury(tx *Tx, t Tombstone) error {
	giver, err := tx.word(string(t.Giver))
	if err != nil {
		return err
	}
	under, err := tx.word(string(t.Under))
	if err != nil {
		return err
	}
	if t.At.IsZero() {
		t.At = tx.now
	}
	if t.Note == nil {
		t.Note = []byte{}
	}
	_, err = tx.Exec(`INSERT INTO tombstone(giver, under, id, version, at, note) VALUES(?, ?, ?, ?, ?, ?)
		ON CONFLICT(giver, under, id, version) DO NOTHING`, giver, under, string(t.ID), t.Order, t.At.UnixMicro(), t.Note)
	return err
}

// Buried are the tombstones of a giver under something for any of ids.
func (s *Store) Buried(tx *Tx, giver mithaq.OrgID, under stix.ID, ids []stix.ID) (map[stix.ID][]Tombstone, error) {
	g, err := tx.known(string(giver))
	if err != nil || g == 0 {
		return nil, err
	}
	u, err := tx.known(string(under))
	if err != nil || u == 0 && under != "" {
		return nil, err
	}
	all, wanted := map[stix.ID][]Tombstone{}, map[stix.ID]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	// Tombstones are few: recalls that overtook their items.
	err = tx.rows("SELECT id, version, at, note FROM tombstone WHERE giver = ? AND under = ?", []any{g, u}, func(r *Rows) error {
		t := Tombstone{Giver: giver, Under: under}
		var at int64
		if err := r.Scan(&t.ID, &t.Order, &at, &t.Note); err != nil {
			return err
		}
		t.At = time.UnixMicro(at).UTC()
		if wanted[t.ID] {
			all[t.ID] = append(all[t.ID], t)
		}
		return nil
	})
	return all, err
}
