package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
	"github.com/mithaq-hub/mithaq/stix"
)

// Each kind of damage is done by hand and found by its name.
func TestCheckNamesEachFault(t *testing.T) {
	damage := []struct{ sql, finds string }{
		{"UPDATE item SET raw = ? WHERE seq = ?", "bytes: item %, indicator--00000001"},
		{"UPDATE item SET digest = ? WHERE seq = ?", "bytes: item %, indicator--00000001"},
		{"UPDATE item SET found = ? WHERE seq = ?", "index: item %, indicator--00000001"},
		{"UPDATE item SET name = 5 WHERE ? <> '' AND seq = ?", "index: item %, indicator--00000001"},
		{"DELETE FROM name WHERE ? <> '' AND seq = ?", "not found by its id"},
		{"DELETE FROM value WHERE ? <> '' AND seq = ?", "not found by its value"},
		{"DELETE FROM edge WHERE ? <> '' AND seq = ?", "not found by its reference"},
		{"INSERT INTO name(hash, seq) SELECT 5, seq FROM item WHERE ? <> '' AND seq = ?", "name: 1 rows belong to no item"},
		{"DELETE FROM item WHERE ? <> '' AND seq = ?", "holding: holding of item %: there is no such item"},
		{"UPDATE holding SET class = 99 WHERE ? <> '' AND item = ?", "holding: holding of item %: its labels are missing"},
		{"UPDATE holding SET giver = 99 WHERE ? <> '' AND item = ?", "holding: holding of item %: its giver is missing"},
		{"INSERT INTO recipient(item, giver, under, casefile, person) SELECT 1, 1, 1, 1, 1 FROM item WHERE ? <> '' AND seq = ?", "recipient of item 1"},
		{"INSERT INTO item_key(item, key) SELECT 3, digest FROM item WHERE ? <> '' AND seq = ?", "content key of item 3"},
		{"UPDATE clock SET value = 5 WHERE ? <> '' AND value >= ?", "sequence: item %"},
	}
	storetest.Each(t, func(t *testing.T, fresh func(testing.TB) store.Config) {
		for _, d := range damage {
			s := storetest.Open(t, fresh(t))
			puts := put(t, s, object(1, 1, store.Ref{Kind: "x_ref", Target: object(2, 1).ID}), object(2, 1))
			hold(t, s, profile, "", mithaq.Handling{TLP: stix.TLPClear}, puts...)
			faults, err := s.Check(t.Context())
			must(t, err)
			want(t, "faults before", len(faults), 0)
			write(t, s, func(tx *store.Tx) {
				sqls := []string{d.sql}
				if !tx.Postgres() { // what is new lies in the small twin
					for _, twin := range []string{"name", "value", "edge"} {
						if strings.HasPrefix(d.sql, "DELETE FROM "+twin+" ") {
							sqls = append(sqls, strings.Replace(d.sql, twin, twin+"_new", 1))
						}
					}
				}
				for _, sql := range sqls {
					arg := any("x")
					if strings.Contains(sql, "= ? WHERE") {
						arg = []byte("xxxxxxxxxxxxxxxx")
					}
					_, err := tx.Exec(sql, arg, puts[0].Seq)
					must(t, err)
				}
			})
			faults, err = s.Check(t.Context())
			must(t, err)
			var all []string
			for _, f := range faults {
				all = append(all, f.String())
			}
			text := strings.Join(all, "\n")
			for piece := range strings.SplitSeq(d.finds, "%") {
				if !strings.Contains(text, piece) {
					t.Errorf("%s: found %q, want %q", d.sql, text, d.finds)
				}
			}
		}
	})
}

// A bit flipped in the file of a closed store is found.
func TestCheckFindsAFlippedBit(t *testing.T) {
	dir := t.TempDir()
	s := storetest.Open(t, store.Config{Dir: dir})
	put(t, s, object(1, 1), object(2, 1))
	must(t, s.Close())
	file := filepath.Join(dir, "mithaq.db")
	data, err := os.ReadFile(file)
	must(t, err)
	at := strings.Index(string(data), `"type":"indicator","id":"indicator--00000001`)
	if at < 0 {
		t.Fatal("the object is not in the file: was the log not folded in at close?")
	}
	data[at+9] ^= 1
	must(t, os.WriteFile(file, data, 0o600))
	faults, err := storetest.Open(t, store.Config{Dir: dir}).Check(t.Context())
	must(t, err)
	want(t, "found", len(faults) == 1 && strings.Contains(faults[0].String(), "indicator--00000001"), true)
}
