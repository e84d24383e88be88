package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/taxii/check"
)

func (a *app) taxiiVerb() *cobra.Command {
	var c check.Config
	var list bool
	cmd := &cobra.Command{
		Use: "check [URL]", Short: "Hold any TAXII 2.1 server to the standard, from outside", Args: cobra.MaximumNArgs(1),
		Long: `Makes real requests to the server whose discovery is at URL/taxii2/, and says for each MUST and SHOULD of the standard, and for
what a server on the open network needs anyway, whether it holds. Without --writable it only reads; with it, it puts a few
objects there and takes them out again. A token is read from MITHAQ_TAXII_TOKEN, a password from MITHAQ_TAXII_PASSWORD.
Exit code 6 says that a MUST failed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listChecks()
			}
			if len(args) != 1 {
				return usageError{errors.New("which server? mithaq taxii check URL")}
			}
			c.URL, c.Token, c.Password = args[0], os.Getenv("MITHAQ_TAXII_TOKEN"), os.Getenv("MITHAQ_TAXII_PASSWORD")
			return a.taxiiCheck(cmd, c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.User, "user", "", "for HTTP Basic, with MITHAQ_TAXII_PASSWORD")
	f.StringVar(&c.Root, "root", "", "the API root (else the default one)")
	f.StringVar(&c.Collection, "collection", "", "the collection to read (else the first that can be read)")
	f.StringVar(&c.Writable, "writable", "", "a collection to write to and delete from")
	f.Float64Var(&c.Rate, "rate", 0, "requests a second at the most")
	f.StringSliceVar(&c.Only, "only", nil, "these checks only")
	f.BoolVar(&list, "list", false, "list the checks")
	return family("taxii", "TAXII 2.1: what other servers do", cmd)
}

func (a *app) taxiiCheck(cmd *cobra.Command, c check.Config) error {
	report, err := check.Run(cmd.Context(), c)
	if err != nil {
		return err
	}
	print := report.Print
	if a.json {
		print = report.PrintJSON
	}
	if err := print(a.out); err != nil {
		return err
	}
	if !report.Conforms() {
		return differs{errors.New(a.say.N("cli.musts", report.Count(check.Must, check.Fail)))}
	}
	return nil
}

func (a *app) listChecks() error {
	if a.json {
		return a.writeJSON(check.All())
	}
	for _, c := range check.All() {
		a.printf("%-28s %-6s %-8s %s", c.ID, string(c.Level), c.Section, c.Text)
	}
	return nil
}
