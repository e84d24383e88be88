// Package notes keeps what the members of a case write down for each other: each
// note in all its versions, with who wrote it and when. A note is written on from
// the version that its writer saw; where somebody else was quicker, the writer is
// told so and nothing is overwritten, so that of two people who edit at once
// neither loses anything.
//
//	note(id, version) → case, author, time, text
//
// What an attacker holding it can do: whoever writes as a member of a case can add
// versions to its notes in that member's name; no version is ever changed.
package notes

import (
	"embed"
	"time"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration { return store.Embedded("notes", schema) }

// MaxText bounds one note, in bytes.
const MaxText = 20_000

// A Note is one version of what somebody wrote.
type Note struct {
	ID      string
	Version int // from 1
	Case    stix.ID
	Person  mithaq.PersonID
	At      time.Time
	Text    string
}

// A Book keeps notes beside a gate, which knows the cases.
type Book struct{ Gate *gate.Gate }

// Write adds a note to an open case, or, with an id, a version to one of its
// notes: n.Version is the version that the writer saw, 0 for a new note. The note
// as kept is returned.
//
// NotFound: no such case, one of others, or no such note in it. Denied: a guest.
// Conflict: somebody else wrote on it since. Invalid: no text, or too much.
func (b *Book) Write(tx *store.Tx, v mithaq.Viewer, n Note) (Note, error) {
	if err := b.Gate.OpenFor(tx, v, n.Case); err != nil {
		return n, err
	}
	switch {
	case !v.MayAssess():
		return n, mithaq.Refuse(mithaq.Denied, "notes.may-not-write")
	case n.Text == "", len(n.Text) > MaxText, !utf8.ValidString(n.Text):
		return n, mithaq.Refuse(mithaq.Invalid, "notes.text", MaxText)
	}
	if err := b.succeed(tx, &n); err != nil {
		return n, err
	}
	n.Version, n.Person, n.At = n.Version+1, v.Person, tx.Now()
	_, err := tx.Exec("INSERT INTO note(id, version, casefile, person, at, text) VALUES(?, ?, ?, ?, ?, ?)",
		n.ID, n.Version, string(n.Case), string(n.Person), n.At.UnixMicro(), n.Text)
	if err != nil {
		return n, err
	}
	return n, b.enter(tx, v, "note", n.Case, map[string]int64{"version": int64(n.Version)}, nil)
}

// succeed wants the version that the writer saw to be the last.
func (b *Book) succeed(tx *store.Tx, n *Note) error {
	if n.ID == "" {
		n.ID, n.Version = stix.NewID("note").UUID(), 0
		return nil
	}
	all, err := versions(tx, "casefile = ? AND id = ?", string(n.Case), n.ID)
	switch {
	case err != nil:
		return err
	case len(all) == 0:
		return mithaq.Refuse(mithaq.NotFound, "notes.no-note")
	case all[len(all)-1].Version != n.Version:
		return mithaq.Refuse(mithaq.Conflict, "notes.edited")
	}
	return nil
}

// Read is every version of every note of a case that the viewer has or had a need
// to know, in the order in which the notes were begun, each with its oldest version
// first. That it was read is entered.
//
// NotFound: no such case, or one of others. Denied: the viewer did not say why
// they read what may concern persons.
func (b *Book) Read(tx *store.Tx, v mithaq.Viewer, id stix.ID) (all [][]Note, err error) {
	if _, err := b.Gate.KnownCase(tx, v, id); err != nil {
		return nil, err
	}
	if !v.HasReason() {
		return nil, mithaq.Refuse(mithaq.Denied, "notes.say-why")
	}
	list, err := versions(tx, "casefile = ?", string(id))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	place := map[string]int{}
	for _, n := range list {
		i, ok := place[n.ID]
		if !ok {
			i, place[n.ID] = len(all), len(all)
			all = append(all, nil)
		}
		all[i] = append(all[i], n)
	}
	return all, b.enter(tx, v, "read", id, map[string]int64{"notes": int64(len(all))}, map[string]string{"read": "notes", "reason": v.Reason})
}

func versions(tx *store.Tx, where string, args ...any) (list []Note, err error) {
	rows, err := tx.Query(`SELECT id, version, casefile, person, at, text FROM note n WHERE `+where+`
		ORDER BY (SELECT at FROM note f WHERE f.id = n.id AND f.version = 1), id, version`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var n Note
		var at int64
		if err := rows.Scan(&n.ID, &n.Version, (*string)(&n.Case), (*string)(&n.Person), &at, &n.Text); err != nil {
			return nil, err
		}
		n.At = time.UnixMicro(at).UTC()
		list = append(list, n)
	}
	return list, rows.Err()
}

func (b *Book) enter(tx *store.Tx, v mithaq.Viewer, kind string, id stix.ID, counts map[string]int64, notes map[string]string) error {
	return b.Gate.Enter(tx, mithaq.Account{
		Kind: kind, At: mithaq.At(tx.Now()), By: v.Person, Purpose: v.Purpose, Basis: v.Basis, Case: string(id), Counts: counts, Notes: notes,
	})
}
