package ledger

import (
	"embed"

	"github.com/mithaq-hub/mithaq/internal/store"
)

//go:embed schema/*.sql
var embedded embed.FS

// Migrations are the tables of this package, for store.Config.
func Migrations() store.Migration {
	return store.Embedded("ledger", embedded)
}
