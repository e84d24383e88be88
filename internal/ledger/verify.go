package ledger

import (
	"bytes"
	"database/sql"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Checks says how far Verify goes; what is nil is left out.
type Checks struct {
	// Log checks the signatures on the log's checkpoints. Without it, a
	// checkpoint altered by hand is told as entries rewritten.
	Log *Verifier
	// Witness gives the keys of a witness, or nil for one that is not known.
	Witness func(name string) *Verifier
	// Visit is shown each entry that opens, in order. Its error ends Verify.
	Visit func(*Entry) error
}

// Verify computes a log anew from its entries and compares everything that is
// stored about it: each leaf with its opening and its hash, each hash, the
// log's state, and each checkpoint and cosignature, ours or seen. Where copies
// disagree, the one that two others confirm counts, so that a single alteration
// is one Fault, with the entry's index. No faults: nothing differs from what
// was ever signed.
func Verify(tx *store.Tx, id LogID, checks Checks) ([]Fault, error) {
	v, err := newVerification(tx, id, checks)
	if err != nil {
		return nil, fmt.Errorf("verify log %d: %w", id, err)
	}
	for _, step := range []func() error{v.loadSigned, v.entries, v.checkHead, v.checkTiles, v.checkUnreached} {
		if err := step(); err != nil {
			return v.faults, fmt.Errorf("verify %s: %w", v.log.Origin, err)
		}
	}
	return v.faults, nil
}

// verification is one run of Verify.
type verification struct {
	tx     *store.Tx
	checks Checks
	log    Log
	faults []Fault

	stored   []byte // frontier as stored
	signedTo int64  // size of the newest checkpoint of ours, as stored
	n        int64  // entries that there really are

	frontier frontier               // of the hashes believed so far
	size     int64                  // how many they are
	broken   bool                   // an entry is missing: there are no roots any more
	nodes    map[int][]tlog.Hash    // by level: computed hashes of the tile being filled
	parents  map[tileKey][]byte     // stored tiles of level 1, the last one used
	signed   map[int64][]signedTree // by size
	fitted   int64                  // size of the last signed tree that fitted
}

func newVerification(tx *store.Tx, id LogID, checks Checks) (*verification, error) {
	log, err := LogOf(tx, id)
	if err != nil {
		return nil, err
	}
	v := &verification{tx: tx, checks: checks, log: log, nodes: map[int][]tlog.Hash{}, signed: map[int64][]signedTree{}}
	if err := tx.QueryRow("SELECT frontier, signed FROM log WHERE id = ?", int64(id)).Scan(&v.stored, &v.signedTo); err != nil {
		return nil, err
	}
	return v, v.countEntries()
}

// countEntries decides how many entries the log has: the rows say, unless
// there are gaps among them.
func (v *verification) countEntries() error {
	if v.log.Kind == Mirror {
		v.n = v.log.Size
		return nil
	}
	var count, end int64
	err := v.tx.QueryRow("SELECT count(*), coalesce(max(idx) + 1, 0) FROM entry WHERE log = ?", int64(v.log.ID)).Scan(&count, &end)
	if err != nil {
		return err
	}
	v.n = end
	if count != end { // gaps, or a row moved far out
		v.n = min(end, v.log.Size)
	}
	if v.n < v.log.Size {
		v.fault(Fault{What: Truncated, Index: v.n, Until: v.log.Size, Where: "size of the log"})
	}
	if v.n < end {
		v.fault(Fault{What: EntryBeyond, Index: v.n, Until: end})
	}
	if v.n == end && end > v.log.Size {
		v.fault(Fault{What: HeadAltered, Index: v.log.Size, Until: end, Stored: fmt.Sprint(v.log.Size), Computed: fmt.Sprint(end), Where: "size"})
	}
	return nil
}

func (v *verification) fault(f Fault) {
	f.Log = v.log.Origin
	v.faults = append(v.faults, f)
}

// entries goes through the log a tile of level 0 at a time.
func (v *verification) entries() error {
	if err := v.reached(); err != nil {
		return err
	}
	for from := int64(0); from < v.n; {
		b, err := v.load(from)
		if err != nil {
			return err
		}
		if b.rows == 0 && b.tile == nil && v.log.Kind != Mirror {
			if from, err = v.skip(from); err != nil {
				return err
			}
			continue
		}
		if err := v.block(b); err != nil {
			return err
		}
		from += int64(b.width)
	}
	return nil
}

// skip passes over a stretch without entries.
func (v *verification) skip(from int64) (int64, error) {
	var next sql.NullInt64
	err := v.tx.QueryRow("SELECT min(idx) FROM entry WHERE log = ? AND idx >= ?", int64(v.log.ID), from).Scan(&next)
	if err != nil {
		return 0, err
	}
	until := v.n
	if next.Valid {
		until = min(next.Int64/tileWidth*tileWidth, v.n)
	}
	v.fault(Fault{What: EntryMissing, Index: from, Until: until})
	v.broken, v.size = true, until
	return until, nil
}

// believe adds a hash that counts as right to the tree.
func (v *verification) believe(h tlog.Hash) error {
	if v.broken {
		v.size++
		return nil
	}
	var failed error
	v.frontier = v.frontier.add(v.size, h, func(level int, index int64, h tlog.Hash) {
		if failed == nil && level%tileHeight == 0 {
			failed = v.node(level/tileHeight, index, h)
		}
	})
	v.size++
	if failed != nil {
		return failed
	}
	return v.reached()
}

// node notes a computed hash of the level of a tile, and compares full tiles.
func (v *verification) node(level int, index int64, h tlog.Hash) error {
	v.nodes[level] = append(v.nodes[level], h)
	if len(v.nodes[level]) < tileWidth {
		return nil
	}
	return v.compareTile(level, index/tileWidth)
}

func (v *verification) compareTile(level int, n int64) error {
	want := v.nodes[level]
	v.nodes[level] = nil
	data, err := storedTile(v.tx, v.log.ID, tileKey{level, n})
	if err != nil {
		return err
	}
	if bytes.Equal(data, joinHashes(want)) {
		return nil
	}
	have, span := splitHashes(data), int64(1)<<(tileHeight*level)
	for i, h := range want {
		at := (n*tileWidth + int64(i)) * span
		switch {
		case i >= len(have):
			v.hashFault(level, n, i, at, span, "nothing", h.String())
		case have[i] != h:
			v.hashFault(level, n, i, at, span, have[i].String(), h.String())
		}
	}
	if len(data) > len(want)*tlog.HashSize {
		v.hashFault(level, n, len(want), v.size, 1, fmt.Sprintf("%d bytes", len(data)), fmt.Sprintf("%d bytes", len(want)*tlog.HashSize))
	}
	return nil
}

func (v *verification) hashFault(level int, n int64, i int, at, span int64, stored, computed string) {
	v.fault(Fault{
		What: HashAltered, Index: at, Until: at + span, Stored: stored, Computed: computed,
		Where: fmt.Sprintf("tile %d/%d, hash %d", level, n, i),
	})
}

// checkHead compares the log's state with what the entries gave.
func (v *verification) checkHead() error {
	if v.broken {
		return nil
	}
	root := mithaq.Digest(v.frontier.root())
	if root != v.log.Root {
		v.fault(Fault{What: HeadAltered, Index: 0, Until: v.n, Stored: v.log.Root.String(), Computed: root.String(), Where: "root"})
	}
	if !bytes.Equal(v.stored, v.frontier.bytes()) {
		v.fault(Fault{What: HeadAltered, Index: 0, Until: v.n, Where: "frontier"})
	}
	return nil
}

// checkTiles compares the tiles that are not full, and looks for tiles that
// should not be there.
func (v *verification) checkTiles() error {
	if v.broken {
		return nil
	}
	for level, want := range v.nodes {
		if len(want) == 0 {
			continue
		}
		if err := v.compareTile(level, v.n>>(tileHeight*level)/tileWidth); err != nil {
			return err
		}
	}
	rows, err := v.tx.Query("SELECT level, n FROM tile WHERE log = ? ORDER BY level, n", int64(v.log.ID))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var level int
		var n int64
		if err := rows.Scan(&level, &n); err != nil {
			return err
		}
		if w := widthAt(v.n, level, n); level < 0 || n < 0 || w == 0 || (level == 0 && w < tileWidth && v.log.Kind != Mirror) {
			v.fault(Fault{What: HashAltered, Index: v.n, Until: v.n + 1, Where: fmt.Sprintf("tile %d/%d should not be there", level, n)})
		}
	}
	return rows.Err()
}

// storedTileOf is the tile of level 0 that covers a block. It is nil when it
// is not there or too short, which is a fault where one should be.
func (v *verification) storedTileOf(from int64, width int) ([]tlog.Hash, error) {
	n, want := from/tileWidth, width*tlog.HashSize
	data, err := storedTile(v.tx, v.log.ID, tileKey{0, n})
	if err != nil {
		return nil, err
	}
	if len(data) != want && (width == tileWidth || v.log.Kind == Mirror) {
		v.fault(Fault{
			What: HashAltered, Index: from, Until: from + int64(width), Where: fmt.Sprintf("tile 0/%d", n),
			Stored: fmt.Sprintf("%d bytes", len(data)), Computed: fmt.Sprintf("%d bytes", want),
		})
	}
	if len(data) < want {
		return nil, nil
	}
	return splitHashes(data)[:width], nil
}

// parent is the stored hash over the full tile of level 0 that begins at from.
func (v *verification) parent(from int64) (h tlog.Hash, ok bool, err error) {
	n := from / tileWidth
	key := tileKey{1, n / tileWidth}
	data, had := v.parents[key]
	if !had {
		if data, err = storedTile(v.tx, v.log.ID, key); err != nil {
			return h, false, err
		}
		v.parents = map[tileKey][]byte{key: data}
	}
	at := int(n%tileWidth) * tlog.HashSize
	if at+tlog.HashSize > len(data) {
		return h, false, nil
	}
	return tlog.Hash(data[at:]), true, nil
}
