package ledger

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// Pin is the newest signed checkpoint of the node's own log, for partners to
// keep; "" before the first is signed.
func (l *Ledger) Pin(tx *store.Tx) (note string, err error) {
	err = tx.QueryRow("SELECT note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1", int64(l.own)).Scan(&note)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return note, named(err, "checkpoint of our own log")
}
