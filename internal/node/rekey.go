package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/card"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/ledger"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// A Rekey changes the operational keys on a node's Card. It is done in the
// folder, with the organisation's key, which no running node ever opens.
type Rekey struct {
	Organisation string       // path of the organisation's key; where init left it when ""
	OrgSeal      keys.Sealing // opens it
	NodeSeal     keys.Sealing // opens and closes the node's keys
	Uses         []mithaq.KeyUse
	Revoke       []mithaq.KeyID // ended now; what they signed before counts
	Reason       string         // of the revocation
	Now          time.Time
}

// Rekeyed is what a Rekey made.
type Rekeyed struct {
	Card  *card.Signed
	Added []mithaq.PublicKey
}

// NextCard makes new keys and the next Card with them, or with keys revoked and
// others in their place. The node goes by them when it is started next, and
// shows its partners the Card then. NotFound: a key that is not on the Card.
func NextCard(ctx context.Context, dir string, r Rekey) (*Rekeyed, error) {
	prev, _, err := ReadCard(dir)
	if err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	org, ring, err := r.open(dir, prev)
	if err != nil {
		return nil, err
	}
	uses, err := r.uses(prev)
	if err != nil {
		return nil, err
	}
	last := int64(-1)
	if len(r.Revoke) > 0 {
		if last, err = lastOwn(ctx, dir, &r.NodeSeal); err != nil {
			return nil, err
		}
	}
	made := &Rekeyed{}
	for _, use := range uses {
		k, err := ring.Add(use, r.Now)
		if err != nil {
			return nil, err
		}
		made.Added = append(made.Added, k)
	}
	made.Added = card.Dated(made.Added, r.Now.Add(-time.Hour), KeyLife)
	made.Card, err = r.next(prev, org, last, made.Added)
	if err != nil {
		return nil, err
	}
	// The keys first: a Card that names keys which were then lost could not be put right by doing
	// this again. Revoked keys stay in the file, since old checkpoints and sealed files want them.
	return made, errors.Join(ring.Save(NodeKeys(dir), r.NodeSeal), WriteCard(dir, made.Card))
}

func (r *Rekey) open(dir string, prev *card.Signed) (*keys.Organisation, *keys.Node, error) {
	path := r.Organisation
	if path == "" {
		path = OrganisationKey(dir)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil, mithaq.Refuse(mithaq.NotFound, "node.no-organisation-key", path)
	}
	org, err := keys.LoadOrganisation(path, r.OrgSeal)
	if err != nil {
		return nil, nil, err
	}
	if public := org.Public(); public.Fingerprint() != prev.Organisation.Fingerprint() {
		return nil, nil, mithaq.Refuse(mithaq.Denied, "node.other-organisation-key", path, string(prev.Org))
	}
	ring, err := keys.LoadNode(NodeKeys(dir), r.NodeSeal)
	return org, ring, err
}

// uses are those of which new keys are made: as asked, and those of the revoked
// keys; all, when nothing is asked.
func (r *Rekey) uses(prev *card.Signed) ([]mithaq.KeyUse, error) {
	uses := slices.Clone(r.Uses)
	for _, id := range r.Revoke {
		k := prev.Key(id)
		if k == nil {
			return nil, mithaq.Refuse(mithaq.NotFound, "node.no-key", string(id))
		}
		if !slices.Contains(uses, k.Use) {
			uses = append(uses, k.Use)
		}
	}
	for _, use := range uses {
		if !slices.Contains(mithaq.OperationalUses, use) {
			return nil, mithaq.Refuse(mithaq.Invalid, "node.no-use", string(use))
		}
	}
	if len(uses) == 0 {
		uses = mithaq.OperationalUses
	}
	return uses, nil
}

func (r *Rekey) next(prev *card.Signed, org *keys.Organisation, last int64, added []mithaq.PublicKey) (*card.Signed, error) {
	if len(r.Revoke) > 0 {
		return card.Revoke(prev, org.Pair, r.Now, last, r.Reason, r.Revoke, added...)
	}
	return card.Rotate(prev, org.Pair, r.Now, added...)
}

// lastOwn is the index of the last entry of the node's own log.
func lastOwn(ctx context.Context, dir string, seal *keys.Sealing) (last int64, err error) {
	n, err := Open(ctx, dir, Options{Sealing: seal})
	if err != nil {
		return 0, err
	}
	err = n.store.Read(ctx, func(tx *store.Tx) error {
		l, err := ledger.LogOf(tx, n.ledger.OwnLog())
		last = l.Size - 1
		return err
	})
	return last, errors.Join(err, n.Close())
}
