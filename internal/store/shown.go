package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Collection shows items by their holdings: all those that its filter lets
// through, in the order in which they came to be held so. It keeps no list of its
// own, and is append-only all the same, for a holding that begins to say something
// else, or that makes visible what was not, gets a new place at the end.
//
// An item stands at the place of the first of its holdings that the reader may
// see, so that a holding out of sight moves nothing.
type Collection struct {
	Name   string // under which items are hidden from it; "" where none are
	Listed string // a listing: then its holdings are meant, and its places; "" for all
	Filter
}

// A Filter says which holdings are meant. What is zero does not narrow.
type Filter struct {
	Types []stix.Type
	TLP   stix.TLP     // labelled, and no stricter than this
	Under stix.ID      // the source profile or pact
	Giver mithaq.OrgID // who gave it
	Case  stix.ID      // held for this case
	Value Value        // found in the item, normalised
	From  time.Time    // held since then,
	To    time.Time    // and before that
}

// Shown is the entries of a collection after a place that the viewer may read, at
// most q.Limit (100 when zero), in order; more says that others are behind. q
// narrows as for Page; its After and Until are places.
func (s *Store) Shown(tx *Tx, v mithaq.Viewer, c Collection, q Query) (page []Listed, more bool, err error) {
	l, err := s.look(tx, v, c, q)
	if err != nil {
		return nil, false, err
	}
	runs, err := l.runs()
	if err != nil || len(runs) == 0 {
		return nil, false, err
	}
	limit := cmp.Or(q.Limit, 100)
	page, err = l.ask(runs, limit+1)
	if len(page) > limit {
		return page[:limit], true, err
	}
	return page, false, err
}

// A look is one question to a collection, as SQL on holding h of item i.
type look struct {
	*asking
	s      *Store
	v      mithaq.Viewer
	c      Collection
	q      Query
	filter clause
	hidden clause  // of item i
	types  []int64 // those that q asks for
	list   int64   // the listing; 0 for none, -1 for one that has never been
}

// A clause is a condition with its arguments.
type clause struct {
	text string
	args []any
}

func (c *clause) and(text string, args ...any) {
	if c.text != "" {
		c.text += " AND "
	}
	c.text += text
	c.args = append(c.args, args...)
}

func (s *Store) look(tx *Tx, v mithaq.Viewer, c Collection, q Query) (*look, error) {
	a, err := tx.asking(v, false)
	if err != nil {
		return nil, err
	}
	l := &look{asking: a, s: s, v: v, c: c, q: q}
	if l.types, err = l.words(q.Types); err != nil {
		return nil, err
	}
	return l, errors.Join(l.narrow(), l.hiding(), l.listing())
}

// listing finds the listing that is meant.
func (l *look) listing() (err error) {
	if l.c.Listed == "" {
		return nil
	}
	if l.list, err = l.tx.known(l.c.Listed); l.list == 0 {
		l.list = -1
	}
	return err
}

// narrow makes the filter's condition.
func (l *look) narrow() error {
	f := &l.c.Filter
	l.filter.and("TRUE")
	for _, w := range []struct{ col, text string }{{"under", string(f.Under)}, {"giver", string(f.Giver)}, {"casefile", string(f.Case)}} {
		if w.text == "" {
			continue
		}
		id, err := l.tx.known(w.text)
		if err != nil {
			return err
		}
		if id == 0 {
			id = -1 // never interned: in no holding
		}
		l.filter.and("h."+w.col+" = ?", id)
	}
	if f.TLP != 0 {
		l.filter.and(fmt.Sprintf("h.tlp BETWEEN %d AND %d", stix.TLPClear, f.TLP))
	}
	if !f.From.IsZero() {
		l.filter.and("h.received >= ?", f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		l.filter.and("h.received < ?", f.To.UnixMicro())
	}
	if f.Value.Text != "" {
		l.filter.and("h.item IN ("+l.valued()+")", l.valueArgs()...)
	}
	return l.typed(f.Types)
}

func (l *look) typed(types []stix.Type) error {
	if len(types) == 0 {
		return nil
	}
	ids, err := l.words(types)
	cond, args := among("h.type", ids)
	l.filter.and(cond, args...)
	return err
}

func (l *look) words(types []stix.Type) (ids []int64, err error) {
	for _, t := range types {
		id, err := l.tx.known(string(t))
		if err != nil {
			return nil, err
		}
		if id != 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// valued are the numbers of the items in which the filter's value was found.
func (l *look) valued() string {
	q := "SELECT w.seq FROM value w WHERE w.hash = ? AND w.text = ?"
	if !l.tx.Postgres() {
		q += " UNION ALL SELECT w.seq FROM value_new w WHERE w.hash = ? AND w.text = ?"
	}
	return q
}

func (l *look) valueArgs() []any {
	args := []any{hashValue(l.c.Value.Kind, l.c.Value.Text), l.c.Value.Text}
	if !l.tx.Postgres() {
		args = append(args, args...)
	}
	return args
}

// hiding makes the condition that an item is not hidden from the reader here.
func (l *look) hiding() error {
	list, err := l.tx.known(l.c.Name)
	if err != nil || list == 0 {
		return err
	}
	var one int64
	err = l.tx.QueryRow("SELECT item FROM hidden WHERE list = ? LIMIT 1", list).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // as in most collections, which then pay nothing for it
	}
	if err != nil {
		return err
	}
	reader, err := l.tx.known(l.v.Token)
	l.hidden.and("NOT EXISTS (SELECT 1 FROM hidden x WHERE x.list = ? AND x.item = i.seq AND x.reader IN (0, ?))", list, reader)
	return err
}

// said is what collections show beside what is in use: last words.
var said = fmt.Sprintf("(%s OR h.state = %d AND EXISTS (SELECT 1 FROM last_word y WHERE y.item = h.item))", living, mithaq.Recalled)

// shows is the condition that holding h of item i is here for the reader.
func (l *look) shows() clause {
	var c clause
	c.and(strings.Replace(l.g.cond, living, said, 1), l.g.args...)
	c.and(l.filter.text, l.filter.args...)
	if l.hidden.text != "" {
		c.and(l.hidden.text, l.hidden.args...)
	}
	return c
}

// as is a clause about other rows.
func (c clause) as(holding, item string) clause {
	c.text = strings.NewReplacer("h.", holding+".", "i.", item+".").Replace(c.text)
	return c
}
