package main

import (
	"context"
	"log/slog"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/node"
)

func (a *app) serveVerb() *cobra.Command {
	var verbose bool
	cmd := verb("serve", "Run the node until told to stop", 0, func(cmd *cobra.Command, _ []string) error {
		return a.serve(cmd.Context(), verbose)
	})
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "log more")
	return cmd
}

func (a *app) logger(verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
}

func (a *app) serve(ctx context.Context, verbose bool) error {
	o, err := a.options()
	if err != nil {
		return err
	}
	o.Log = a.logger(verbose)
	n, err := node.Open(ctx, a.dir, o)
	if err != nil {
		return err
	}
	defer n.Close()
	debug.FreeOSMemory() // opening the keys took a quarter of a gigabyte
	l, err := n.Listen()
	if err != nil {
		return err
	}
	a.showServing(n.Config())
	return n.Run(ctx, l)
}

// showServing says where the node is reached; what it does not listen for is not named.
func (a *app) showServing(c node.Config) {
	a.print("cli.serves", string(c.Organisation))
	if c.Listen != "" {
		a.under("cli.serves-partners", c.Listen)
	}
	if c.Pages != "" {
		a.under("cli.serves-pages", c.PagesAddress())
	}
	if c.Tools != "" {
		a.under("cli.serves-tools", c.Tools)
	}
	if c.Operators != "" {
		a.under("cli.serves-operators", c.Operators)
	}
}
