package store

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/stix"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file under testdata, or writes the file.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(file, []byte(text), 0o644))
	}
	have, err := os.ReadFile(file)
	must(t, err)
	if string(have) != text {
		t.Errorf("%s is not the present schema; go test -run Schema ./internal/store -update, and look at the difference", file)
	}
}

// The golden schemas show readers the tables of the store, and reviewers each change.
func TestSchemaIsGolden(t *testing.T) {
	s := open(t, Config{Migrations: []Migration{}})
	var text strings.Builder
	must(t, s.Read(t.Context(), func(tx *Tx) error {
		return tx.rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name", nil, func(r *Rows) error {
			var sql string
			err := r.Scan(&sql)
			text.WriteString(sql + ";\n\n")
			return err
		})
	}))
	golden(t, "schema.sql", text.String())
}

func TestSchemaForPostgresIsGolden(t *testing.T) {
	steps, err := ownMigration().steps()
	must(t, err)
	var text strings.Builder
	for _, p := range append([]step{{capability: "store", name: "migration", sql: migrationTable}}, steps...) {
		sql, err := p.text(true)
		must(t, err)
		text.WriteString("-- " + p.String() + "\n" + sql + "\n")
	}
	golden(t, "schema.pg.sql", text.String())
}

func TestTranslate(t *testing.T) {
	for from, to := range map[string]string{
		"CREATE TABLE a (b INTEGER PRIMARY KEY, c BLOB) STRICT;":                                       "CREATE TABLE a (b BIGINT PRIMARY KEY, c BYTEA);",
		"CREATE TABLE a (b TEXT, c REAL, PRIMARY KEY (b))\nSTRICT, WITHOUT ROWID;":                     "CREATE TABLE a (b TEXT COLLATE \"C\", c DOUBLE PRECISION, PRIMARY KEY (b));",
		"CREATE TABLE a (b TEXT) WITHOUT ROWID, STRICT;":                                               "CREATE TABLE a (b TEXT COLLATE \"C\");",
		"-- INTEGER STRICT\n/* BLOB */ INSERT INTO a VALUES('TEXT', 'it''s BLOB', x'0aFF', \"REAL\");": "-- INTEGER STRICT\n/* BLOB */ INSERT INTO a VALUES('TEXT', 'it''s BLOB', '\\x0aFF'::bytea, \"REAL\");",
		"CREATE INDEX a_text ON a(text, integer) WHERE text > 0;":                                      "CREATE INDEX a_text ON a(text, integer) WHERE text > 0;",
	} {
		got, err := translate(from)
		must(t, err)
		want(t, from, got, to)
	}
	for _, refused := range []string{
		"CREATE TABLE a (b INTEGER PRIMARY KEY AUTOINCREMENT);", "CREATE TABLE a (b ANY) STRICT;", "INSERT OR IGNORE INTO a VALUES(1);",
		"PRAGMA foreign_keys = ON;", "CREATE VIRTUAL TABLE a USING fts5(b);", "SELECT rowid FROM a;",
	} {
		_, err := translate(refused)
		want(t, refused, err != nil, true)
	}
}

func TestRewritePlaceholders(t *testing.T) {
	for from, to := range map[string]string{
		"SELECT ? + ?":                        "SELECT $1 + $2",
		"SELECT '?', \"?\", ? -- ?\n, ?":      "SELECT '?', \"?\", $1 -- ?\n, $2",
		"SELECT /* ? */ 'it''s ?', ? WHERE ?": "SELECT /* ? */ 'it''s ?', $1 WHERE $2",
		"SELECT 'open ?":                      "SELECT 'open ?",
	} {
		want(t, from, rewrite(from), to)
	}
}

// No question that a person or partner waits for reads a whole table.
func TestQuestionsUseIndexes(t *testing.T) {
	s := open(t, Config{Migrations: []Migration{}})
	viewer := mithaq.Viewer{
		Org: "a.example", Person: "person-0123456789abcdef", Roles: []mithaq.Role{mithaq.Analyst},
		Cases: nil, Reason: "r", Purpose: "p", Basis: "b",
	}
	must(t, s.Write(t.Context(), func(tx *Tx) error {
		_, errA := tx.word("a.example") // a giver nobody knows is not asked for
		_, errB := tx.word("b--1")
		must(t, errors.Join(errA, errB))
		var plans []string
		tx.c = &explaining{tx.c, &plans}
		items := []int64{1, 2}
		_, _, err := s.Page(tx, viewer, Query{After: 5, Which: LastVersion, Giver: "a.example"})
		must(t, err)
		_, err = s.ByValue(tx, viewer, "k", "v", 0)
		must(t, err)
		_, err = tx.word("indicator")
		must(t, err)
		for _, f := range []Filter{
			{}, {Case: "b--1"}, {Under: "b--1"}, {Giver: "a.example", TLP: stix.TLPGreen}, {Types: []stix.Type{"indicator"}}, {Value: Value{"k", "v"}},
		} {
			for _, q := range []Query{{After: 5}, {Which: LastVersion}, {IDs: []stix.ID{"b--1"}}, {Types: []stix.Type{"indicator"}, Which: FirstVersion}} {
				for _, v := range []mithaq.Viewer{viewer, {Org: "a.example", Token: "t", Cases: []stix.ID{"b--1"}, Ceiling: stix.TLPGreen, Reason: "r", Purpose: "p", Basis: "b"}} {
					_, _, err := s.Shown(tx, v, Collection{Name: "b--1", Filter: f}, q)
					must(t, err)
					_, _, err = s.Shown(tx, v, Collection{Listed: "b--1", Filter: f}, q)
					must(t, err)
				}
			}
		}
		_, err = s.Neighbours(tx, viewer, "a--1", 0)
		must(t, err)
		_, err = s.Fetch(tx, viewer, items)
		must(t, err)
		_, err = s.HoldingsOf(tx, viewer, items...)
		must(t, err)
		_, err = s.Lapsing(tx, viewer, tx.now, 10)
		must(t, err)
		_, err = s.Holdings(tx, viewer, HoldingQuery{Giver: "a.example", Under: "b--1", After: 5})
		must(t, err)
		_, err = s.Buried(tx, "a.example", "b--1", "c--1")
		must(t, err)
		_, err = tx.changes(5, []string{"a", "b"}, 10)
		must(t, err)
		_, err = tx.claim([]string{"a", "b"}, 10, 0)
		must(t, err)
		for _, p := range plans {
			if strings.Contains(p, "SCAN") && !strings.Contains(p, "CONSTANT ROW") {
				t.Errorf("reads a whole table: %s", p)
			}
			if strings.Contains(p, "USE TEMP B-TREE FOR ORDER BY") && strings.Contains(p, " AS at") &&
				!strings.Contains(p, "recipient") && !strings.Contains(p, ".item IN") {
				t.Errorf("sorts what it has not shown yet: %s", p)
			}
		}
		all := strings.Join(plans, "\n")
		want(t, "by end of retention", strings.Contains(all, "INDEX holding_until"), true)
		want(t, "by giver", strings.Contains(all, "INDEX holding_from (giver=? AND under=? AND item>?)"), true)
		want(t, "plans seen", len(plans) > 20, true)
		return nil
	}))
}
