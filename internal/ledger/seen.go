package ledger

import (
	"database/sql"
	"errors"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Notice keeps a checkpoint of another party's log that somebody showed us. If
// it contradicts what we hold, the error is a *Caught with the evidence, and
// the checkpoint is kept nowhere but in it. Compared are the checkpoints seen
// of the same size, and our own copy of the log, where we have one.
func Notice(tx *store.Tx, signed []byte, log *Verifier) (Checkpoint, error) {
	cp, _, note, err := log.checkpoint(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	other, err := seenAt(tx, cp)
	if err != nil {
		return Checkpoint{}, err
	}
	if other != "" {
		return Checkpoint{}, &Caught{newEquivocation(cp.Origin, other, note)}
	}
	if err := noticeHeld(tx, cp, note); err != nil {
		return Checkpoint{}, err
	}
	_, err = tx.Exec("INSERT INTO seen(origin, size, root, note) VALUES(?, ?, ?, ?) ON CONFLICT(origin, size) DO NOTHING",
		cp.Origin, cp.Size, cp.Root[:], note)
	return cp, named(err, "keep checkpoint of %s", cp.Origin)
}

// seenAt is a signed note of the same size with another root, or nothing.
func seenAt(tx *store.Tx, cp Checkpoint) (note string, err error) {
	for _, table := range []string{"seen", "witnessed"} {
		err := tx.QueryRow("SELECT note FROM "+table+" WHERE origin = ? AND size = ? AND root <> ? AND note <> ''",
			cp.Origin, cp.Size, cp.Root[:]).Scan(&note)
		if !errors.Is(err, sql.ErrNoRows) {
			return note, named(err, "checkpoints seen of %s", cp.Origin)
		}
	}
	return "", nil
}

// noticeHeld compares with our own copy of the log, if we have one.
func noticeHeld(tx *store.Tx, cp Checkpoint, note string) error {
	log, err := FindLog(tx, cp.Origin)
	if errors.Is(err, mithaq.NotFound) {
		return nil
	}
	if err != nil || log.Size < cp.Size {
		return err
	}
	held, err := TreeAt(tx, log.ID, cp.Size)
	if err != nil || held == cp.Tree {
		return err
	}
	evidence, err := Accuse(tx, log.ID, cp, note)
	if err != nil {
		return err
	}
	return &Caught{evidence}
}

// Accuse makes evidence out of a signed checkpoint that does not fit our copy
// of a log: against a checkpoint of ours of that log, of the same size or
// later, that the log signed and our copy fits. ErrInconsistent: the checkpoint
// does not fit, and we hold nothing signed that shows it to others.
func Accuse(tx *store.Tx, id LogID, cp Checkpoint, note string) (*Equivocation, error) {
	later, err := signedFrom(tx, id, cp)
	if err != nil {
		return nil, err
	}
	for _, other := range later {
		s, err := ReadCheckpoint([]byte(other))
		if err != nil {
			return nil, err
		}
		if s.Size == cp.Size {
			return newEquivocation(cp.Origin, note, other), nil
		}
		if e, err := accuseBy(tx, id, cp, note, s, other); err == nil {
			return e, nil
		}
	}
	return nil, ErrInconsistent
}

// signedFrom lists the notes signed by the log from a size on, of other roots.
func signedFrom(tx *store.Tx, id LogID, cp Checkpoint) (notes []string, err error) {
	rows, err := tx.Query(`SELECT note FROM (
			SELECT size, note FROM checkpoint WHERE log = ? AND size >= ?
			UNION SELECT size, note FROM seen WHERE origin = ? AND size >= ?
			UNION SELECT size, note FROM witnessed WHERE origin = ? AND size >= ? AND note <> '') AS n
		ORDER BY size LIMIT 16`, int64(id), cp.Size, cp.Origin, cp.Size, cp.Origin, cp.Size)
	if err != nil {
		return nil, named(err, "checkpoints of %s", cp.Origin)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var note string
		if err := rows.Scan(&note); err != nil {
			return nil, named(err, "checkpoints of %s", cp.Origin)
		}
		notes = append(notes, note)
	}
	return notes, rows.Err()
}

// accuseBy shows with our copy of the log what root the later tree had before.
func accuseBy(tx *store.Tx, id LogID, cp Checkpoint, note string, s Checkpoint, signed string) (*Equivocation, error) {
	path, err := ConsistencyProof(tx, id, cp.Size, s.Size)
	if err != nil {
		return nil, err
	}
	before, err := TreeAt(tx, id, cp.Size)
	if err != nil {
		return nil, err
	}
	e := newEquivocation(cp.Origin, note, signed)
	e.Prefix, e.Proof = &before.Root, path
	return e, contradicts(e, cp.Tree, s.Tree)
}

// NewestSeen is the newest signed checkpoint of an origin that anybody showed
// us; the signatures were checked when it came. NotFound: none.
func NewestSeen(tx *store.Tx, origin string) (note []byte, err error) {
	var text string
	err = tx.QueryRow("SELECT note FROM seen WHERE origin = ? ORDER BY size DESC LIMIT 1", origin).Scan(&text)
	return []byte(text), named(err, "checkpoint of %s", origin)
}
