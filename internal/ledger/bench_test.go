package ledger

import (
	"context"
	"testing"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

const benchEntries = 100_000

func BenchmarkVerify100k(b *testing.B) {
	s, id := filledLog(b, Kept, benchEntries)
	for b.Loop() {
		read(b, s, func(tx *store.Tx) error {
			faults, err := Verify(tx, id, Checks{})
			if len(faults) != 0 {
				b.Fatal(faults)
			}
			return err
		})
	}
	b.ReportMetric(benchEntries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkProof(b *testing.B) {
	w := newWorld(b)
	fill64(b, w.s, w.kept, 0, benchEntries)
	w.sign()
	var proof []byte
	n := int64(0)
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			var err error
			n = (n + 7919) % benchEntries
			if proof, err = w.l.Proof(context.Background(), w.kept, n); err != nil {
				b.Fatal(err)
			}
		}
	})
	leaf, witness := testOpening(n).Leaf(), w.verifier()
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if _, err := CheckProof(proof, leaf, w.checks.Log, witness); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("consistency", func(b *testing.B) {
		read(b, w.s, func(tx *store.Tx) error {
			for b.Loop() {
				n = (n+7919)%(benchEntries-1) + 1
				if _, err := ConsistencyProof(tx, w.kept, n, benchEntries); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func BenchmarkSign(b *testing.B) {
	key, _ := newKey(b)
	cp := Checkpoint{testOrigin, newMemory(b, 5).tree(b, 5)}
	b.Run("checkpoint", func(b *testing.B) {
		for b.Loop() {
			if _, err := SignCheckpoint(key, cp, testTime); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cosignature", func(b *testing.B) {
		for b.Loop() {
			if _, err := CosignLines(key, "najd.example/mithaq/witness", cp, testTime); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOwn(b *testing.B) {
	w := newWorld(b)
	write(b, w.s, func(tx *store.Tx) error {
		for b.Loop() {
			if _, _, err := w.l.Own(tx, mithaq.Account{Kind: "read", By: "p-7f3a", Case: "2030-17", Counts: map[string]int64{"objects": 12}}); err != nil {
				return err
			}
		}
		return nil
	})
}
