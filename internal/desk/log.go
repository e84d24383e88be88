package desk

import (
	"context"
	"encoding/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// MayReadLog reports whether a viewer may read the node's own log: those who
// watch, and those who answer for the node.
func MayReadLog(v mithaq.Viewer) bool {
	return v.MayAudit() || v.Is(mithaq.LegalOfficer, mithaq.Supervisor)
}

// An Entry is one line of the node's own log.
type Entry struct {
	Index   int64
	Leaf    mithaq.Digest
	Account mithaq.Account
}

// OwnLog lists what was done here, as a filter says. That it was read is
// entered, too. Denied: see MayReadLog.
func (d *Desk) OwnLog(ctx context.Context, v mithaq.Viewer, f ledger.Filter) ([]Entry, error) {
	if !MayReadLog(v) {
		return nil, mithaq.Refuse(mithaq.Denied, "log.may-not-read")
	}
	return Write(ctx, d, func(tx *store.Tx) ([]Entry, error) {
		found, err := ledger.Find(tx, d.Ledger.OwnLog(), f)
		if err != nil {
			return nil, err
		}
		list := entriesOf(found)
		_, _, err = d.Ledger.Own(tx, mithaq.Account{
			Kind: "log-read", At: mithaq.At(tx.Now()), By: v.Person, Counts: map[string]int64{"entries": int64(len(list))},
		})
		return list, err
	})
}

func entriesOf(found []*ledger.Entry) []Entry {
	list := make([]Entry, 0, len(found))
	for _, e := range found {
		one := Entry{Index: e.Index, Leaf: e.Leaf}
		if err := json.Unmarshal(e.Account, &one.Account); err != nil {
			// Somebody altered it: it is listed as what it is, and verify names it.
			one.Account = mithaq.Account{Kind: "unreadable", Notes: map[string]string{"fault": err.Error()}}
		}
		list = append(list, one)
	}
	return list
}
