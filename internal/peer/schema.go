package peer

import (
	"embed"
	"io/fs"

	"github.com/mithaq-hub/mithaq/internal/store"
)

//go:embed schema/*.sql
var embedded embed.FS

// Migrations are the tables of this package, for store.Config.
func Migrations() store.Migration {
	sub, err := fs.Sub(embedded, "schema")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return store.Migration{Capability: "peer", FS: sub}
}
