package store

import (
	"database/sql"
	"errors"
	"slices"
)

// A listing is a named, append-only sequence of holdings, such as of what went out
// under a pact. A Collection shows it as it does all holdings: each reader finds an
// item at the first of its places there that they may see. What becomes visible
// later, by another label, another case or a state, gets a new place at the end, and
// what is listed again moves there; so a reader who remembers the last place seen
// misses nothing, and what is out of sight moves nothing.

// A Listed is an item at its place in a collection.
type Listed struct {
	At int64 // the place: microseconds since 1970, unique
	Item
}

// List puts all holdings of items at the end of a listing, in the order given.
func (s *Store) List(tx *Tx, listing string, items ...int64) error {
	list, err := tx.word(listing)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := tx.list(list, item); err != nil {
			return err
		}
	}
	return nil
}

// list puts an item at the end of one listing.
func (tx *Tx) list(list, item int64) error {
	at, err := tx.Seq()
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM listed WHERE item = ? AND list = ?", item, list); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO listed(list, casefile, tlp, seq, item, giver, under)
		SELECT CAST(? AS BIGINT), h.casefile, h.tlp, CAST(? AS BIGINT), h.item, h.giver, h.under FROM holding h WHERE h.item = ?`, list, at, item)
	return err
}

// Follow puts an item at the end of every listing in which another stands.
func (s *Store) Follow(tx *Tx, other, item int64) error {
	lists, err := tx.listings(other)
	if err != nil {
		return err
	}
	for _, list := range lists {
		if err := tx.list(list, item); err != nil {
			return err
		}
	}
	return nil
}

// Unlist takes items off a listing.
func (s *Store) Unlist(tx *Tx, listing string, items ...int64) error {
	list, err := tx.known(listing)
	if err != nil || list == 0 {
		return err
	}
	for _, item := range items {
		if _, err := tx.Exec("DELETE FROM listed WHERE item = ? AND list = ?", item, list); err != nil {
			return err
		}
	}
	return nil
}

// listings are those in which an item stands.
func (tx *Tx) listings(item int64) (lists []int64, err error) {
	err = tx.rows("SELECT DISTINCT list FROM listed WHERE item = ? ORDER BY list", []any{item}, func(r *Rows) error {
		var list int64
		err := r.Scan(&list)
		lists = append(lists, list)
		return err
	})
	return lists, err
}

// relist gives those holdings of items that got a new place since they were
// listed, or came, a new place in the listings of their items as well.
func (tx *Tx) relist(items []int64) error {
	var one int64
	err := tx.QueryRow("SELECT item FROM listed LIMIT 1").Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // nothing was ever listed, as while a store is filled
	}
	for _, item := range distinct(slices.Clone(items)) {
		if err == nil {
			err = tx.relistOne(item)
		}
	}
	return err
}

const sameHolding = "h.item = listed.item AND h.giver = listed.giver AND h.under = listed.under AND h.casefile = listed.casefile"

func (tx *Tx) relistOne(item int64) error {
	lists, err := tx.listings(item)
	if err != nil || len(lists) == 0 {
		return err
	}
	_, err = tx.Exec("DELETE FROM listed WHERE item = ? AND NOT EXISTS (SELECT 1 FROM holding h WHERE "+sameHolding+
		" AND h.tlp = listed.tlp AND h.listed <= listed.seq)", item)
	for _, list := range lists {
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO listed(list, casefile, tlp, seq, item, giver, under)
			SELECT CAST(? AS BIGINT), h.casefile, h.tlp, h.listed, h.item, h.giver, h.under FROM holding h WHERE h.item = ?
			AND NOT EXISTS (SELECT 1 FROM listed WHERE listed.list = ? AND `+sameHolding+")", list, item, list)
	}
	return err
}

// itemsOf are the items of holdings.
func itemsOf(keys []HoldingKey) []int64 {
	items := make([]int64, len(keys))
	for i := range keys {
		items[i] = keys[i].Item
	}
	return items
}

// in is the condition that an entry is of the listing that is meant.
func (l *look) in() clause {
	return clause{"l.list = ?", []any{l.list}}
}

// earlier is the condition that another holding shows the item earlier: g beside h.
func (l *look) earlier(shows clause) clause {
	before := "(g.giver, g.under, g.casefile) < (h.giver, h.under, h.casefile)"
	var c clause
	if l.list == 0 {
		c.and("SELECT 1 FROM holding g WHERE g.item = h.item AND (g.listed < h.listed OR g.listed = h.listed AND "+before+") AND "+shows.text, shows.args...)
		return c
	}
	c.and(`SELECT 1 FROM listed k JOIN holding g ON g.item = k.item AND g.giver = k.giver AND g.under = k.under AND g.casefile = k.casefile
		WHERE k.item = h.item AND k.list = l.list AND (k.seq < l.seq OR k.seq = l.seq AND `+before+") AND "+shows.text, shows.args...)
	return c
}

// shownAt is what a run reads, with a place and columns.
func (l *look) shownAt(cols string) string {
	if l.list == 0 {
		return "SELECT h.listed AS at, " + cols + " FROM holding h JOIN item i ON i.seq = h.item"
	}
	join := " CROSS JOIN " // which keeps its order in SQLite
	if l.tx.Postgres() {
		join = " JOIN "
	}
	return "SELECT l.seq AS at, " + cols + " FROM listed l" + join + "holding h ON h.item = l.item AND h.giver = l.giver AND h.under = l.under" +
		" AND h.casefile = l.casefile" + join + "item i ON i.seq = h.item"
}

// place is the column by which a look is ordered.
func (l *look) place() string {
	if l.list == 0 {
		return "h.listed"
	}
	return "l.seq"
}
