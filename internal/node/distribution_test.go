package node

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/store"
)

var tableName = regexp.MustCompile("`([a-z_]+)(?:\\.([a-z_]+))?`")

// distribution reads the tables of docs/scale.md, each with its key; "" for those
// that every machine would have whole.
func distribution(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(raw), "## Distribution\n")
	part, _, _ = strings.Cut(part, "\n## ")
	keys := map[string]string{}
	for line := range strings.Lines(part) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, m := range tableName.FindAllStringSubmatch(line, -1) {
			if _, twice := keys[m[1]]; twice {
				t.Errorf("docs/scale.md names table %s twice", m[1])
			}
			keys[m[1]] = m[2]
			if (m[2] == "") != strings.HasPrefix(line, "| everywhere") {
				t.Errorf("docs/scale.md: %s: want a key, or to be everywhere", m[0])
			}
		}
	}
	return keys
}

// primary reads the primary key of each table.
func primary(t *testing.T) map[string][]string {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Migrations: Migrations()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	keys := map[string][]string{}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
			WHERE t.type = 'table' AND c.pk > 0 AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY t.name, c.pk`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var table, column string
			if err := rows.Scan(&table, &column); err != nil {
				return err
			}
			keys[table] = append(keys[table], column)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Each table has a key by which it could be distributed.
func TestEachTableHasAKeyToBeDistributedBy(t *testing.T) {
	said, have := distribution(t), primary(t)
	for table, columns := range have {
		if strings.HasSuffix(table, "_new") { // SQLite's twins
			continue
		}
		key, ok := said[table]
		switch {
		case !ok:
			t.Errorf("table %s is not in docs/scale.md: by which column of its primary key (%s) could it be distributed?", table, strings.Join(columns, ", "))
		case key != "" && !slices.Contains(columns, key):
			t.Errorf("table %s: %s is not in its primary key (%s)", table, key, strings.Join(columns, ", "))
		}
	}
	for table := range said {
		if have[table] == nil {
			t.Errorf("docs/scale.md names table %s, and there is none", table)
		}
	}
}
