package demo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// compare reads every byte of what was shared at both nodes, and wants them the
// same; then both compare their logs.
func (f *filing) compare(ctx context.Context) error {
	ours, err := f.from.digests(ctx, f.from.org, f.source)
	if err != nil {
		return err
	}
	theirs, err := f.to.digests(ctx, f.from.org, f.pact)
	if err != nil {
		return err
	}
	same, over := common(ours, theirs)
	f.story.Same(tell.Same{From: f.from.org, To: f.to.org, Objects: same, Digest: over})
	if same != len(theirs) || same != f.crossed {
		return fmt.Errorf("%d of %d given and %d held: %w", same, f.crossed, len(theirs), ErrNotSame)
	}
	for _, pair := range [][2]*desk{{f.from, f.to}, {f.to, f.from}} {
		v, err := f.world.verifyWith(ctx, pair[0].org, pair[1].org)
		if err != nil {
			return err
		}
		f.story.Agree(v)
		if len(v.Differences) > 0 {
			return ErrDiffers
		}
	}
	return nil
}

// digests are those of the bytes that a node holds from a giver under a source
// or pact, by object and version, computed anew.
func (d *desk) digests(ctx context.Context, giver mithaq.OrgID, under stix.ID) (map[string]mithaq.Digest, error) {
	all := map[string]mithaq.Digest{}
	q := store.Query{Giver: giver, Under: under, Limit: 1000}
	for more := true; more; {
		err := d.node.Store().Read(ctx, func(tx *store.Tx) (err error) {
			var page []store.Item
			if page, more, err = d.node.Store().Page(tx, mithaq.NodeViewer(d.org), q); err != nil {
				return err
			}
			for i := range page {
				it := &page[i]
				all[string(it.Ref.ID)+" "+it.Ref.Version] = mithaq.DigestOf(it.Raw)
				q.After = it.Seq
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s reads what it holds: %w", d.org, err)
		}
	}
	return all, nil
}

// common counts what is the same in both, and gives one digest over all of it.
func common(a, b map[string]mithaq.Digest) (same int, over mithaq.Digest) {
	var names []string
	for name, digest := range a {
		if other, ok := b[name]; ok && other == digest {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	sum := sha256.New()
	for _, name := range names {
		digest := a[name]
		sum.Write(digest[:])
	}
	return len(names), mithaq.Digest(sum.Sum(nil))
}
