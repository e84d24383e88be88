package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// topicGrown wakes the maker of checkpoints.
const topicGrown = "ledger.grown"

// Append adds a leaf with its opening to a log, in the caller's transaction:
// both are durable when that is. It gives the leaf's index, from 0, and the
// tree with it. Invalid: the opening is not that of the leaf. Conflict: the log
// is a mirror, or grew elsewhere at the same time.
func Append(tx *store.Tx, id LogID, leaf mithaq.Digest, o *Opening) (int64, mithaq.Tree, error) {
	return appendEntry(tx, id, &Entry{Leaf: leaf, Opening: *o})
}

func appendEntry(tx *store.Tx, id LogID, e *Entry) (int64, mithaq.Tree, error) {
	if !e.Opens() {
		return 0, mithaq.Tree{}, fmt.Errorf("%w: the opening is not that of the leaf", ErrMalformed)
	}
	g, err := growing(tx, id)
	if err != nil {
		return 0, mithaq.Tree{}, err
	}
	if g.kind == Mirror {
		return 0, mithaq.Tree{}, fmt.Errorf("append to mirror %d: %w", id, mithaq.Conflict)
	}
	e.Index = g.size
	if err := insertEntry(tx, id, e); err != nil {
		return 0, mithaq.Tree{}, fmt.Errorf("append to log %d: %w", id, err)
	}
	if err := g.grow(leafHash(e.Leaf)); err != nil {
		return 0, mithaq.Tree{}, fmt.Errorf("append to log %d: %w", id, err)
	}
	tree, err := g.save()
	return e.Index, tree, err
}

func insertEntry(tx *store.Tx, id LogID, e *Entry) error {
	var kind, person, at any
	if e.Kind != "" {
		kind, at = e.Kind, e.At.UnixMicro()
	}
	if e.Person != "" {
		person = string(e.Person)
	}
	root, salt, content := any(e.ContentRoot[:]), any(e.ContentSalt[:]), any(nil)
	if e.Erased() {
		root, salt, content = nil, nil, e.Content[:]
	}
	_, err := tx.Exec(`INSERT INTO entry(log, idx, leaf, account, account_salt, content_root, content_salt, content, kind, person, at)
		VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		int64(id), e.Index, e.Leaf[:], e.Account, e.AccountSalt[:], root, salt, content, kind, person, at)
	return err
}

// A growth is a log being added to.
type growth struct {
	tx       *store.Tx
	id       LogID
	kind     LogKind
	was      int64 // size in the store
	size     int64
	frontier frontier
	tiles    map[tileKey][]byte // changed, and not yet stored
}

// tileKey is the place of a tile in its log.
type tileKey struct {
	level int
	n     int64
}

func growing(tx *store.Tx, id LogID) (*growth, error) {
	g := &growth{tx: tx, id: id}
	var f []byte
	err := tx.QueryRow("SELECT kind, size, frontier FROM log WHERE id = ?", int64(id)).Scan(&g.kind, &g.size, &f)
	if err != nil {
		return nil, named(err, "log %d", id)
	}
	g.was = g.size
	g.frontier, err = parseFrontier(g.size, f)
	return g, err
}

// grow adds one leaf hash, and puts the hashes that became complete at the
// height of tiles into those tiles.
func (g *growth) grow(leaf tlog.Hash) (err error) {
	if g.kind == Mirror {
		if err := g.put(0, g.size, leaf); err != nil {
			return err
		}
	}
	g.frontier = g.frontier.add(g.size, leaf, func(level int, index int64, h tlog.Hash) {
		if err == nil && level%tileHeight == 0 {
			err = g.complete(level/tileHeight, index, h)
		}
	})
	g.size++
	return err
}

// complete notes the root h of full tile n of the level below, which is stored
// now if it is one of entries.
func (g *growth) complete(level int, n int64, h tlog.Hash) error {
	if level == 1 && g.kind != Mirror {
		hashes, err := entryHashes(g.tx, g.id, n*tileWidth, tileWidth)
		if err != nil {
			return err
		}
		if g.tiles == nil {
			g.tiles = map[tileKey][]byte{}
		}
		g.tiles[tileKey{0, n}] = hashes
	}
	return g.put(level, n, h)
}

// put adds a hash to the tile of a level where index belongs.
func (g *growth) put(level int, index int64, h tlog.Hash) error {
	key, at := tileKey{level, index / tileWidth}, int(index%tileWidth)*tlog.HashSize
	data, ok := g.tiles[key]
	if !ok && at > 0 {
		var err error
		if data, err = storedTile(g.tx, g.id, key); err != nil {
			return err
		}
	}
	if len(data) != at {
		return fmt.Errorf("%w: tile %d/%d has %d bytes, want %d", ErrMalformed, level, key.n, len(data), at)
	}
	if g.tiles == nil {
		g.tiles = map[tileKey][]byte{}
	}
	g.tiles[key] = append(data, h[:]...)
	return nil
}

// save stores the tiles and the log's new state.
func (g *growth) save() (mithaq.Tree, error) {
	for key, data := range g.tiles {
		_, err := g.tx.Exec(`INSERT INTO tile(log, level, n, hashes) VALUES(?, ?, ?, ?)
			ON CONFLICT(log, level, n) DO UPDATE SET hashes = excluded.hashes`, int64(g.id), key.level, key.n, data)
		if err != nil {
			return mithaq.Tree{}, fmt.Errorf("store tile %d/%d of log %d: %w", key.level, key.n, g.id, err)
		}
	}
	root := g.frontier.root()
	r, err := g.tx.Exec("UPDATE log SET size = ?, root = ?, frontier = ? WHERE id = ? AND size = ?",
		g.size, root[:], g.frontier.bytes(), int64(g.id), g.was)
	if err != nil {
		return mithaq.Tree{}, fmt.Errorf("grow log %d: %w", g.id, err)
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return mithaq.Tree{}, fmt.Errorf("log %d grew elsewhere: %w", g.id, mithaq.Conflict)
	}
	g.tx.Wakes(topicGrown)
	return mithaq.Tree{Size: g.size, Root: mithaq.Digest(root)}, nil
}

// EraseContent drops the root and the salt of an entry's content half and
// keeps the commitment they gave. What they opened must go with them; done
// twice it does nothing. NotFound: no such entry.
func EraseContent(tx *store.Tx, id LogID, index int64) error {
	e, err := EntryAt(tx, id, index)
	if err != nil || e.Erased() {
		return err
	}
	content := e.content()
	_, err = tx.Exec("UPDATE entry SET content = ?, content_root = NULL, content_salt = NULL WHERE log = ? AND idx = ?",
		content[:], int64(id), index)
	return named(err, "erase content of entry %d of log %d", index, id)
}
