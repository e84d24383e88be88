package lists_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/lists"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

const (
	resolvers = `{"name":"Resolvers","version":1,"type":"cidr","matching_attributes":["ip-dst"],"list":["198.51.100.0/24"]}`
	desk      = `{"namespace":"desk","predicates":[{"value":"open","expanded":"Still open"},{"value":"shut"}]}`
)

func legal() mithaq.Viewer {
	return mithaq.Viewer{Org: "atlas.example", Person: "person-0123456789abcdef", Roles: []mithaq.Role{mithaq.LegalOfficer}}
}

// A list counts from the transaction that keeps it to the one that drops it, in both engines.
func TestLists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		cfg := fresh(t)
		cfg.Migrations = []store.Migration{lists.Migration()}
		s := storetest.Open(t, cfg)
		var entered []string
		b := lists.New(lists.Config{Own: []string{"atlas.example"}, Enter: func(_ *store.Tx, a mithaq.Account) error {
			entered = append(entered, a.Kind)
			return nil
		}})
		write := func(f func(tx *store.Tx) error) error { return s.Write(t.Context(), f) }
		keep := func(v mithaq.Viewer, raw string) error {
			return write(func(tx *store.Tx) error { _, err := b.Keep(tx, v, []byte(raw)); return err })
		}
		for _, raw := range []string{resolvers, desk, strings.Replace(resolvers, `"version":1`, `"version":2`, 1)} {
			if err := keep(legal(), raw); err != nil {
				t.Fatal(err)
			}
		}
		analyst := legal()
		analyst.Roles = []mithaq.Role{mithaq.Analyst}
		if err := keep(analyst, desk); !errors.Is(err, mithaq.Denied) {
			t.Errorf("an analyst keeps a list: %v", err)
		}
		if err := keep(legal(), `{"name":"x"}`); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("no list: %v", err)
		}
		held(t, s, b, true)
		if err := write(func(tx *store.Tx) error { return b.Drop(tx, legal(), "Resolvers") }); err != nil {
			t.Fatal(err)
		}
		if err := write(func(tx *store.Tx) error { return b.Drop(tx, legal(), "Resolvers") }); !errors.Is(err, mithaq.NotFound) {
			t.Errorf("dropped twice: %v", err)
		}
		held(t, s, b, false)
		if got := strings.Join(entered, " "); got != "list-kept list-kept list-kept list-dropped" {
			t.Error(got)
		}
	})
}

// held looks at what the lists say, with the resolvers among them or not.
func held(t *testing.T, s *store.Store, b *lists.Book, warned bool) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		all, err := b.Lists(tx)
		if err != nil || len(all) != 1 && !warned || warned && (len(all) != 2 || all[0].Version != 2 || all[0].Kind != lists.Warnings) {
			t.Errorf("%+v, %v", all, err)
		}
		about, err := b.Cautions(tx)
		if err != nil {
			return err
		}
		for _, row := range []struct {
			kind, text string
			want       []gate.Caution
		}{
			{"domain", "www.atlas.example", []gate.Caution{{Own: true, Entry: "atlas.example"}}},
			{"email", "a@atlas.example", []gate.Caution{{Own: true, Entry: "atlas.example"}}},
			{"domain", "notatlas.example", nil},
			{"md5", "atlas.example", nil},
		} {
			if got := about(row.kind, row.text); len(got) != len(row.want) || len(got) == 1 && got[0] != row.want[0] {
				t.Errorf("%s %s: %v", row.kind, row.text, got)
			}
		}
		if got := about("ipv4", "198.51.100.7"); (len(got) == 1) != warned {
			t.Errorf("a resolver: %v", got)
		}
		spelled, err := b.Spell(tx, []string{"Desk:OPEN", "free", "other:thing"})
		if err != nil || strings.Join(spelled, " ") != "desk:open free other:thing" {
			t.Errorf("%v, %v", spelled, err)
		}
		if _, err := b.Spell(tx, []string{"desk:ajar"}); !errors.Is(err, mithaq.Invalid) {
			t.Errorf("a label that there is not: %v", err)
		}
		for like, want := range map[string]int{"desk:": 2, "still": 1, "x": 0} {
			if tags, err := b.Tags(tx, like, 10); err != nil || len(tags) != want {
				t.Errorf("%s: %v, %v", like, tags, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
