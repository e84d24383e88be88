package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

const (
	// gather is how long entries may come together under one checkpoint. A
	// proof follows within a second: this is the part of it that is waited for.
	gather = 250 * time.Millisecond
	// again is when signing is tried anew after it failed.
	again = 5 * time.Second
)

// Run makes checkpoints for the logs that have grown, within a second, until
// ctx is done. While no log grows it does nothing. Of several processes one does
// it, and another within seconds of its death.
func (l *Ledger) Run(ctx context.Context) error {
	lead := l.cfg.Store.Lead("ledger/checkpoints")
	defer lead.Leave()
	for {
		grown := l.cfg.Store.Wake(topicGrown)
		if !lead.Mine(ctx) {
			// whoever has it signs
		} else if _, err := l.Refresh(ctx); err != nil && ctx.Err() == nil {
			l.cfg.Log.Error("ledger: checkpoint", "error", err)
			pause(ctx, again)
			continue
		}
		select {
		case <-grown:
			pause(ctx, gather)
		case <-ctx.Done():
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Refresh signs what is due: each log we keep that has grown since its last
// checkpoint, and each tree that was cosigned and has none. It says how many.
// One that fails does not hold up the others.
func (l *Ledger) Refresh(ctx context.Context) (int, error) {
	list, err := l.due(ctx)
	if err != nil {
		return 0, fmt.Errorf("refresh checkpoints: %w", err)
	}
	var failed error
	made := 0
	for _, d := range list {
		if _, err := l.CheckpointAt(ctx, d.id, d.size); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		made++
	}
	return made, failed
}

// due is a tree to be signed.
type due struct {
	id   LogID
	size int64
}

func (l *Ledger) due(ctx context.Context) (list []due, err error) {
	err = l.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(`SELECT id, size FROM log WHERE kind = 'kept' AND signed < size
			UNION SELECT id, cosigned FROM log WHERE kind = 'kept' AND cosigned > 0
				AND NOT EXISTS (SELECT 1 FROM checkpoint c WHERE c.log = log.id AND c.size = log.cosigned)
			ORDER BY 1, 2`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var d due
			if err := rows.Scan(&d.id, &d.size); err != nil {
				return err
			}
			list = append(list, d)
		}
		return rows.Err()
	})
	return list, err
}

// Checkpoint is the signed checkpoint of a log as it stands: see CheckpointAt.
func (l *Ledger) Checkpoint(ctx context.Context, id LogID) (note []byte, err error) {
	var tree mithaq.Tree
	err = l.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		tree, err = TreeOf(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.CheckpointAt(ctx, id, tree.Size)
}

// CheckpointAt is the signed checkpoint of a log as it was with size entries,
// with the cosignatures that have come: the stored one, or a new one. We sign
// only what is of one history with what we signed last
// (C2SP tlog-checkpoint, Signatures); if it is not, the error is
// ErrInconsistent: the log has been altered. Denied: the log is not ours.
func (l *Ledger) CheckpointAt(ctx context.Context, id LogID, size int64) (note []byte, err error) {
	var cp Checkpoint
	err = l.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		note, err = StoredCheckpoint(tx, id, size)
		if errors.Is(err, mithaq.NotFound) {
			cp, err = toSign(tx, id, size)
		}
		return err
	})
	if err == nil && note == nil {
		note, err = l.sign(ctx, id, cp)
	}
	return note, named(err, "checkpoint of log %d at %d", id, size)
}

// sign signs outside any transaction, and stores before anybody sees it.
func (l *Ledger) sign(ctx context.Context, id LogID, cp Checkpoint) ([]byte, error) {
	key, err := l.cfg.Key()
	if err != nil {
		return nil, err
	}
	note, err := SignCheckpoint(key, cp, l.cfg.Now())
	if err != nil {
		return nil, err
	}
	err = l.cfg.Store.Write(ctx, func(tx *store.Tx) error {
		if err := keepCheckpoint(tx, id, cp.Size, string(note)); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE log SET signed = ? WHERE id = ? AND signed < ?", cp.Size, int64(id), cp.Size); err != nil {
			return err
		}
		if note, err = StoredCheckpoint(tx, id, cp.Size); err != nil {
			return err
		}
		return thin(tx, id)
	})
	return note, err
}

// toSign is the log as it was with size entries, once it is seen to be of one
// history with what we signed last.
func toSign(tx *store.Tx, id LogID, size int64) (Checkpoint, error) {
	log, err := LogOf(tx, id)
	if err != nil {
		return Checkpoint{}, err
	}
	if log.Kind != Kept {
		return Checkpoint{}, fmt.Errorf("log %s is not ours to sign: %w", log.Origin, mithaq.Denied)
	}
	tree, err := TreeAt(tx, id, size)
	if err != nil {
		return Checkpoint{}, err
	}
	cp := Checkpoint{Origin: log.Origin, Tree: tree}
	last, err := newestCheckpoint(tx, id)
	switch {
	case errors.Is(err, mithaq.NotFound):
		return cp, nil
	case err != nil:
		return Checkpoint{}, err
	case last.Size > log.Size:
		return Checkpoint{}, fmt.Errorf("%w: log %s has %d entries, and %d were signed", ErrInconsistent, log.Origin, log.Size, last.Size)
	case last.Size > size:
		return cp, follows(tx, id, last.Tree, tree)
	}
	return cp, follows(tx, id, tree, last.Tree)
}

// follows wants the tree to begin with old, by the hashes in the store.
func follows(tx *store.Tx, id LogID, tree, old mithaq.Tree) error {
	if tree.Size < old.Size {
		return fmt.Errorf("%w: log %d has %d entries, and %d were signed", ErrInconsistent, id, tree.Size, old.Size)
	}
	path, err := ConsistencyProof(tx, id, old.Size, tree.Size)
	if err != nil {
		return err
	}
	return CheckConsistency(tree, old, path)
}

// Proof is the `.tlog-proof` of an entry: see ProofOf.
func (l *Ledger) Proof(ctx context.Context, id LogID, index int64) (proof []byte, err error) {
	err = l.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		proof, err = ProofOf(tx, id, index)
		return err
	})
	return proof, err
}
