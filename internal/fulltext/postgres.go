package fulltext

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/store"
)

//go:embed schema/*.sql
var schema embed.FS

// Migration is the package's tables: on PostgreSQL alone.
func Migration() store.Migration { return store.Embedded("fulltext", schema) }

// postgres is an index in the store's own database. Several processes may
// follow at once: what one has taken in, another does not take in again.
type postgres struct{ store *store.Store }

func (p *postgres) place(ctx context.Context) (at place, err error) {
	err = p.store.Read(ctx, func(tx *store.Tx) error {
		at, err = p.at(tx)
		return err
	})
	return at, err
}

func (p *postgres) at(tx *store.Tx) (at place, err error) {
	err = tx.QueryRow("SELECT items, erased FROM fulltext_place").Scan(&at.items, &at.erased)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return at, err
}

// moveTo keeps how far the index has come; it never moves back.
func (p *postgres) moveTo(tx *store.Tx, to place) error {
	_, err := tx.Exec(`INSERT INTO fulltext_place(id, items, erased) VALUES(1, ?, ?) ON CONFLICT(id) DO UPDATE
		SET items = greatest(fulltext_place.items, excluded.items), erased = greatest(fulltext_place.erased, excluded.erased)`, to.items, to.erased)
	return err
}

func (p *postgres) add(ctx context.Context, docs []doc, upTo int64) error {
	return p.store.Write(ctx, func(tx *store.Tx) error {
		at, err := p.at(tx)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if d.item <= at.items || len(d.words) == 0 {
				continue
			}
			if _, err := tx.Exec("INSERT INTO fulltext(item, words) SELECT ?, array_to_tsvector(string_to_array(?, ' ')) WHERE EXISTS (SELECT 1 FROM item WHERE seq = ?) ON CONFLICT DO NOTHING",
				d.item, strings.Join(d.words, " "), d.item); err != nil {
				return err
			}
		}
		return p.moveTo(tx, place{items: upTo})
	})
}

func (p *postgres) drop(ctx context.Context, items []int64, upTo int64) error {
	return p.store.Write(ctx, func(tx *store.Tx) error {
		for _, item := range items {
			if _, err := tx.Exec("DELETE FROM fulltext WHERE item = ?", item); err != nil {
				return err
			}
		}
		return p.moveTo(tx, place{erased: upTo})
	})
}

func (p *postgres) find(ctx context.Context, q Query, below int64, limit int) (found []int64, err error) {
	query, args := "SELECT item FROM fulltext WHERE words @@ ?::tsquery", []any{q.tsquery()}
	if below > 0 {
		query, args = query+" AND item < ?", append(args, below)
	}
	err = p.store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(query+" ORDER BY item DESC LIMIT ?", append(args, limit)...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var item int64
			if err := rows.Scan(&item); err != nil {
				return err
			}
			found = append(found, item)
		}
		return rows.Err()
	})
	return found, err
}

func (p *postgres) reset(ctx context.Context) error {
	return p.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec("DELETE FROM fulltext"); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM fulltext_place")
		return err
	})
}

func (p *postgres) close() error { return nil }
