package store

import (
	"context"
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Fault is one thing that Check found wrong.
type Fault struct {
	Name string // what sort: database, bytes, index, holding, sequence, reindex
	What string
	Item stix.ID // whose bytes they are; "" for other sorts
}

func (f Fault) String() string { return f.Name + ": " + f.What }

// Check looks at everything the store keeps of its own and names each fault: the
// engine's own check, each item's bytes against its digest, the indexes against
// the items in both directions, holdings without items, words or labels, and
// numbers beyond the sequence. It reads one snapshot while others write.
func (s *Store) Check(ctx context.Context) (faults []Fault, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		c := &checking{tx: tx, s: s}
		for _, step := range []func() error{c.database, c.items, c.counts, c.holdings, c.sequence, c.finished} {
			if err := step(); err != nil {
				return err
			}
		}
		faults = c.faults
		return nil
	})
	return faults, err
}

type checking struct {
	tx     *Tx
	s      *Store
	faults []Fault
	// what the items say the index tables hold
	names, values, edges int64
}

func (c *checking) fault(name, format string, args ...any) {
	c.faults = append(c.faults, Fault{Name: name, What: fmt.Sprintf(format, args...)})
}

func (c *checking) database() error {
	if c.tx.Postgres() {
		return nil // PostgreSQL checks its pages by checksums when it reads them
	}
	for _, pragma := range []string{"integrity_check", "foreign_key_check"} {
		err := c.tx.stream("PRAGMA "+pragma, func(vals []any) error {
			if text := fmt.Sprint(vals...); text != "ok" {
				c.fault("database", "%s: %s", pragma, text)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// kept is an item as Check reads it.
type kept struct {
	seq, name int64
	id        string
	found     found
}

const checkPage = 500

// items walks all items in pages, and holds each page to the index tables.
func (c *checking) items() error {
	for after := int64(-1); ; {
		page, err := c.page(after)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := c.indexed(page); err != nil {
			return err
		}
		after = page[len(page)-1].seq
	}
}

func (c *checking) page(after int64) (page []kept, err error) {
	query := "SELECT seq, name, id, digest, found, raw FROM item WHERE seq > ? ORDER BY seq LIMIT ?"
	err = c.tx.rows(query, []any{after, checkPage}, func(r *Rows) error {
		var k kept
		var digest, raw []byte
		if err := r.Scan(&k.seq, &k.name, &k.id, &digest, (*[]byte)(&k.found), &raw); err != nil {
			return err
		}
		if sum := mithaq.DigestOf(raw); string(sum[:]) != string(digest) {
			c.fault("bytes", "item %d, %s: its bytes are not those of its digest", k.seq, k.id)
			c.faults[len(c.faults)-1].Item = stix.ID(k.id)
		}
		if k.name != hashName(k.id) {
			c.fault("index", "item %d, %s: filed under another id", k.seq, k.id)
		}
		page = append(page, k)
		return nil
	})
	return page, err
}

// row is one row of an index table.
type row struct{ hash, seq, kind int64 }

// indexed looks for the rows that a page of items should have.
func (c *checking) indexed(page []kept) error {
	var names, values, edges []row
	ids := map[int64]string{}
	for _, k := range page {
		ids[k.seq] = k.id
		names = append(names, row{k.name, k.seq, 0})
		vs, es, err := k.found.entries()
		if err != nil {
			c.fault("index", "item %d, %s: %v", k.seq, k.id, err)
		}
		for _, v := range vs {
			values = append(values, row{v.hash, k.seq, 0})
		}
		for _, e := range es {
			edges = append(edges, row{e.hash, k.seq, e.kind})
		}
	}
	for _, t := range []struct {
		twin *twin
		rows []row
		n    *int64
		what string
	}{
		{&c.s.twins.name, names, &c.names, "id"},
		{&c.s.twins.value, values, &c.values, "value"},
		{&c.s.twins.edge, edges, &c.edges, "reference"},
	} {
		missing, n, err := c.missing(t.twin, t.rows)
		if err != nil {
			return err
		}
		*t.n += n
		for _, m := range missing {
			c.fault("index", "item %d, %s: not found by its %s", m.seq, ids[m.seq], t.what)
		}
	}
	return nil
}

// missing are those of rows that a table and its twin do not hold; n counts the distinct rows wanted.
func (c *checking) missing(t *twin, rows []row) (missing []row, n int64, err error) {
	there := map[row]bool{}
	keys := make([]int64, len(rows))
	for i, r := range rows {
		keys[i] = r.hash
	}
	err = c.tx.lookup(t, keys, func(r *Rows) error {
		var k row
		var text string
		dest := []any{&k.hash, &k.seq, &k.kind, &text}[:t.n]
		err := r.Scan(dest...)
		if t.table == "value" {
			k.kind = 0
		}
		there[k] = true
		return err
	})
	seen := map[row]bool{}
	for _, r := range rows {
		if seen[r] {
			continue
		}
		seen[r] = true
		n++
		if !there[r] {
			missing = append(missing, r)
		}
	}
	return missing, n, err
}

// counts finds rows in the index tables that belong to no item.
func (c *checking) counts() error {
	for _, t := range []struct {
		twin *twin
		want int64
	}{{&c.s.twins.name, c.names}, {&c.s.twins.value, c.values}, {&c.s.twins.edge, c.edges}} {
		have, err := c.count(t.twin)
		if err != nil {
			return err
		}
		if have > t.want {
			c.fault("index", "%s: %d rows belong to no item", t.twin.table, have-t.want)
		}
	}
	return nil
}

func (c *checking) count(t *twin) (n int64, err error) {
	query := "SELECT count(*) FROM " + t.table
	if !c.tx.Postgres() {
		query = "SELECT (SELECT count(*) FROM " + t.table + ") + (SELECT count(*) FROM " + t.table + "_new)"
	}
	err = c.tx.QueryRow(query).Scan(&n)
	return n, err
}

// The queries that must find nothing, with what it means when they do.
var orphans = []struct{ query, what string }{
	{"SELECT h.item FROM holding h LEFT JOIN item i ON i.seq = h.item WHERE i.seq IS NULL AND " + living, "holding of item %d: there is no such item"},
	{"SELECT h.item FROM holding h LEFT JOIN class c ON c.id = h.class WHERE c.id IS NULL", "holding of item %d: its labels are missing"},
	{"SELECT h.item FROM holding h LEFT JOIN word w ON w.id = h.giver WHERE w.id IS NULL", "holding of item %d: its giver is missing"},
	{"SELECT h.item FROM holding h LEFT JOIN word w ON w.id = h.under WHERE w.id IS NULL AND h.under <> 0", "holding of item %d: what it is held under is missing"},
	{"SELECT h.item FROM holding h LEFT JOIN word w ON w.id = h.casefile WHERE w.id IS NULL AND h.casefile <> 0", "holding of item %d: its case is missing"},
	{`SELECT r.item FROM recipient r LEFT JOIN holding h ON h.item = r.item AND h.giver = r.giver AND h.under = r.under AND h.casefile = r.casefile
		WHERE h.item IS NULL`, "recipient of item %d: there is no such holding"},
	{"SELECT l.item FROM listed l LEFT JOIN item i ON i.seq = l.item WHERE i.seq IS NULL", "listing of item %d: there is no such item"},
	{"SELECT k.item FROM item_key k LEFT JOIN item i ON i.seq = k.item WHERE i.seq IS NULL", "content key of item %d: there is no such item"},
}

func (c *checking) holdings() error {
	for _, o := range orphans {
		err := c.tx.rows(o.query, nil, func(r *Rows) error {
			var item int64
			err := r.Scan(&item)
			c.fault("holding", o.what, item)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *checking) sequence() error {
	var clock, last int64
	err := c.tx.QueryRow(`SELECT (SELECT value FROM clock WHERE id = 1), coalesce((SELECT max(seq) FROM item), 0)`).Scan(&clock, &last)
	if err == nil && last > clock {
		c.fault("sequence", "item %d is beyond the last number given out, %d", last, clock)
	}
	return err
}

func (c *checking) finished() error {
	noted, err := c.tx.Noted(noteReindex)
	if err == nil && noted != "" {
		c.fault("reindex", "not finished: %s", noted)
	}
	return err
}
