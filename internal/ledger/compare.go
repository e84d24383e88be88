package ledger

import (
	"context"
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// SubtreeHashes are the hashes, at the height of tiles of a level, of the
// subtrees [from, to) of the tree that the log was with size entries: level 0
// are leaf hashes, each hash of level l stands for 256^l entries, and only
// subtrees that are whole have one (C2SP tlog-tiles, Merkle Tree).
func SubtreeHashes(tx *store.Tx, id LogID, size int64, level int, from, to int64) ([]mithaq.Digest, error) {
	if level < 0 || level*tileHeight > 62 || from < 0 || from > to || to > size>>(level*tileHeight) {
		return nil, fmt.Errorf("hashes %d to %d of level %d in a tree of %d: %w", from, to, level, size, mithaq.NotFound)
	}
	src, out := txTiles{tx, id}, make([]mithaq.Digest, 0, to-from)
	for from < to {
		n := from / tileWidth
		data, err := src.tile(level, n, widthAt(size, level, n))
		if err != nil {
			return nil, err
		}
		hashes := digestsOf(splitHashes(data))
		end := min(to, (n+1)*tileWidth)
		out = append(out, hashes[from-n*tileWidth:end-n*tileWidth]...)
		from = end
	}
	return out, nil
}

// A Side is one holder's copy of a log, here or at a partner's.
type Side interface {
	// Tree is the copy's size and root.
	Tree(ctx context.Context) (mithaq.Tree, error)
	// Hashes is SubtreeHashes of the copy; at most 256 are asked for at once.
	Hashes(ctx context.Context, size int64, level int, from, to int64) ([]mithaq.Digest, error)
}

// Local is the copy of a log in a store.
type Local struct {
	Store *store.Store
	Log   LogID
}

// Tree is [Side].
func (l Local) Tree(ctx context.Context) (tree mithaq.Tree, err error) {
	err = l.Store.Read(ctx, func(tx *store.Tx) error {
		tree, err = TreeOf(tx, l.Log)
		return err
	})
	return tree, err
}

// Hashes is [Side].
func (l Local) Hashes(ctx context.Context, size int64, level int, from, to int64) (hashes []mithaq.Digest, err error) {
	err = l.Store.Read(ctx, func(tx *store.Tx) error {
		hashes, err = SubtreeHashes(tx, l.Log, size, level, from, to)
		return err
	})
	return hashes, err
}

// A Difference is what Compare found between two copies of a log.
type Difference struct {
	Mine, Theirs mithaq.Tree
	Entries      []int64 // indexes where the leaves differ, in order
	More         bool    // there are more than were asked for
}

// None says whether the copies are the same.
func (d *Difference) None() bool { return d.Mine == d.Theirs && len(d.Entries) == 0 }

// Missing are the entries that one side has beyond the other's end.
func (d *Difference) Missing() (from, until int64) {
	return min(d.Mine.Size, d.Theirs.Size), max(d.Mine.Size, d.Theirs.Size)
}

// Compare finds the entries in which two copies of a log differ, at most limit
// of them. Copies with equal roots cost one question; else it descends only
// where the hashes of subtrees differ, 256 to a question. A side that answers
// with hashes that do not give its root is believed all the same: what differs
// is then to be settled by signatures. One case remains without an entry to
// name: roots that differ over the same leaves, where a hash was altered.
func Compare(ctx context.Context, mine, theirs Side, limit int) (*Difference, error) {
	d := &Difference{}
	var err error
	if d.Mine, err = mine.Tree(ctx); err != nil {
		return nil, fmt.Errorf("compare: here: %w", err)
	}
	if d.Theirs, err = theirs.Tree(ctx); err != nil {
		return nil, fmt.Errorf("compare: there: %w", err)
	}
	if d.Mine == d.Theirs {
		return d, nil
	}
	c := &comparison{ctx: ctx, mine: mine, theirs: theirs, size: min(d.Mine.Size, d.Theirs.Size), limit: limit, d: d}
	return d, c.edges()
}

type comparison struct {
	ctx          context.Context
	mine, theirs Side
	size         int64 // of the smaller copy: both have that much
	limit        int
	d            *Difference
}

// edges compares the whole subtrees of each level that no larger one covers,
// from the left, which is from the largest.
func (c *comparison) edges() error {
	level := 0
	for c.size>>(tileHeight*(level+1)) > 0 {
		level++
	}
	covered := int64(0)
	for ; level >= 0; level-- {
		end := c.size >> (tileHeight * level)
		if err := c.stretch(level, covered, end); err != nil {
			return err
		}
		covered = end << tileHeight
	}
	return nil
}

// stretch compares subtrees, 256 at a time, and descends into those that differ.
func (c *comparison) stretch(level int, from, to int64) error {
	for ; from < to && !c.d.More; from = min(from+tileWidth, to) {
		end := min(from+tileWidth, to)
		mine, err := c.hashes(c.mine, level, from, end)
		if err != nil {
			return fmt.Errorf("compare: here: %w", err)
		}
		theirs, err := c.hashes(c.theirs, level, from, end)
		if err != nil {
			return fmt.Errorf("compare: there: %w", err)
		}
		for i := range mine {
			if mine[i] == theirs[i] {
				continue
			}
			if err := c.differ(level, from+int64(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *comparison) hashes(s Side, level int, from, to int64) ([]mithaq.Digest, error) {
	hashes, err := s.Hashes(c.ctx, c.size, level, from, to)
	if err == nil && len(hashes) != int(to-from) {
		err = fmt.Errorf("%w: %d hashes for %d", ErrMalformed, len(hashes), to-from)
	}
	return hashes, err
}

func (c *comparison) differ(level int, n int64) error {
	switch {
	case c.d.More:
	case level > 0:
		return c.stretch(level-1, n<<tileHeight, (n+1)<<tileHeight)
	case len(c.d.Entries) >= c.limit:
		c.d.More = true
	default:
		c.d.Entries = append(c.d.Entries, n)
	}
	return nil
}
