package node

import (
	"context"
	"strings"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/stix/value"
)

// Reindex builds everything that is derived from items anew, and counts those
// that could not be read. progress may be nil.
func (n *Node) Reindex(ctx context.Context, progress func(done, total int64)) (bad int64, err error) {
	return n.store.Reindex(ctx, derive, progress)
}

// derive finds in an object's bytes what it is found by.
func derive(raw []byte) (store.Derived, error) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return store.Derived{}, err
	}
	tlp, _ := o.TLP()
	d := store.Derived{TLP: tlp, Personal: mithaq.BearsPerson(string(o.Type()))}
	for _, v := range value.FromObject(string(o.Type()), o.Member) {
		d.Values = append(d.Values, store.Value{Kind: string(v.Kind), Text: v.Text})
		d.Personal = d.Personal || v.Person
	}
	for place, id := range o.Refs() {
		d.Refs = append(d.Refs, store.Ref{Kind: strings.TrimLeft(place, "/"), Target: id})
	}
	return d, nil
}
