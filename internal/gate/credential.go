package gate

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// certify keeps, under the node's signature, that a credential is a person's of
// ours, so that partners can check what it signs.
func (g *Gate) certify(tx *store.Tx, person mithaq.PersonID, key *sign.Public) error {
	return g.keepCertificate(tx, mithaq.NewCredential(stix.NewID(mithaq.TypeCredential), mithaq.At(tx.Now()), g.Org, person, key.Ed25519(), key.MLDSA65()))
}

// keepCertificate signs a certificate and keeps it, unless there is one of its key.
func (g *Gate) keepCertificate(tx *store.Tx, c *mithaq.Credential) error {
	_, err := g.certificate(tx, c.Key)
	if !errors.Is(err, mithaq.NotFound) {
		return err
	}
	raw, err := g.seal(c, mithaq.TypeCredential, &c.Signatures)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO gate_credential(key, raw) VALUES(?, ?)", string(c.Key), raw)
	return err
}

func (g *Gate) certificate(tx *store.Tx, key mithaq.KeyID) (raw []byte, err error) {
	err = tx.QueryRow("SELECT raw FROM gate_credential WHERE key = ?", string(key)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		err = mithaq.Refuse(mithaq.NotFound, "gate.no-certificate", string(key))
	}
	return raw, err
}
