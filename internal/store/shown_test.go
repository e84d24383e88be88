package store_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// reads is a client with a cursor.
type reads struct {
	t     *testing.T
	s     *store.Store
	v     mithaq.Viewer
	c     store.Collection
	which store.Which
	limit int
	after int64
}

// next goes on to the end, page by page.
func (r *reads) next() string {
	r.t.Helper()
	var items []store.Item
	for more := true; more; {
		read(r.t, r.s, func(tx *store.Tx) {
			var page []store.Listed
			var err error
			q := store.Query{After: r.after, Limit: r.limit, Which: r.which}
			page, more, err = r.s.Shown(tx, r.v, r.c, q)
			must(r.t, err)
			r.sameAsText(tx, q, page, more)
			for _, l := range page {
				if l.At <= r.after {
					r.t.Errorf("place %d after %d", l.At, r.after)
				}
				r.after = l.At
				items = append(items, l.Item)
			}
		})
	}
	return seqs(items)
}

// sameAsText holds a page to the same page as text.
func (r *reads) sameAsText(tx *store.Tx, q store.Query, page []store.Listed, more bool) {
	r.t.Helper()
	text, also, err := r.s.ShownText(tx, r.v, r.c, q)
	must(r.t, err)
	var raws [][]byte
	for i := range page {
		raws = append(raws, page[i].Raw)
	}
	want(r.t, "the text of a page", string(text.Objects), string(bytes.Join(raws, []byte{','})))
	want(r.t, "more of it", also, more)
	want(r.t, "items of it", text.Items, int64(len(page)))
	if len(page) > 0 {
		want(r.t, "its first place", text.First, page[0].At)
		want(r.t, "its last place", text.Last, page[len(page)-1].At)
	}
}

func TestAPageOfLongItemsEndsEarly(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		long := object(1, 1)
		long.Raw = append(bytes.Clone(long.Raw), bytes.Repeat([]byte{' '}, 9<<20)...)
		puts := put(t, s, long, object(2, 1))
		hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPGreen}, puts...)
		read(t, s, func(tx *store.Tx) {
			text, more, err := s.ShownText(tx, tool(), store.Collection{}, store.Query{Limit: 100})
			must(t, err)
			if text.Items != 1 || !more || !bytes.Equal(text.Objects, long.Raw) {
				t.Fatalf("%d items, %d bytes, more %v", text.Items, len(text.Objects), more)
			}
			text, more, err = s.ShownText(tx, tool(), store.Collection{}, store.Query{Limit: 100, After: text.Last})
			must(t, err)
			if text.Items != 1 || more {
				t.Fatalf("then %d items, more %v", text.Items, more)
			}
		})
	})
}

func tool(cases ...stix.ID) mithaq.Viewer {
	return mithaq.Viewer{Org: atlas, Token: "siem", Cases: cases, Reason: "r", Purpose: "p", Basis: "b"}
}

func TestWhatBecomesVisibleLaterIsListedAgainAtTheEnd(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		puts := put(t, s, object(1, 1), object(2, 1), object(3, 1))
		green, clear := mithaq.Handling{TLP: stix.TLPGreen}, mithaq.Handling{TLP: stix.TLPClear}
		hold(t, s, profile, caseA, clear, puts[0])
		hold(t, s, profile, "", green, puts[1])
		hold(t, s, profile, "", clear, puts[2])
		open := &reads{t: t, s: s, v: tool(), limit: 1}
		within := &reads{t: t, s: s, v: tool(caseA), limit: 1}
		low := &reads{t: t, s: s, v: tool(), limit: 1}
		low.v.Ceiling = stix.TLPClear
		want(t, "what belongs to no case", open.next(), "2/02 3/02")
		want(t, "and to the case", within.next(), "1/02 2/02 3/02")
		want(t, "up to the ceiling", low.next(), "3/02")
		hold(t, s, profile, "", clear, puts[0])
		want(t, "held without the case too", open.next(), "1/02")
		want(t, "for who saw it before nothing happened", within.next(), "")
		want(t, "up to the ceiling", low.next(), "1/02")
		key := store.HoldingKey{Item: puts[1].Seq, Giver: najd, Under: profile}
		relabel(t, s, key, clear)
		want(t, "with another label", open.next(), "2/02")
		want(t, "that the ceiling lets through", low.next(), "2/02")
		setState(t, s, key, mithaq.Recalled)
		low.after, open.after = 0, 0
		want(t, "recalled", low.next(), "3/02 1/02")
		setState(t, s, key, mithaq.Held)
		want(t, "and living again", low.next(), "2/02")
	})
}

func relabel(t *testing.T, s *store.Store, k store.HoldingKey, h mithaq.Handling) {
	t.Helper()
	write(t, s, func(tx *store.Tx) {
		class, err := s.Class(tx, h)
		must(t, err)
		n, err := s.SetHandling(tx, []store.HoldingKey{k}, class, tx.Now().AddDate(1, 0, 0))
		must(t, err)
		want(t, "relabelled", n, 1)
	})
}

func setState(t *testing.T, s *store.Store, k store.HoldingKey, state mithaq.HoldingState) {
	t.Helper()
	write(t, s, func(tx *store.Tx) {
		_, err := s.SetState(tx, []store.HoldingKey{k}, state)
		must(t, err)
	})
}

func TestACollectionShowsWhatItsFilterLetsThrough(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		puts := put(t, s, object(1, 1), object(1, 2), object(2, 1), object(3, 1))
		green, amber := mithaq.Handling{TLP: stix.TLPGreen}, mithaq.Handling{TLP: stix.TLPAmber}
		hold(t, s, profile, "", green, puts[0], puts[2])
		hold(t, s, pactID, "", amber, puts[1], puts[3])
		hold(t, s, profile, caseA, mithaq.Handling{}, puts[3])
		all := func(f store.Filter, which store.Which) string {
			t.Helper()
			r := &reads{t: t, s: s, v: tool(caseA), c: store.Collection{Name: "x", Filter: f}, which: which, limit: 3}
			return r.next()
		}
		want(t, "everything", all(store.Filter{}, store.AllVersions), "1/02 2/02 1/03 3/02")
		want(t, "last versions", all(store.Filter{}, store.LastVersion), "2/02 1/03 3/02")
		want(t, "the last version here", all(store.Filter{Under: profile}, store.LastVersion), "1/02 2/02 3/02")
		want(t, "under the pact", all(store.Filter{Under: pactID}, store.AllVersions), "1/03 3/02")
		want(t, "under nothing known", all(store.Filter{Under: "x--1"}, store.AllVersions), "")
		want(t, "for the case", all(store.Filter{Case: caseA}, store.AllVersions), "3/02")
		want(t, "labelled up to green", all(store.Filter{TLP: stix.TLPGreen}, store.AllVersions), "1/02 2/02")
		want(t, "of a type", all(store.Filter{Types: []stix.Type{"indicator"}}, store.FirstVersion), "1/02 2/02 3/02")
		want(t, "of no type here", all(store.Filter{Types: []stix.Type{"tool"}}, store.AllVersions), "")
		want(t, "by giver", all(store.Filter{Giver: najd}, store.FirstVersion), "1/02 2/02 3/02")
		must(t, s.Write(t.Context(), func(tx *store.Tx) error { return s.Hide(tx, "x", "siem", puts[1].Seq) }))
		want(t, "hidden from the token", all(store.Filter{}, store.LastVersion), "1/02 2/02 3/02")
		must(t, s.Write(t.Context(), func(tx *store.Tx) error { return s.Reveal(tx, "x", puts[1].Seq) }))
		must(t, s.Write(t.Context(), func(tx *store.Tx) error { return s.Hide(tx, "x", "other", puts[1].Seq) }))
		want(t, "hidden from another", all(store.Filter{}, store.LastVersion), "2/02 1/03 3/02")
	})
}

// For every viewer a collection is what Page gives, in its own order.
func TestACollectionOfEverythingIsWhatAViewerMayRead(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		var items []store.NewItem
		for n := range 12 {
			items = append(items, object(n/2+1, n%2+1))
		}
		puts := put(t, s, items...)
		for n, p := range puts {
			for _, c := range []stix.ID{"", caseA, caseB}[n%3:] {
				hold(t, s, profile, c, mithaq.Handling{TLP: stix.TLP(n % 5)}, p)
			}
		}
		for name, v := range someViewers() {
			if v.Node {
				continue
			}
			for _, which := range []store.Which{store.AllVersions, store.FirstVersion, store.LastVersion} {
				read(t, s, func(tx *store.Tx) {
					page, _, err := s.Page(tx, v, store.Query{Limit: 1000, Which: which})
					must(t, err)
					listed, _, err := s.Shown(tx, v, store.Collection{}, store.Query{Limit: 1000, Which: which})
					must(t, err)
					if a, b := numbersOf(page), numbersOf(shown(listed)); !slices.Equal(a, b) {
						t.Errorf("%s, %v: page %v, collection %v", name, which, a, b)
					}
				})
			}
		}
	})
}

// take puts and holds items in one transaction, as intake does.
func take(t *testing.T, s *store.Store, casefile stix.ID, items ...store.NewItem) {
	t.Helper()
	write(t, s, func(tx *store.Tx) {
		puts, err := s.Put(tx, items, nil)
		must(t, err)
		class, err := s.Class(tx, mithaq.Handling{TLP: stix.TLPClear})
		must(t, err)
		var all []store.NewHolding
		for _, p := range puts {
			all = append(all, store.NewHolding{HoldingKey: store.HoldingKey{Item: p.Seq, Giver: najd, Case: casefile}, Class: class, Sole: p.Sole})
		}
		must(t, errOf(s.PutHoldings(tx, all)))
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestWhatIsTheOnlyVersionStopsBeingIt(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		last := func() string {
			r := &reads{t: t, s: s, v: tool(), which: store.LastVersion, limit: 2}
			return r.next()
		}
		take(t, s, "", object(1, 1), object(2, 1), object(3, 1), object(3, 2))
		want(t, "with two versions at once", last(), "1/02 2/02 3/03")
		take(t, s, "", object(1, 2))
		want(t, "a version later", last(), "2/02 3/03 1/03")
		take(t, s, caseA, object(2, 1))
		want(t, "held for a case too", last(), "2/02 3/03 1/03")
		within := &reads{t: t, s: s, v: tool(caseA), which: store.LastVersion, limit: 1}
		want(t, "by whoever sees both", within.next(), "2/02 3/03 1/03")
		take(t, s, caseA, object(2, 2))
		want(t, "a version out of sight", last(), "2/02 3/03 1/03")
	})
}

func shown(list []store.Listed) (items []store.Item) {
	for _, l := range list {
		items = append(items, l.Item)
	}
	return items
}

func numbersOf(items []store.Item) (list []int64) {
	for _, it := range items {
		list = append(list, it.Seq)
	}
	slices.Sort(list)
	return list
}

func TestACollectionByValue(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		with := func(n int, value string) store.NewItem {
			it := object(n, 1)
			it.Values = []store.Value{{Kind: "domain", Text: value}}
			return it
		}
		puts := put(t, s, with(1, "a.example"), with(2, "b.example"), with(3, "a.example"))
		hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, puts...)
		r := &reads{t: t, s: s, v: tool(), c: store.Collection{Filter: store.Filter{Value: store.Value{Kind: "domain", Text: "a.example"}}}}
		want(t, "those with the value", r.next(), "1/02 3/02")
		more := put(t, s, with(4, "a.example"))
		want(t, "held by nobody", r.next(), "")
		hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, more...)
		want(t, "a new one", r.next(), "4/02")
		r.c.Value.Text = strings.Repeat("'", 3)
		r.after = 0
		want(t, "a quote is data", r.next(), "")
	})
}
