package desk

import (
	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// Ask drafts an inquiry to partners and, with send, submits each.
func (d *Desk) Ask(tx *store.Tx, v mithaq.Viewer, q mithaq.Inquiry, to []mithaq.OrgID, send bool) ([]*inquiry.Thread, error) {
	all, err := d.Asks.Draft(tx, v, q, to...)
	if err != nil || !send {
		return all, err
	}
	for i := range all {
		if all[i], err = d.Asks.Submit(tx, v, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}
