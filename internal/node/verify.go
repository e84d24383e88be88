package node

import (
	"context"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A Verified is what a check of a whole node found.
type Verified struct {
	Organisation mithaq.OrgID  `json:"organisation"`
	Logs         int           `json:"logs"`
	Entries      int64         `json:"entries"`
	Faults       []VerifyFault `json:"faults"`
	Took         time.Duration `json:"took"`
}

// A VerifyFault is one thing that is not what it was, and which it is as far as
// it is one: an entry of a log, an item, or an object of a message.
type VerifyFault struct {
	Part     string       `json:"part"` // store, log, message
	Text     string       `json:"text"`
	Log      string       `json:"log,omitempty"`
	Entry    *int64       `json:"entry,omitempty"` // from 0
	Item     stix.ID      `json:"item,omitempty"`
	Envelope stix.ID      `json:"envelope,omitempty"`
	Partner  mithaq.OrgID `json:"partner,omitempty"` // with whom the envelope passed
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
		v.Faults = append(v.Faults, VerifyFault{Part: "store", Text: f.String(), Item: f.Item})
	}
	if err := n.verifyLogs(ctx, v, progress); err != nil {
		return nil, err
	}
	err = n.verifyMessages(ctx, v)
	v.Took = time.Since(began)
	return v, err
}

// verifyMessages holds what came and went to what was signed, and names the
// items by their ids.
func (n *Node) verifyMessages(ctx context.Context, v *Verified) error {
	messages, err := n.peer.Check(ctx)
	if err != nil || len(messages) == 0 {
		return err
	}
	return n.store.Read(ctx, func(tx *store.Tx) error {
		for i := range messages {
			m := &messages[i]
			fault := VerifyFault{Part: "message", Text: m.String(), Log: m.Origin, Entry: &m.Index, Envelope: m.Ours.Envelope, Partner: m.Partner}
			if m.Item != 0 {
				items, err := n.store.Fetch(tx, mithaq.NodeViewer(n.config.Organisation), []int64{m.Item})
				if err != nil {
					return err
				}
				for i := range items {
					fault.Item = items[i].Ref.ID
				}
			}
			v.Faults = append(v.Faults, fault)
		}
		return nil
	})
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
				v.Faults = append(v.Faults, VerifyFault{Part: "log", Text: f.String(), Log: f.Log, Entry: &f.Index})
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
