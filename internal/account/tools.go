package account

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq/internal/store"
)

// ToolsRead reports whether there is a service that may read.
func (*Book) ToolsRead(tx *store.Tx) (bool, error) {
	var name string
	err := tx.QueryRow("SELECT name FROM account_service WHERE access <> ? LIMIT 1", string(Writes)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
