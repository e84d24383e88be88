package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) caseMembersVerb() *cobra.Command {
	var in struct {
		Add    []string `json:"add,omitempty"`
		Remove []string `json:"remove,omitempty"`
	}
	cmd := verb("members CASE", "Add members to a case, and take others away", 1, func(cmd *cobra.Command, args []string) error {
		var c mithaq.Case
		return a.do(cmd.Context(), http.MethodPost, casePath(args[0])+"/members", in, &c, func() { a.showCase(&c) })
	})
	cmd.Flags().StringArrayVar(&in.Add, "add", nil, "a person who needs to know, by id (repeat)")
	cmd.Flags().StringArrayVar(&in.Remove, "remove", nil, "a person who does not any more, by id (repeat)")
	return cmd
}

func (a *app) caseDatesVerb() *cobra.Command {
	var in struct {
		ReviewAt string `json:"review_at,omitempty"`
		CloseBy  string `json:"close_by,omitempty"`
	}
	cmd := verb("dates CASE", "Set the days of review and closing; what is not given is none", 1, func(cmd *cobra.Command, args []string) error {
		var c mithaq.Case
		return a.do(cmd.Context(), http.MethodPost, casePath(args[0])+"/dates", in, &c, func() { a.showCase(&c) })
	})
	cmd.Flags().StringVar(&in.ReviewAt, "review", "", "day on which its members look whether it is still needed (2027-04-30)")
	cmd.Flags().StringVar(&in.CloseBy, "close", "", "day by which it is to be closed")
	return cmd
}

func (a *app) caseNoteVerb() *cobra.Command {
	var in struct {
		Note    string `json:"note,omitempty"`
		Version int    `json:"version,omitempty"`
		Text    string `json:"text"`
	}
	cmd := verb("note CASE TEXT", "Add a note to a case, or with --on and --saw a version to one", 2, func(cmd *cobra.Command, args []string) error {
		in.Text = args[1]
		var n api.Note
		return a.do(cmd.Context(), http.MethodPost, casePath(args[0])+"/notes", in, &n, func() { a.showNote(&n) })
	})
	cmd.Flags().StringVar(&in.Note, "on", "", "the note that is written on")
	cmd.Flags().IntVar(&in.Version, "saw", 0, "the version of it that you saw")
	return cmd
}

func (a *app) caseNotes(cmd *cobra.Command, args []string) error {
	var f api.Casefile
	return a.do(cmd.Context(), http.MethodGet, casePath(args[0])+"/file", nil, &f, func() {
		a.showCase(f.Case)
		for _, versions := range f.Notes {
			a.showNote(&versions[len(versions)-1])
		}
	})
}

func (a *app) showNote(n *api.Note) {
	a.print("cli.note", n.ID, n.Version, string(n.Person), n.At)
	for line := range strings.Lines(n.Text) {
		fmt.Fprintf(a.out, "    %s\n", say.Clean(strings.TrimRight(line, "\n")))
	}
}
