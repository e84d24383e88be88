package main

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/stix"
)

func (a *app) sourceVerb() *cobra.Command {
	return family("source", "Source profiles: the labels that imports get, answered for by a person",
		verb("list", "Every source profile", 0, func(cmd *cobra.Command, _ []string) error {
			var all []struct {
				ID   stix.ID `json:"id"`
				Name string  `json:"name"`
			}
			return a.do(cmd.Context(), http.MethodGet, "/v1/sources", nil, &all, func() {
				if len(all) == 0 {
					a.print("cli.no-sources")
				}
				for _, s := range all {
					a.printf("%s  %s", string(s.ID), s.Name)
				}
			})
		}),
		verb("keep FILE", "Keep a source profile from a file (see mithaq source example)", 1, func(cmd *cobra.Command, args []string) error {
			raw, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			var s api.Source
			return a.do(cmd.Context(), http.MethodPost, "/v1/sources", json.RawMessage(raw), &s, func() { a.printf("%s", string(s.ID)) })
		}),
		verb("example", "Print a profile to begin from", 0, func(*cobra.Command, []string) error {
			_, err := io.WriteString(a.out, sourceExample)
			return err
		}),
	)
}

const sourceExample = `{
  "name": "MITRE ATT&CK",
  "legal_basis": "published by its author",
  "default": {
    "tlp": "TLP:CLEAR",
    "pap": "PAP:CLEAR",
    "codes": ["H0"],
    "source": "A",
    "information": "2",
    "subjects": ["none"],
    "nature": "assessment",
    "purposes": ["network-defence", "cybercrime", "threat-research", "event-security"],
    "originator": "attack.mitre.org",
    "retain_days": 365,
    "onward": "open"
  }
}
`
