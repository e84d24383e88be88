package peer

import (
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// Load gives the objects that lie with a message and nowhere else, in their
// places; nil for those that were erased or are items. NotFound: it is not here.
func (p *Peer) Load(tx *store.Tx, envelope stix.ID) ([][]byte, error) {
	e, err := keptByID(tx, envelope)
	if err != nil {
		return nil, err
	}
	raws := make([][]byte, len(e.items))
	return raws, ownRaws(tx, e, raws)
}

// Drop erases the objects that lie with a message which waits for nothing any
// more. Their digests stay, and the account still opens.
func (p *Peer) Drop(tx *store.Tx, envelope stix.ID) error {
	e, err := keptByID(tx, envelope)
	if err != nil || e.state == waiting {
		return err
	}
	if _, err := tx.Exec("DELETE FROM peer_object WHERE lane = ? AND sequence = ?", e.lane.id, e.sequence); err != nil {
		return named(err, "drop objects of envelope %s", envelope)
	}
	if _, err := tx.Exec("UPDATE peer_envelope SET salts = NULL WHERE lane = ? AND sequence = ?", e.lane.id, e.sequence); err != nil {
		return named(err, "drop salts of envelope %s", envelope)
	}
	return ledger.EraseContent(tx, e.lane.log, e.sequence-1)
}

func keptByID(tx *store.Tx, envelope stix.ID) (*kept, error) {
	var lane, sequence int64
	err := tx.QueryRow("SELECT lane, sequence FROM peer_envelope WHERE id = ?", string(envelope)).Scan(&lane, &sequence)
	if err != nil {
		return nil, named(err, "envelope %s", envelope)
	}
	l, err := laneByID(tx, lane)
	if err != nil {
		return nil, err
	}
	return keptAt(tx, l, sequence)
}
