package account

import (
	"database/sql"
	"errors"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Register keeps the public half of a person's software credential. The
// person registers their own; at set-up the node does it for the founders. What
// is registered later signs nothing for a day: whoever stole a token and
// registers a key of their own is seen before it counts.
func (b *Book) Register(tx *store.Tx, v mithaq.Viewer, id mithaq.PersonID, public *sign.Public) error {
	if v.Person != id && !v.Node {
		return mithaq.Refuse(mithaq.Denied, "account.own-credential")
	}
	if _, err := b.Person(tx, id); err != nil {
		return err
	}
	created := tx.Now().UnixMicro()
	if v.Node {
		created = 0 // at set-up, as with roles
	}
	_, err := tx.Exec("INSERT INTO account_credential(key, person, kind, ed25519, mldsa65, created) VALUES (?, ?, ?, ?, ?, ?)",
		string(public.ID()), string(id), string(mithaq.SoftwareKey), []byte(public.Ed25519()), public.MLDSA65(), created)
	if errors.Is(err, mithaq.Conflict) {
		return mithaq.Refuse(mithaq.Conflict, "account.credential-taken", string(public.ID()))
	}
	if err != nil {
		return err
	}
	return b.enter(tx, "credential-registered", v.Person, id, map[string]string{"credential": string(public.ID())})
}

// Revoke ends a credential: what it signs from now on counts for nothing.
func (b *Book) Revoke(tx *store.Tx, v mithaq.Viewer, key mithaq.KeyID) error {
	var person string
	err := tx.QueryRow("SELECT person FROM account_credential WHERE key = ? AND revoked = 0", string(key)).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return noCredential(key)
	}
	if err != nil {
		return err
	}
	if v.Person != mithaq.PersonID(person) && !v.MayAdminister() {
		return mithaq.Refuse(mithaq.Denied, "account.own-credential")
	}
	if _, err := tx.Exec("UPDATE account_credential SET revoked = ? WHERE key = ?", tx.Now().UnixMicro(), string(key)); err != nil {
		return err
	}
	return b.enter(tx, "credential-revoked", v.Person, mithaq.PersonID(person), map[string]string{"credential": string(key)})
}

func noCredential(key mithaq.KeyID) error {
	return mithaq.Refuse(mithaq.NotFound, "account.no-credential", string(key))
}

// Key is the public half of a person's credential, if it is in use. Denied: it
// was registered less than a day ago.
func (b *Book) Key(tx *store.Tx, person mithaq.PersonID, key mithaq.KeyID) (*sign.Public, error) {
	var ed, mldsa []byte
	var created int64
	err := tx.QueryRow("SELECT ed25519, mldsa65, created FROM account_credential WHERE key = ? AND person = ? AND revoked = 0",
		string(key), string(person)).Scan(&ed, &mldsa, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noCredential(key)
	}
	if err != nil {
		return nil, err
	}
	if created > 0 && tx.Now().Before(time.UnixMicro(created).Add(mithaq.CoolingOff)) {
		return nil, mithaq.Refuse(mithaq.Denied, "account.credential-rests", string(key))
	}
	return sign.ParsePublic(ed, mldsa)
}
