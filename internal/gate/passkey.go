package gate

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// assertedApproval wants an assertion over the release's digest by a passkey of
// the person, and certifies that passkey.
func (g *Gate) assertedApproval(tx *store.Tx, a *mithaq.Approval) error {
	key, err := g.Credentials.Asserted(tx, a.Person, a.Credential, a.Release, a.Assertion)
	if err != nil {
		return err
	}
	return g.keepCertificate(tx, mithaq.NewPasskeyCredential(stix.NewID(mithaq.TypeCredential), mithaq.At(tx.Now()), g.Org, a.Person, key))
}

// enterRefusal enters that somebody tried to approve with what does not sign for
// them, or with what may be a copy.
func (g *Gate) enterRefusal(ctx context.Context, v mithaq.Viewer, a *mithaq.Approval, why error) error {
	r, ok := errors.AsType[*mithaq.Refusal](why)
	if !ok || r.Kind != mithaq.Unauthenticated && r.Key != "passkey.behind" {
		return nil
	}
	return g.write(ctx, func(tx *store.Tx) error {
		return g.enter(tx, v, "approval-refused", mithaq.Account{Notes: map[string]string{"why": r.Key, "credential": string(a.Credential)}})
	})
}

// A stand is a passkey's counter and the release for which it stood.
type stand struct {
	key     mithaq.KeyID
	counter uint32
	release mithaq.Digest
}

// asserts reports whether an approval is by a certified passkey whose counter
// never stood for another release: then there would be two passkeys, or one
// assertion for both.
func (v *verified) asserts(tx *store.Tx, by *signer, a *mithaq.Approval) (bool, error) {
	counter, err := passkey.Verify(by.passkey, a.Release, a.Assertion)
	if err != nil || counter == 0 {
		return err == nil, nil
	}
	first, err := counted(tx, a.Org, a.Credential, counter)
	if err != nil || !first.IsZero() && first != a.Release {
		return false, err
	}
	v.stands = append(v.stands, stand{a.Credential, counter, a.Release})
	return true, nil
}

// counted is the release for which a passkey's counter stood first; zero: none.
func counted(tx *store.Tx, org mithaq.OrgID, key mithaq.KeyID, counter uint32) (release mithaq.Digest, err error) {
	var digest []byte
	err = tx.QueryRow("SELECT release FROM gate_counter WHERE org = ? AND key = ? AND counter = ?", string(org), string(key), int64(counter)).Scan(&digest)
	if errors.Is(err, sql.ErrNoRows) {
		return release, nil
	}
	copy(release[:], digest)
	return release, err
}

// keepCounters keeps for which release each counter stood. Busy: another release
// with one of them was stored since this was decided.
func (a *arrival) keepCounters() error {
	from := a.in.Header.From
	for _, s := range a.judged.verified.stands {
		_, err := a.tx.Exec("INSERT INTO gate_counter(org, key, counter, release) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
			string(from), string(s.key), int64(s.counter), s.release[:])
		if err != nil {
			return err
		}
		if first, err := counted(a.tx, from, s.key, s.counter); err != nil || first != s.release {
			return cmp.Or(err, error(mithaq.Busy))
		}
	}
	return nil
}
