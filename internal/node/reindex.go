package node

import (
	"context"

	"github.com/mithaq-hub/mithaq/internal/gate"
)

// Reindex builds everything that is derived from items anew, and counts those
// that could not be read. progress may be nil.
func (n *Node) Reindex(ctx context.Context, progress func(done, total int64)) (bad int64, err error) {
	if bad, err = n.store.Reindex(ctx, gate.Derive, progress); err != nil {
		return bad, err
	}
	if err := n.text.Reset(ctx); err != nil {
		return bad, err
	}
	return bad, n.text.Follow(ctx)
}
