package peer

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Objects are the objects of the message at an index of a lane's log, by their
// salted digests; none where the log is no lane's.
func (p *Peer) Objects(tx *store.Tx, origin string, index int64) ([]ledger.OpenedObject, error) {
	var salts, digests []byte
	err := tx.QueryRow(`SELECT e.salts, e.digests FROM peer_envelope e JOIN peer_lane l ON l.id = e.lane
		WHERE l.origin = ? AND e.sequence = ?`, origin, index+1).Scan(&salts, &digests)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, named(err, "objects of %s, entry %d", origin, index)
	}
	all := make([]ledger.OpenedObject, len(digests)/len(mithaq.Digest{}))
	for i := range all {
		all[i].Digest = digestOf(digests[i*len(mithaq.Digest{}) : (i+1)*len(mithaq.Digest{})])
		if salts != nil {
			all[i].Salt = mithaq.ObjectSalt(salts[contentSaltSize+16*i:])
		}
	}
	return all, nil
}

// Cards are all Cards held of an organisation, byte for byte, the oldest first.
func (p *Peer) Cards(tx *store.Tx, org mithaq.OrgID) ([][]byte, error) { return rawCards(tx, org) }
