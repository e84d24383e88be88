package gate

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Source is a collection that tools of ours read.
type Source struct{ store.Collection }

// Outbox is what went out under a pact, in the order in which it went.
func Outbox(pact stix.ID) store.Collection {
	return store.Collection{Name: outbox(pact), Listed: outbox(pact)}
}

// outbox names the listing of what went out under a pact.
func outbox(pact stix.ID) string { return "outbox/" + string(pact) }

// Collect reads the entries of a collection for a tool: what each of the queries
// finds, joined by place, as many as the first one's limit. What was read is an
// entry of the own log before it is given, in one transaction with spend, whose
// refusal ends the reading. Nothing found is no entry.
func (g *Gate) Collect(ctx context.Context, v mithaq.Viewer, src Source, queries []store.Query, spend func(tx *store.Tx, objects int64) error) (page []store.Listed, more bool, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		page, more, err = g.found(tx, v, src, queries)
		return err
	})
	if err != nil || len(page) == 0 {
		return nil, false, err
	}
	r := perusal{items: int64(len(page)), personal: personalIn(page), to: page[len(page)-1].At}
	return page, more, g.collected(ctx, v, src, queries[0].After, r, spend)
}

// CollectText is Collect of one query, as the bytes of the items alone.
func (g *Gate) CollectText(ctx context.Context, v mithaq.Viewer, src Source, q store.Query, spend func(tx *store.Tx, objects int64) error) (t store.Text, more bool, err error) {
	err = g.read(ctx, func(tx *store.Tx) error {
		t, more, err = g.Store.ShownText(tx, v, src.Collection, q)
		return err
	})
	if err != nil || t.Items == 0 {
		return store.Text{}, false, err
	}
	return t, more, g.collected(ctx, v, src, q.After, perusal{items: t.Items, personal: t.Personal, to: t.Last}, spend)
}

func (g *Gate) found(tx *store.Tx, v mithaq.Viewer, src Source, queries []store.Query) (page []store.Listed, more bool, err error) {
	for _, q := range queries {
		some, m, err := g.Store.Shown(tx, v, src.Collection, q)
		if err != nil {
			return nil, false, err
		}
		page, more = append(page, some...), more || m
	}
	if len(queries) > 1 {
		slices.SortFunc(page, func(a, b store.Listed) int { return cmp.Compare(a.At, b.At) })
		page = slices.CompactFunc(page, func(a, b store.Listed) bool { return a.At == b.At })
	}
	if limit := queries[0].Limit; len(page) > limit {
		return page[:limit], true, nil
	}
	return page, more, nil
}

// A perusal is what the logs say of a page that was read: how many items, the
// numbers of those that concern a person, and the place of the last.
type perusal struct {
	items    int64
	personal []int64
	to       int64
}

// collected enters a reading, and spends what it cost.
func (g *Gate) collected(ctx context.Context, v mithaq.Viewer, src Source, after int64, r perusal, spend func(tx *store.Tx, objects int64) error) error {
	notes := map[string]string{
		"read": readPage, "collection": src.Name, "after": strconv.FormatInt(after, 10), "to": strconv.FormatInt(r.to, 10),
	}
	if v.Reason != "" {
		notes["reason"] = v.Reason
	}
	a := mithaq.Account{Counts: map[string]int64{"items": r.items, "personal": int64(len(r.personal))}, Notes: notes}
	return g.write(ctx, func(tx *store.Tx) error {
		if spend != nil {
			if err := spend(tx, r.items); err != nil {
				return err
			}
		}
		return g.enterReading(tx, v, a, r.personal)
	})
}

func personalIn(page []store.Listed) (seqs []int64) {
	for i := range page {
		if page[i].Personal {
			seqs = append(seqs, page[i].Seq)
		}
	}
	return seqs
}
