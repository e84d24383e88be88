package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/mithaq-hub/mithaq"
)

// TopicErased is the topic of the change table under which each item that is
// erased stands, by its number, for those who keep something derived from it elsewhere.
const TopicErased = "erased"

// Erase takes an item out, with all that was derived from it and its content
// key, whose loss reaches the backups too. It is refused as a Conflict while a
// holding of the item lives; dead holdings are marked as erased and stay, so
// that it can be said what was held.
func (s *Store) Erase(tx *Tx, seq int64) error {
	if err := tx.unheld(seq); err != nil {
		return err
	}
	var name int64
	var f []byte
	err := tx.QueryRow("SELECT name, found FROM item WHERE seq = ?", seq).Scan(&name, &f)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("item %d: %w", seq, mithaq.NotFound)
	}
	if err != nil {
		return err
	}
	if err := s.underive(tx, seq, name, f); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE holding SET state = ? WHERE item = ?", mithaq.Erased, seq); err != nil {
		return err
	}
	for _, from := range []string{"item_key WHERE item", "listed WHERE item", "hidden WHERE item", "last_word WHERE item", "item WHERE seq"} {
		if _, err := tx.Exec("DELETE FROM "+from+" = ?", seq); err != nil {
			return err
		}
	}
	return tx.Change(TopicErased, strconv.FormatInt(seq, 10), nil)
}

func (tx *Tx) unheld(seq int64) error {
	var n int
	err := tx.QueryRow("SELECT count(*) FROM holding h WHERE h.item = ? AND "+living, seq).Scan(&n)
	if err == nil && n > 0 {
		err = fmt.Errorf("item %d: %d holdings live: %w", seq, n, mithaq.Conflict)
	}
	return err
}

// underive takes an item out of the index tables.
func (s *Store) underive(tx *Tx, seq, name int64, f found) error {
	values, edges, err := f.entries()
	if err != nil {
		return err
	}
	return errors.Join(
		s.twins.name.remove(tx, seq, []int64{name}),
		s.twins.value.remove(tx, seq, hashes(values)),
		s.twins.edge.remove(tx, seq, hashes(edges)),
	)
}

func hashes(entries []entry) []int64 {
	list := make([]int64, len(entries))
	for i, e := range entries {
		list[i] = e.hash
	}
	return list
}
