package store

import (
	"database/sql"
	"errors"
)

// Note keeps one small named value of the node, such as its quarantine.
func (tx *Tx) Note(name, value string) error {
	_, err := tx.Exec(`INSERT INTO meta(name, value) VALUES(?, ?)
		ON CONFLICT(name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// Noted is the value kept under name, "" when there is none.
func (tx *Tx) Noted(name string) (value string, err error) {
	err = tx.QueryRow("SELECT value FROM meta WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return value, err
}

// Unnote removes a named value.
func (tx *Tx) Unnote(name string) error {
	_, err := tx.Exec("DELETE FROM meta WHERE name = ?", name)
	return err
}
