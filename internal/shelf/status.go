package shelf

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// keep is how long a status can be asked for: a day after its end and a bit.
// TAXII 2.1, 4.3
const keep = 25 * time.Hour

func who(v *mithaq.Viewer) string { return string(v.Person) + "/" + v.Token }

func itoa(n int) string { return strconv.Itoa(n) }

// keepStatus makes durable what became of what was brought, and forgets what is old.
func keepStatus(tx *store.Tx, who, root string, status *taxii.Status) error {
	if _, err := tx.Exec("DELETE FROM shelf_status WHERE at < ?", tx.Now().Add(-keep).UnixMicro()); err != nil {
		return err
	}
	raw, err := json.Marshal(status)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO shelf_status(id, who, root, at, raw) VALUES(?, ?, ?, ?, ?)", status.ID, who, root, tx.Now().UnixMicro(), raw)
	return err
}

// Status is what became of a POST of the caller's, for a day and an hour.
func (s *Shelf) Status(ctx context.Context, root, id string) (status taxii.Status, err error) {
	v, err := viewer(ctx)
	if err != nil {
		return status, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		var raw []byte
		err := tx.QueryRow("SELECT raw FROM shelf_status WHERE id = ? AND who = ? AND root = ? AND at >= ?",
			id, who(&v), root, tx.Now().Add(-keep).UnixMicro()).Scan(&raw)
		if errors.Is(err, sql.ErrNoRows) {
			return taxii.NotFound("status")
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &status)
	})
	return status, err
}
