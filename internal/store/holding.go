package store

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Class is an interned set of handling labels.
type Class struct {
	id  int64
	tlp stix.TLP
}

// A HoldingKey names a holding: an item, as given by someone, under a pact or
// source profile, for a case or none.
type HoldingKey struct {
	Item  int64 // the item's number
	Giver mithaq.OrgID
	Under stix.ID
	Case  stix.ID
}

// A NewHolding is a holding to be kept.
type NewHolding struct {
	HoldingKey
	Class      Class
	Terms      mithaq.Digest // of the pact or profile; zero for none
	Type       stix.Type     // of the item; looked up when empty
	Sole       bool          // Put said so of the item in this transaction
	Envelope   stix.ID       // in which it came; "" for none
	Received   time.Time     // the transaction's time when zero
	Until      time.Time     // end of retention; zero for none
	Recipients []mithaq.PersonID
}

// A Held is a holding as kept.
type Held struct {
	HoldingKey
	Class      Class
	Handling   mithaq.Handling
	Terms      mithaq.Digest
	Envelope   stix.ID
	Received   time.Time
	Until      time.Time
	State      mithaq.HoldingState
	Recipients []mithaq.PersonID // for TLP:RED
}

// Holding is h in the spine's words, of an item.
func (h *Held) Holding(item mithaq.ItemRef) mithaq.Holding {
	return mithaq.Holding{
		Item: item, Giver: h.Giver, Under: h.Under, Terms: h.Terms, Case: h.Case, Envelope: h.Envelope,
		Received: mithaq.At(h.Received), Handling: h.Handling, State: h.State, Recipients: h.Recipients,
	}
}

// classes remembers interned handlings; what it remembers was committed.
type classes struct {
	mu   sync.RWMutex
	ids  map[string]Class
	says map[int64]mithaq.Handling
}

func (c *classes) id(key string) (Class, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	class, ok := c.ids[key]
	return class, ok
}

func (c *classes) handling(id int64) (mithaq.Handling, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	h, ok := c.says[id]
	return h, ok
}

func (c *classes) learn(key string, class Class, h mithaq.Handling) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil || len(c.ids) > maxRemembered {
		c.ids, c.says = map[string]Class{}, map[int64]mithaq.Handling{}
	}
	c.ids[key], c.says[class.id] = class, h
}

// Class interns a set of labels. Do it once for many holdings.
func (s *Store) Class(tx *Tx, h mithaq.Handling) (Class, error) {
	key := h.Key()
	if class, ok := s.classes.id(key); ok {
		return class, nil
	}
	class := Class{tlp: h.TLP}
	err := tx.QueryRow("SELECT id FROM class WHERE label = ?", key).Scan(&class.id)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.newClass(key, h, &class)
	}
	if err == nil {
		tx.OnCommit(func() { s.classes.learn(key, class, h) })
	}
	return class, err
}

func (tx *Tx) newClass(key string, h mithaq.Handling, class *Class) error {
	says, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return tx.QueryRow("INSERT INTO class(id, label, handling) SELECT coalesce(max(id), 0) + 1, ?, ? FROM class RETURNING id",
		key, string(says)).Scan(&class.id)
}

// handling is what a class says.
func (s *Store) handling(tx *Tx, id int64) (h mithaq.Handling, err error) {
	if h, ok := s.classes.handling(id); ok {
		return h, nil
	}
	var key, says string
	if err := tx.QueryRow("SELECT label, handling FROM class WHERE id = ?", id).Scan(&key, &says); err != nil {
		return h, fmt.Errorf("handling class %d: %w", id, err)
	}
	if err := json.Unmarshal([]byte(says), &h); err != nil {
		return h, fmt.Errorf("handling class %d: %w", id, err)
	}
	if tx.w == nil {
		s.classes.learn(key, Class{id, h.TLP}, h)
	}
	return h, nil
}

const holdingFields = "item, giver, under, casefile, envelope, terms, class, tlp, received, until, state, type, listed, sole"

// holdingRow is a row of holdingFields.
type holdingRow [14]int64

// Something given again while it is held changes nothing; once it was recalled, has lapsed or was erased, it is held anew.
var revive = fmt.Sprintf(`ON CONFLICT(item, giver, under, casefile) DO UPDATE SET envelope = excluded.envelope, terms = excluded.terms,
	class = excluded.class, tlp = excluded.tlp, received = excluded.received, until = excluded.until, state = excluded.state, listed = excluded.listed
	WHERE holding.state NOT IN (%d, %d, %d)`, mithaq.Held, mithaq.Restricted, mithaq.Disputed)

// PutHoldings keeps holdings, as Held. Those that are held already stay as they
// are, those that were recalled, lapsed or erased live again; added counts the others and these.
func (s *Store) PutHoldings(tx *Tx, holdings []NewHolding) (added int64, err error) {
	rows := make([]holdingRow, len(holdings))
	if err := tx.beside(holdings); err != nil {
		return 0, err
	}
	for i := range holdings {
		if rows[i], err = tx.holdingRow(&holdings[i]); err != nil {
			return 0, err
		}
	}
	if added, err = tx.putRows(rows, allSole(holdings)); err != nil {
		return 0, err
	}
	if err := tx.relist(besides(holdings)); err != nil {
		return 0, err
	}
	return added, putRecipients(tx, holdings, rows)
}

// putRows keeps holdings; those that are the first of items that came in this
// transaction meet none of themselves, and can be copied.
func (tx *Tx) putRows(rows []holdingRow, first bool) (int64, error) {
	row := func(args []any, i int) []any {
		for _, n := range rows[i] {
			args = append(args, n)
		}
		return args
	}
	if first && tx.Postgres() {
		return int64(len(rows)), tx.add("holding", holdingFields, len(rows), row)
	}
	return tx.insert("holding("+holdingFields+")", revive, len(holdingRow{}), len(rows), row)
}

func allSole(holdings []NewHolding) bool {
	return !slices.ContainsFunc(holdings, func(h NewHolding) bool { return !h.Sole })
}

// besides are the items that may have been held before.
func besides(holdings []NewHolding) (items []int64) {
	for i := range holdings {
		if !holdings[i].Sole {
			items = append(items, holdings[i].Item)
		}
	}
	return items
}

// beside sees to it that no holding is called the only one of its item when it is not.
func (tx *Tx) beside(holdings []NewHolding) error {
	at := make(map[int64]int, len(holdings))
	var items []int64
	for i := range holdings {
		h := &holdings[i]
		first, twice := at[h.Item]
		h.Sole = h.Sole && tx.first != 0 && h.Item >= tx.first // else others may have come since
		switch {
		case twice:
			h.Sole, holdings[first].Sole = false, false
		case !h.Sole:
			items = append(items, h.Item)
		}
		at[h.Item] = i
	}
	return tx.accompanied(distinct(items))
}

func (tx *Tx) holdingRow(h *NewHolding) (row holdingRow, err error) {
	key, err := keyRow(tx, h.HoldingKey, tx.word)
	if err != nil {
		return row, err
	}
	envelope, err := tx.word(string(h.Envelope))
	if err != nil {
		return row, err
	}
	terms, err := tx.word(digestText(h.Terms))
	if err != nil {
		return row, err
	}
	typ, err := tx.typeOf(h)
	if err != nil {
		return row, err
	}
	listed, err := tx.Seq()
	if err != nil {
		return row, err
	}
	received, until := tx.now.UnixMicro(), int64(0)
	if !h.Received.IsZero() {
		received = h.Received.UnixMicro()
	}
	if !h.Until.IsZero() {
		until = h.Until.UnixMicro()
	}
	return holdingRow{
		key[0], key[1], key[2], key[3], envelope, terms, h.Class.id, int64(h.Class.tlp),
		received, until, int64(mithaq.Held), typ, listed, truth(h.Sole),
	}, nil
}

// typeOf is the type of a holding's item, as a word; 0 when there is no such item.
func (tx *Tx) typeOf(h *NewHolding) (typ int64, err error) {
	if h.Type != "" {
		return tx.word(string(h.Type))
	}
	err = tx.QueryRow("SELECT type FROM item WHERE seq = ?", h.Item).Scan(&typ)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return typ, err
}

func digestText(d mithaq.Digest) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func textDigest(text string) (mithaq.Digest, error) {
	if text == "" {
		return mithaq.Digest{}, nil
	}
	return mithaq.ParseDigest(text)
}

// keyRow is a key in numbers, by word, which interns, or known, which does not.
func keyRow(tx *Tx, k HoldingKey, word func(string) (int64, error)) (row [4]int64, err error) {
	row[0] = k.Item
	for i, text := range []string{string(k.Giver), string(k.Under), string(k.Case)} {
		if row[i+1], err = word(text); err != nil {
			return row, err
		}
		if row[i+1] == 0 && text != "" {
			row[i+1] = -1 // never interned: in no holding
		}
	}
	return row, nil
}

func putRecipients(tx *Tx, holdings []NewHolding, rows []holdingRow) error {
	for i, h := range holdings {
		for _, person := range h.Recipients {
			id, err := tx.word(string(person))
			if err != nil {
				return err
			}
			k := rows[i]
			if _, err := tx.Exec("INSERT INTO recipient(item, giver, under, casefile, person) VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
				k[0], k[1], k[2], k[3], id); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetState moves holdings to a state and counts those that were in another.
// What lives again is listed again.
func (s *Store) SetState(tx *Tx, keys []HoldingKey, state mithaq.HoldingState) (changed int64, err error) {
	if !state.InUse() {
		return updateHoldings(tx, keys, "UPDATE holding SET state = ? WHERE state <> ?", int64(state), int64(state))
	}
	for _, k := range keys {
		listed, err := tx.Seq()
		if err != nil {
			return changed, err
		}
		n, err := updateHoldings(tx, []HoldingKey{k}, "UPDATE holding SET listed = CASE WHEN "+alive+" THEN listed ELSE ? END, state = ? WHERE state <> ?",
			listed, int64(state), int64(state))
		if changed += n; err != nil {
			return changed, err
		}
	}
	return changed, tx.relist(itemsOf(keys))
}

// SetHandling gives holdings other labels and another end of retention (zero
// for none). Where the labels are others, they are listed again: who may see
// what changes with them.
func (s *Store) SetHandling(tx *Tx, keys []HoldingKey, class Class, until time.Time) (changed int64, err error) {
	end := int64(0)
	if !until.IsZero() {
		end = until.UnixMicro()
	}
	for _, k := range keys {
		listed, err := tx.Seq()
		if err != nil {
			return changed, err
		}
		n, err := updateHoldings(tx, []HoldingKey{k}, `UPDATE holding SET listed = CASE WHEN class = ? THEN listed ELSE ? END,
			class = ?, tlp = ?, until = ? WHERE TRUE`, class.id, listed, class.id, int64(class.tlp), end)
		if changed += n; err != nil {
			return changed, err
		}
	}
	return changed, tx.relist(itemsOf(keys))
}

func updateHoldings(tx *Tx, keys []HoldingKey, set string, args ...any) (changed int64, err error) {
	for _, k := range keys {
		row, err := keyRow(tx, k, tx.known)
		if err != nil {
			return changed, err
		}
		n, err := tx.exec(set+" AND item = ? AND giver = ? AND under = ? AND casefile = ?",
			append(append([]any{}, args...), row[0], row[1], row[2], row[3]))
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// A HoldingQuery asks for holdings in the order of their items' numbers.
type HoldingQuery struct {
	After  int64   // items above
	Items  []int64 // of these items only
	Limit  int     // 100 when zero; no bound with Items
	Giver  mithaq.OrgID
	Under  stix.ID
	Case   stix.ID
	States []mithaq.HoldingState
	Lapsed time.Time // whose retention ends at or before
	Audit  bool      // an auditor's view: every holding, in whatever state
}

// HoldingsOf is the holdings of items that the viewer may read.
func (s *Store) HoldingsOf(tx *Tx, v mithaq.Viewer, items ...int64) (all []Held, err error) {
	for chunk := range slices.Chunk(distinct(slices.Clone(items)), 4096) {
		some, err := s.Holdings(tx, v, HoldingQuery{Items: chunk})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Lapsing is the living holdings whose retention ends at or before at.
func (s *Store) Lapsing(tx *Tx, v mithaq.Viewer, at time.Time, limit int) ([]Held, error) {
	return s.Holdings(tx, v, HoldingQuery{
		Lapsed: at, Limit: limit,
		States: []mithaq.HoldingState{mithaq.Held, mithaq.Restricted, mithaq.Disputed},
	})
}

// Holdings is the holdings a query asks for and the viewer may read. With a
// limit, the last item's holdings may be cut: go on after the last but one item.
func (s *Store) Holdings(tx *Tx, v mithaq.Viewer, q HoldingQuery) ([]Held, error) {
	a, err := tx.asking(v, q.Audit)
	if err != nil {
		return nil, err
	}
	if q.After > 0 {
		a.where("h.item > ?", q.After)
	}
	more, args, err := a.given(Query{Giver: q.Giver, Under: q.Under, Case: q.Case})
	if err != nil {
		return nil, err
	}
	a.where("TRUE"+more, args...) // at least one condition
	if len(q.States) > 0 {
		a.among("h.state", widen(q.States))
	}
	if !q.Lapsed.IsZero() {
		a.where("h.until > 0 AND h.until <= ?", q.Lapsed.UnixMicro())
	}
	if len(q.Items) > 0 {
		a.among("h.item", q.Items)
	}
	a.where("("+a.g.cond+")", a.g.args...)
	return s.runHoldings(a, q)
}

func widen[T ~int | ~uint8](list []T) []int64 {
	wide := make([]int64, len(list))
	for i, n := range list {
		wide[i] = int64(n)
	}
	return wide
}

// Erased holdings have no item, so the join is a left one; the condition on i.personal is then not met.
const heldQuery = `SELECT h.item, h.giver, h.under, h.casefile, h.envelope, h.terms, h.class, h.received, h.until, h.state
	FROM holding h LEFT JOIN item i ON i.seq = h.item WHERE `

func (s *Store) runHoldings(a *asking, q HoldingQuery) ([]Held, error) {
	query := heldQuery + strings.Join(a.conds, " AND ") + " ORDER BY h.item, h.giver, h.under, h.casefile"
	if len(q.Items) == 0 || q.Limit > 0 {
		query += " LIMIT ?"
		a.args = append(a.args, cmp.Or(q.Limit, 100))
	}
	var rows [][10]int64
	err := a.tx.rows(query, a.args, func(r *Rows) error {
		var n [10]int64
		err := r.Scan(&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9])
		rows = append(rows, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]Held, len(rows))
	for i, n := range rows {
		if all[i], err = s.held(a.tx, n); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// held puts the words back into a row.
func (s *Store) held(tx *Tx, n [10]int64) (h Held, err error) {
	var text [5]string
	for i := range text {
		if text[i], err = tx.text(n[i+1]); err != nil {
			return h, err
		}
	}
	h.HoldingKey = HoldingKey{n[0], mithaq.OrgID(text[0]), stix.ID(text[1]), stix.ID(text[2])}
	h.Envelope = stix.ID(text[3])
	if h.Handling, err = s.handling(tx, n[6]); err != nil {
		return h, err
	}
	if h.Terms, err = textDigest(text[4]); err != nil {
		return h, err
	}
	h.Class = Class{n[6], h.Handling.TLP}
	h.Received, h.State = time.UnixMicro(n[7]).UTC(), mithaq.HoldingState(n[9])
	if n[8] != 0 {
		h.Until = time.UnixMicro(n[8]).UTC()
	}
	if h.Handling.TLP == stix.TLPRed {
		h.Recipients, err = recipients(tx, n)
	}
	return h, err
}

func recipients(tx *Tx, n [10]int64) ([]mithaq.PersonID, error) {
	rows, err := tx.Query(`SELECT w.text FROM recipient r JOIN word w ON w.id = r.person
		WHERE r.item = ? AND r.giver = ? AND r.under = ? AND r.casefile = ? ORDER BY w.text`, n[0], n[1], n[2], n[3])
	if err != nil {
		return nil, err
	}
	return collect(rows, func(p *mithaq.PersonID) []any { return []any{p} })
}
