package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Export writes a log into a folder as C2SP tlog-tiles has it, up to its newest
// checkpoint: tile/, tile/entries/ (leaves, not openings; none for a mirror) and, last, checkpoint.
// Full tiles that are there already stay, so that a second export adds to the
// first. NotFound: the log has no checkpoint yet.
func Export(ctx context.Context, s *store.Store, id LogID, dir string) (cp Checkpoint, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Checkpoint{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Checkpoint{}, err
	}
	defer func() { _ = root.Close() }()
	err = s.Read(ctx, func(tx *store.Tx) error {
		x := &export{tx: tx, id: id, root: root}
		cp, err = x.all()
		return err
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("export log %d: %w", id, err)
	}
	return cp, nil
}

type export struct {
	tx   *store.Tx
	id   LogID
	root *os.Root
}

func (x *export) all() (Checkpoint, error) {
	log, err := LogOf(x.tx, x.id)
	if err != nil {
		return Checkpoint{}, err
	}
	cp, err := newestCheckpoint(x.tx, x.id)
	if err != nil {
		return Checkpoint{}, err
	}
	note, err := StoredCheckpoint(x.tx, x.id, cp.Size)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := x.tiles(cp.Size, log.Kind != Mirror); err != nil {
		return Checkpoint{}, err
	}
	return cp, x.replace("checkpoint", note)
}

// tiles writes the tiles of every level, and the bundles of entries beside those of level 0.
func (x *export) tiles(size int64, entries bool) error {
	src := txTiles{x.tx, x.id}
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		for n := int64(0); widthAt(size, level, n) > 0; n++ {
			width := widthAt(size, level, n)
			err := x.once(tilePath(level, n, width), func() ([]byte, error) { return src.tile(level, n, width) })
			if err == nil && level == 0 && entries {
				err = x.once(tilePath(-1, n, width), func() ([]byte, error) { return x.bundle(n*tileWidth, width) })
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle is count leaves, each after its length (C2SP tlog-tiles, Log entries).
func (x *export) bundle(from int64, count int) ([]byte, error) {
	rows, err := x.tx.Query("SELECT leaf FROM entry WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx", int64(x.id), from, from+int64(count))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []byte
	n := 0
	for ; rows.Next(); n++ {
		var leaf []byte
		if err := rows.Scan(&leaf); err != nil {
			return nil, err
		}
		if len(leaf) != len(mithaq.Digest{}) {
			return nil, fmt.Errorf("%w: leaf %d of %d bytes", ErrMalformed, from+int64(n), len(leaf))
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(leaf))), leaf...)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if n != count {
		return nil, fmt.Errorf("%w: entries from %d: %d of %d", ErrMalformed, from, n, count)
	}
	return out, nil
}

// once writes a file that never changes, unless it is there.
func (x *export) once(name string, data func() ([]byte, error)) error {
	if _, err := x.root.Stat(name); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b, err := data()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := x.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	return x.replace(name, b)
}

// replace writes a file whole or not at all.
func (x *export) replace(name string, data []byte) error {
	if err := x.root.WriteFile(name+".new", data, 0o600); err != nil {
		return err
	}
	return x.root.Rename(name+".new", name)
}
