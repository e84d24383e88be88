package ledger

import (
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A LogID names a log in this store, and nowhere else: outside it is known by
// its origin.
type LogID int64

// A LogKind says whose log it is and what of it we hold.
type LogKind string

const (
	Kept   LogKind = "kept"   // ours, with openings: we sign its checkpoints
	Shared LogKind = "shared" // a partner's, of which we hold the same entries: we cosign
	Mirror LogKind = "mirror" // a partner's, of which we hold leaf hashes alone
)

// A Log is one log as it stands.
type Log struct {
	ID     LogID
	Origin string
	Kind   LogKind
	mithaq.Tree
}

// OpenLog finds the log of an origin, or begins it with the empty tree.
// Conflict: it is there as another kind. Invalid: an origin that checkpoints
// cannot carry.
func OpenLog(tx *store.Tx, origin string, kind LogKind) (LogID, error) {
	log, err := FindLog(tx, origin)
	if errors.Is(err, mithaq.NotFound) {
		return beginLog(tx, origin, kind)
	}
	if err == nil && log.Kind != kind {
		return 0, fmt.Errorf("log %s is %s, not %s: %w", origin, log.Kind, kind, mithaq.Conflict)
	}
	return log.ID, err
}

func beginLog(tx *store.Tx, origin string, kind LogKind) (id LogID, err error) {
	if err := checkName(origin); err != nil {
		return 0, err
	}
	if err := tx.QueryRow("SELECT coalesce(max(id), 0) + 1 FROM log").Scan(&id); err != nil {
		return 0, fmt.Errorf("begin log %s: %w", origin, err)
	}
	_, err = tx.Exec("INSERT INTO log(id, origin, kind, size, root, frontier, signed, cosigned) VALUES(?, ?, ?, 0, ?, ?, 0, 0)",
		id, origin, kind, emptyRoot[:], []byte{})
	if err != nil {
		return 0, fmt.Errorf("begin log %s: %w", origin, err)
	}
	return id, nil
}

const logColumns = "SELECT id, origin, kind, size, root FROM log "

// FindLog finds the log of an origin. NotFound: there is none.
func FindLog(tx *store.Tx, origin string) (Log, error) {
	log, err := scanLog(tx.QueryRow(logColumns+"WHERE origin = ?", origin))
	return log, named(err, "log %s", origin)
}

// LogOf is the log with an id. NotFound: there is none.
func LogOf(tx *store.Tx, id LogID) (Log, error) {
	log, err := scanLog(tx.QueryRow(logColumns+"WHERE id = ?", id))
	return log, named(err, "log %d", id)
}

// Logs lists all logs, by origin.
func Logs(tx *store.Tx) ([]Log, error) {
	rows, err := tx.Query(logColumns + "ORDER BY origin")
	if err != nil {
		return nil, fmt.Errorf("list logs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []Log
	for rows.Next() {
		log, err := scanLog(rows)
		if err != nil {
			return nil, fmt.Errorf("list logs: %w", err)
		}
		all = append(all, log)
	}
	return all, rows.Err()
}

func scanLog(row interface{ Scan(...any) error }) (log Log, err error) {
	var root []byte
	if err := row.Scan(&log.ID, &log.Origin, &log.Kind, &log.Size, &root); err != nil {
		return Log{}, err
	}
	log.Root, err = digest(root)
	return log, err
}

// TreeOf is the state of a log: what its entries so far give.
func TreeOf(tx *store.Tx, id LogID) (mithaq.Tree, error) {
	log, err := LogOf(tx, id)
	return log.Tree, err
}

// named says what an error is about, and turns "no rows" into NotFound.
func named(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = mithaq.NotFound
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// digest reads 32 stored bytes.
func digest(b []byte) (mithaq.Digest, error) {
	if len(b) != tlog.HashSize {
		return mithaq.Digest{}, fmt.Errorf("%w: a hash of %d bytes", ErrMalformed, len(b))
	}
	return mithaq.Digest(b), nil
}
