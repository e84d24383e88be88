package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/iep"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) policyVerb() *cobra.Command {
	return family("policy", "FIRST Information Exchange Policies (IEP 2.0) to labels and back",
		verb("read FILE", "The labels that a policy stands for, as a source profile has them, and what of it they do not say", 1, func(cmd *cobra.Command, args []string) error {
			raw, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			var p api.FromPolicy
			return a.do(cmd.Context(), http.MethodPost, "/v1/policies", json.RawMessage(raw), &p, func() { a.showLost(p.Handling, p.Lost) })
		}),
		verb("show ID", "The policies that stand for an item's labels, and what of these they do not say", 1, func(cmd *cobra.Command, args []string) error {
			var all []api.ToPolicy
			return a.do(cmd.Context(), http.MethodGet, "/v1/items/"+url.PathEscape(args[0])+"/policies", nil, &all, func() {
				for i := range all {
					a.printf("%s  %s", string(all[i].Giver), string(all[i].Under))
					a.showLost(all[i].Policy, all[i].Lost)
				}
			})
		}),
	)
}

// showLost shows what came of labels or a policy, and what did not.
func (a *app) showLost(made json.RawMessage, lost []iep.Lost) {
	fmt.Fprintln(a.out, say.Clean(string(made)))
	for _, l := range lost {
		fmt.Fprintf(a.out, "  %s = %s: %s\n", say.Clean(l.What), say.Clean(l.Says), a.say.T("policy."+l.Why))
	}
}
