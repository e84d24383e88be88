package gate

import (
	"context"
	"io"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// rehearse reads a source as an import does and keeps nothing. What only the
// transaction of an import finds out, such as whose version an object would
// follow, it does not know.
func (in *importing) rehearse(ctx context.Context, source io.Reader) error {
	err := in.stream(ctx, source, func(b *batch) error {
		return in.g.read(ctx, func(tx *store.Tx) error { return in.foresee(tx, b.objects) })
	})
	if err != nil {
		return err
	}
	r := &in.report
	return in.g.write(ctx, func(tx *store.Tx) error {
		return in.g.enter(tx, in.v, "dry-run", mithaq.Account{
			About: in.profile.ID, Case: string(in.how.Case), Basis: in.profile.Basis.Ref,
			Counts: map[string]int64{"items": r.Read, string(Kept): r.Kept, string(Known): r.Known, string(Refused): r.Refused},
			Notes:  map[string]string{"import": in.how.Name},
		})
	})
}

// foresee says what would become of some objects.
func (in *importing) foresee(tx *store.Tx, list []incoming) error {
	ids := each(list, func(x incoming) stix.ID { return x.item.ID })
	heads, err := in.g.Store.Heads(tx, ids)
	if err != nil {
		return err
	}
	for i := range list {
		x := &list[i]
		r := Result{Index: x.index, ID: x.item.ID, Version: x.item.Version, Fate: Kept, Why: x.fault, Advice: x.advice}
		if x.fault != nil {
			r.Fate = Refused
		}
		for _, h := range heads[x.item.ID] {
			if x.fault == nil && h.Digest == x.item.Digest {
				r.Fate = Known
			}
		}
		in.tell(r, x)
	}
	return nil
}
