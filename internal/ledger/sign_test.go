package ledger

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/store"
)

func TestProofFollowsWithinASecond(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.l.Run(ctx) }()

		fill64(t, w.s, w.kept, 0, 3)
		if _, err := w.l.Proof(ctx, w.kept, 2); !errors.Is(err, mithaq.Busy) && err != nil {
			t.Errorf("at once: %v", err)
		}
		for round := range int64(3) {
			time.Sleep(time.Second)
			proof, err := w.l.Proof(ctx, w.kept, 2+round)
			if err != nil {
				t.Fatal(err)
			}
			o := testOpening(2 + round)
			if _, err := CheckProof(proof, o.Leaf(), w.checks.Log); err != nil {
				t.Error(err)
			}
			fill64(t, w.s, w.kept, 3+round, 4+round)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := w.s.Close(); err != nil { // its goroutines belong to the bubble
			t.Error(err)
		}
	})
}

func TestIdleLogsCostNothing(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		fill64(t, w.s, w.kept, 0, 3)
		var asked atomic.Int64
		key := w.l.cfg.Key
		w.l.cfg.Key = func() (Key, error) { asked.Add(1); return key() }
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.l.Run(ctx) }()
		time.Sleep(time.Second)
		signed := asked.Load()
		time.Sleep(24 * time.Hour)
		if made, err := w.l.Refresh(ctx); made != 0 || err != nil || asked.Load() != signed || signed == 0 {
			t.Errorf("%d checkpoints, %d signatures after %d, %v", made, asked.Load(), signed, err)
		}
		stop()
		<-done
		_ = w.s.Close()
	})
}

func TestCheckpointsCarryTheCosignaturesThatCome(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	fill64(t, w.s, w.kept, 0, 10)
	var cp Checkpoint
	read(t, w.s, func(tx *store.Tx) error {
		tree, err := TreeAt(tx, w.kept, 7)
		cp = Checkpoint{testOrigin, tree}
		return err
	})
	lines, err := w.w.Lines(cp, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if made, err := w.l.Refresh(ctx); made != 1 || err != nil { // at 10
		t.Fatal(made, err)
	}
	write(t, w.s, func(tx *store.Tx) error { return Attach(tx, w.kept, 7, lines, w.verifier()) })
	if made, err := w.l.Refresh(ctx); made != 1 || err != nil { // at 7, for the cosignature
		t.Fatal(made, err)
	}
	o := testOpening(6)
	proof, err := w.l.Proof(ctx, w.kept, 6)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := CheckProof(proof, o.Leaf(), w.checks.Log, w.verifier()); err != nil || got.Size != 7 {
		t.Errorf("proof of an entry under the cosignature: %+v, %v", got, err)
	}
	if proof, err = w.l.Proof(ctx, w.kept, 9); err != nil {
		t.Fatal(err)
	}
	o = testOpening(9)
	if got, err := CheckProof(proof, o.Leaf(), w.checks.Log); err != nil || got.Size != 10 {
		t.Errorf("proof of a later entry: %+v, %v", got, err)
	}

	wrong := w.s.Write(ctx, func(tx *store.Tx) error { return Attach(tx, w.kept, 8, lines, w.verifier()) })
	if !errors.Is(wrong, ErrSignature) {
		t.Errorf("lines over another size: %v", wrong)
	}
	stranger, key := newKey(t)
	lines, _ = CosignLines(stranger, w.w.Name, cp, testTime)
	wrong = w.s.Write(ctx, func(tx *store.Tx) error { return Attach(tx, w.kept, 7, lines, w.verifier()) })
	if !errors.Is(wrong, ErrSignature) {
		t.Errorf("lines by a stranger's key %s: %v", key.ID, wrong)
	}
}

func TestOnlyOneHistoryIsSigned(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	fill64(t, w.s, w.kept, 0, 300)
	w.sign()
	o := testOpening(10)
	o.Account = []byte(`{"kind":"forged"}`)
	w.rebuild(310, map[int64]*Opening{10: o})
	if _, err := w.l.Checkpoint(ctx, w.kept); !errors.Is(err, ErrInconsistent) {
		t.Errorf("a rewritten log: %v", err)
	}
	w.rebuild(200, nil)
	if _, err := w.l.Checkpoint(ctx, w.kept); !errors.Is(err, ErrInconsistent) {
		t.Errorf("a log cut off: %v", err)
	}
	w.rebuild(310, nil)
	if _, err := w.l.Checkpoint(ctx, w.kept); err != nil {
		t.Errorf("the honest log: %v", err)
	}
	write(t, w.s, func(tx *store.Tx) error {
		_, err := OpenLog(tx, "najd.example/mithaq/own", Shared)
		return err
	})
	var shared Log
	read(t, w.s, func(tx *store.Tx) (err error) {
		shared, err = FindLog(tx, "najd.example/mithaq/own")
		return err
	})
	if _, err := w.l.Checkpoint(ctx, shared.ID); !errors.Is(err, mithaq.Denied) {
		t.Errorf("a partner's log: %v", err)
	}
}

func TestBusyLogsKeepFewCheckpoints(t *testing.T) {
	w := newWorld(t)
	for n := range int64(40) {
		fill64(t, w.s, w.kept, n, n+1)
		if n%10 == 5 {
			w.sign()
			continue
		}
		if _, err := w.l.Checkpoint(t.Context(), w.kept); err != nil {
			t.Fatal(err)
		}
	}
	var kept, cosigned int
	read(t, w.s, func(tx *store.Tx) error {
		return tx.QueryRow("SELECT (SELECT count(*) FROM checkpoint), (SELECT count(*) FROM cosignature)").Scan(&kept, &cosigned)
	})
	if kept != 3 || cosigned != 1 { // the first of the hour, the newest cosigned, the newest
		t.Errorf("%d checkpoints and %d cosignatures are kept", kept, cosigned)
	}
	if faults := w.verify(w.kept, w.checks); len(faults) != 0 {
		t.Error(faults)
	}
}
