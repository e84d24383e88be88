package store_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// The conformance suite of Items and holdings: whatever engine keeps them passes it.

const (
	atlas   = mithaq.OrgID("atlas.example")
	najd    = mithaq.OrgID("najd.example")
	pactID  = stix.ID("x-mithaq-pact--11111111-1111-4111-8111-111111111111")
	profile = stix.ID("x-mithaq-source-profile--22222222-2222-4222-8222-222222222222")
	caseA   = stix.ID("x-mithaq-case--aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
	caseB   = stix.ID("x-mithaq-case--bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")
)

var node = mithaq.NodeViewer(atlas)

func analyst(cases ...stix.ID) mithaq.Viewer {
	return mithaq.Viewer{
		Org: atlas, Person: "person-0123456789abcdef", Roles: []mithaq.Role{mithaq.Analyst}, Cases: cases,
		Reason: "the final", Purpose: "event-security", Basis: "art. 4",
	}
}

func auditor() mithaq.Viewer {
	return mithaq.Viewer{Org: atlas, Person: "person-aaaaaaaaaaaaaaaa", Roles: []mithaq.Role{mithaq.Auditor}}
}

// object makes the n-th object, in a version of day v.
func object(n, v int, refs ...store.Ref) store.NewItem {
	id := stix.ID(fmt.Sprintf("indicator--%08d-0000-4000-8000-000000000000", n))
	modified := time.Date(2026, 1, 1+v, 0, 0, 0, 0, time.UTC)
	var raw strings.Builder
	raw.WriteString(fmt.Sprintf(`{"type":"indicator","id":"%s","modified":"%s"`, id, modified.Format(time.RFC3339)))
	for _, r := range refs {
		raw.WriteString(fmt.Sprintf(`,"%s":"%s"`, r.Kind, r.Target))
	}
	return store.NewItem{
		Raw: []byte(raw.String() + "}"), ID: id, Version: modified.Format(time.RFC3339), Modified: modified, Created: modified,
		TLP: stix.TLPGreen, Values: []store.Value{{Kind: "ipv4-addr", Text: fmt.Sprintf("10.0.0.%d", n%10)}}, Refs: refs,
	}
}

func put(t testing.TB, s *store.Store, items ...store.NewItem) (puts []store.Put) {
	t.Helper()
	write(t, s, func(tx *store.Tx) {
		var err error
		puts, err = s.Put(tx, items, nil)
		must(t, err)
	})
	return puts
}

// hold gives items to the node as their giver's under something.
func hold(t testing.TB, s *store.Store, under stix.ID, casefile stix.ID, handling mithaq.Handling, puts ...store.Put) {
	t.Helper()
	write(t, s, func(tx *store.Tx) {
		class, err := s.Class(tx, handling)
		must(t, err)
		var all []store.NewHolding
		for _, p := range puts {
			all = append(all, store.NewHolding{
				HoldingKey: store.HoldingKey{Item: p.Seq, Giver: najd, Under: under, Case: casefile}, Class: class,
			})
		}
		_, err = s.PutHoldings(tx, all)
		must(t, err)
	})
}

func seqs(items []store.Item) string {
	var b strings.Builder
	for _, it := range items {
		fmt.Fprintf(&b, "%s/%s ", strings.TrimLeft(string(it.Ref.ID)[11:19], "0"), it.Ref.Version[8:10])
	}
	return strings.TrimSpace(b.String())
}

func TestPutKeepsEachVersionOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		first := put(t, s, object(1, 1), object(2, 1), object(1, 1), object(1, 2))
		want(t, "fresh", first[0].Fresh && first[1].Fresh && first[3].Fresh, true)
		want(t, "again within", first[2] == store.Put{Seq: first[0].Seq}, true)
		want(t, "in order", first[0].Seq < first[1].Seq && first[1].Seq < first[3].Seq, true)
		again := put(t, s, object(2, 1), object(3, 1))
		want(t, "again", again[0] == store.Put{Seq: first[1].Seq}, true)
		other := object(1, 1)
		other.Raw = append(bytes.Clone(other.Raw), ' ')
		differs := put(t, s, other)
		want(t, "other bytes", differs[0].Fresh && differs[0].Conflict, true)
		read(t, s, func(tx *store.Tx) {
			raw, err := s.Raw(tx, node, differs[0].Seq)
			must(t, err)
			want(t, "byte for byte", string(raw), string(other.Raw))
			versions, err := s.Versions(tx, node, object(1, 1).ID)
			must(t, err)
			want(t, "versions", seqs(versions), "1/02 1/02 1/03")
			latest, err := s.Latest(tx, node, object(1, 1).ID)
			must(t, err)
			want(t, "latest", latest.Seq, first[3].Seq)
			want(t, "reference", latest.Ref, mithaq.ItemRef{ID: object(1, 2).ID, Version: object(1, 2).Version, Digest: mithaq.DigestOf(object(1, 2).Raw)})
			_, err = s.Latest(tx, node, object(9, 1).ID)
			want(t, "not found", errors.Is(err, mithaq.NotFound), true)
		})
	})
}

func TestJudgeRefusesOneAndKeepsTheRest(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		put(t, s, object(1, 1))
		write(t, s, func(tx *store.Tx) {
			puts, err := s.Put(tx, []store.NewItem{object(1, 2), object(2, 1), object(1, 1)}, func(i int, prior []store.Head) error {
				if len(prior) > 0 {
					return fmt.Errorf("%d versions another's: %w", i, mithaq.Denied)
				}
				return nil
			})
			must(t, err)
			want(t, "refused", errors.Is(puts[0].Refused, mithaq.Denied) && puts[0].Seq == 0, true)
			want(t, "kept", puts[1].Fresh, true)
			want(t, "known ones are not judged", puts[2].Refused, nil)
		})
	})
}

func TestPagesNeitherLoseNorRepeat(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		for n := range 3 {
			var batch []store.NewItem
			for i := range 50 {
				batch = append(batch, object(1+n*50+i, 1))
			}
			hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, put(t, s, batch...)...)
		}
		var all []store.Item
		after := int64(0)
		for more := true; more; {
			read(t, s, func(tx *store.Tx) {
				page, m, err := s.Page(tx, analyst(), store.Query{After: after, Limit: 40})
				must(t, err)
				want(t, "more", m, len(all)+len(page) < 150)
				all, more = append(all, page...), m
				after = page[len(page)-1].Seq
			})
		}
		want(t, "all", len(all), 150)
		for i, it := range all {
			want(t, "in order", it.Ref.ID, object(1+i, 1).ID)
			want(t, "bytes", string(it.Raw), string(object(1+i, 1).Raw))
		}
	})
}

func TestTheNewestComeFirstWhereThatIsAsked(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		for n := range 7 {
			hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, put(t, s, object(1+n, 1))...)
		}
		var got []int64
		until := int64(0)
		for more := true; more; {
			read(t, s, func(tx *store.Tx) {
				page, m, err := s.Page(tx, analyst(), store.Query{Limit: 3, Newest: true, Until: until})
				must(t, err)
				for _, it := range page {
					got = append(got, it.Seq)
				}
				more, until = m, got[len(got)-1]-1
			})
		}
		want(t, "all", len(got), 7)
		want(t, "the newest first", slices.IsSortedFunc(got, func(a, b int64) int { return cmp.Compare(b, a) }), true)
	})
}

func TestPageNarrows(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		malware := object(5, 1)
		malware.ID, malware.Spec = "malware--00000005-0000-4000-8000-000000000000", 20
		malware.Raw = []byte(`{}`)
		puts := put(t, s, object(1, 1), object(1, 2), object(2, 1), object(1, 3), malware)
		clear := mithaq.Handling{TLP: stix.TLPClear}
		hold(t, s, profile, "", clear, puts[0], puts[1], puts[2], puts[4])
		hold(t, s, pactID, caseA, clear, puts[3])
		check := func(what string, v mithaq.Viewer, q store.Query, expect string) {
			t.Helper()
			read(t, s, func(tx *store.Tx) {
				page, _, err := s.Page(tx, v, q)
				must(t, err)
				page = slices.DeleteFunc(page, func(it store.Item) bool { return it.Ref.ID == malware.ID && expect != "malware" })
				if expect == "malware" {
					want(t, what, len(page) == 1 && page[0].Ref.ID == malware.ID && page[0].Spec == 20, true)
					return
				}
				want(t, what, seqs(page), expect)
			})
		}
		check("everything", node, store.Query{}, "1/02 1/03 2/02 1/04")
		check("not the case", analyst(), store.Query{}, "1/02 1/03 2/02")
		check("the case too", analyst(caseA), store.Query{}, "1/02 1/03 2/02 1/04")
		check("last in sight", analyst(), store.Query{Which: store.LastVersion}, "1/03 2/02")
		check("last for the node", node, store.Query{Which: store.LastVersion}, "2/02 1/04")
		check("first", node, store.Query{Which: store.FirstVersion}, "1/02 2/02")
		at := []int64{object(1, 2).Modified.UnixMicro()}
		check("exactly", node, store.Query{At: at}, "1/03")
		check("first or exactly", node, store.Query{Which: store.FirstVersion, At: at}, "1/02 1/03 2/02")
		check("by id", analyst(caseA), store.Query{IDs: []stix.ID{object(1, 1).ID}, Which: store.LastVersion}, "1/04")
		check("by unknown id", node, store.Query{IDs: []stix.ID{object(8, 1).ID}}, "")
		check("by type", node, store.Query{Types: []stix.Type{"malware"}}, "malware")
		check("by unknown type", node, store.Query{Types: []stix.Type{"tool"}}, "")
		check("by spec", node, store.Query{Specs: []int{20}}, "malware")
		check("under a pact", node, store.Query{Under: pactID}, "1/04")
		check("last under a profile", node, store.Query{Under: profile, Giver: najd, Which: store.LastVersion}, "1/03 2/02")
		check("from nobody known", node, store.Query{Giver: "nobody.example"}, "")
		check("until", node, store.Query{Until: puts[1].Seq}, "1/02 1/03")
	})
}

func TestFindingByValueAndReference(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		one, two := object(1, 1), object(11, 1)
		about := object(3, 1, store.Ref{Kind: "x_about_ref", Target: one.ID}, store.Ref{Kind: "x_see_ref", Target: one.ID}, store.Ref{Kind: "x_about_ref", Target: "malware--00000009-0000-4000-8000-000000000000"})
		puts := put(t, s, one, two, about, object(1, 2))
		hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, puts[0], puts[2], puts[3])
		read(t, s, func(tx *store.Tx) {
			found, err := s.ByValue(tx, node, "ipv4-addr", "10.0.0.1", 0)
			must(t, err)
			want(t, "by value", seqs(found), "1/02 11/02 1/03")
			found, err = s.ByValue(tx, analyst(), "ipv4-addr", "10.0.0.1", 1)
			must(t, err)
			want(t, "the newest in sight", seqs(found), "1/03")
			found, err = s.ByValue(tx, node, "domain-name", "10.0.0.1", 0)
			must(t, err)
			want(t, "of another kind", len(found), 0)
			words := func(ns []store.Neighbour, err error) string {
				must(t, err)
				var all []string
				for _, n := range ns {
					all = append(all, fmt.Sprintf("%s %s %v", seqs([]store.Item{n.Item}), n.Kind, n.Out))
				}
				slices.Sort(all)
				return strings.Join(all, ", ")
			}
			want(t, "in", words(s.Neighbours(tx, analyst(), one.ID, 0)), "3/02 x_about_ref false, 3/02 x_see_ref false")
			want(t, "out, the last version", words(s.Neighbours(tx, analyst(), about.ID, 0)), "1/03 x_about_ref true, 1/03 x_see_ref true")
		})
	})
}

func TestErasedIsGoneEverywhere(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		about := object(3, 1, store.Ref{Kind: "x_about_ref", Target: object(1, 1).ID})
		puts := put(t, s, object(1, 1), about)
		hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, puts...)
		key := store.HoldingKey{Item: puts[1].Seq, Giver: najd, Under: profile}
		err := s.Write(t.Context(), func(tx *store.Tx) error { return s.Erase(tx, puts[1].Seq) })
		want(t, "while held", errors.Is(err, mithaq.Conflict), true)
		write(t, s, func(tx *store.Tx) {
			n, err := s.SetState(tx, []store.HoldingKey{key}, mithaq.Recalled)
			must(t, err)
			want(t, "recalled", n, 1)
			_, err = s.Fetch(tx, analyst(), []int64{puts[1].Seq})
			must(t, err)
			must(t, s.Erase(tx, puts[1].Seq))
			err = s.Erase(tx, 12345)
			want(t, "unknown", errors.Is(err, mithaq.NotFound), true)
		})
		read(t, s, func(tx *store.Tx) {
			found, err := s.ByValue(tx, node, "ipv4-addr", "10.0.0.3", 0)
			must(t, err)
			want(t, "by value", len(found), 0)
			ns, err := s.Neighbours(tx, node, object(1, 1).ID, 0)
			must(t, err)
			want(t, "by reference", len(ns), 0)
			_, err = s.Raw(tx, node, puts[1].Seq)
			want(t, "bytes", errors.Is(err, mithaq.NotFound), true)
			held, err := s.Holdings(tx, auditor(), store.HoldingQuery{Audit: true, Items: []int64{puts[1].Seq}})
			must(t, err)
			want(t, "that it was held is known", len(held) == 1 && held[0].State == mithaq.Erased, true)
			held, err = s.HoldingsOf(tx, node, puts[1].Seq)
			must(t, err)
			want(t, "and in nobody's way", len(held), 0)
		})
		faults, err := s.Check(t.Context())
		must(t, err)
		want(t, "faults", fmt.Sprint(faults), "[]")
	})
}

func TestHoldings(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		puts := put(t, s, object(1, 1), object(2, 1), object(3, 1))
		handling := mithaq.Handling{TLP: stix.TLPAmber, Codes: mithaq.H1, Purposes: []mithaq.Purpose{"event-security"}, RetainDays: 30}
		until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		terms := mithaq.DigestOf([]byte("terms"))
		envelope := stix.ID("x-mithaq-envelope--33333333-3333-4333-8333-333333333333")
		var keys []store.HoldingKey
		give := func() (added int64) {
			write(t, s, func(tx *store.Tx) {
				class, err := s.Class(tx, handling)
				must(t, err)
				keys = nil
				var all []store.NewHolding
				for i, p := range puts {
					k := store.HoldingKey{Item: p.Seq, Giver: najd, Under: pactID}
					keys = append(keys, k)
					all = append(all, store.NewHolding{HoldingKey: k, Class: class, Terms: terms, Envelope: envelope, Until: until.AddDate(0, 0, i)})
				}
				added, err = s.PutHoldings(tx, all)
				must(t, err)
			})
			return added
		}
		want(t, "added", give(), 3)
		want(t, "added again", give(), 0)
		hold(t, s, profile, caseB, mithaq.Handling{TLP: stix.TLPClear}, puts[0])
		read(t, s, func(tx *store.Tx) {
			held, err := s.HoldingsOf(tx, analyst(), puts[0].Seq)
			must(t, err)
			want(t, "holdings in sight", len(held), 1)
			h := held[0].Holding(mithaq.ItemRef{})
			want(t, "labels", h.Handling.Key(), handling.Key())
			want(t, "where from", h.Giver == najd && h.Under == pactID && h.Terms == terms && h.Envelope == envelope, true)
			want(t, "until", held[0].Until, until)
			held, err = s.HoldingsOf(tx, node, puts[0].Seq)
			must(t, err)
			want(t, "holdings for the node", len(held), 2)
			held, err = s.Lapsing(tx, node, until.AddDate(0, 0, 1), 10)
			must(t, err)
			want(t, "lapsing", len(held), 2)
			held, err = s.Holdings(tx, node, store.HoldingQuery{Giver: najd, Under: pactID, After: puts[0].Seq, Limit: 1})
			must(t, err)
			want(t, "by giver", len(held) == 1 && held[0].HoldingKey == keys[1], true)
		})
		write(t, s, func(tx *store.Tx) {
			n, err := s.SetState(tx, keys[:2], mithaq.Recalled)
			must(t, err)
			want(t, "recalled", n, 2)
			n, err = s.SetState(tx, append(keys[:1:1], store.HoldingKey{Item: 5, Giver: "nobody.example"}), mithaq.Recalled)
			must(t, err)
			want(t, "recalled again, and nobody's", n, 0)
			narrow, err := s.Class(tx, mithaq.Handling{TLP: stix.TLPAmberStrict})
			must(t, err)
			n, err = s.SetHandling(tx, keys[2:], narrow, time.Time{})
			must(t, err)
			want(t, "narrowed", n, 1)
		})
		read(t, s, func(tx *store.Tx) {
			_, err := s.Raw(tx, analyst(), puts[1].Seq)
			want(t, "recalled is out of sight", errors.Is(err, mithaq.NotFound), true)
			held, err := s.Lapsing(tx, node, until.AddDate(1, 0, 0), 10)
			must(t, err)
			want(t, "nothing lapses", len(held), 0)
			held, err = s.HoldingsOf(tx, node, puts[2].Seq)
			must(t, err)
			want(t, "narrower", held[0].Handling.TLP, stix.TLPAmberStrict)
		})
		want(t, "given again after the recall", give(), 2)
	})
}

func TestTombstones(t *testing.T) {
	const envelope, other = stix.ID("x-mithaq-envelope--33333333-3333-4333-8333-333333333333"), stix.ID("x-mithaq-envelope--44444444-4444-4444-8444-444444444444")
	object := mithaq.DigestOf([]byte("salted"))
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		write(t, s, func(tx *store.Tx) {
			for range 2 {
				must(t, s.Bury(tx, store.Tombstone{Giver: najd, Under: pactID, Envelope: envelope, Object: object}))
			}
			found, err := s.Buried(tx, najd, pactID, envelope)
			must(t, err)
			want(t, "buried", len(found) == 1 && found[object], true)
			for _, x := range []struct {
				giver           mithaq.OrgID
				under, envelope stix.ID
			}{{atlas, pactID, envelope}, {najd, profile, envelope}, {najd, pactID, other}} {
				found, err = s.Buried(tx, x.giver, x.under, x.envelope)
				must(t, err)
				want(t, "elsewhere", len(found), 0)
			}
		})
	})
}

// What the store shows is what Viewer.MayRead allows: each
// viewer is tried on each kind of holding, by page, by holding and by bytes.
func TestSightIsMayRead(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		r := rand.New(rand.NewPCG(7, 7))
		viewers := someViewers()
		states := []mithaq.HoldingState{mithaq.Held, mithaq.Restricted, mithaq.Disputed, mithaq.Recalled, mithaq.Lapsed, mithaq.Erased}
		personal := map[int64]bool{}
		holdings := map[int64]mithaq.Holding{}
		for n := range 150 {
			it := object(n+1, 1)
			it.Personal = r.IntN(3) == 0
			p := put(t, s, it)[0]
			personal[p.Seq] = it.Personal
			k := store.HoldingKey{Item: p.Seq, Giver: najd, Under: pactID, Case: []stix.ID{"", caseA, caseB}[r.IntN(3)]}
			h := mithaq.Handling{TLP: stix.TLP(r.IntN(6))}
			var named []mithaq.PersonID
			if h.TLP == stix.TLPRed && r.IntN(2) == 0 {
				named = []mithaq.PersonID{"person-0123456789abcdef"}
			}
			state := states[r.IntN(len(states))]
			write(t, s, func(tx *store.Tx) {
				class, err := s.Class(tx, h)
				must(t, err)
				_, err = s.PutHoldings(tx, []store.NewHolding{{HoldingKey: k, Class: class, Recipients: named}})
				must(t, err)
				_, err = s.SetState(tx, []store.HoldingKey{k}, state)
				must(t, err)
			})
			holdings[p.Seq] = mithaq.Holding{Giver: najd, Under: pactID, Case: k.Case, Handling: h, State: state, Recipients: named}
		}
		for name, v := range viewers {
			read(t, s, func(tx *store.Tx) {
				page, _, err := s.Page(tx, v, store.Query{Limit: 1000})
				must(t, err)
				shown := map[int64]bool{}
				for _, it := range page {
					shown[it.Seq] = true
				}
				held, err := s.Holdings(tx, v, store.HoldingQuery{Limit: 1000})
				must(t, err)
				listed := map[int64]bool{}
				for _, h := range held {
					listed[h.Item] = true
				}
				for seq, h := range holdings {
					may := v.MayRead(&h, personal[seq])
					if shown[seq] != may && !v.Node || listed[seq] != may {
						t.Errorf("%s: holding %+v (personal %v): shown %v, listed %v, may read %v", name, h, personal[seq], shown[seq], listed[seq], may)
					}
					_, err := s.Raw(tx, v, seq)
					want(t, "bytes", err == nil, shown[seq])
				}
			})
		}
	})
}

func someViewers() map[string]mithaq.Viewer {
	viewers := map[string]mithaq.Viewer{
		"node": node, "nobody": {}, "two at once": {Node: true, Token: "x"},
		"partner":                {Org: atlas, Partner: najd, Pact: pactID, Reason: "r", Purpose: "p", Basis: "b"},
		"token":                  {Org: atlas, Token: "siem", Cases: []stix.ID{caseA}, Reason: "r", Purpose: "p", Basis: "b"},
		"token with a ceiling":   {Org: atlas, Token: "siem", Cases: []stix.ID{caseA}, Ceiling: stix.TLPGreen, Reason: "r", Purpose: "p", Basis: "b"},
		"token that only writes": {Org: atlas, Token: "siem", Cases: []stix.ID{caseA}, WriteOnly: true, Reason: "r", Purpose: "p", Basis: "b"},
		"token without a reason": {Org: atlas, Token: "siem", Cases: []stix.ID{caseB}},
	}
	for _, role := range mithaq.Roles() {
		for _, person := range []mithaq.PersonID{"person-0123456789abcdef", "person-ffffffffffffffff"} {
			for _, cases := range [][]stix.ID{nil, {caseA}, {caseA, caseB}} {
				v := mithaq.Viewer{Org: atlas, Person: person, Roles: []mithaq.Role{role}, Cases: cases}
				viewers[fmt.Sprint(role, person, len(cases))] = v
				v.Reason, v.Purpose, v.Basis = "r", "p", "b"
				viewers[fmt.Sprint(role, person, len(cases), "with a reason")] = v
			}
		}
	}
	return viewers
}

func TestAuditorSeesEverythingWithoutContent(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		puts := put(t, s, object(1, 1), object(2, 1))
		hold(t, s, profile, caseA, mithaq.Handling{TLP: stix.TLPRed}, puts[0])
		read(t, s, func(tx *store.Tx) {
			page, _, err := s.Page(tx, auditor(), store.Query{Audit: true})
			must(t, err)
			want(t, "all", seqs(page), "1/02 2/02")
			want(t, "no content", page[0].Raw == nil && page[1].Raw == nil, true)
			_, _, err = s.Page(tx, analyst(), store.Query{Audit: true})
			want(t, "only an auditor", errors.Is(err, mithaq.Denied), true)
			page, _, err = s.Page(tx, auditor(), store.Query{})
			must(t, err)
			want(t, "as anybody", len(page), 0)
		})
	})
}

func TestListings(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		puts := put(t, s, object(1, 1), object(2, 1), object(1, 2), object(3, 1), object(1, 3))
		clear := mithaq.Handling{TLP: stix.TLPClear}
		hold(t, s, profile, "", clear, puts[0], puts[1], puts[2], puts[4])
		hold(t, s, profile, caseA, clear, puts[3])
		list := func(n ...int) {
			write(t, s, func(tx *store.Tx) {
				for _, i := range n {
					must(t, s.List(tx, "final", puts[i].Seq))
				}
			})
		}
		final := func(v mithaq.Viewer, which store.Which) *reads {
			return &reads{t: t, s: s, v: v, c: store.Collection{Listed: "final"}, which: which, limit: 2}
		}
		all := final(node, store.AllVersions)
		want(t, "unknown", all.next(), "")
		list(1, 0, 3)
		want(t, "as listed", all.next(), "2/02 1/02 3/02")
		list(1, 2)
		want(t, "listed again, and new", all.next(), "2/02 1/03")
		want(t, "in sight", final(tool(), store.AllVersions).next(), "1/02 2/02 1/03")
		want(t, "last versions listed", final(tool(caseA), store.LastVersion).next(), "3/02 2/02 1/03")
		write(t, s, func(tx *store.Tx) {
			must(t, s.Follow(tx, puts[1].Seq, puts[4].Seq))
			must(t, s.Unlist(tx, "final", puts[3].Seq))
		})
		want(t, "what follows, and without what was taken off", final(tool(caseA), store.AllVersions).next(), "1/02 2/02 1/03 1/04")
	})
}

// What becomes visible in a listing later is at its end, and what is out of sight moves nothing.
func TestWhatBecomesVisibleInAListingIsAtItsEnd(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Config) {
		puts := put(t, s, object(1, 1), object(2, 1), object(3, 1))
		green, clear := mithaq.Handling{TLP: stix.TLPGreen}, mithaq.Handling{TLP: stix.TLPClear}
		hold(t, s, profile, caseA, clear, puts[0])
		hold(t, s, profile, "", green, puts[1])
		hold(t, s, profile, "", clear, puts[2])
		write(t, s, func(tx *store.Tx) { must(t, s.List(tx, "sent", puts[0].Seq, puts[1].Seq, puts[2].Seq)) })
		sent := store.Collection{Listed: "sent"}
		open := &reads{t: t, s: s, v: tool(), c: sent, limit: 1}
		within := &reads{t: t, s: s, v: tool(caseA), c: sent, limit: 1}
		low := &reads{t: t, s: s, v: tool(), c: sent, limit: 1}
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
