package demo

import (
	"bytes"
	"context"
	"database/sql"
	"path/filepath"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A flip is one bit of an object in a store that was changed by hand.
type flip struct {
	file string
	seq  int64
	id   stix.ID
	raw  []byte // as it was
}

// flipIn changes a bit in the first object that an organisation holds from another.
func (w *world) flipIn(ctx context.Context, org, giver mithaq.OrgID) (*flip, error) {
	d := w.desks[org]
	f := &flip{file: filepath.Join(d.dir, "mithaq.db")}
	err := d.node.Store().Read(ctx, func(tx *store.Tx) error {
		page, _, err := d.node.Store().Page(tx, mithaq.NodeViewer(org), store.Query{Giver: giver, Limit: 1})
		for i := range page {
			f.seq, f.id, f.raw = page[i].Seq, page[i].Ref.ID, bytes.Clone(page[i].Raw)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	other := bytes.Clone(f.raw)
	other[len(other)/2] ^= 1
	return f, f.write(ctx, other)
}

func (f *flip) write(ctx context.Context, raw []byte) error {
	return onDisk(f.file, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "UPDATE item SET raw = ? WHERE seq = ?", raw, f.seq)
		return err
	})
}

func (f *flip) undo(ctx context.Context) error { return f.write(ctx, f.raw) }

// namedBy reports whether a check named the object, and the envelope it came in,
// and nothing else.
func (f *flip) namedBy(v tell.Verified) bool {
	store, message := false, false
	for i := range v.Faults {
		one := &v.Faults[i]
		if one.Item != f.id {
			return false
		}
		store, message = store || one.Envelope == "", message || one.Envelope != ""
	}
	return store && message
}

// flip changes one bit at Atlas, has the node check itself, and changes it back.
func (p *play) flip(ctx context.Context) error {
	f, err := p.world.flipIn(ctx, scene.Atlas, scene.Anatolia)
	if err != nil {
		return err
	}
	p.story.Flipped(tell.Flipped{Org: scene.Atlas, From: scene.Anatolia, ID: f.id})
	found, err := p.world.desks[scene.Atlas].verify(ctx)
	if err != nil {
		return err
	}
	p.story.Found(found)
	if !f.namedBy(found) {
		return ErrUnnoticed
	}
	if err := f.undo(ctx); err != nil {
		return err
	}
	return p.restored(ctx)
}
