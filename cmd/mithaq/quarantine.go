package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) quarantineVerb() *cobra.Command {
	cmd := family("quarantine", "After a restore: learn what happened since, then let two persons end it",
		verb("show", "Whether the node is in quarantine, and from whom it has learnt", 0, a.quarantineShow),
		verb("learn", "Take in from every partner what our restored records lack", 0, a.quarantineLearn),
		a.quarantineEndVerb(),
	)
	cmd.Long = `A node restored from a backup does not know what was sent, recalled or suspended since. While it is in quarantine
nothing is sent, taken or cosigned; verify works. "learn" fetches from each partner, message by message and verified,
what passed between us after the backup: our own messages, so that no number is given twice, and theirs, whose recalls
and suspensions are applied again. Then two persons say "end".`
	return cmd
}

func (a *app) quarantineShow(cmd *cobra.Command, _ []string) error {
	var q api.Quarantine
	return a.do(cmd.Context(), http.MethodGet, "/v1/quarantine", nil, &q, func() { a.showQuarantine(&q) })
}

func (a *app) showQuarantine(q *api.Quarantine) {
	if q.Reason == "" {
		a.print("quarantine.none")
		return
	}
	a.print("cli.quarantine", q.Reason)
	for _, name := range sorted(q.Learnt) {
		a.under("cli.learnt-at", string(name), mithaq.At(q.Learnt[name]))
	}
	for _, org := range q.Missing {
		a.under("cli.not-learnt", string(org))
	}
	if q.Ending != "" {
		a.under("cli.ending", string(q.Ending))
	}
}

func (a *app) quarantineLearn(cmd *cobra.Command, _ []string) error {
	var all []api.Learnt
	bad := 0
	err := a.do(cmd.Context(), http.MethodPost, "/v1/quarantine/learn", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.no-partners")
		}
		for _, l := range all {
			a.print("cli.learnt", string(l.Partner), l.Sent, l.Received, l.Waiting)
			if l.Trouble != nil {
				bad++
				a.under("cli.not-all-learnt", say.Text(a.said(l.Trouble)))
			}
		}
	})
	if err == nil && bad > 0 {
		return differs{errors.New(a.say.N("cli.faults", bad))}
	}
	return err
}

func (a *app) quarantineEndVerb() *cobra.Command {
	var without []string
	cmd := verb("end", "Say that the quarantine may end; a second person says it too", 0, func(cmd *cobra.Command, _ []string) error {
		var q api.Quarantine
		in := map[string]any{"reason": a.reason}
		if len(without) > 0 {
			in["without"] = without
		}
		return a.do(cmd.Context(), http.MethodPost, "/v1/quarantine/end", in, &q, func() {
			if q.Reason != "" {
				a.print("cli.ending-first")
				return
			}
			a.print("cli.quarantine-ended")
			if len(without) > 0 {
				fmt.Fprintf(a.out, "    %s\n", a.say.T("cli.not-learnt", strings.Join(without, ", ")))
			}
		})
	})
	cmd.Flags().StringArrayVar(&without, "without", nil, "a partner from whom nothing could be learnt (repeat); both persons name it")
	return cmd
}
