package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// EntryAt is one entry. NotFound: the log has none there.
func EntryAt(tx *store.Tx, id LogID, index int64) (*Entry, error) {
	var r rawEntry
	err := tx.QueryRow(entryColumns+"WHERE log = ? AND idx = ?", int64(id), index).Scan(r.fields()...)
	if err != nil {
		return nil, named(err, "entry %d of log %d", index, id)
	}
	return r.entry()
}

// A Filter chooses entries of the node's own log; zero members choose all.
type Filter struct {
	Kind        string
	Person      mithaq.PersonID
	From, Until time.Time // of the account; Until is outside
	After       int64     // index of the last entry had, plus one: 0 begins
	Limit       int       // 0 means 100, at most 1,000
}

// Find lists entries in the order of the log. To go on, put the last index
// plus one into After.
func Find(tx *store.Tx, id LogID, f Filter) ([]*Entry, error) {
	where, args := f.where(id)
	rows, err := tx.Query(entryColumns+where, args...)
	if err != nil {
		return nil, fmt.Errorf("find entries: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []*Entry
	for rows.Next() {
		var r rawEntry
		if err := rows.Scan(r.fields()...); err != nil {
			return nil, fmt.Errorf("find entries: %w", err)
		}
		e, err := r.entry()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func (f Filter) where(id LogID) (string, []any) {
	where, args := "WHERE log = ? AND idx >= ?", []any{int64(id), f.After}
	and := func(cond string, arg any) { where, args = where+" AND "+cond, append(args, arg) }
	if f.Kind != "" {
		and("kind = ?", f.Kind)
	}
	if f.Person != "" {
		and("person = ?", string(f.Person))
	}
	if !f.From.IsZero() {
		and("at >= ?", f.From.UnixMicro())
	}
	if !f.Until.IsZero() {
		and("at < ?", f.Until.UnixMicro())
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	return where + " ORDER BY idx LIMIT ?", append(args, min(limit, 1000))
}

// txTiles reads the tiles of one log.
type txTiles struct {
	tx *store.Tx
	id LogID
}

// tile is [tileSource]. The newest tile of level 0 is made from entries.
func (s txTiles) tile(level int, n int64, width int) ([]byte, error) {
	data, err := storedTile(s.tx, s.id, tileKey{level, n})
	if err != nil {
		return nil, err
	}
	if want := width * tlog.HashSize; len(data) >= want {
		return data[:want], nil
	}
	if level > 0 {
		return nil, fmt.Errorf("%w: log %d has no whole tile %d/%d", ErrMalformed, s.id, level, n)
	}
	return entryHashes(s.tx, s.id, n*tileWidth, width)
}

// storedTile is the row of a tile, or nothing.
func storedTile(tx *store.Tx, id LogID, key tileKey) (data []byte, err error) {
	err = tx.QueryRow("SELECT hashes FROM tile WHERE log = ? AND level = ? AND n = ?", int64(id), key.level, key.n).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return data, named(err, "tile %d/%d of log %d", key.level, key.n, id)
}

// entryHashes hashes the leaves of count entries.
func entryHashes(tx *store.Tx, id LogID, from int64, count int) ([]byte, error) {
	rows, err := tx.Query("SELECT leaf FROM entry WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx", int64(id), from, from+int64(count))
	if err != nil {
		return nil, fmt.Errorf("leaves of log %d: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	out := make([]byte, 0, tileBytes)
	var leaf []byte
	for rows.Next() {
		if err := rows.Scan(&leaf); err != nil {
			return nil, fmt.Errorf("leaves of log %d: %w", id, err)
		}
		h := tlog.RecordHash(leaf)
		out = append(out, h[:]...)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("leaves of log %d: %w", id, err)
	}
	if len(out) != count*tlog.HashSize {
		return nil, fmt.Errorf("%w: log %d lacks entries from %d on", ErrMalformed, id, from)
	}
	return out, nil
}

// TreeAt is the tree that the log was when it had size entries.
// NotFound: it never had so many.
func TreeAt(tx *store.Tx, id LogID, size int64) (mithaq.Tree, error) {
	r, err := readerAt(tx, id, size)
	if err != nil {
		return mithaq.Tree{}, err
	}
	root, err := tlog.TreeHash(size, r)
	return mithaq.Tree{Size: size, Root: mithaq.Digest(root)}, named(err, "tree of log %d at %d", id, size)
}

// InclusionProof is the path from the leaf at index to the root of the tree of
// the given size (RFC 6962, 2.1.1).
func InclusionProof(tx *store.Tx, id LogID, index, size int64) ([]mithaq.Digest, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("entry %d of a tree of %d: %w", index, size, mithaq.NotFound)
	}
	r, err := readerAt(tx, id, size)
	if err != nil {
		return nil, err
	}
	path, err := tlog.ProveRecord(size, index, r)
	return digestsOf(path), named(err, "prove entry %d of log %d", index, id)
}

// ConsistencyProof shows that the tree of size begins with the tree of old
// (RFC 6962, 2.1.2); from the empty tree, or to the same one, it is empty.
func ConsistencyProof(tx *store.Tx, id LogID, old, size int64) ([]mithaq.Digest, error) {
	if old < 0 || old > size {
		return nil, fmt.Errorf("tree of %d from %d: %w", size, old, mithaq.NotFound)
	}
	r, err := readerAt(tx, id, size)
	if err != nil || old == 0 || old == size {
		return nil, err
	}
	path, err := tlog.ProveTree(size, old, r)
	return digestsOf(path), named(err, "prove log %d from %d to %d", id, old, size)
}

func readerAt(tx *store.Tx, id LogID, size int64) (*hashReader, error) {
	tree, err := TreeOf(tx, id)
	if err != nil {
		return nil, err
	}
	if size < 0 || size > tree.Size {
		return nil, fmt.Errorf("log %d has %d entries, not %d: %w", id, tree.Size, size, mithaq.NotFound)
	}
	return newHashReader(txTiles{tx, id}, size), nil
}

// CheckInclusion checks an inclusion proof off line.
func CheckInclusion(tree mithaq.Tree, index int64, leaf mithaq.Digest, path []mithaq.Digest) error {
	if index < 0 || index >= tree.Size {
		return fmt.Errorf("%w: entry %d of a tree of %d", ErrInconsistent, index, tree.Size)
	}
	if err := tlog.CheckRecord(hashesOf(path), tree.Size, tlog.Hash(tree.Root), index, leafHash(leaf)); err != nil {
		return fmt.Errorf("%w: entry %d: %w", ErrInconsistent, index, err)
	}
	return nil
}

// CheckConsistency checks off line that tree begins with old.
func CheckConsistency(tree, old mithaq.Tree, path []mithaq.Digest) error {
	switch {
	case old.Size == tree.Size && len(path) == 0 && old.Root == tree.Root:
		return nil
	case old == EmptyTree() && len(path) == 0:
		return nil
	case old.Size <= 0 || old.Size >= tree.Size:
		return fmt.Errorf("%w: a tree of %d does not follow one of %d", ErrInconsistent, tree.Size, old.Size)
	}
	if err := tlog.CheckTree(hashesOf(path), tree.Size, tlog.Hash(tree.Root), old.Size, tlog.Hash(old.Root)); err != nil {
		return fmt.Errorf("%w: from %d to %d: %w", ErrInconsistent, old.Size, tree.Size, err)
	}
	return nil
}
