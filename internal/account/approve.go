package account

import (
	"bytes"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A kept passkey is one as its table has it.
type keptPasskey struct {
	id     string
	record []byte
	counts time.Time // from when on it may approve
}

// countsFrom is when a person's new passkey may begin to approve: after a day, so
// that one that somebody else put there is seen first; a founder's first, in the
// first day of the node, at once.
func (b *Book) countsFrom(tx *store.Tx, id mithaq.PersonID) (time.Time, error) {
	after := tx.Now().Add(mithaq.CoolingOff)
	p, err := b.Person(tx, id)
	if err != nil || len(p.Roles) == 0 || !p.Since.IsZero() {
		return after, err
	}
	has, err := b.kept(tx, id)
	if err != nil || len(has) > 0 {
		return after, err
	}
	over, err := tx.Noted(setUp)
	if err != nil || over == "" {
		return after, err
	}
	at, err := mithaq.ParseTime(over)
	if err == nil && tx.Now().Before(at.Add(mithaq.CoolingOff)) {
		return tx.Now(), nil
	}
	return after, err
}

func (b *Book) kept(tx *store.Tx, id mithaq.PersonID) (list []keptPasskey, err error) {
	rows, err := tx.Query("SELECT id, record, counts FROM account_passkey WHERE person = ? ORDER BY created, id", string(id))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var k keptPasskey
		var counts int64
		if err := rows.Scan(&k.id, &k.record, &counts); err != nil {
			return nil, err
		}
		k.counts = time.UnixMicro(counts).UTC()
		list = append(list, k)
	}
	return list, rows.Err()
}

// AskApproval asks a person's browser for one of their passkeys, to sign a
// release's digest. Unavailable: as with AskNewPasskey. Denied: they have none
// that may approve yet.
func (b *Book) AskApproval(tx *store.Tx, id mithaq.PersonID, digest mithaq.Digest) ([]byte, error) {
	if b.Passkeys == nil {
		return nil, mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	o, err := b.owner(tx, id)
	if err != nil {
		return nil, err
	}
	all, err := b.kept(tx, id)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, mithaq.Refuse(mithaq.Denied, "passkey.first")
	}
	o.Records = nil
	for _, k := range all {
		if !tx.Now().Before(k.counts) {
			o.Records = append(o.Records, k.record)
		}
	}
	if len(o.Records) == 0 {
		return nil, mithaq.Refuse(mithaq.Denied, "passkey.rests")
	}
	return b.Passkeys.AskFor(o, digest)
}

// Asserts names the passkey of a person that an assertion says it is by; nothing
// is verified. Unauthenticated: they have no such passkey.
func (b *Book) Asserts(tx *store.Tx, id mithaq.PersonID, a *mithaq.Assertion) (mithaq.KeyID, error) {
	_, key, err := b.find(tx, id, func(p *mithaq.PublicPasskey) bool { return bytes.Equal(p.ID, a.ID) })
	if err != nil {
		return "", err
	}
	if key == nil {
		return "", mithaq.Refuse(mithaq.Unauthenticated, "passkey.refused")
	}
	return key.KeyID(), nil
}

// find finds a passkey of a person; nil where they have none such.
func (b *Book) find(tx *store.Tx, id mithaq.PersonID, is func(*mithaq.PublicPasskey) bool) (*keptPasskey, *mithaq.PublicPasskey, error) {
	if b.Passkeys == nil {
		return nil, nil, mithaq.Refuse(mithaq.Unavailable, "passkey.nowhere")
	}
	if _, err := b.Person(tx, id); err != nil {
		return nil, nil, err
	}
	all, err := b.kept(tx, id)
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		p, err := b.Passkeys.Public(all[i].record)
		if err != nil {
			return nil, nil, err
		}
		if is(p) {
			return &all[i], p, nil
		}
	}
	return nil, nil, nil
}

// Asserted is the passkey of a person that an assertion over a digest is by; its
// counter goes on. NotFound: they have no such passkey. Denied: it came less than
// a day ago, or its counter did not go on. Unauthenticated: the assertion does not hold.
func (b *Book) Asserted(tx *store.Tx, id mithaq.PersonID, key mithaq.KeyID, digest mithaq.Digest, a *mithaq.Assertion) (*mithaq.PublicPasskey, error) {
	k, p, err := b.find(tx, id, func(p *mithaq.PublicPasskey) bool { return p.KeyID() == key })
	switch {
	case err != nil:
		return nil, err
	case k == nil:
		return nil, noCredential(key)
	case tx.Now().Before(k.counts):
		return nil, mithaq.Refuse(mithaq.Denied, "passkey.rests")
	}
	counter, err := passkey.Verify(p, digest, a)
	if err != nil {
		return nil, err
	}
	return p, b.count(tx, k, counter)
}

// count takes a counter into a passkey's record. Denied: it did not go on.
func (b *Book) count(tx *store.Tx, k *keptPasskey, counter uint32) error {
	record, behind, err := passkey.Counted(k.record, counter)
	if err != nil {
		return err
	}
	if behind {
		return mithaq.Refuse(mithaq.Denied, "passkey.behind")
	}
	_, err = tx.Exec("UPDATE account_passkey SET record = ?, used = ? WHERE id = ?", record, tx.Now().UnixMicro(), k.id)
	return err
}
