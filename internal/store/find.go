package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

const (
	headCols = "i.seq, i.id, i.spec, i.created, i.version, i.modified, i.tlp, i.personal, i.digest"
	fullCols = headCols + ", i.raw"
)

// scanItem reads a row of headCols or fullCols, after the columns that go to first.
func scanItem(r *Rows, bare bool, first ...any) (it Item, err error) {
	var id string
	var created, tlp, spec int64
	var digest []byte
	dest := []any{&it.Seq, &id, &spec, &created, &it.Order, &it.Ref.Version, &tlp, &it.Personal, &digest, &it.Raw}
	if bare {
		dest = dest[:len(dest)-1]
	}
	if err := r.Scan(append(first, dest...)...); err != nil {
		return it, err
	}
	it.Ref.ID, it.Spec, it.TLP = stix.ID(id), int(spec), stix.TLP(tlp)
	copy(it.Ref.Digest[:], digest)
	if created != 0 {
		it.Created = time.UnixMicro(created).UTC()
	}
	return it, nil
}

// asking builds a query on item i.
type asking struct {
	tx    *Tx
	g     sight
	conds []string
	args  []any
	bare  bool
	back  bool // the newest first
}

func (tx *Tx) asking(v mithaq.Viewer, audit bool) (*asking, error) {
	if audit {
		if !v.MayAudit() {
			return nil, fmt.Errorf("an auditor's view: %w", mithaq.Denied)
		}
		return &asking{tx: tx, g: sight{all: true, cond: "TRUE"}, bare: true}, nil
	}
	g, err := tx.sight(v)
	return &asking{tx: tx, g: g}, err
}

func (a *asking) where(cond string, args ...any) {
	a.conds = append(a.conds, cond)
	a.args = append(a.args, args...)
}

func (a *asking) among(col string, list []int64) {
	cond, args := among(col, list)
	a.where(cond, args...)
}

// run asks, in the order of numbers.
func (a *asking) run(limit int) (items []Item, err error) {
	cols := fullCols
	if a.bare {
		cols = headCols
	}
	var query strings.Builder
	query.WriteString("SELECT " + cols + " FROM item i WHERE TRUE")
	for _, c := range a.conds {
		query.WriteString(" AND " + c)
	}
	query.WriteString(" ORDER BY i.seq")
	if a.back {
		query.WriteString(" DESC")
	}
	args := a.args
	if limit > 0 {
		query.WriteString(" LIMIT ?")
		args = append(args, limit)
	}
	err = a.tx.rows(query.String(), args, func(r *Rows) error {
		it, err := scanItem(r, a.bare)
		items = append(items, it)
		return err
	})
	return items, err
}

// Page is the items after a number, in order or the newest first, at most q.Limit; more says that there are others behind.
func (s *Store) Page(tx *Tx, v mithaq.Viewer, q Query) (page []Item, more bool, err error) {
	a, err := tx.asking(v, q.Audit)
	if err != nil {
		return nil, false, err
	}
	limit := cmp.Or(q.Limit, 100)
	a.back = q.Newest
	a.where("i.seq > ?", q.After)
	if q.Until > 0 {
		a.where("i.seq <= ?", q.Until)
	}
	if q.Seqs != nil {
		a.among("i.seq", distinct(slices.Clone(q.Seqs)))
	}
	for _, narrow := range []func(Query) error{a.ofIDs(s), a.ofTypes, a.inSight, a.ofVersions} {
		if err := narrow(q); err != nil {
			return nil, false, err
		}
	}
	page, err = a.run(limit + 1)
	if len(page) > limit {
		return page[:limit], true, err
	}
	return page, false, err
}

func (a *asking) ofIDs(s *Store) func(q Query) error {
	return func(q Query) error {
		if len(q.IDs) == 0 {
			return nil
		}
		heads, err := s.Heads(a.tx, q.IDs)
		var seqs []int64
		for _, id := range q.IDs {
			for _, h := range heads[id] {
				seqs = append(seqs, h.Seq)
			}
		}
		a.among("i.seq", distinct(seqs))
		return err
	}
}

func (a *asking) ofTypes(q Query) error {
	if len(q.Specs) > 0 {
		a.among("i.spec", widen(q.Specs))
	}
	if len(q.Types) == 0 {
		return nil
	}
	var types []int64
	for _, t := range q.Types {
		id, err := a.tx.known(string(t))
		if err != nil {
			return err
		}
		if id != 0 {
			types = append(types, id)
		}
	}
	a.among("i.type", types)
	return nil
}

func (a *asking) inSight(q Query) error {
	more, args, err := a.given(q)
	if err != nil {
		return err
	}
	cond, args := a.g.items("i", more, args...)
	a.where(cond, args...)
	return nil
}

// given narrows to holdings of a giver, under a pact or profile, for a case. A word that was never interned is in no holding.
func (a *asking) given(q Query) (more string, args []any, err error) {
	for _, w := range []struct{ col, text string }{{"giver", string(q.Giver)}, {"under", string(q.Under)}, {"casefile", string(q.Case)}} {
		if w.text == "" {
			continue
		}
		id, err := a.tx.known(w.text)
		if err != nil {
			return "", nil, err
		}
		if id == 0 {
			id = -1
		}
		more, args = more+" AND h."+w.col+" = ?", append(args, id)
	}
	return more, args, nil
}

// ofVersions narrows to the first or last version in sight, or to exact times.
func (a *asking) ofVersions(q Query) error {
	exact, times := among("i.version", q.At)
	if q.Which == AllVersions {
		if len(q.At) > 0 {
			a.where(exact, times...)
		}
		return nil
	}
	later := "(j.version > i.version OR j.version = i.version AND j.seq > i.seq)"
	if q.Which == FirstVersion {
		later = "(j.version < i.version OR j.version = i.version AND j.seq < i.seq)"
	}
	more, args, err := a.given(q)
	if err != nil {
		return err
	}
	sees, args := a.g.items("j", more, args...)
	cond := "NOT EXISTS (SELECT 1 FROM item j WHERE j.seq IN (" + a.namesakes() + ") AND j.id = i.id AND " + later + " AND " + sees + ")"
	a.where("("+exact+" OR "+cond+")", append(times, args...)...)
	return nil
}

// namesakes are the numbers of the items with the id of i.
func (a *asking) namesakes() string {
	q := "SELECT n.seq FROM name n WHERE n.hash = i.name"
	if !a.tx.Postgres() {
		q += " UNION ALL SELECT n.seq FROM name_new n WHERE n.hash = i.name"
	}
	return q
}

// Fetch is those of the items numbered seqs that the viewer may read, in order of number.
func (s *Store) Fetch(tx *Tx, v mithaq.Viewer, seqs []int64) (items []Item, err error) {
	g, err := tx.sight(v)
	if err != nil {
		return nil, err
	}
	seqs = distinct(slices.Clone(seqs))
	for chunk := range slices.Chunk(seqs, 256) {
		a := &asking{tx: tx, g: g}
		a.among("i.seq", chunk)
		if err := a.inSight(Query{}); err != nil {
			return nil, err
		}
		some, err := a.run(0)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
	}
	return items, nil
}

// Latest is the last version of an object that the viewer may read; NotFound when there is none.
func (s *Store) Latest(tx *Tx, v mithaq.Viewer, id stix.ID) (Item, error) {
	versions, err := s.Versions(tx, v, id)
	if err != nil {
		return Item{}, err
	}
	if len(versions) == 0 {
		return Item{}, fmt.Errorf("item %s: %w", id, mithaq.NotFound)
	}
	return versions[len(versions)-1], nil
}

// Versions is every version of an object that the viewer may read, oldest first.
func (s *Store) Versions(tx *Tx, v mithaq.Viewer, id stix.ID) ([]Item, error) {
	seqs, err := s.named(tx, []int64{hashName(string(id))})
	if err != nil {
		return nil, err
	}
	items, err := s.Fetch(tx, v, seqs)
	items = slices.DeleteFunc(items, func(it Item) bool { return it.Ref.ID != id })
	slices.SortFunc(items, func(a, b Item) int { return byKey(a.Order, b.Order, a.Seq, b.Seq) })
	return items, err
}

// ByValue is the newest items in which a value was found, at most limit (100 when zero), in order of number.
func (s *Store) ByValue(tx *Tx, v mithaq.Viewer, kind, text string, limit int) ([]Item, error) {
	seqs, err := s.WithValue(tx, kind, text)
	if err != nil {
		return nil, err
	}
	return s.newest(tx, v, seqs, cmp.Or(limit, 100))
}

// WithValue is the numbers of all items in which a value was found, in order,
// whoever may read them.
func (s *Store) WithValue(tx *Tx, kind, text string) (seqs []int64, err error) {
	err = tx.lookup(&s.twins.value, []int64{hashValue(kind, text)}, func(r *Rows) error {
		var hash, seq, k int64
		var t string
		err := r.Scan(&hash, &seq, &k, &t)
		if t == text {
			seqs = append(seqs, seq)
		}
		return err
	})
	return distinct(seqs), err
}

// newest fetches from the end until limit are found, since some may be out of sight.
func (s *Store) newest(tx *Tx, v mithaq.Viewer, seqs []int64, limit int) (items []Item, err error) {
	for len(seqs) > 0 && len(items) < limit {
		cut := max(0, len(seqs)-max(limit, 64))
		some, err := s.Fetch(tx, v, seqs[cut:])
		if err != nil {
			return nil, err
		}
		items, seqs = append(some, items...), seqs[:cut]
	}
	return items[max(0, len(items)-limit):], nil
}

// Raw is the bytes of an item; NotFound when the viewer may not read it.
func (s *Store) Raw(tx *Tx, v mithaq.Viewer, seq int64) ([]byte, error) {
	items, err := s.Fetch(tx, v, []int64{seq})
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("item %d: %w", seq, mithaq.NotFound)
	}
	return items[0].Raw, nil
}

// Neighbours is what refers to an object, and what its latest version in sight
// refers to, at most limit of each (100 when zero).
func (s *Store) Neighbours(tx *Tx, v mithaq.Viewer, id stix.ID, limit int) ([]Neighbour, error) {
	limit = cmp.Or(limit, 100)
	in, err := s.referring(tx, v, id, limit)
	if err != nil {
		return nil, err
	}
	out, err := s.referred(tx, v, id, limit)
	return append(in, out...), err
}

// referring is what refers to id.
func (s *Store) referring(tx *Tx, v mithaq.Viewer, id stix.ID, limit int) ([]Neighbour, error) {
	var seqs []int64
	kinds := map[int64][]int64{}
	err := tx.lookup(&s.twins.edge, []int64{hashName(string(id))}, func(r *Rows) error {
		var hash, seq, kind int64
		err := r.Scan(&hash, &seq, &kind)
		seqs, kinds[seq] = append(seqs, seq), append(kinds[seq], kind)
		return err
	})
	if err != nil {
		return nil, err
	}
	items, err := s.newest(tx, v, distinct(seqs), limit)
	if err != nil {
		return nil, err
	}
	var all []Neighbour
	for _, it := range items {
		if !mentions(it.Raw, id) {
			continue
		}
		if all, err = s.neighbour(tx, all, it, kinds[it.Seq], false); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// referred is what the latest version of id in sight refers to.
func (s *Store) referred(tx *Tx, v mithaq.Viewer, id stix.ID, limit int) (all []Neighbour, err error) {
	versions, err := s.Versions(tx, v, id)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	from := versions[len(versions)-1]
	kinds, names, err := tx.references(from.Seq)
	if err != nil {
		return nil, err
	}
	seqs, err := s.named(tx, names)
	if err != nil {
		return nil, err
	}
	items, err := s.newest(tx, v, seqs, limit)
	if err != nil {
		return nil, err
	}
	for _, it := range lastOfEach(items) {
		if !mentions(from.Raw, it.Ref.ID) {
			continue
		}
		if all, err = s.neighbour(tx, all, it, kinds[hashName(string(it.Ref.ID))], true); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// references reads the forward edges of an item: hashes, and the kinds for each.
func (tx *Tx) references(seq int64) (kinds map[int64][]int64, names []int64, err error) {
	var f []byte
	if err := tx.QueryRow("SELECT found FROM item WHERE seq = ?", seq).Scan(&f); err != nil {
		return nil, nil, err
	}
	_, edges, err := found(f).entries()
	kinds = map[int64][]int64{}
	for _, e := range edges {
		names, kinds[e.hash] = append(names, e.hash), append(kinds[e.hash], e.kind)
	}
	return kinds, names, err
}

func (s *Store) neighbour(tx *Tx, all []Neighbour, it Item, kinds []int64, out bool) ([]Neighbour, error) {
	for _, k := range distinct(kinds) {
		kind, err := tx.text(k)
		if err != nil {
			return nil, err
		}
		all = append(all, Neighbour{it, kind, out})
	}
	return all, nil
}

// lastOfEach keeps the last version of each object.
func lastOfEach(items []Item) []Item {
	last := map[stix.ID]Item{}
	for _, it := range items {
		if was, ok := last[it.Ref.ID]; !ok || byKey(was.Order, it.Order, was.Seq, it.Seq) < 0 {
			last[it.Ref.ID] = it
		}
	}
	return slices.DeleteFunc(items, func(it Item) bool { return last[it.Ref.ID].Seq != it.Seq })
}

// mentions confirms a candidate found by hash: the bytes hold the id, unless they may spell it with escapes.
func mentions(raw []byte, id stix.ID) bool {
	return bytes.Contains(raw, []byte(id)) || bytes.IndexByte(raw, '\\') >= 0
}
