package store

import (
	"cmp"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

// putting is one Put under way.
type putting struct {
	tx    *Tx
	s     *Store
	items []NewItem
	names []int64 // hashes of the ids
	prior map[stix.ID][]Head
	puts  []Put
	fresh []int         // indexes of what is to be stored, in the order given
	sole  map[int64]int // indexes of those that are the only version so far, by number
	more  []int64       // kept before, and with other versions beside them now
	found []found
	vals  []valueRow
	edges []edgeRow
}

type valueRow struct {
	hash, seq, kind int64
	text            string
}

type edgeRow struct{ hash, seq, kind int64 }

// Put keeps items, in the order given; see Items.
func (s *Store) Put(tx *Tx, items []NewItem, judge Judge) ([]Put, error) {
	p := &putting{tx: tx, s: s, items: items, puts: make([]Put, len(items))}
	for _, step := range []func() error{
		tx.whole, p.look,
		func() error { return p.decide(judge) },
		p.accompany, p.derive, p.storeItems, p.storeNames, p.storeValues, p.storeEdges,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.puts, nil
}

// look finds what is kept already under the ids.
func (p *putting) look() (err error) {
	p.names = make([]int64, len(p.items))
	for i := range p.items {
		it := &p.items[i]
		p.names[i] = hashName(string(it.ID))
		if it.Digest.IsZero() {
			it.Digest = mithaq.DigestOf(it.Raw)
		}
	}
	may, err := p.s.names.sift(p.tx, p.names)
	if err != nil {
		return err
	}
	p.prior, err = p.s.heads(p.tx, slices.Clone(may))
	return err
}

// decide gives each item its number, or finds that it has one.
func (p *putting) decide(judge Judge) error {
	for i := range p.items {
		it, put := &p.items[i], &p.puts[i]
		prior := p.prior[it.ID]
		if known(it, prior, put) {
			continue
		}
		if judge != nil {
			if put.Refused = judge(i, prior); put.Refused != nil {
				put.Conflict = false
				continue
			}
		}
		seq, err := p.tx.Seq()
		if err != nil {
			return err
		}
		put.Seq, put.Fresh, put.Sole = seq, true, len(prior) == 0
		p.fresh = append(p.fresh, i)
		p.note(i, seq, prior)
		p.prior[it.ID] = append(prior, Head{seq, it.ID, it.Version, it.order(seq), it.Digest})
	}
	return nil
}

// note keeps in mind which versions are no longer the only one.
func (p *putting) note(i int, seq int64, prior []Head) {
	if p.sole == nil {
		p.sole = make(map[int64]int, len(p.items))
	}
	if len(prior) == 0 {
		p.sole[seq] = i
		return
	}
	for _, h := range prior {
		if first, here := p.sole[h.Seq]; here {
			p.puts[first].Sole = false
		} else {
			p.more = append(p.more, h.Seq)
		}
	}
}

// accompany says of the holdings of versions kept before that there are others now.
func (p *putting) accompany() error { return p.tx.accompanied(distinct(p.more)) }

// accompanied says of items that their holdings, or versions, are not the only ones.
func (tx *Tx) accompanied(items []int64) error {
	for chunk := range slices.Chunk(items, 256) {
		cond, args := among("item", chunk)
		if _, err := tx.exec("UPDATE holding SET sole = 0 WHERE sole = 1 AND "+cond, args); err != nil {
			return err
		}
	}
	return nil
}

// known looks for the same bytes among prior, and notes a conflict.
func known(it *NewItem, prior []Head, put *Put) bool {
	for _, h := range prior {
		if h.Digest == it.Digest {
			put.Seq, put.Conflict = h.Seq, false
			return true
		}
		if it.Version == h.Version && (it.Version != "" || it.order(h.Order) == h.Order) {
			put.Conflict = true
		}
	}
	return false
}

// order is what versions are ordered by; objects without times by when they came.
func (it *NewItem) order(seq int64) int64 {
	switch {
	case !it.Modified.IsZero():
		return it.Modified.UnixMicro()
	case !it.Created.IsZero():
		return it.Created.UnixMicro()
	}
	return seq
}

// derive turns what was found in the fresh items into rows, sorted by key.
func (p *putting) derive() (err error) {
	p.found = make([]found, len(p.fresh))
	for n, i := range p.fresh {
		if err := p.deriveOne(n, &p.items[i], p.puts[i].Seq); err != nil {
			return err
		}
	}
	slices.SortFunc(p.vals, func(a, b valueRow) int { return byKey(a.hash, b.hash, a.seq, b.seq) })
	slices.SortFunc(p.edges, func(a, b edgeRow) int {
		return cmp.Or(byKey(a.hash, b.hash, a.seq, b.seq), cmp.Compare(a.kind, b.kind))
	})
	p.vals = slices.CompactFunc(p.vals, func(a, b valueRow) bool { return a.hash == b.hash && a.seq == b.seq })
	p.edges = slices.Compact(p.edges)
	return nil
}

func (p *putting) deriveOne(n int, it *NewItem, seq int64) error {
	f := make(found, 0, 9*len(it.Values)+10*len(it.Refs))
	for _, v := range it.Values {
		kind, err := p.tx.word(v.Kind)
		if err != nil {
			return err
		}
		hash := hashValue(v.Kind, v.Text)
		f = f.value(hash)
		p.vals = append(p.vals, valueRow{hash, seq, kind, v.Text})
	}
	for _, r := range it.Refs {
		kind, err := p.tx.word(r.Kind)
		if err != nil {
			return err
		}
		hash := hashName(string(r.Target))
		f = f.edge(hash, kind)
		p.edges = append(p.edges, edgeRow{hash, seq, kind})
	}
	p.found[n] = f
	return nil
}

func byKey(a, b, a2, b2 int64) int { return cmp.Or(cmp.Compare(a, b), cmp.Compare(a2, b2)) }

const itemCols = "seq, name, id, type, spec, created, version, modified, tlp, personal, digest, found, raw"

func (p *putting) storeItems() error {
	types := make([]int64, len(p.fresh))
	for n, i := range p.fresh {
		var err error
		if types[n], err = p.tx.word(string(p.items[i].ID.Type())); err != nil {
			return err
		}
	}
	return p.tx.add("item", itemCols, len(p.fresh), func(args []any, n int) []any {
		i := p.fresh[n]
		it, seq := &p.items[i], p.puts[i].Seq
		spec, created := it.Spec, int64(0)
		if spec == 0 {
			spec = 21
		}
		if !it.Created.IsZero() {
			created = it.Created.UnixMicro()
		}
		return append(args, seq, p.names[i], string(it.ID), types[n], spec, created, it.order(seq), it.Version,
			int64(it.TLP), it.Personal, it.Digest[:], []byte(p.found[n]), it.Raw)
	})
}

func (p *putting) storeNames() error {
	slices.SortFunc(p.fresh, func(a, b int) int { return byKey(p.names[a], p.names[b], p.puts[a].Seq, p.puts[b].Seq) })
	for _, i := range p.fresh {
		p.s.names.add(p.names[i])
	}
	return p.s.twins.name.add(p.tx, len(p.fresh), func(args []any, n int) []any {
		i := p.fresh[n]
		return append(args, p.names[i], p.puts[i].Seq)
	})
}

func (p *putting) storeValues() error {
	return p.s.twins.value.add(p.tx, len(p.vals), func(args []any, n int) []any {
		v := &p.vals[n]
		return append(args, v.hash, v.seq, v.kind, v.text)
	})
}

func (p *putting) storeEdges() error {
	return p.s.twins.edge.add(p.tx, len(p.edges), func(args []any, n int) []any {
		e := &p.edges[n]
		return append(args, e.hash, e.seq, e.kind)
	})
}

// Heads are all versions kept under ids, whoever may read them.
func (s *Store) Heads(tx *Tx, ids []stix.ID) (map[stix.ID][]Head, error) {
	names := make([]int64, len(ids))
	for i, id := range ids {
		names[i] = hashName(string(id))
	}
	return s.heads(tx, names)
}

func (s *Store) heads(tx *Tx, names []int64) (map[stix.ID][]Head, error) {
	seqs, err := s.named(tx, names)
	if err != nil {
		return nil, err
	}
	all := map[stix.ID][]Head{}
	err = tx.each("SELECT seq, id, version, modified, digest FROM item WHERE seq IN (%s) ORDER BY seq", 1, seqs, func(r *Rows) error {
		var h Head
		var digest []byte
		var id string
		if err := r.Scan(&h.Seq, &id, &h.Order, &h.Version, &digest); err != nil {
			return err
		}
		h.ID = stix.ID(id)
		copy(h.Digest[:], digest)
		all[h.ID] = append(all[h.ID], h)
		return nil
	})
	return all, err
}

// named are the numbers of the items whose ids have one of the hashes, in order.
func (s *Store) named(tx *Tx, names []int64) (seqs []int64, err error) {
	err = tx.lookup(&s.twins.name, names, func(r *Rows) error {
		var hash, seq int64
		err := r.Scan(&hash, &seq)
		seqs = append(seqs, seq)
		return err
	})
	return distinct(seqs), err
}
