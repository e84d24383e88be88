// Package account knows the people of a node and the tools that act for them:
// their roles, their tokens and sessions, and the credentials with which they approve.
//
// Set-up enrols two persons together and is over with that; from then on
// a role is granted by two persons other than the one who gets it, and cannot approve for a
// day. A token names its person; only its hash is kept. A service token carries why
// it reads and how much a day, since a tool cannot be asked.
//
// What an attacker holding it can do: whoever writes to the tables can name
// persons and roles, which the node's own log then lacks; they cannot make an
// approval, since that takes the credential's file and passphrase.
package account

import (
	"crypto/rand"
	"embed"
	"encoding/hex"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/store"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables.
func Migration() store.Migration {
	return store.Embedded("account", schema)
}

// Config says what a Book works with.
type Config struct {
	Store *store.Store
	Org   mithaq.OrgID
	// Enter adds to the node's own log.
	Enter func(tx *store.Tx, account mithaq.Account) error
	// Cases lists the open cases in which a person has a need to know; it may
	// be nil.
	Cases func(tx *store.Tx, person mithaq.PersonID) ([]string, error)
	// Passkeys is the node as passkeys know it; nil where its pages have none.
	Passkeys *passkey.Party
}

// A Book keeps a node's accounts. All methods may be called at once.
type Book struct{ Config }

// New makes a Book.
func New(cfg Config) *Book { return &Book{cfg} }

// setUp is the note in the store that set-up is over.
const setUp = "account.set-up"

// A Newcomer is somebody to enrol.
type Newcomer struct {
	Name  string // as colleagues say it; stays at home
	Roles []mithaq.Role
}

func (n *Newcomer) check() error {
	if n.Name == "" || len(n.Name) > 200 || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, unicode.IsControl) {
		return mithaq.Refuse(mithaq.Invalid, "account.name", n.Name)
	}
	for _, r := range n.Roles {
		if err := r.Check(); err != nil {
			return err
		}
	}
	return compatible(n.Roles)
}

// compatible keeps apart what one person should not be: who watches and who acts.
func compatible(roles []mithaq.Role) error {
	watches, acts := false, false
	for _, r := range roles {
		if r == mithaq.Auditor {
			watches = true
		} else {
			acts = true
		}
	}
	if watches && acts {
		return mithaq.Refuse(mithaq.Invalid, "account.auditor-acts")
	}
	return nil
}

// Found enrols the first persons of a node together, with their roles.
// Conflict: set-up is over. Invalid: fewer than two persons.
func (b *Book) Found(tx *store.Tx, people []Newcomer) ([]mithaq.PersonID, error) {
	over, err := tx.Noted(setUp)
	if err != nil {
		return nil, err
	}
	if over != "" {
		return nil, mithaq.Refuse(mithaq.Conflict, "account.set-up-over")
	}
	if len(people) < 2 {
		return nil, mithaq.Refuse(mithaq.Invalid, "account.two-founders", len(people))
	}
	ids := make([]mithaq.PersonID, len(people))
	for i := range people {
		if ids[i], err = b.add(tx, &people[i]); err != nil {
			return nil, err
		}
	}
	for i, p := range people {
		for _, r := range p.Roles {
			if err := b.give(tx, ids[i], r, ids[0], ids[1], time.Time{}); err != nil {
				return nil, err
			}
		}
	}
	return ids, tx.Note(setUp, mithaq.At(tx.Now()).String())
}

func (b *Book) add(tx *store.Tx, n *Newcomer) (mithaq.PersonID, error) {
	if err := n.check(); err != nil {
		return "", err
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	id := mithaq.PersonID("person-" + hex.EncodeToString(random[:]))
	_, err := tx.Exec("INSERT INTO account_person(id, name, created) VALUES (?, ?, ?)", string(id), n.Name, tx.Now().UnixMicro())
	return id, err
}

// enter notes in the node's own log what was done to whose account.
func (b *Book) enter(tx *store.Tx, kind string, by, whose mithaq.PersonID, notes map[string]string) error {
	if notes == nil {
		notes = map[string]string{}
	}
	notes["person"] = string(whose)
	return b.Enter(tx, mithaq.Account{Kind: kind, At: mithaq.At(tx.Now()), By: by, Notes: notes})
}
