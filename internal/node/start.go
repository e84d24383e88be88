package node

import (
	"context"
	"encoding/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
)

// shown are the entries after which partners get a checkpoint of the own log with
// the next message, without waiting for the hour: roles, keys, version and
// configuration.
var shown = map[string]bool{
	"role-granted": true, "role-withdrawn": true, "person-closed": true, "credential-registered": true, "credential-revoked": true,
	"configuration": true, "restore": true,
}

// noteStarted is the note in the store of what the node last ran with, each
// process of it by its name.
const noteStarted = "node.started"

func (c *Config) noteStarted() string {
	if c.Process == "" {
		return noteStarted
	}
	return noteStarted + "/" + c.Process
}

// noteStart enters that the node runs with another version or configuration
// than before.
func (n *Node) noteStart(ctx context.Context) error {
	raw, err := json.Marshal(n.config)
	if err != nil {
		return err
	}
	digest := mithaq.DigestOf(raw).String()
	with := n.options.Version + " " + digest
	return n.store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.Noted(n.config.noteStarted())
		if err != nil || before == with {
			return err
		}
		notes := map[string]string{"version": n.options.Version, "configuration": digest}
		if n.config.Process != "" {
			notes["process"] = n.config.Process
		}
		err = n.enter(tx, mithaq.Account{Kind: "configuration", At: mithaq.At(tx.Now()), Notes: notes})
		if err != nil {
			return err
		}
		return tx.Note(n.config.noteStarted(), with)
	})
}
