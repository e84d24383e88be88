package account

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Person is somebody with an account.
type Person struct {
	ID    mithaq.PersonID
	Name  string
	Roles []mithaq.Role
	Since time.Time // when the newest role was granted after set-up; zero for founders
}

// Enrol adds a person without roles; an administrator does it.
func (b *Book) Enrol(tx *store.Tx, v mithaq.Viewer, name string) (mithaq.PersonID, error) {
	if !v.MayAdminister() {
		return "", mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	id, err := b.add(tx, &Newcomer{Name: name})
	if err != nil {
		return "", err
	}
	return id, b.enter(tx, "person-enrolled", v.Person, id, nil)
}

// Close ends a person's account: roles, tokens, passkeys and credentials with it.
func (b *Book) Close(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID) error {
	if !v.MayAdminister() {
		return mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	if _, err := b.Person(tx, id); err != nil {
		return err
	}
	now := tx.Now().UnixMicro()
	for _, q := range []string{
		"UPDATE account_person SET closed = ? WHERE id = ?",
		"UPDATE account_credential SET revoked = ? WHERE person = ? AND revoked = 0",
	} {
		if _, err := tx.Exec(q, now, string(id)); err != nil {
			return err
		}
	}
	for _, q := range []string{
		"DELETE FROM account_role WHERE person = ?", "DELETE FROM account_token WHERE person = ?", "DELETE FROM account_passkey WHERE person = ?",
		"DELETE FROM account_grant WHERE person = ?", "DELETE FROM account_grant WHERE proposer = ?",
	} {
		if _, err := tx.Exec(q, string(id)); err != nil {
			return err
		}
	}
	if err := b.dropSessions(tx, id); err != nil {
		return err
	}
	return b.enter(tx, "person-closed", v.Person, id, nil)
}

// Person finds somebody with an open account.
func (b *Book) Person(tx *store.Tx, id mithaq.PersonID) (*Person, error) {
	p := &Person{ID: id}
	err := tx.QueryRow("SELECT name FROM account_person WHERE id = ? AND closed = 0", string(id)).Scan(&p.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.NotFound, "account.no-person", string(id))
	}
	if err != nil {
		return nil, err
	}
	return p, b.addRoles(tx, p)
}

func (b *Book) addRoles(tx *store.Tx, p *Person) error {
	rows, err := tx.Query("SELECT role, since FROM account_role WHERE person = ? ORDER BY role", string(p.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var role string
		var since int64
		if err := rows.Scan(&role, &since); err != nil {
			return err
		}
		p.Roles = append(p.Roles, mithaq.Role(role))
		if at := time.UnixMicro(since); since > 0 && at.After(p.Since) {
			p.Since = at
		}
	}
	return rows.Err()
}

// People lists everybody with an open account, by name.
func (b *Book) People(tx *store.Tx) ([]*Person, error) {
	rows, err := tx.Query("SELECT id FROM account_person WHERE closed = 0 ORDER BY name, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	people := make([]*Person, 0, len(ids))
	for _, id := range ids {
		p, err := b.Person(tx, mithaq.PersonID(id))
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return people, nil
}

// Grant gives a role to a person. The first administrator's word waits for a
// second one's, who is neither the first nor the person; it reports whether the role is
// held now. Conflict: the person has it. Invalid: it does not go with their others.
func (b *Book) Grant(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID, role mithaq.Role) (bool, error) {
	if err := b.mayGrant(tx, v, id, role); err != nil {
		return false, err
	}
	first, err := b.firstWord(tx, id, role)
	switch {
	case err != nil:
		return false, err
	case first == "":
		return false, b.propose(tx, v, id, role)
	case first == v.Person:
		return false, mithaq.Refuse(mithaq.Conflict, "account.second-person")
	}
	if err := errors.Join(b.dropWord(tx, id, role), b.endForeign(tx, id)); err != nil {
		return false, err
	}
	if err := b.give(tx, id, role, first, v.Person, tx.Now()); err != nil {
		return false, err
	}
	return true, b.enter(tx, "role-granted", v.Person, id, map[string]string{"role": string(role), "first": string(first)})
}

func (b *Book) mayGrant(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID, role mithaq.Role) error {
	if !mayGrantAtAll(&v) || v.Person == id {
		return mithaq.Refuse(mithaq.Denied, "account.may-not-grant")
	}
	if err := role.Check(); err != nil {
		return err
	}
	p, err := b.Person(tx, id)
	if err != nil {
		return err
	}
	if slices.Contains(p.Roles, role) {
		return mithaq.Refuse(mithaq.Conflict, "account.has-role", string(role))
	}
	return compatible(append(slices.Clone(p.Roles), role))
}

func mayGrantAtAll(v *mithaq.Viewer) bool { return v.MayAdminister() || v.Is(mithaq.LegalOfficer) }

// wordLife is how long one person's word waits for the second's.
const wordLife = 7 * 24 * time.Hour

// firstWord is who proposed a grant; "" where nobody did, where it was too long
// ago, or where that person may not grant any more: a word counts as that of
// who its speaker is now.
func (b *Book) firstWord(tx *store.Tx, id mithaq.PersonID, role mithaq.Role) (mithaq.PersonID, error) {
	var first mithaq.PersonID
	var at int64
	err := tx.QueryRow("SELECT proposer, at FROM account_grant WHERE person = ? AND role = ?", string(id), string(role)).Scan((*string)(&first), &at)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	v, err := b.PersonViewer(tx, first)
	switch {
	case err != nil && !errors.Is(err, mithaq.NotFound):
		return "", err
	case err == nil && mayGrantAtAll(&v) && tx.Now().Before(time.UnixMicro(at).Add(wordLife)):
		return first, nil
	}
	return "", b.dropWord(tx, id, role)
}

func (b *Book) dropWord(tx *store.Tx, id mithaq.PersonID, role mithaq.Role) error {
	_, err := tx.Exec("DELETE FROM account_grant WHERE person = ? AND role = ?", string(id), string(role))
	return err
}

func (b *Book) propose(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID, role mithaq.Role) error {
	_, err := tx.Exec(`INSERT INTO account_grant(person, role, proposer, at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person, role) DO UPDATE SET proposer = excluded.proposer, at = excluded.at`,
		string(id), string(role), string(v.Person), tx.Now().UnixMicro())
	if err != nil {
		return err
	}
	return b.enter(tx, "role-proposed", v.Person, id, map[string]string{"role": string(role)})
}

func (b *Book) give(tx *store.Tx, id mithaq.PersonID, role mithaq.Role, first, second mithaq.PersonID, since time.Time) error {
	var at int64
	if !since.IsZero() {
		at = since.UnixMicro()
	}
	_, err := tx.Exec("INSERT INTO account_role(person, role, first, second, since) VALUES (?, ?, ?, ?, ?)",
		string(id), string(role), string(first), string(second), at)
	return err
}

// Withdraw takes a role away at once; one administrator suffices.
func (b *Book) Withdraw(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID, role mithaq.Role) error {
	if !v.MayAdminister() {
		return mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	}
	res, err := tx.Exec("DELETE FROM account_role WHERE person = ? AND role = ?", string(id), string(role))
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n == 0 {
		return mithaq.Refuse(mithaq.NotFound, "account.no-role", string(role))
	}
	return b.enter(tx, "role-withdrawn", v.Person, id, map[string]string{"role": string(role)})
}
