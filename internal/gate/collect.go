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

// A Source is a collection that tools of ours read: what its filter lets through,
// or, with Sent, what went out under a pact, in the order in which it went.
type Source struct {
	store.Collection
	Sent stix.ID // the pact; "" for a filter
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
	err = g.write(ctx, func(tx *store.Tx) error {
		if spend != nil {
			if err := spend(tx, int64(len(page))); err != nil {
				return err
			}
		}
		return g.enterReading(tx, v, collected(v, src, queries[0].After, page), personalIn(page))
	})
	return page, more, err
}

func (g *Gate) found(tx *store.Tx, v mithaq.Viewer, src Source, queries []store.Query) (page []store.Listed, more bool, err error) {
	for _, q := range queries {
		some, m, err := g.entries(tx, v, src, q)
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

func (g *Gate) entries(tx *store.Tx, v mithaq.Viewer, src Source, q store.Query) ([]store.Listed, bool, error) {
	if src.Sent != "" {
		return g.Store.Listing(tx, v, outbox(src.Sent), q)
	}
	return g.Store.Shown(tx, v, src.Collection, q)
}

// collected is what the own log says of a reading.
func collected(v mithaq.Viewer, src Source, after int64, page []store.Listed) mithaq.Account {
	personal := int64(len(personalIn(page)))
	notes := map[string]string{
		"read": readPage, "collection": src.Name,
		"after": strconv.FormatInt(after, 10), "to": strconv.FormatInt(page[len(page)-1].At, 10),
	}
	if v.Reason != "" {
		notes["reason"] = v.Reason
	}
	return mithaq.Account{Counts: map[string]int64{"items": int64(len(page)), "personal": personal}, Notes: notes}
}

func personalIn(page []store.Listed) (seqs []int64) {
	for i := range page {
		if page[i].Personal {
			seqs = append(seqs, page[i].Seq)
		}
	}
	return seqs
}
