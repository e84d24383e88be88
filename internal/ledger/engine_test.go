package ledger

import (
	"context"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/store/storetest"
)

// Everything that a log goes through, on each engine.
func TestEveryEngineKeepsLogs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, fresh func(t testing.TB) store.Config) {
		open := func() *store.Store {
			cfg := fresh(t)
			cfg.Migrations = append(cfg.Migrations, Migrations())
			return storetest.Open(t, cfg)
		}
		w := newWorldIn(t, open())
		ctx := t.Context()
		for _, size := range []int64{1, 300, 600} {
			fill64(t, w.s, w.kept, w.size(), size)
			w.sign()
		}
		write(t, w.s, func(tx *store.Tx) error {
			if _, _, err := w.l.Own(tx, mithaq.Account{Kind: "read", By: "p1"}); err != nil {
				return err
			}
			return EraseContent(tx, w.kept, 77)
		})
		if made, err := w.l.Refresh(ctx); made != 1 || err != nil {
			t.Errorf("refreshed %d, %v", made, err)
		}
		proof, err := w.l.Proof(ctx, w.kept, 77)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := CheckProof(proof, testOpening(77).Leaf(), w.checks.Log, w.verifier()); err != nil {
			t.Error(err)
		}
		read(t, w.s, func(tx *store.Tx) error {
			found, err := Find(tx, w.l.OwnLog(), Filter{Kind: "read", Person: "p1"})
			if len(found) != 1 || !found[0].Opens() {
				t.Errorf("found %v", found)
			}
			return err
		})
		for _, id := range []LogID{w.kept, w.l.OwnLog()} {
			if faults := w.verify(id, Checks{Witness: w.checks.Witness}); len(faults) != 0 {
				t.Error(faults)
			}
		}
		if cp, err := Export(ctx, w.s, w.kept, t.TempDir()); err != nil || cp.Size != 600 {
			t.Errorf("exported %v, %v", cp, err)
		}
		mirrorOn(t, w, open())
		witnessOn(t, w, open())
		w.exec("UPDATE entry SET account = ? WHERE log = ? AND idx = 500", []byte("{}"), int64(w.kept))
		if faults := w.verify(w.kept, w.checks); len(faults) != 1 || faults[0].What != OpeningAltered || faults[0].Index != 500 {
			t.Errorf("an altered account: %v", faults)
		}
	})
}

func mirrorOn(t *testing.T, w *world, there *store.Store) {
	t.Helper()
	var m *Mirrored
	read(t, w.s, func(tx *store.Tx) (err error) { m, err = MirrorOf(tx, w.kept, 0, 600); return err })
	var id LogID
	write(t, there, func(tx *store.Tx) error {
		if _, err := AddMirror(tx, m, w.checks.Log); err != nil {
			return err
		}
		log, err := FindLog(tx, testOrigin)
		id = log.ID
		return err
	})
	d, err := Compare(context.Background(), Local{w.s, w.kept}, Local{there, id}, 10)
	if err != nil || !d.None() {
		t.Errorf("the mirror differs: %+v, %v", d, err)
	}
}

func witnessOn(t *testing.T, w *world, there *store.Store) {
	t.Helper()
	add := &AddCheckpoint{}
	read(t, w.s, func(tx *store.Tx) (err error) { add.Checkpoint, err = StoredCheckpoint(tx, w.kept, 600); return err })
	write(t, there, func(tx *store.Tx) error {
		if _, err := w.w.Cosign(tx, add, w.checks.Log); err != nil {
			return err
		}
		_, err := Notice(tx, add.Checkpoint, w.checks.Log)
		return err
	})
}
