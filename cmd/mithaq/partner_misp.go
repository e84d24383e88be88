package main

import (
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
)

func (a *app) partnerMispVerb() *cobra.Command {
	var in api.MISPIn
	var key string
	var w way
	cmd := &cobra.Command{
		Use: "misp ORGANISATION [URL]", Short: "The MISP of an organisation that runs no node: where it is, and what it was sent",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var out api.MISP
			path := partnerPath(args[0], "misp")
			if len(args) == 1 {
				return a.do(cmd.Context(), http.MethodGet, path, nil, &out, func() { a.showMISP(&out) })
			}
			raw, err := a.readFile(key)
			if err != nil {
				return err
			}
			in.URL, in.Plain, in.Inside, in.Key = args[1], w.plain, w.inside, strings.TrimRight(string(raw), "\r\n")
			if in.CA, err = w.authority(a); err != nil {
				return err
			}
			return a.do(cmd.Context(), http.MethodPut, path, in, &out, func() { a.showMISP(&out) })
		},
	}
	w.flags(cmd)
	_ = cmd.Flags().MarkHidden("root")
	cmd.Flags().StringVar(&key, "key-file", "-", "a file with the key of our user there (- is standard input)")
	cmd.Flags().StringVar(&in.Known, "known-as", "", "UUID of that organisation, by which it is a member of sharing groups")
	cmd.Flags().IntVar(&in.Arrives, "arrives", 1, "distribution there of what is no event of MISP: 0 its organisation, 1 its community, 2 connected, 3 all")
	return cmd
}

func (a *app) showMISP(m *api.MISP) {
	a.printf("%-28s  %s", string(m.Org), m.URL)
	a.under("misp.observed", m.Objects["taken"], m.Objects["refused"], m.Objects["kept-back"], m.Objects["taken-back"], m.Objects["waiting"])
	if m.Why != "" {
		a.under("misp.failing", m.Fails, m.Why)
	}
	for _, why := range m.Whys {
		a.under("misp.why", why)
	}
	for _, e := range m.Events {
		a.under("misp.event", e.UUID, mithaq.At(e.At))
	}
}
