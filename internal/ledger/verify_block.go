package ledger

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
)

// A block is what is stored about the entries under one tile of level 0: up to
// three copies of each hash, of which two should agree.
type block struct {
	from    int64
	width   int
	rows    int
	tile    []tlog.Hash // nil when there is none
	entry   []*Entry    // nil where the row is missing or has lost its form
	leaf    []tlog.Hash // hash of the stored leaf
	opening []tlog.Hash // hash of the leaf that the opening gives
}

func (v *verification) load(from int64) (*block, error) {
	width := int(min(tileWidth, v.n-from))
	b := &block{
		from: from, width: width,
		entry: make([]*Entry, width), leaf: make([]tlog.Hash, width), opening: make([]tlog.Hash, width),
	}
	var err error
	if b.tile, err = v.storedTileOf(from, width); err != nil || v.log.Kind == Mirror {
		return b, err
	}
	rows, err := v.tx.Query(entryColumns+"WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx", int64(v.log.ID), from, from+int64(width))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r rawEntry
		if err := rows.Scan(r.fields()...); err != nil {
			return nil, err
		}
		b.rows++
		v.take(b, &r)
	}
	return b, rows.Err()
}

func (v *verification) take(b *block, r *rawEntry) {
	i := r.idx - b.from
	e, err := r.entry()
	if err != nil {
		v.fault(Fault{What: EntryAltered, Index: r.idx, Until: r.idx + 1, Where: err.Error()})
		return
	}
	b.entry[i], b.leaf[i], b.opening[i] = e, leafHash(e.Leaf), leafHash(e.Opening.Leaf())
}

// block decides which hash of each entry counts, and adds it to the tree.
func (v *verification) block(b *block) error {
	if v.log.Kind == Mirror {
		return v.mirrored(b)
	}
	fromTile, err := v.tileCounts(b)
	if err != nil {
		return err
	}
	fromLeaf := b.tile != nil || v.broken
	if !fromLeaf {
		if fromLeaf, err = v.leavesCount(b); err != nil {
			return err
		}
	}
	for i := range b.width {
		h, ok := v.decide(b, i, fromTile, fromLeaf)
		if !ok {
			v.broken = true
		}
		if err := v.believe(h); err != nil {
			return err
		}
		if err := v.visit(b.entry[i], h); err != nil {
			return err
		}
	}
	return nil
}

func (v *verification) mirrored(b *block) error {
	if b.tile == nil {
		v.broken = true
		b.tile = make([]tlog.Hash, b.width)
	}
	for _, h := range b.tile {
		if err := v.believe(h); err != nil {
			return err
		}
	}
	return nil
}

// tileCounts says whether the hashes of the tile, or else those of the entries,
// are the ones that the hash above them was made of. Without either, the tile.
func (v *verification) tileCounts(b *block) (bool, error) {
	if b.tile == nil || b.width < tileWidth {
		return true, nil
	}
	differ := false
	for i, h := range b.tile {
		differ = differ || (b.entry[i] != nil && b.leaf[i] == b.opening[i] && b.leaf[i] != h)
	}
	if !differ {
		return true, nil
	}
	parent, ok, err := v.parent(b.from)
	return !ok || parent != subtreeRoot(b.leaf) || subtreeRoot(b.tile) == parent, err
}

// leavesCount says, where there is no tile, whether the leaves, or else the
// openings, give the hash above them or the log's root.
func (v *verification) leavesCount(b *block) (bool, error) {
	if b.width == tileWidth {
		parent, ok, err := v.parent(b.from)
		return !ok || parent == subtreeRoot(b.leaf) || parent != subtreeRoot(b.opening), err
	}
	f, g := append(frontier{}, v.frontier...), append(frontier{}, v.frontier...)
	for i := range b.width {
		f = f.add(b.from+int64(i), b.leaf[i], nil)
		g = g.add(b.from+int64(i), b.opening[i], nil)
	}
	return mithaq.Digest(f.root()) == v.log.Root || mithaq.Digest(g.root()) != v.log.Root, nil
}

// decide tells the fault of entry i of a block, if any, and the hash that
// counts for it; false when none is left.
func (v *verification) decide(b *block, i int, fromTile, fromLeaf bool) (tlog.Hash, bool) {
	e, at := b.entry[i], b.from+int64(i)
	if e == nil {
		v.lost(at)
		if b.tile == nil {
			return tlog.Hash{}, false
		}
		return b.tile[i], true
	}
	agree := b.leaf[i] == b.opening[i]
	if b.tile == nil {
		switch {
		case agree || fromLeaf:
			v.differ(!agree, OpeningAltered, at, e)
			return b.leaf[i], true
		}
		v.differ(true, LeafAltered, at, e)
		return b.opening[i], true
	}
	switch h := b.tile[i]; {
	case agree && h == b.leaf[i]:
		return h, true
	case agree && !fromTile:
		v.hashFault(0, b.from/tileWidth, i, at, 1, h.String(), b.leaf[i].String())
		return b.leaf[i], true
	case h == b.opening[i]:
		v.differ(true, LeafAltered, at, e)
		return h, true
	case h == b.leaf[i]:
		v.differ(true, OpeningAltered, at, e)
		return h, true
	default:
		v.fault(Fault{What: EntryAltered, Index: at, Until: at + 1, Stored: b.leaf[i].String(), Computed: h.String(), Where: "hash of the leaf"})
		return h, true
	}
}

func (v *verification) differ(really bool, what FaultKind, at int64, e *Entry) {
	if really {
		v.fault(Fault{What: what, Index: at, Until: at + 1, Stored: e.Leaf.String(), Computed: e.Opening.Leaf().String()})
	}
}

// lost tells of a missing entry, unless its row was told of as altered, and
// joins it to the missing one before.
func (v *verification) lost(at int64) {
	if n := len(v.faults); n > 0 {
		last := &v.faults[n-1]
		if last.What == EntryMissing && last.Until == at {
			last.Until++
			return
		}
	}
	for _, f := range v.faults {
		if f.What == EntryAltered && f.Index == at {
			return
		}
	}
	v.fault(Fault{What: EntryMissing, Index: at, Until: at + 1})
}

// visit shows an entry that counts to the caller, after a look at its columns.
func (v *verification) visit(e *Entry, h tlog.Hash) error {
	if e == nil || leafHash(e.Opening.Leaf()) != h {
		return nil
	}
	v.columns(e)
	if v.checks.Visit == nil {
		return nil
	}
	return v.checks.Visit(e)
}

// columns compares what entries are found by with what they say.
func (v *verification) columns(e *Entry) {
	own := v.log.Kind == Kept && strings.HasSuffix(v.log.Origin, "/mithaq/own")
	if !own && e.Kind == "" && e.Person == "" && e.At.IsZero() {
		return
	}
	var said struct {
		Kind string
		By   mithaq.PersonID
		At   mithaq.Time
	}
	if err := json.Unmarshal(e.Account, &said); err != nil {
		v.fault(Fault{What: ColumnsAltered, Index: e.Index, Until: e.Index + 1, Where: "account"})
		return
	}
	if said.Kind != e.Kind || said.By != e.Person || !said.At.Equal(e.At) {
		v.fault(Fault{
			What: ColumnsAltered, Index: e.Index, Until: e.Index + 1,
			Stored:   fmt.Sprintf("%q %q %s", e.Kind, e.Person, e.At),
			Computed: fmt.Sprintf("%q %q %s", said.Kind, said.By, said.At.Time),
		})
	}
}
