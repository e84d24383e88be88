package main

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) subscribeQuarantineVerb() *cobra.Command {
	return family("quarantine", "What a subscription could not take in: list, read, try again, drop",
		a.heldListVerb(),
		verb("show NAME ID", "One object, byte for byte (with --reason, --purpose and --basis)", 2, a.heldShow),
		a.heldRetryVerb(),
		verb("drop NAME ID", "Drop one object", 2, func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), http.MethodDelete, heldPath(args), nil, nil, func() { a.print("cli.done") })
		}),
	)
}

func heldPath(args []string) string {
	return subscriptionPath(args[0], "quarantine", url.PathEscape(args[1]))
}

func (a *app) heldListVerb() *cobra.Command {
	var after int64
	var limit int
	cmd := verb("list NAME", "What is held, and why", 1, func(cmd *cobra.Command, args []string) error {
		var all []api.Held
		q := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
		return a.do(cmd.Context(), http.MethodGet, subscriptionPath(args[0], "quarantine")+"?"+q.Encode(), nil, &all, func() {
			if len(all) == 0 {
				a.print("subscribe.quarantine-empty", args[0])
			}
			for i := range all {
				a.heldLine(&all[i])
			}
			if len(all) == limit {
				a.print("cli.more-after", all[len(all)-1].ID)
			}
		})
	})
	cmd.Flags().Int64Var(&after, "after", 0, "go on after this number")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}

func (a *app) heldLine(h *api.Held) {
	a.printf("%d  %s  %s  ×%d  %d B", h.ID, mithaq.At(h.At), string(h.Object), h.Times, h.Size)
	a.whyLine(h.Why)
}

func (a *app) heldShow(cmd *cobra.Command, args []string) error {
	var h api.Held
	return a.do(cmd.Context(), http.MethodGet, heldPath(args), nil, &h, func() {
		a.heldLine(&h)
		a.printf("%s", say.Text(say.Clean(string(h.Raw))))
	})
}

func (a *app) heldRetryVerb() *cobra.Command {
	return &cobra.Command{
		Use: "retry NAME [ID...]", Short: "Take objects in again; all, where none is named", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]any{}
			var ids []int64
			for _, text := range args[1:] {
				id, err := strconv.ParseInt(text, 10, 64)
				if err != nil {
					return usage("cli.usage", cmd.UseLine())
				}
				ids = append(ids, id)
			}
			if len(ids) > 0 {
				in["ids"] = ids
			}
			var r api.Retried
			return a.do(cmd.Context(), http.MethodPost, subscriptionPath(args[0], "quarantine", "retry"), in, &r, func() {
				a.print("subscribe.retried", r.Seen, r.Taken, r.Known, r.Held)
			})
		},
	}
}
