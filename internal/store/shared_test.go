package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// valued is the n-th object with values.
func valued(n int, values ...string) store.NewItem {
	it := object(n, 0)
	it.Values = nil
	for _, v := range values {
		it.Values = append(it.Values, store.Value{Kind: "domain", Text: v})
	}
	return it
}

// shared asks, and tells what it was told: a value and the numbers of objects, or *.
func shared(t *testing.T, s *store.Store, v mithaq.Viewer, seq int64, cut int) (told []string) {
	t.Helper()
	read(t, s, func(tx *store.Tx) {
		all, more, err := s.Shared(tx, v, seq, cut)
		must(t, err)
		for _, x := range all {
			var with []string
			for _, it := range x.Items {
				with = append(with, strings.TrimLeft(string(it.Ref.ID[11:19]), "0"))
			}
			if x.Common {
				with = append(with, "*")
			}
			told = append(told, x.Text+" "+strings.Join(with, ","))
		}
		if more {
			told = append(told, "more")
		}
	})
	slices.Sort(told)
	return told
}

func shares(t *testing.T, s *store.Store, _ store.Config) {
	puts := put(t, s, valued(1, "a", "b", "c"), valued(2, "a"), valued(3, "a", "b"), valued(4, "c"), valued(5, "d"))
	again := object(1, 1)
	again.Values = []store.Value{{Kind: "domain", Text: "a"}}
	puts = append(puts, put(t, s, again)...)
	red := mithaq.Handling{TLP: stix.TLPRed}
	green := mithaq.Handling{TLP: stix.TLPGreen}
	hold(t, s, pactID, "", green, puts[0], puts[1], puts[4], puts[5])
	hold(t, s, pactID, caseA, green, puts[2])
	hold(t, s, pactID, "", red, puts[3])
	for _, row := range []struct {
		name string
		v    mithaq.Viewer
		cut  int
		want string
	}{
		{"what may be read", analyst(), 10, "a 2"},
		{"with a need to know", analyst(caseA), 10, "a 2,3|b 3"},
		{"everything", node, 10, "a 2,3|b 3|c 4"},
		{"beyond the cut", node, 1, "a *|b 3|c 4"},
		{"what is out of sight does not count towards the cut", analyst(), 1, "a 2"},
	} {
		if got := strings.Join(shared(t, s, row.v, puts[0].Seq, row.cut), "|"); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	read(t, s, func(tx *store.Tx) {
		if _, _, err := s.Shared(tx, analyst(), puts[2].Seq, 10); !errors.Is(err, mithaq.NotFound) {
			t.Errorf("an item out of sight: %v", err)
		}
	})
	if got := shared(t, s, analyst(), puts[4].Seq, 10); len(got) != 0 {
		t.Errorf("a value that nobody shares: %v", got)
	}
}

func TestWhatItemsShare(t *testing.T) { each(t, shares) }

// An item of very many values is looked at in part, and that is said.
func TestManyValuesAreSaid(t *testing.T) {
	s := storetest.Open(t, store.Config{Dir: t.TempDir()})
	var values []string
	for i := range 300 {
		values = append(values, fmt.Sprintf("v%03d", i))
	}
	puts := put(t, s, valued(1, values...), valued(2, values...))
	hold(t, s, pactID, "", mithaq.Handling{TLP: stix.TLPGreen}, puts...)
	told := shared(t, s, node, puts[0].Seq, 10)
	if len(told) != 257 || told[0] != "more" {
		t.Errorf("%d: %v", len(told), told[:3])
	}
}

// BenchmarkShared asks what an item shares whose value 1,000 or 20,000 others have: the cut bounds it.
func BenchmarkShared(b *testing.B) {
	for _, n := range []int{1000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := storetest.Open(b, store.Config{Dir: b.TempDir()})
			var items []store.NewItem
			for i := range n {
				items = append(items, valued(i+1, "a"))
			}
			puts := put(b, s, items...)
			hold(b, s, pactID, "", mithaq.Handling{TLP: stix.TLPGreen}, puts...)
			for b.Loop() {
				read(b, s, func(tx *store.Tx) {
					if all, _, err := s.Shared(tx, analyst(), puts[0].Seq, 100); err != nil || len(all) != 1 || !all[0].Common {
						b.Fatal(all, err)
					}
				})
			}
		})
	}
}
