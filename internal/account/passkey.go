package account

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Passkey is one that a person has.
type Passkey struct {
	ID      string // for listing and removing
	Name    string // as its person calls it
	Created time.Time
	Used    time.Time // zero: never yet
	Counts  time.Time // from when on it may approve
}

// maxPasskeys bounds what one person has.
const maxPasskeys = 20

// decides are the roles whose sessions begin with a passkey, once there is one.
var decides = []mithaq.Role{mithaq.Releaser, mithaq.Supervisor, mithaq.Auditor, mithaq.Administrator}

// Decides reports whether one of a person's roles asks for a passkey, once they
// have one.
func (p *Person) Decides() bool {
	return slices.ContainsFunc(p.Roles, func(r mithaq.Role) bool { return slices.Contains(decides, r) })
}

// AskNewPasskey asks the browser of a session for a passkey of its person, who
// gives it a name; ask goes to the browser. Invalid: no such name, or too many.
// Unavailable: the pages have no name that passkeys could be for.
func (b *Book) AskNewPasskey(tx *store.Tx, s *Session, name string) (ask []byte, err error) {
	if b.Passkeys == nil {
		return nil, mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	if err := checkPasskeyName(name); err != nil {
		return nil, err
	}
	o, err := b.owner(tx, s.Person)
	if err != nil {
		return nil, err
	}
	if len(o.Records) >= maxPasskeys {
		return nil, mithaq.Refuse(mithaq.Invalid, "passkey.many", maxPasskeys)
	}
	ask, state, err := b.Passkeys.AskNew(o)
	if err != nil {
		return nil, err
	}
	return ask, b.keep(tx, toSession(s), challenge{name, state})
}

func checkPasskeyName(name string) error {
	if name == "" || len(name) > 100 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return mithaq.Refuse(mithaq.Invalid, "passkey.name", 100)
	}
	return nil
}

// AddPasskey keeps the passkey that a session's browser answers with. The
// person's other sessions end, and with them what another made to act as them.
//
// A refusal is given apart from err, so that the transaction lasts and the
// challenge stays used up. Unauthenticated: what came is no answer to what was
// asked, or nothing was. Conflict: the passkey is registered already.
func (b *Book) AddPasskey(tx *store.Tx, s *Session, answer []byte) (refused *mithaq.Refusal, err error) {
	return apart(b.addPasskey(tx, s, answer))
}

func (b *Book) addPasskey(tx *store.Tx, s *Session, answer []byte) error {
	if b.Passkeys == nil {
		return mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	c, err := b.take(tx, toSession(s))
	if err != nil {
		return err
	}
	o, err := b.owner(tx, s.Person)
	if err != nil {
		return err
	}
	k, err := b.Passkeys.New(o, c.state, answer)
	if err != nil {
		return err
	}
	if err := b.insertPasskey(tx, s.Person, c.name, k); err != nil {
		return err
	}
	if err := b.endOthers(tx, s); err != nil {
		return err
	}
	return b.enter(tx, "passkey-registered", s.Person, s.Person, map[string]string{"passkey": passkeyID(k.ID), "means": string(s.Means)})
}

func (b *Book) insertPasskey(tx *store.Tx, person mithaq.PersonID, name string, k *passkey.Key) error {
	id := passkeyID(k.ID)
	var taken int64
	if err := tx.QueryRow("SELECT count(*) FROM account_passkey WHERE id = ?", id).Scan(&taken); err != nil {
		return err
	}
	if taken > 0 {
		return mithaq.Refuse(mithaq.Conflict, "passkey.taken")
	}
	counts, err := b.countsFrom(tx, person)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO account_passkey(id, person, name, record, created, counts) VALUES (?, ?, ?, ?, ?, ?)",
		id, string(person), name, k.Record, tx.Now().UnixMicro(), counts.UnixMicro())
	return err
}

// endOthers ends a person's other sessions and the links to new ones; and this
// session and the tokens too, where another made them.
func (b *Book) endOthers(tx *store.Tx, s *Session) error {
	if _, err := tx.Exec("DELETE FROM account_session WHERE person = ? AND id <> ?", string(s.Person), s.ID); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM account_link WHERE person = ?", string(s.Person)); err != nil {
		return err
	}
	return b.endForeign(tx, s.Person)
}

// passkeyID names a passkey by half of a hash of its credential's id.
func passkeyID(credential []byte) string {
	hash := sha256.Sum256(credential)
	return hex.EncodeToString(hash[:16])
}

// owner is a person as passkeys know them.
func (b *Book) owner(tx *store.Tx, id mithaq.PersonID) (*passkey.Owner, error) {
	p, err := b.Person(tx, id)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query("SELECT record FROM account_passkey WHERE person = ? ORDER BY created, id", string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	o := &passkey.Owner{Person: id, Name: p.Name}
	for rows.Next() {
		var record []byte
		if err := rows.Scan(&record); err != nil {
			return nil, err
		}
		o.Records = append(o.Records, record)
	}
	return o, rows.Err()
}

// PasskeysOf lists what a person has, the oldest first.
func (b *Book) PasskeysOf(tx *store.Tx, id mithaq.PersonID) ([]*Passkey, error) {
	rows, err := tx.Query("SELECT id, name, created, used, counts FROM account_passkey WHERE person = ? ORDER BY created, id", string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []*Passkey{}
	for rows.Next() {
		k := &Passkey{}
		var created, used, counts int64
		if err := rows.Scan(&k.ID, &k.Name, &created, &used, &counts); err != nil {
			return nil, err
		}
		k.Counts = time.UnixMicro(counts).UTC()
		if k.Created = time.UnixMicro(created).UTC(); used > 0 {
			k.Used = time.UnixMicro(used).UTC()
		}
		list = append(list, k)
	}
	return list, rows.Err()
}

// RemovePasskey removes a passkey of a session's person. NotFound: they have no
// such passkey. Denied: the session only serves to register one. Conflict: it is
// the last one of somebody who decides things.
func (b *Book) RemovePasskey(tx *store.Tx, s *Session, id string) error {
	if s.Registers {
		return mithaq.Refuse(mithaq.Denied, "passkey.only")
	}
	if err := b.mayLose(tx, s.Person); err != nil {
		return err
	}
	res, err := tx.Exec("DELETE FROM account_passkey WHERE id = ? AND person = ?", id, string(s.Person))
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.NotFound, "passkey.none")
	}
	return b.enter(tx, "passkey-removed", s.Person, s.Person, map[string]string{"passkey": id})
}

// mayLose refuses the removal of the last passkey of whoever decides things.
func (b *Book) mayLose(tx *store.Tx, id mithaq.PersonID) error {
	p, err := b.Person(tx, id)
	if err != nil {
		return err
	}
	list, err := b.PasskeysOf(tx, id)
	if err == nil && len(list) == 1 && p.Decides() {
		return mithaq.Refuse(mithaq.Conflict, "passkey.last")
	}
	return err
}

// registers reports whether a session only serves to register a passkey again:
// a link began it, and its person decides things and had a passkey before.
func (b *Book) registers(tx *store.Tx, s *Session) (bool, error) {
	if s.Means != ByLink {
		return false, nil
	}
	p, err := b.Person(tx, s.Person)
	if err != nil || !p.Decides() {
		return false, err
	}
	var had int64
	err = tx.QueryRow("SELECT count(*) FROM account_passkey WHERE person = ? AND created < ?", string(s.Person), s.Created.UnixMicro()).Scan(&had)
	return had > 0, err
}

// apart tells a refusal from what is ours to fix.
func apart(err error) (*mithaq.Refusal, error) {
	if r, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return r, nil
	}
	return nil, err
}
