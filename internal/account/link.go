package account

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// LinkLife is how long a link to sign in is good.
const LinkLife = time.Hour

// LinkPath is where the pages take a link's secret.
func LinkPath(secret string) string { return "/enter/" + secret }

// LinkFor makes the secret of a link by which a person signs in at a browser,
// once and within an hour. Who may make one, and when "" means that a second
// person's word is waited for, is as with SignInFor.
func (b *Book) LinkFor(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID) (string, error) {
	if ready, err := b.agreed(tx, v, id); !ready {
		return "", err
	}
	return b.link(tx, v.Person, id)
}

// Link makes a link for a person at set-up, as SignIn makes a token.
func (b *Book) Link(tx *store.Tx, id mithaq.PersonID) (string, error) { return b.link(tx, id, id) }

func (b *Book) link(tx *store.Tx, maker, id mithaq.PersonID) (string, error) {
	if _, err := b.Person(tx, id); err != nil {
		return "", err
	}
	secret, hash := newToken()
	now := tx.Now()
	_, err := tx.Exec("INSERT INTO account_link(hash, person, maker, created, expires) VALUES (?, ?, ?, ?, ?)",
		hash[:], string(id), string(maker), now.UnixMicro(), now.Add(LinkLife).UnixMicro())
	if err != nil {
		return "", err
	}
	return secret, b.enter(tx, "link-made", maker, id, nil)
}

// Linked says for whom a link is, without using it up.
// Unauthenticated: no such link, used already, or its hour is over; they are not
// told apart.
func (b *Book) Linked(tx *store.Tx, secret string) (*Person, error) {
	id, _, err := b.findLink(tx, secret)
	if err != nil {
		return nil, err
	}
	return b.Person(tx, id)
}

func (b *Book) findLink(tx *store.Tx, secret string) (id, maker mithaq.PersonID, err error) {
	hash := sha256.Sum256([]byte(secret))
	var expires int64
	err = tx.QueryRow("SELECT person, maker, expires FROM account_link WHERE hash = ?", hash[:]).Scan((*string)(&id), (*string)(&maker), &expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && tx.Now().UnixMicro() >= expires {
		return "", "", mithaq.Refuse(mithaq.Unauthenticated, "account.link")
	}
	return id, maker, err
}

// Redeem uses a link up and begins a session for its person.
// Unauthenticated: as with Linked.
func (b *Book) Redeem(tx *store.Tx, secret, agent string) (cookie string, err error) {
	id, maker, err := b.findLink(tx, secret)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256([]byte(secret))
	res, err := tx.Exec("DELETE FROM account_link WHERE hash = ?", hash[:])
	if err != nil {
		return "", err
	}
	if n, _ := res.RowsAffected(); n != 1 {
		return "", mithaq.Refuse(mithaq.Unauthenticated, "account.link") // somebody else was quicker
	}
	return b.begin(tx, Beginning{Person: id, Means: ByLink, Agent: agent}, maker)
}
