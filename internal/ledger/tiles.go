package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// tileHeight is the height of a tile (C2SP tlog-tiles, Merkle Tree).
	tileHeight = 8
	// tileWidth is how many hashes a full tile holds.
	tileWidth = 1 << tileHeight
	// tileBytes is the length of a full tile.
	tileBytes = tileWidth * tlog.HashSize
)

// tileSource gives the first width hashes of a tile, 32 bytes each; fewer when
// it does not have them.
type tileSource interface {
	tile(level int, n int64, width int) ([]byte, error)
}

// hashReader reads the nodes of a tree of a given size out of tiles, each tile
// at most once. It makes no check: what is proved from it is checked against
// the root by whoever makes or reads the proof.
type hashReader struct {
	src  tileSource
	size int64
	seen map[[2]int64][]byte
}

func newHashReader(src tileSource, size int64) *hashReader {
	return &hashReader{src: src, size: size, seen: map[[2]int64][]byte{}}
}

// ReadHashes is [tlog.HashReader].
func (r *hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hs := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		t := tlog.TileForIndex(tileHeight, index)
		data, err := r.tile(t.L, t.N)
		if err != nil {
			return nil, err
		}
		if hs[i], err = tlog.HashFromTile(widest(t, data), data, index); err != nil {
			return nil, fmt.Errorf("tile %d/%d: %w", t.L, t.N, err)
		}
	}
	return hs, nil
}

func (r *hashReader) tile(level int, n int64) ([]byte, error) {
	key := [2]int64{int64(level), n}
	if data, ok := r.seen[key]; ok {
		return data, nil
	}
	data, err := r.src.tile(level, n, widthAt(r.size, level, n))
	if err == nil {
		r.seen[key] = data
	}
	return data, err
}

// widest is t with the width that data really has.
func widest(t tlog.Tile, data []byte) tlog.Tile {
	t.W = min(len(data)/tlog.HashSize, tileWidth)
	return t
}

// widthAt is how many hashes tile n of a level holds in a tree of this size
// (C2SP tlog-tiles, Partial Tiles).
func widthAt(size int64, level int, n int64) int {
	if level*tileHeight > 62 {
		return 0
	}
	atLevel := size >> (level * tileHeight)
	return int(max(0, min(atLevel-n*tileWidth, tileWidth)))
}

// tilePath is the path of a tile, or of an entry bundle when level is -1,
// relative to a log's prefix (C2SP tlog-tiles, Merkle Tree and Log entries).
func tilePath(level int, n int64, width int) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < tileWidth {
		name = fmt.Sprintf("%s.p/%d", name, width)
	}
	if level < 0 {
		return "tile/entries/" + name
	}
	return fmt.Sprintf("tile/%d/%s", level, name)
}

// subtreeRoot is the root over the hashes of a full tile.
func subtreeRoot(hs []tlog.Hash) tlog.Hash {
	var f frontier
	for i, h := range hs {
		f = f.add(int64(i), h, nil)
	}
	return f.root()
}
