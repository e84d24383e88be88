package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/stix"
)

// A collection is read as several runs of an index, each in the order of places,
// which the database merges: so that a page costs what it gives, and whoever may
// read one in a thousand does not pass over the others.

// runs are the conditions that pick the runs: by object, by value, by source, by
// type, or else by the cases and labels of the reader.
func (l *look) runs() ([]clause, error) {
	switch {
	case len(l.q.IDs) > 0:
		return l.byID()
	case l.list != 0 && l.g.all:
		return []clause{l.in()}, nil
	case l.list != 0:
		return l.byRight()
	case l.c.Value.Text != "":
		return []clause{{}}, nil // the filter itself names the items
	case l.c.Under != "":
		return []clause{{}}, nil // and here the run
	case len(l.q.Types) > 0 || len(l.c.Types) > 0:
		return l.byType()
	case l.g.all:
		return []clause{{}}, nil
	}
	return l.byRight()
}

func (l *look) byID() ([]clause, error) {
	heads, err := l.s.Heads(l.tx, l.q.IDs)
	var seqs []int64
	for _, id := range l.q.IDs {
		for _, h := range heads[id] {
			seqs = append(seqs, h.Seq)
		}
	}
	if err != nil || len(seqs) == 0 {
		return nil, err
	}
	if l.list == 0 {
		cond, args := among("h.item", distinct(seqs))
		return []clause{{cond, args}}, nil
	}
	run := l.in()
	cond, args := among("l.item", distinct(seqs))
	run.and(cond, args...)
	return []clause{run}, nil
}

func (l *look) byType() (runs []clause, err error) {
	ids := l.types
	if len(l.q.Types) == 0 {
		ids, err = l.words(l.c.Types)
	}
	for _, id := range distinct(slices.Clone(ids)) {
		runs = append(runs, clause{"h.type = ?", []any{id}})
	}
	return runs, err
}

// byRight has a run for each case and label that the reader may see.
func (l *look) byRight() (runs []clause, err error) {
	cases, err := l.cases()
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		for tlp := range stix.TLPRed {
			runs = append(runs, l.right(fmt.Sprintf("h.casefile = ? AND h.tlp = %d", tlp), c))
		}
	}
	if l.v.Person == "" {
		return runs, nil
	}
	person, err := l.tx.known(string(l.v.Person))
	named := fmt.Sprintf("h.tlp = %d AND h.item IN (SELECT r.item FROM recipient r WHERE r.person = ?)", stix.TLPRed)
	return append(runs, l.right(named, person)), err
}

// right is a run of the key of holdings, or of a listing.
func (l *look) right(text string, args ...any) clause {
	if l.list == 0 {
		return clause{text, args}
	}
	run := l.in()
	run.and(strings.ReplaceAll(text, "h.", "l."), args...)
	return run
}

// cases are those that the reader may see and the collection asks for; 0 is none.
func (l *look) cases() ([]int64, error) {
	open, cases, err := l.tx.cases(l.v)
	if open {
		cases = append(cases, 0)
	}
	if err != nil || l.c.Case == "" {
		return cases, err
	}
	only, err := l.tx.known(string(l.c.Case))
	return slices.DeleteFunc(cases, func(c int64) bool { return c != only }), err
}

// ask reads the runs merged by place.
func (l *look) ask(runs []clause, limit int) (page []Listed, err error) {
	cols := fullCols
	if l.q.Bare {
		cols, l.bare = headCols, true
	}
	query, args := l.merged(runs, cols, limit)
	err = l.tx.rows(query, args, func(r *Rows) error {
		var x Listed
		x.Item, err = scanItem(r, l.bare, &x.At)
		page = append(page, x)
		return err
	})
	return page, err
}

// merged is the question for places and columns of items, in the order of places.
func (l *look) merged(runs []clause, cols string, limit int) (text string, args []any) {
	where := l.where()
	var query strings.Builder
	for n, run := range runs {
		if n > 0 {
			query.WriteString(" UNION ALL ")
		}
		query.WriteString(l.shownAt(cols) + " WHERE ")
		if run.text != "" {
			query.WriteString(run.text + " AND ")
		}
		query.WriteString(where.text)
		args = append(append(args, run.args...), where.args...)
	}
	return query.String() + " ORDER BY 1 LIMIT ?", append(args, limit)
}

// where is what every run asks of its rows.
func (l *look) where() clause {
	c := l.shows().loose()
	c.and(l.place()+" > ?", l.q.After)
	if l.q.Until > 0 {
		c.and(l.place()+" <= ?", l.q.Until)
	}
	if len(l.q.Specs) > 0 {
		cond, args := among("i.spec", widen(l.q.Specs))
		c.and(cond, args...)
	}
	if len(l.q.Types) > 0 {
		cond, args := among("h.type", l.types)
		narrow := clause{cond, args}.loose()
		c.and(narrow.text, narrow.args...)
	}
	first := l.first()
	c.and("(h.sole = 1 OR "+first.text+")", first.args...) // as for nearly all, and then nothing need be asked
	if v := l.version(); v.text != "" {
		c.and(v.text, v.args...)
	}
	return c
}

// loose keeps the planner from choosing another index than that of the run.
func (c clause) loose() clause {
	c.text = strings.NewReplacer(
		"h.casefile IN", "+h.casefile IN", "h.tlp ", "+h.tlp ", "h.giver =", "+h.giver =", "h.type IN", "+h.type IN",
	).Replace(c.text)
	return c
}

// first is the condition that no other holding shows the item earlier.
func (l *look) first() clause {
	c := l.earlier(l.shows().loose().as("g", "i"))
	c.text = "NOT EXISTS (" + c.text + ")"
	return c
}

// version is the condition that the item is the first or last version of its
// object that is shown here, or one of exactly the times asked for.
func (l *look) version() clause {
	exact, times := among("i.version", l.q.At)
	if l.q.Which == AllVersions {
		if len(l.q.At) > 0 {
			return clause{exact, times}
		}
		return clause{}
	}
	later := "(j.version > i.version OR j.version = i.version AND j.seq > i.seq)"
	if l.q.Which == FirstVersion {
		later = "(j.version < i.version OR j.version = i.version AND j.seq < i.seq)"
	}
	shows := l.shows().loose().as("g", "j")
	if l.list != 0 {
		shows.and("EXISTS (SELECT 1 FROM listed k WHERE k.item = j.seq AND k.list = l.list AND k.giver = g.giver AND k.under = g.under AND k.casefile = g.casefile)")
	}
	cond := "NOT EXISTS (SELECT 1 FROM item j CROSS JOIN holding g WHERE j.seq IN (" + l.namesakes() + ") AND j.id = i.id AND " +
		later + " AND g.item = j.seq AND " + shows.text + ")" // a cross join keeps its order in SQLite
	return clause{"(h.sole = 1 OR " + exact + " OR " + cond + ")", append(times, shows.args...)}
}

// Hide takes items out of a collection, for a reader's token, or for everybody
// where reader is "".
func (s *Store) Hide(tx *Tx, collection, reader string, items ...int64) error {
	list, err := tx.word(collection)
	if err != nil {
		return err
	}
	who, err := tx.word(reader)
	if err != nil {
		return err
	}
	for _, item := range items {
		if _, err := tx.Exec("INSERT INTO hidden(list, item, reader) VALUES(?, ?, ?) ON CONFLICT DO NOTHING", list, item, who); err != nil {
			return err
		}
	}
	return nil
}

// Reveal undoes Hide for the items, for everybody: they were given again.
func (s *Store) Reveal(tx *Tx, collection string, items ...int64) error {
	list, err := tx.known(collection)
	if err != nil || list == 0 {
		return err
	}
	for _, item := range items {
		if _, err := tx.Exec("DELETE FROM hidden WHERE list = ? AND item = ?", list, item); err != nil {
			return err
		}
	}
	return nil
}
