package account

import (
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// signInWord stands among the grants that wait for a second person for a sign-in
// made for somebody else.
const signInWord = "sign-in"

// SignInFor makes a token for a person, shown once: a further one for oneself; a
// first one by an administrator for somebody who can do nothing yet; and for
// anybody else who lost theirs by two persons together. "" and no error: the
// second person's word is waited for.
//
// What another made ends when the person makes one of their own, or gets a role,
// so that nobody keeps a way to act as somebody else.
func (b *Book) SignInFor(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID, label string, until time.Time) (string, error) {
	if ready, err := b.agreed(tx, v, id); !ready {
		return "", err
	}
	return b.signIn(tx, v.Person, id, label, until)
}

// agreed reports whether a way to sign in as a person may be made now, by the
// viewer; where it takes two, the first one's word is kept.
func (b *Book) agreed(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID) (bool, error) {
	if v.Person == id && id != "" {
		err := b.endForeign(tx, id)
		return err == nil, err
	}
	bare, err := b.bare(tx, id)
	switch {
	case err != nil:
		return false, err
	case bare && !v.MayAdminister():
		return false, mithaq.Refuse(mithaq.Denied, "account.may-not-administer")
	case bare:
		return true, nil
	case !mayGrantAtAll(&v):
		return false, mithaq.Refuse(mithaq.Denied, "account.may-not-grant")
	}
	first, err := b.firstWord(tx, id, signInWord)
	switch {
	case err != nil:
		return false, err
	case first == "" || first == v.Person:
		return false, b.propose(tx, v, id, signInWord)
	}
	err = b.dropWord(tx, id, signInWord)
	return err == nil, err
}

// bare reports whether a person has neither a role nor a credential nor a passkey.
func (b *Book) bare(tx *store.Tx, id mithaq.PersonID) (bool, error) {
	if _, err := b.Person(tx, id); err != nil {
		return false, err
	}
	var has int64
	err := tx.QueryRow(`SELECT (SELECT count(*) FROM account_role WHERE person = ?) + (SELECT count(*) FROM account_credential WHERE person = ?)
		+ (SELECT count(*) FROM account_passkey WHERE person = ?)`, string(id), string(id), string(id)).Scan(&has)
	return has == 0, err
}

// endForeign ends the tokens, links and sessions of a person that somebody else made.
func (b *Book) endForeign(tx *store.Tx, id mithaq.PersonID) error {
	for _, table := range []string{"account_token", "account_link", "account_session"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE person = ? AND maker <> '' AND maker <> person", string(id)); err != nil {
			return err
		}
	}
	return nil
}
