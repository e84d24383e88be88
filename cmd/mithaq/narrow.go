package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
)

func (a *app) narrowVerb() *cobra.Command {
	labels := map[string]*string{}
	var days int
	var purposes []string
	cmd := &cobra.Command{
		Use: "narrow ITEM ...", Short: "Make the labels of what we gave stricter, here and with everybody who got it", Args: atLeast(1),
		Long: `Joins the labels named by flags to those the items have. A label can only become stricter: where the one given is
weaker than the one held, the one held stays.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			h := map[string]any{}
			for name, value := range labels {
				if *value != "" {
					h[name] = *value
				}
			}
			if days > 0 {
				h["retain_days"] = days
			}
			if len(purposes) > 0 {
				h["purposes"] = purposes
			}
			if len(h) == 0 {
				return usage("cli.narrow-nothing")
			}
			return a.narrow(cmd, args, h)
		},
	}
	f := cmd.Flags()
	for name, help := range map[string]string{
		"tlp": "TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT, TLP:RED", "pap": "PAP:GREEN, PAP:AMBER, PAP:RED",
		"onward": "whether they go on: within-group, with-consent, never", "restriction": "a restriction in words",
	} {
		labels[name] = f.String(name, "", help)
	}
	f.IntVar(&days, "retain-days", 0, "how long they are kept, from receipt")
	f.StringArrayVar(&purposes, "only-for", nil, "a purpose they may still be used for (repeat)")
	return cmd
}

func (a *app) narrow(cmd *cobra.Command, ids []string, labels map[string]any) error {
	refs, err := a.refs(cmd, ids)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(labels)
	if err != nil {
		return err
	}
	in := api.NarrowIn{Items: refs, Handling: raw}
	return a.do(cmd.Context(), http.MethodPost, "/v1/narrowings", in, nil, func() { a.print("cli.done") })
}

func (a *app) erasuresVerb() *cobra.Command {
	var given bool
	var partner string
	cmd := verb("erasures", "Signed statements of erasure: what partners erased for us", 0, func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"given": {strconv.FormatBool(given)}, "partner": {partner}}
		var all []api.Statement
		return a.do(cmd.Context(), http.MethodGet, "/v1/erasures?"+q.Encode(), nil, &all, func() {
			if len(all) == 0 {
				a.print("cli.no-erasures")
			}
			for i := range all {
				a.showErasure(&all[i])
			}
		})
	})
	cmd.Flags().BoolVar(&given, "given", false, "what we erased for them")
	cmd.Flags().StringVar(&partner, "partner", "", "one partner only")
	return cmd
}

func (a *app) showErasure(s *api.Statement) {
	e, withheld := s.Statement, 0
	for i := range e.Withheld {
		withheld += e.Withheld[i].Items.Count()
	}
	a.print("cli.erasure", string(e.By), string(e.To), a.word("cause", string(e.Cause)), e.Created, e.Erased.Count(), withheld, e.NotHeld.Count())
	a.showNames(s.Erased)
	if rest := e.Erased.Count() - len(s.Erased); rest > 0 {
		a.under("cli.erasure-unnamed", rest)
	}
	for i := range e.Withheld {
		a.under("cli.erasure-withheld", e.Withheld[i].Items.Count(), e.Withheld[i].Authority)
	}
	a.showNames(s.Withheld)
	if !e.BackupsEnd.IsZero() {
		a.under("cli.erasure-backups", e.BackupsEnd)
	}
}

func (a *app) showNames(refs []mithaq.ItemRef) {
	for _, ref := range refs {
		a.printf("    - %s", string(ref.ID))
	}
}
