package ledger

import (
	"fmt"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Mirrored is a stretch of a partner's log: leaf hashes alone, never
// openings, up to a checkpoint of the log.
type Mirrored struct {
	From       int64           // index of the first
	Hashes     []mithaq.Digest // of leaves, RFC 6962, 2.1
	Checkpoint []byte          // signed note whose size is From + len(Hashes)
}

// AddMirror adds a stretch to our mirror of the log that v knows, in the
// caller's transaction, and gives the tree. *Behind: our mirror ends elsewhere.
// *Caught: the checkpoint contradicts one we hold. ErrInconsistent: the hashes
// do not give the root that was signed; then the transaction must not commit.
func AddMirror(tx *store.Tx, m *Mirrored, v *Verifier) (mithaq.Tree, error) {
	cp, _, note, err := v.checkpoint(m.Checkpoint)
	if err != nil {
		return mithaq.Tree{}, err
	}
	id, err := OpenLog(tx, cp.Origin, Mirror)
	if err != nil {
		return mithaq.Tree{}, err
	}
	g, err := growing(tx, id)
	switch {
	case err != nil:
		return mithaq.Tree{}, err
	case m.From != g.size:
		return mithaq.Tree{}, &Behind{g.size}
	case m.From+int64(len(m.Hashes)) != cp.Size:
		return mithaq.Tree{}, fmt.Errorf("%w: %d hashes from %d for a checkpoint of %d", ErrMalformed, len(m.Hashes), m.From, cp.Size)
	}
	if _, err := Notice(tx, m.Checkpoint, v); err != nil {
		return mithaq.Tree{}, err
	}
	for _, h := range hashesOf(m.Hashes) {
		if err := g.grow(h); err != nil {
			return mithaq.Tree{}, fmt.Errorf("mirror %s: %w", cp.Origin, err)
		}
	}
	if got := mithaq.Digest(g.frontier.root()); got != cp.Root {
		return mithaq.Tree{}, fmt.Errorf("%w: mirror of %s at %d: root %s, signed was %s", ErrInconsistent, cp.Origin, cp.Size, got, cp.Root)
	}
	tree, err := g.save()
	if err != nil {
		return mithaq.Tree{}, err
	}
	return tree, keepCheckpoint(tx, id, cp.Size, note)
}

// MirrorOf is what a partner's mirror lacks of a log of ours: the leaf hashes
// from an index up to the checkpoint of a size, which must be stored.
func MirrorOf(tx *store.Tx, id LogID, from, size int64) (*Mirrored, error) {
	note, err := StoredCheckpoint(tx, id, size)
	if err != nil {
		return nil, err
	}
	hashes, err := SubtreeHashes(tx, id, size, 0, from, size)
	if err != nil {
		return nil, err
	}
	return &Mirrored{From: from, Hashes: hashes, Checkpoint: note}, nil
}
