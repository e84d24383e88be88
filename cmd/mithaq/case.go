package main

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
)

func (a *app) caseVerb() *cobra.Command {
	return family("case", "Cases: why things are held, and who needs to know",
		verb("list", "The open cases in which you have a need to know", 0, a.caseList),
		verb("show CASE", "One case", 1, func(cmd *cobra.Command, args []string) error {
			var c mithaq.Case
			return a.do(cmd.Context(), http.MethodGet, casePath(args[0]), nil, &c, func() { a.showCase(&c) })
		}),
		a.caseOpenVerb(),
		verb("close CASE", "Close a case: nothing is taken in or shared for it any more", 1, func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), http.MethodPost, casePath(args[0])+"/close", nil, nil, func() { a.print("cli.done") })
		}),
		a.caseMembersVerb(), a.caseDatesVerb(), a.caseNoteVerb(),
		verb("notes CASE", "The notes of a case (with --reason, --purpose and --basis)", 1, a.caseNotes),
	)
}

func casePath(id string) string { return "/v1/cases/" + url.PathEscape(id) }

func (a *app) showCase(c *mithaq.Case) {
	a.printf("%s  %s", string(c.ID), c.Title)
	a.print("cli.case-why", a.word("purpose", string(c.Purpose)), c.Basis.Ref, c.Created)
	for _, m := range c.Members {
		a.printf("    %s", string(m))
	}
	if !c.Closed.IsZero() {
		a.print("cli.case-closed", c.Closed)
	}
}

func (a *app) caseList(cmd *cobra.Command, _ []string) error {
	var all []*mithaq.Case
	return a.do(cmd.Context(), http.MethodGet, "/v1/cases", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.no-cases")
		}
		for _, c := range all {
			a.showCase(c)
		}
	})
}

func (a *app) caseOpenVerb() *cobra.Command {
	var members []string
	cmd := verb("open TITLE", "Open a case (with --purpose and --basis)", 1, func(cmd *cobra.Command, args []string) error {
		if a.purpose == "" || a.basis == "" {
			return usage("cli.purpose-and-basis")
		}
		with, err := a.caseMembers(cmd, members)
		if err != nil {
			return err
		}
		var c mithaq.Case
		in := map[string]any{"title": args[0], "purpose": a.purpose, "legal_basis": a.basis, "members": with}
		return a.do(cmd.Context(), http.MethodPost, "/v1/cases", in, &c, func() { a.showCase(&c) })
	})
	cmd.Flags().StringArrayVar(&members, "member", nil, "another person who needs to know, by id (repeat); you are one")
	return cmd
}

// caseMembers are those named, and whoever asks.
func (a *app) caseMembers(cmd *cobra.Command, named []string) ([]string, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	var me api.Person
	err = c.Do(cmd.Context(), http.MethodGet, "/v1/me", nil, &me)
	return append([]string{string(me.ID)}, named...), err
}
