package account

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// AskPasskey asks whoever is at a browser for a passkey; ask goes to the browser,
// and secret into a cookie of it. Unavailable: as with AskNewPasskey. Busy: too
// many were asked and did not answer.
func (b *Book) AskPasskey(tx *store.Tx) (ask []byte, secret string, err error) {
	if b.Passkeys == nil {
		return nil, "", mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	ask, state, err := b.Passkeys.Ask()
	if err != nil {
		return nil, "", err
	}
	secret, _ = newToken()
	return ask, secret, b.keep(tx, toBrowser(secret), challenge{state: state})
}

// A Recognition is what became of an answer: a session's cookie, or a refusal,
// which is no error, so that the transaction lasts and the challenge stays used up.
type Recognition struct {
	Cookie  string
	Refused *mithaq.Refusal
}

// Recognise begins a session for whoever's passkey answers at the browser that
// has a secret. It refuses as AddPasskey does; and a passkey whose counter did
// not go on (Denied), which is entered: somebody may have a copy of it.
func (b *Book) Recognise(tx *store.Tx, secret string, answer []byte, agent string) (r Recognition, err error) {
	r.Cookie, err = b.recognise(tx, secret, answer, agent)
	if r.Refused, err = apart(err); r.Refused != nil {
		r.Cookie = ""
	}
	return r, err
}

func (b *Book) recognise(tx *store.Tx, secret string, answer []byte, agent string) (cookie string, err error) {
	if b.Passkeys == nil {
		return "", mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	c, err := b.take(tx, toBrowser(secret))
	if err != nil {
		return "", err
	}
	o, k, err := b.Passkeys.Known(c.state, answer, func(id []byte) (*passkey.Owner, error) { return b.ownerOf(tx, id) })
	if err != nil {
		return "", err
	}
	if err := b.used(tx, o.Person, k); err != nil {
		return "", err
	}
	return b.Begin(tx, Beginning{Person: o.Person, Means: ByPasskey, Agent: agent})
}

// used notes that a passkey answered. Denied: its counter did not go on, which is
// entered: somebody may have a copy of it.
func (b *Book) used(tx *store.Tx, person mithaq.PersonID, k *passkey.Key) error {
	id := passkeyID(k.ID)
	if k.Behind {
		if err := b.enter(tx, "passkey-behind", person, person, map[string]string{"passkey": id}); err != nil {
			return err
		}
		return mithaq.Refuse(mithaq.Denied, "passkey.behind")
	}
	_, err := tx.Exec("UPDATE account_passkey SET record = ?, used = ? WHERE id = ?", k.Record, tx.Now().UnixMicro(), id)
	return err
}

// ownerOf finds whose passkey has a credential's id. Unauthenticated: nobody's.
func (b *Book) ownerOf(tx *store.Tx, credential []byte) (*passkey.Owner, error) {
	var person string
	err := tx.QueryRow("SELECT person FROM account_passkey WHERE id = ?", passkeyID(credential)).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, mithaq.Refuse(mithaq.Unauthenticated, "passkey.refused")
	}
	if err != nil {
		return nil, err
	}
	return b.owner(tx, mithaq.PersonID(person))
}
