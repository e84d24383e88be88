package desk

import (
	"context"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/passkey"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// AskApproval asks the viewer's browser for the passkey with which they approve
// a release. Denied: they may not approve it, or have no passkey that may. Conflict: it
// waits for nobody.
func (d *Desk) AskApproval(ctx context.Context, v mithaq.Viewer, id stix.ID) ([]byte, error) {
	return Read(ctx, d, func(tx *store.Tx) ([]byte, error) {
		r, err := d.Gate.Release(tx, id)
		switch {
		case err != nil:
			return nil, err
		case !v.MayApprove(r.Release.Person, mithaq.At(tx.Now())):
			return nil, mithaq.Refuse(mithaq.Denied, "gate.may-not-approve", string(id))
		case r.State != gate.Proposed:
			return nil, mithaq.Refuse(mithaq.Conflict, "gate.not-waiting", string(id), string(r.State))
		}
		return d.Accounts.AskApproval(tx, v.Person, r.Digest)
	})
}

// ApproveByPasskey approves a release with what the viewer's passkey answered,
// and lets it go. Its errors are those of gate.Approve.
func (d *Desk) ApproveByPasskey(ctx context.Context, v mithaq.Viewer, id stix.ID, answer []byte) error {
	assertion, err := passkey.AssertionOf(answer)
	if err != nil {
		return err
	}
	a, err := Read(ctx, d, func(tx *store.Tx) (*mithaq.Approval, error) {
		r, err := d.Gate.Release(tx, id)
		if err != nil {
			return nil, err
		}
		key, err := d.Accounts.Asserts(tx, v.Person, assertion)
		if err != nil {
			return nil, err
		}
		a := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(tx.Now()), d.Org, r.Digest, v.Person, key, mithaq.Passkey)
		a.Assertion = assertion
		return a, nil
	})
	if err != nil {
		return err
	}
	return d.Gate.Approve(ctx, v, a)
}
