package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"filippo.io/age"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/internal/subscribe"
)

// Backup writes a snapshot of everything kept and, apart from it, the keys of
// the items, each encrypted to recipients. The configuration and the sealed
// keys are files that a backup of the folder has.
func (n *Node) Backup(ctx context.Context, body, itemKeys io.Writer, recipients ...age.Recipient) error {
	err := n.store.Write(ctx, func(tx *store.Tx) error {
		return n.enter(tx, mithaq.Account{Kind: "backup", At: mithaq.At(tx.Now())})
	})
	if err != nil {
		return err
	}
	return n.store.Backup(ctx, body, itemKeys, recipients...)
}

// Restore fills an empty node's folder from a backup. The node starts in
// quarantine: nothing is sent or answered until what happened since was learnt.
// Conflict: there is a database already.
func Restore(ctx context.Context, dir string, o Options, body, itemKeys io.Reader, identities ...age.Identity) (store.Restored, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return store.Restored{}, err
	}
	if c.Store == "sqlite" {
		if _, err := os.Stat(filepath.Join(dir, "mithaq.db")); err == nil {
			return store.Restored{}, mithaq.Refuse(mithaq.Conflict, "node.has-database", dir)
		}
	}
	r, err := store.Restore(ctx, c.storeConfig(dir, &o), body, itemKeys, identities...)
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	return r, afterRestore(ctx, dir, o)
}

// afterRestore builds what is derived and leaves an entry.
func afterRestore(ctx context.Context, dir string, o Options) error {
	n, err := Open(ctx, dir, o)
	if err != nil {
		return err
	}
	_, err = n.Reindex(ctx, nil)
	enter := n.store.Write(ctx, func(tx *store.Tx) error {
		return n.enter(tx, mithaq.Account{Kind: "restore", At: mithaq.At(tx.Now())})
	})
	return errors.Join(err, enter, n.Close())
}

// A Finding is something that a doctor says about a node.
type Finding struct {
	Good bool     `json:"good"`
	Key  string   `json:"key"` // a sentence of the catalogue
	Args []string `json:"args,omitempty"`
}

// Doctor looks a node over and says what is well and what is not.
func (n *Node) Doctor(ctx context.Context) []Finding {
	var list []Finding
	say := func(good bool, key string, args ...string) { list = append(list, Finding{good, key, args}) }
	n.doctorKeys(say)
	n.doctorStore(ctx, say)
	n.doctorPartners(ctx, say)
	n.doctorFeeds(ctx, say)
	return list
}

type finder func(good bool, key string, args ...string)

// doctorKeys looks at files that should be elsewhere and at dates.
func (n *Node) doctorKeys(say finder) {
	if _, err := os.Stat(OrganisationKey(n.dir)); err == nil {
		say(false, "doctor.organisation-key", OrganisationKey(n.dir))
	} else {
		say(true, "doctor.organisation-key-away")
	}
	c, _, err := ReadCard(n.dir)
	if err != nil {
		say(false, "doctor.no-card", err.Error())
		return
	}
	now := n.options.now()
	for _, use := range mithaq.OperationalUses {
		current := c.Current(use, now)
		switch {
		case len(current) == 0:
			say(false, "doctor.no-key", string(use))
		case current[0].ValidUntil.Before(now.AddDate(0, 1, 0)):
			say(false, "doctor.key-ends", string(use), current[0].ValidUntil.String())
		}
	}
}

func (n *Node) doctorStore(ctx context.Context, say finder) {
	faults, err := n.store.Check(ctx)
	switch {
	case err != nil:
		say(false, "doctor.store-unreadable", err.Error())
	case len(faults) > 0:
		for _, f := range faults {
			say(false, "doctor.store-fault", f.String())
		}
	default:
		say(true, "doctor.store-good")
	}
	_ = n.store.Read(ctx, func(tx *store.Tx) error {
		if reason, err := tx.Quarantined(); err == nil && reason != "" {
			say(false, "doctor.quarantine", reason)
		}
		return nil
	})
}

// doctorPartners tells lines that do not move.
func (n *Node) doctorPartners(ctx context.Context, say finder) {
	_ = n.store.Read(ctx, func(tx *store.Tx) error {
		partners, err := n.peer.Partners(tx)
		if err != nil {
			say(false, "doctor.store-unreadable", err.Error())
			return nil
		}
		for _, p := range partners {
			say(p.State == mithaq.PartnerAccepted, "doctor.partner", string(p.Org), string(p.State))
		}
		return nil
	})
}

// doctorFeeds tells subscriptions that stand, or fail again and again.
func (n *Node) doctorFeeds(ctx context.Context, say finder) {
	_ = n.store.Read(ctx, func(tx *store.Tx) error {
		all, err := n.feeds.All(tx)
		if err != nil {
			say(false, "doctor.store-unreadable", err.Error())
			return nil
		}
		for _, s := range all {
			if s.State == subscribe.Stopped || s.Failures >= 3 {
				say(false, "doctor.subscription", string(s.Name))
			}
		}
		return nil
	})
}
