package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

// exactly wants n arguments, and calls anything else a fault of the command line.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usage("cli.usage", cmd.UseLine())
		}
		return nil
	}
}

func (a *app) writeJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// tell answers what a folder's own verb did: in words, or as JSON.
func (a *app) tell(answer map[string]any, words func()) error {
	if a.json {
		return a.writeJSON(answer)
	}
	words()
	return nil
}

// family is a verb that only has verbs below it.
func family(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: noSuchVerb, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(verbs...)
	return cmd
}

// noSuchVerb is for a command of which only those below it do something.
func noSuchVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usage("cli.no-verb-near", args[0], cmd.CommandPath()+" "+near[0])
	}
	return usage("cli.no-verb", args[0], cmd.CommandPath())
}

// atMost wants n arguments or fewer.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usage("cli.usage", cmd.UseLine())
		}
		return nil
	}
}

// verb makes a command of a function.
func verb(use, short string, n int, f func(cmd *cobra.Command, args []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: exactly(n), RunE: f}
}

// atLeast wants n arguments or more.
func atLeast(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return usage("cli.usage", cmd.UseLine())
		}
		return nil
	}
}
