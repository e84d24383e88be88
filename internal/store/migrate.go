package store

import (
	"crypto/sha256"
	"database/sql/driver"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed schema/*.sql
var embedded embed.FS

func ownMigration() Migration {
	m := Embedded("store", embedded)
	m.Sealed = map[string]string{"item": "seq"}
	return m
}

// A step is one migration file.
type step struct {
	capability string
	number     int
	name       string
	sql        string // in SQLite's dialect
	pg         string // PostgreSQL's own, when it has one
}

func (p step) String() string { return fmt.Sprintf("%s %04d_%s", p.capability, p.number, p.name) }

// digest binds a step as it was written; a translation that improves does not change it.
func (p step) digest() string {
	sum := sha256.Sum256([]byte(p.sql + "\x00" + p.pg))
	return hex.EncodeToString(sum[:])
}

func (p step) text(postgres bool) (string, error) {
	if !postgres {
		return p.sql, nil
	}
	if p.pg != "" {
		return p.pg, nil
	}
	return translate(p.sql)
}

// steps reads the files of a capability: numbered from 1 without a gap.
func (m Migration) steps() ([]step, error) {
	files, err := fs.Glob(m.FS, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []step
	for _, file := range files {
		if strings.HasSuffix(file, ".pg.sql") {
			continue
		}
		p, err := m.step(file)
		if err != nil {
			return nil, err
		}
		if p.number != len(all)+1 {
			return nil, fmt.Errorf("migration %s: want number %d", p, len(all)+1)
		}
		all = append(all, p)
	}
	return all, nil
}

func (m Migration) step(file string) (step, error) {
	number, name, ok := strings.Cut(strings.TrimSuffix(path.Base(file), ".sql"), "_")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || len(number) != 4 {
		return step{}, fmt.Errorf("migration %s %s: want a name such as 0001_name.sql", m.Capability, file)
	}
	sql, err := fs.ReadFile(m.FS, file)
	if err != nil {
		return step{}, err
	}
	pg, err := fs.ReadFile(m.FS, strings.TrimSuffix(file, ".sql")+".pg.sql")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return step{}, err
	}
	return step{m.Capability, n, name, string(sql), string(pg)}, nil
}

const migrationTable = `CREATE TABLE IF NOT EXISTS migration (
	capability TEXT NOT NULL,
	number     INTEGER NOT NULL,
	name       TEXT NOT NULL,
	digest     TEXT NOT NULL,
	PRIMARY KEY (capability, number)
) STRICT, WITHOUT ROWID;`

// migrate brings the schema up to date in one transaction: all of it or none.
// With only, these steps and no others are applied.
func migrate(c conn, postgres bool, all []Migration, cfg *Config) error {
	var steps []step
	for _, m := range all {
		p, err := m.steps()
		if err != nil {
			return err
		}
		steps = append(steps, p...)
	}
	steps, err := chosen(steps, cfg.only)
	if err != nil {
		return err
	}
	if err := c.begin(true); err != nil {
		return err
	}
	if err := apply(c, postgres, steps, cfg.moving); err != nil {
		_ = c.rollback()
		return err
	}
	return c.commit()
}

// chosen are the steps that only names, in the order of all; each must be as it was.
func chosen(steps []step, only []MigrationHead) ([]step, error) {
	if only == nil {
		return steps, nil
	}
	want := map[MigrationHead]bool{}
	for _, m := range only {
		want[m] = true
	}
	var list []step
	for _, p := range steps {
		head := MigrationHead{p.capability, p.number, p.name, p.digest()}
		if want[head] {
			list = append(list, p)
			delete(want, head)
		}
	}
	for m := range want {
		return nil, fmt.Errorf("migration %s %04d_%s of the backup is not known here, or was changed since", m.Capability, m.Number, m.Name)
	}
	return list, nil
}

func apply(c conn, postgres bool, steps []step, moving bool) error {
	own := step{capability: "store", name: "migration", sql: migrationTable}
	if err := run(c, postgres, own); err != nil {
		return err
	}
	applied, err := applied(c)
	if err != nil {
		return err
	}
	if err := usable(c, applied, moving); err != nil {
		return err
	}
	for _, p := range steps {
		if err := applyStep(c, postgres, p, applied); err != nil {
			return err
		}
	}
	for _, left := range applied {
		return fmt.Errorf("the database was written by a newer Mithaq: migration %s is not known here", left)
	}
	return nil
}

// applyStep applies p unless it was, and then holds it to what was applied.
func applyStep(c conn, postgres bool, p step, applied map[string]step) error {
	key := p.capability + "/" + strconv.Itoa(p.number)
	was, ok := applied[key]
	delete(applied, key)
	switch {
	case !ok:
		if err := run(c, postgres, p); err != nil {
			return err
		}
		_, err := c.exec("INSERT INTO migration(capability, number, name, digest) VALUES(?, ?, ?, ?)", []driver.NamedValue{
			{Ordinal: 1, Value: p.capability}, {Ordinal: 2, Value: int64(p.number)}, {Ordinal: 3, Value: p.name}, {Ordinal: 4, Value: p.digest()},
		})
		return err
	case was.sql != p.digest():
		return fmt.Errorf("migration %s was changed after it was applied here; add a new one instead", p)
	}
	return nil
}

func run(c conn, postgres bool, p step) error {
	text, err := p.text(postgres)
	if err == nil {
		err = c.script(text)
	}
	if err != nil {
		return fmt.Errorf("migration %s: %w", p, err)
	}
	return nil
}

// applied reads the migration table; the digest stands in the place of the text.
func applied(c conn) (map[string]step, error) {
	rows, err := c.query("SELECT capability, number, name, digest FROM migration", nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.close() }()
	all := map[string]step{}
	v := make([]driver.Value, 4)
	for {
		switch err := rows.next(v); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		p := step{capability: v[0].(string), number: int(v[1].(int64)), name: v[2].(string), sql: v[3].(string)}
		all[p.capability+"/"+strconv.Itoa(p.number)] = p
	}
}

// usable refuses a database whose restore or move did not come to its end, and
// one that was moved elsewhere, but for a move.
func usable(c conn, applied map[string]step, forMove bool) error {
	if len(applied) == 0 {
		return nil
	}
	notes, err := openingNotes(c)
	switch {
	case err != nil:
		return err
	case forMove && (notes[noteRestore] == "" || notes[noteRestore] == moving):
		return nil
	case notes[noteRestore] == moving:
		return errors.New("a move into this database did not come to its end; run it again")
	case notes[noteRestore] != "":
		return errors.New("a restore into this database did not come to its end; restore into an empty one")
	case notes[noteMoved] != "":
		return fmt.Errorf("what was kept here was moved to %s, and goes on there", notes[noteMoved])
	}
	return nil
}

// openingNotes are the notes that say whether a database may be opened.
func openingNotes(c conn) (map[string]string, error) {
	rows, err := c.query("SELECT name, value FROM meta WHERE name IN ('"+noteRestore+"', '"+noteMoved+"')", nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.close() }()
	notes := map[string]string{}
	for v := make([]driver.Value, 2); ; {
		switch err := rows.next(v); {
		case errors.Is(err, io.EOF):
			return notes, nil
		case err != nil:
			return nil, err
		}
		notes[v[0].(string)] = v[1].(string)
	}
}
