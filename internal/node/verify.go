package node

import (
	"context"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Verified is what a check of a whole node found.
type Verified struct {
	Organisation mithaq.OrgID  `json:"organisation"`
	Logs         int           `json:"logs"`
	Entries      int64         `json:"entries"`
	Faults       []VerifyFault `json:"faults"`
	Took         time.Duration `json:"took"`
}

// A VerifyFault is one thing that is not what it was.
type VerifyFault struct {
	Part string `json:"part"` // store, log, message
	Text string `json:"text"`
}

// Verify recomputes everything a node keeps: each log from its entries, each
// message from what it carried, each item from its digest. It changes nothing,
// and works beside a node that serves.
func (n *Node) Verify(ctx context.Context, progress func(done, total int)) (*Verified, error) {
	began := time.Now()
	v := &Verified{Organisation: n.config.Organisation, Faults: []VerifyFault{}}
	faults, err := n.store.Check(ctx)
	if err != nil {
		return nil, fmt.Errorf("check the store: %w", err)
	}
	for _, f := range faults {
		v.add("store", f)
	}
	if err := n.verifyLogs(ctx, v, progress); err != nil {
		return nil, err
	}
	messages, err := n.peer.Check(ctx)
	for i := range messages {
		v.add("message", &messages[i])
	}
	v.Took = time.Since(began)
	return v, err
}

func (v *Verified) add(part string, what fmt.Stringer) {
	v.Faults = append(v.Faults, VerifyFault{part, what.String()})
}

func (n *Node) verifyLogs(ctx context.Context, v *Verified, progress func(done, total int)) error {
	var logs []ledger.Log
	err := n.store.Read(ctx, func(tx *store.Tx) (err error) {
		logs, err = ledger.Logs(tx)
		return err
	})
	if err != nil {
		return err
	}
	v.Logs = len(logs)
	for i, l := range logs {
		if progress != nil {
			progress(i, len(logs))
		}
		v.Entries += l.Size
		err := n.store.Read(ctx, func(tx *store.Tx) error {
			faults, err := ledger.Verify(tx, l.ID, n.checks(l))
			for _, f := range faults {
				v.add("log", f)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("verify %s: %w", l.Origin, err)
		}
	}
	return nil
}

// checks are the keys that count for a log of ours; the logs of others are held
// to their leaves, and to what we cosigned.
func (n *Node) checks(l ledger.Log) ledger.Checks {
	var ours []*mithaq.PublicKey
	public := n.ring.Public()
	for i := range public {
		if public[i].Use == mithaq.KeyLog {
			ours = append(ours, &public[i])
		}
	}
	if l.Kind != ledger.Kept {
		return ledger.Checks{}
	}
	verifier, err := ledger.LogVerifier(l.Origin, ours...)
	if err != nil {
		return ledger.Checks{}
	}
	return ledger.Checks{Log: verifier}
}
