package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// The targets of a small release.
const (
	releaseTarget = 25.0 // ms at the median
	proofTarget   = 1.0  // s
)

const (
	perRelease = 10 // objects
	warm       = 5  // releases that are not measured
)

func (o *Options) releasing(ctx context.Context) ([]Figure, error) {
	return o.inWorld(ctx, func(w *world) ([]Figure, error) {
		path := filepath.Join(w.dir, "set.json")
		if err := newMaker().write(path, (o.Releases+warm)*perRelease); err != nil {
			return nil, err
		}
		a, b, ask, err := w.meet(ctx, path)
		if err != nil {
			return nil, err
		}
		ids, err := idsOf(path)
		if err != nil {
			return nil, err
		}
		f := &firm{a: a, b: b, ask: ask}
		if f.log, f.witness, err = verifiers(ctx, a, b, ask); err != nil {
			return nil, err
		}
		for i := range o.Releases + warm {
			if i == warm {
				f.acks, f.used, f.proofs = nil, nil, nil
			}
			if err := f.release(ctx, ids[i*perRelease:(i+1)*perRelease]); err != nil {
				return nil, err
			}
		}
		base, err := floorOf(nil, w.dir)
		if err != nil {
			return nil, err
		}
		median := Figure{Name: "acknowledged as durable at both ends, median", Value: millis(quantile(f.acks, 0.5)), Unit: "ms", Target: releaseTarget}
		median.beside("fsync", base.fsync)
		last := Figure{Name: "acknowledged, 99 of 100", Value: millis(quantile(f.acks, 0.99)), Unit: "ms"}
		last.beside("fsync", base.fsync)
		return []Figure{
			{Name: "releases of 10 objects", Value: float64(o.Releases)},
			median, last,
			{Name: "proof with the partner's cosignature, median", Value: quantile(f.proofs, 0.5).Seconds(), Unit: "s"},
			{Name: "proof with the partner's cosignature, 99 of 100", Value: quantile(f.proofs, 0.99).Seconds(), Unit: "s", Target: proofTarget},
			{Name: "processor time until acknowledged, both nodes, median", Value: millis(quantile(f.used, 0.5)), Unit: "ms"},
		}, nil
	})
}

// A firm releases small things one after the other and wants proof of each.
type firm struct {
	a, b    *desk
	ask     asking
	log     *ledger.Verifier
	witness *ledger.Verifier
	acks    []time.Duration
	used    []time.Duration // processor time until the acknowledgement
	proofs  []time.Duration
}

func (f *firm) release(ctx context.Context, ids []stix.ID) error {
	ask := f.ask
	ask.ids = ids
	began, from := time.Now(), cpu()
	way, err := f.a.share(ctx, ask)
	if err != nil {
		return err
	}
	f.acks, f.used = append(f.acks, time.Since(began)), append(f.used, cpu()-from)
	if way.State != mithaq.Acknowledged || way.Accepted != len(ids) {
		return fmt.Errorf("%d of %d accepted, the release ended as %s", way.Accepted, len(ids), way.State)
	}
	if err := f.proven(ctx); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	f.proofs = append(f.proofs, time.Since(began))
	return nil
}

// proven waits for a proof of the lane's last entry that verifies: signed by the
// log, and cosigned by the partner that witnesses it.
func (f *firm) proven(ctx context.Context) error {
	return until(ctx, func() (bool, error) {
		var proof []byte
		var leaf mithaq.Digest
		err := f.a.Store().Read(ctx, func(tx *store.Tx) error {
			log, err := ledger.FindLog(tx, f.log.Name())
			if err != nil {
				return err
			}
			entry, err := ledger.EntryAt(tx, log.ID, log.Size-1)
			if err != nil {
				return err
			}
			leaf = entry.Leaf
			proof, err = ledger.ProofOf(tx, log.ID, log.Size-1)
			return err
		})
		if errors.Is(err, mithaq.Busy) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		_, err = ledger.CheckProof(proof, leaf, f.log, f.witness)
		return err == nil, nil // not cosigned yet
	})
}

// verifiers check the lane's log and its witness by what the Cards say.
func verifiers(ctx context.Context, a, b *desk, ask asking) (log, witness *ledger.Verifier, err error) {
	ours, err := a.keys(ctx, mithaq.KeyLog)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := b.keys(ctx, mithaq.KeyWitness)
	if err != nil {
		return nil, nil, err
	}
	log, err = ledger.LogVerifier(mithaq.LaneOrigin(ask.pact, a.org, b.org, mithaq.LaneBulk), ours...)
	if err != nil {
		return nil, nil, err
	}
	witness, err = ledger.WitnessVerifier(ledger.WitnessName(b.org), theirs...)
	return log, witness, err
}

// keys are those of a use on the desk's Card.
func (d *desk) keys(ctx context.Context, use mithaq.KeyUse) (list []*mithaq.PublicKey, err error) {
	err = d.Store().Read(ctx, func(tx *store.Tx) error {
		_, digest, err := d.Peer().Card(tx)
		if err != nil {
			return err
		}
		c, err := d.Peer().CardOf(tx, digest)
		if err != nil {
			return err
		}
		for i := range c.Keys {
			if c.Keys[i].Use == use {
				list = append(list, &c.Keys[i])
			}
		}
		return nil
	})
	return list, err
}

// idsOf lists the ids of a file's objects.
func idsOf(path string) (ids []stix.ID, err error) {
	raws, err := sample(path, million)
	if err != nil {
		return nil, err
	}
	for _, raw := range raws {
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			return nil, err
		}
		ids = append(ids, o.ID())
	}
	return ids, nil
}
