package store

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A last word is an item that says of an object which was taken back that it
// was. Its holdings are recalled, as those of the object are, so that nothing
// else finds it; collections show it to whoever could see the object there.

// Say makes an item the last word about its object, held by holdings.
func (s *Store) Say(tx *Tx, item int64, holdings []NewHolding) error {
	if _, err := s.PutHoldings(tx, holdings); err != nil {
		return err
	}
	keys := make([]HoldingKey, len(holdings))
	for i := range holdings {
		keys[i] = holdings[i].HoldingKey
	}
	if _, err := s.SetState(tx, keys, mithaq.Recalled); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO last_word(item) VALUES(?) ON CONFLICT DO NOTHING", item)
	return err
}

// Unsay takes back the last words about objects that are held again.
func (s *Store) Unsay(tx *Tx, ids []stix.ID) error {
	var one int64
	err := tx.QueryRow("SELECT item FROM last_word LIMIT 1").Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	heads, err := s.Heads(tx, ids)
	if err != nil {
		return err
	}
	for _, versions := range heads {
		for _, h := range versions {
			if _, err := tx.Exec("DELETE FROM last_word WHERE item = ?", h.Seq); err != nil {
				return err
			}
		}
	}
	return nil
}
