package store

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Tombstone says that a giver took something back before it came.
type Tombstone struct {
	Giver    mithaq.OrgID
	Under    stix.ID
	Envelope stix.ID       // that carries it
	Object   mithaq.Digest // its salted digest there
	At       time.Time
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
	_, err = tx.Exec(`INSERT INTO tombstone(giver, under, envelope, object, at) VALUES(?, ?, ?, ?, ?)
		ON CONFLICT(giver, under, envelope, object) DO NOTHING`, giver, under, string(t.Envelope), t.Object[:], t.At.UnixMicro())
	return err
}

// Buried are the objects of an envelope that its giver took back before it came.
func (s *Store) Buried(tx *Tx, giver mithaq.OrgID, under, envelope stix.ID) (map[mithaq.Digest]bool, error) {
	g, err := tx.known(string(giver))
	if err != nil || g == 0 {
		return nil, err
	}
	u, err := tx.known(string(under))
	if err != nil || u == 0 && under != "" {
		return nil, err
	}
	var objects map[mithaq.Digest]bool
	err = tx.rows("SELECT object FROM tombstone WHERE giver = ? AND under = ? AND envelope = ?", []any{g, u, string(envelope)}, func(r *Rows) error {
		var object []byte
		if err := r.Scan(&object); err != nil {
			return err
		}
		if objects == nil {
			objects = map[mithaq.Digest]bool{}
		}
		objects[mithaq.Digest(object)] = true
		return nil
	})
	return objects, err
}
