package mispsync

import (
	"slices"
	"strings"

	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
	"github.com/mithaq-hub/mithaq/misp/remote"
)

// A seen is an event as it was read.
type seen struct {
	uuid           string
	stamp, sighted int64
	standing       string
}

const perQuery = 500

// wanted are those rows of an index that are new, or newer than they were read.
func wanted(tx *store.Tx, name subscribe.Name, rows []remote.Row) (list []remote.Row, err error) {
	for some := range slices.Chunk(rows, perQuery) {
		known, err := seenOf(tx, name, some)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			was, ok := known[r.UUID]
			if !ok || r.Timestamp > was.stamp || r.Sighted > was.sighted || r.Timestamp == 0 {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

func seenOf(tx *store.Tx, name subscribe.Name, rows []remote.Row) (map[string]seen, error) {
	args := []any{string(name)}
	for _, r := range rows {
		args = append(args, strings.ToLower(r.UUID))
	}
	known := make(map[string]seen, len(rows))
	found, err := tx.Query("SELECT uuid, stamp, sighted FROM mispsync_event WHERE name = ? AND uuid IN (?"+strings.Repeat(", ?", len(rows)-1)+")", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var s seen
		if err := found.Scan(&s.uuid, &s.stamp, &s.sighted); err != nil {
			return nil, err
		}
		known[s.uuid] = s
	}
	return known, found.Err()
}

// note keeps that an event was read.
func note(tx *store.Tx, name subscribe.Name, s seen) error {
	_, err := tx.Exec(`INSERT INTO mispsync_event(name, uuid, stamp, sighted, standing, gone) VALUES(?, ?, ?, ?, ?, 0)
		ON CONFLICT(name, uuid) DO UPDATE SET stamp = excluded.stamp, sighted = excluded.sighted, standing = excluded.standing, gone = 0`,
		string(name), s.uuid, s.stamp, s.sighted, s.standing)
	return err
}

// noteGone keeps which events the server does not list any more: they were deleted
// there, are not published for now, or are not for us any more. What that means
// here is for a person to say.
func noteGone(tx *store.Tx, name subscribe.Name, listed map[string]bool) error {
	rows, err := tx.Query("SELECT uuid, gone FROM mispsync_event WHERE name = ?", string(name))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	changes := map[string]int64{}
	for rows.Next() {
		var uuid string
		var gone int64
		if err := rows.Scan(&uuid, &gone); err != nil {
			return err
		}
		switch {
		case listed[uuid] && gone != 0:
			changes[uuid] = 0
		case !listed[uuid] && gone == 0:
			changes[uuid] = tx.Now().UnixMicro()
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for uuid, gone := range changes {
		if _, err := tx.Exec("UPDATE mispsync_event SET gone = ? WHERE name = ? AND uuid = ?", gone, string(name), uuid); err != nil {
			return err
		}
	}
	return nil
}

func forget(tx *store.Tx, name subscribe.Name) error {
	_, err := tx.Exec("DELETE FROM mispsync_event WHERE name = ?", string(name))
	return err
}
