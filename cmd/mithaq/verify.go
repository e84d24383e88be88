package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/node"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) verifyVerb() *cobra.Command {
	var with string
	cmd := verb("verify", "Recompute everything this node keeps and name whatever was altered", 0, func(cmd *cobra.Command, _ []string) error {
		if with != "" {
			return a.verifyWith(cmd, with)
		}
		return a.verifyHere(cmd)
	})
	cmd.Long = `Without --with: recomputes each log from its entries, each message from what it carried, and each item from its
digest, in the node's folder; it works beside a node that serves. With --with PARTNER: compares every log that
this node shares with a partner, both ways, and names each difference. Exit code 6 says that something differs.`
	cmd.Flags().StringVar(&with, "with", "", "compare with this partner")
	return cmd
}

func (a *app) verifyHere(cmd *cobra.Command) error {
	return a.onFolder(cmd, func(n *node.Node) error {
		v, err := n.Verify(cmd.Context(), nil)
		if err != nil {
			return err
		}
		if a.json {
			err = a.writeJSON(v)
		} else {
			a.print("cli.verified", string(v.Organisation), v.Logs, v.Entries)
			for _, f := range v.Faults {
				fmt.Fprintf(a.out, "  %s: %s\n", f.Part, say.Clean(f.Text))
			}
		}
		if err == nil && len(v.Faults) > 0 {
			return differs{errors.New(a.say.N("cli.faults", len(v.Faults)))}
		}
		return err
	})
}

func (a *app) verifyWith(cmd *cobra.Command, partner string) error {
	var c api.Comparison
	err := a.do(cmd.Context(), http.MethodPost, partnerPath(partner, "verify"), nil, &c, func() {
		a.print("cli.compared", partner, c.Lanes, c.Entries)
		if c.Waiting > 0 {
			a.print("cli.compared-waiting", c.Waiting)
		}
		for _, d := range c.Differences {
			a.showDifference(&d, c.Partner)
		}
	})
	if err == nil && len(c.Differences) > 0 {
		return differs{errors.New(a.say.N("cli.faults", len(c.Differences)))}
	}
	return err
}

// showDifference names an entry that the two sides do not agree about.
func (a *app) showDifference(d *api.Difference, partner mithaq.OrgID) {
	fmt.Fprintf(a.out, "  %s → %s, %s #%d: %s\n", say.Clean(string(d.From)), say.Clean(string(other(d, partner))), d.Lane, d.Index+1, a.say.T(d.What))
	if d.Position != nil {
		fmt.Fprintf(a.out, "      %s\n", a.say.T("cli.object-at", *d.Position))
	}
}

// other is who received on the lane of a difference, as far as we know.
func other(d *api.Difference, partner mithaq.OrgID) mithaq.OrgID {
	if d.From == partner {
		return "·"
	}
	return partner
}

// onFolder opens the folder itself, for what needs no signed-in person.
func (a *app) onFolder(cmd *cobra.Command, f func(n *node.Node) error) error {
	o, err := a.options()
	if err != nil {
		return err
	}
	n, err := node.Open(cmd.Context(), a.dir, o)
	if err != nil {
		return err
	}
	return errors.Join(f(n), n.Close())
}
