package ledger

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// keepCheckpoint stores a signed note of a log; the first of a size stays.
func keepCheckpoint(tx *store.Tx, id LogID, size int64, note string) error {
	_, err := tx.Exec("INSERT INTO checkpoint(log, size, note, at) VALUES(?, ?, ?, ?) ON CONFLICT(log, size) DO NOTHING",
		int64(id), size, note, tx.Now().UnixMicro())
	return named(err, "keep checkpoint of log %d", id)
}

// thinAfter is the distance in time of the checkpoints that are kept for good.
const thinAfter = time.Hour

// thin drops those of the newest few checkpoints that are neither the newest,
// nor the newest cosigned one, nor the first of their hour: a busy log signs
// several a second. Cosignatures go with them.
func thin(tx *store.Tx, id LogID) error {
	_, err := tx.Exec(`DELETE FROM checkpoint WHERE log = ?
		AND size >= coalesce((SELECT size FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1 OFFSET 8), 0)
		AND size < (SELECT max(size) FROM checkpoint WHERE log = ?)
		AND size <> (SELECT cosigned FROM log WHERE id = ?)
		AND EXISTS (SELECT 1 FROM checkpoint b WHERE b.log = checkpoint.log AND b.size < checkpoint.size AND b.at > checkpoint.at - ?)`,
		int64(id), int64(id), int64(id), int64(id), thinAfter.Microseconds())
	if err != nil {
		return named(err, "thin checkpoints of log %d", id)
	}
	_, err = tx.Exec(`DELETE FROM cosignature WHERE log = ? AND size < (SELECT cosigned FROM log WHERE id = ?)
		AND NOT EXISTS (SELECT 1 FROM checkpoint c WHERE c.log = cosignature.log AND c.size = cosignature.size)`, int64(id), int64(id))
	return named(err, "thin cosignatures of log %d", id)
}

// newestCheckpoint is the last we have of a log, with its signatures unread.
func newestCheckpoint(tx *store.Tx, id LogID) (Checkpoint, error) {
	var note string
	err := tx.QueryRow("SELECT note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1", int64(id)).Scan(&note)
	if err != nil {
		return Checkpoint{}, named(err, "checkpoint of log %d", id)
	}
	return ReadCheckpoint([]byte(note))
}

// StoredCheckpoint is the checkpoint of a log at a size with the cosignatures
// that have come. NotFound: there is none.
func StoredCheckpoint(tx *store.Tx, id LogID, size int64) ([]byte, error) {
	var note string
	err := tx.QueryRow("SELECT note FROM checkpoint WHERE log = ? AND size = ?", int64(id), size).Scan(&note)
	if err != nil {
		return nil, named(err, "checkpoint of log %d at %d", id, size)
	}
	rows, err := tx.Query("SELECT lines FROM cosignature WHERE log = ? AND size = ? ORDER BY witness", int64(id), size)
	if err != nil {
		return nil, named(err, "cosignatures of log %d at %d", id, size)
	}
	defer func() { _ = rows.Close() }()
	out := []byte(note)
	for rows.Next() {
		var lines string
		if err := rows.Scan(&lines); err != nil {
			return nil, named(err, "cosignatures of log %d at %d", id, size)
		}
		out = AddLines(out, lines)
	}
	return out, rows.Err()
}

// Attach stores a witness's lines over the tree of a log at a size, once they
// verify; the tree is what our own entries give. The checkpoint of that size
// carries them, and is made within a second if it is not there.
func Attach(tx *store.Tx, id LogID, size int64, lines string, w *Verifier) error {
	log, err := LogOf(tx, id)
	if err != nil {
		return err
	}
	tree, err := TreeAt(tx, id, size)
	if err != nil {
		return err
	}
	n, _, err := w.open([]byte(Checkpoint{log.Origin, tree}.Text() + "\n" + lines))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO cosignature(log, size, witness, lines) VALUES(?, ?, ?, ?)
		ON CONFLICT(log, size, witness) DO UPDATE SET lines = excluded.lines`, int64(id), size, w.name, linesOf(n))
	if err != nil {
		return named(err, "attach cosignature to log %d at %d", id, size)
	}
	_, err = tx.Exec("UPDATE log SET cosigned = ? WHERE id = ? AND cosigned < ?", size, int64(id), size)
	tx.Wakes(topicGrown)
	return named(err, "attach cosignature to log %d at %d", id, size)
}

// ProofOf is the `.tlog-proof` of an entry under the best checkpoint that
// covers it: the newest with a cosignature, or else the newest. NotFound: no
// such entry. Busy: no checkpoint covers it yet.
func ProofOf(tx *store.Tx, id LogID, index int64) ([]byte, error) {
	tree, err := TreeOf(tx, id)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= tree.Size {
		return nil, fmt.Errorf("entry %d of log %d: %w", index, id, mithaq.NotFound)
	}
	var size int64
	err = tx.QueryRow(`SELECT c.size FROM checkpoint c WHERE c.log = ? AND c.size > ? AND c.size <= ?
		ORDER BY EXISTS (SELECT 1 FROM cosignature w WHERE w.log = c.log AND w.size = c.size) DESC, c.size DESC LIMIT 1`,
		int64(id), index, tree.Size).Scan(&size)
	if err != nil {
		return nil, fmt.Errorf("entry %d of log %d has no checkpoint yet: %w", index, id, mithaq.Busy)
	}
	note, err := StoredCheckpoint(tx, id, size)
	if err != nil {
		return nil, err
	}
	path, err := InclusionProof(tx, id, index, size)
	if err != nil {
		return nil, err
	}
	return FormatProof(index, tlog.RecordProof(hashesOf(path)), note, nil), nil
}
