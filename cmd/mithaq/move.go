package main

import (
	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/node"
)

func (a *app) moveVerb() *cobra.Command {
	cmd := verb("move DATABASE", "Move what the node keeps to another database: sqlite, or postgres://...", 1, func(cmd *cobra.Command, args []string) error {
		o, err := a.options()
		if err != nil {
			return err
		}
		m, err := node.MoveTo(cmd.Context(), a.dir, args[0], o)
		if err != nil {
			return err
		}
		return a.tell(map[string]any{"items": m.Items, "rows": m.Rows, "tables": m.Tables, "logs": m.Logs, "entries": m.Entries, "from": m.From}, func() {
			a.print("cli.moved", m.Items, m.Rows, m.Logs, m.Entries)
			a.print("cli.moved-from", m.From)
		})
	})
	cmd.Long = `Stop every process of the node first. Each row is compared with what it was, and each log is recomputed from its entries.
If it is broken off, run it again: until all is there the node stays where it was, and from then on it opens only where it went.`
	return cmd
}
