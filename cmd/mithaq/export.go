package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/durable"
)

func (a *app) exportVerb() *cobra.Command {
	flags := map[string]*string{}
	var kinds []string
	var subdomains, dry bool
	var file string
	cmd := verb("export", "Indicators that hold now, as a file for what detects (--purpose, --basis, and for what concerns persons --reason)", 0, func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"kind": kinds}
		for name, value := range flags {
			if *value != "" {
				q.Set(name, *value)
			}
		}
		for name, set := range map[string]bool{"subdomains": subdomains, "dry-run": dry} {
			if set {
				q.Set(name, "true")
			}
		}
		return a.export(cmd, q, file, dry)
	})
	f := cmd.Flags()
	for _, flag := range [][2]string{
		{"format", "suricata, rpz, csv, hashes or text"},
		{"use", "search, watch or block: what PAP must permit (else by the format)"},
		{"tlp", "the strictest label that may be in it (else TLP:AMBER+STRICT)"},
		{"source", "of one source profile or pact"},
		{"giver", "of one giver"},
		{"case", "of one case"},
		{"action", "of Suricata rules: alert, drop or reject"},
		{"first-sid", "number of the first rule"},
		{"zone", "name of the response policy zone"},
		{"policy", "of the zone: nxdomain, nodata or drop"},
	} {
		flags[flag[0]] = f.String(flag[0], "", flag[1])
	}
	f.StringArrayVar(&kinds, "kind", nil, "values of this kind alone; may be repeated")
	f.BoolVar(&subdomains, "subdomains", false, "names below a domain count too")
	f.BoolVar(&dry, "dry-run", false, "say what the file would have, and what not and why")
	f.StringVarP(&file, "output", "o", "", "write to this file (else to standard output)")
	return cmd
}

func (a *app) export(cmd *cobra.Command, q url.Values, file string, dry bool) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	res, err := c.Stream(cmd.Context(), http.MethodGet, "/v1/export?"+q.Encode(), "", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if dry {
		return a.showExport(a.out, raw)
	}
	if err := a.put(file, raw); err != nil {
		return err
	}
	return a.showExport(a.err, []byte(res.Header.Get(api.ReportHeader)))
}

// put writes to a file whole, or to standard output.
func (a *app) put(file string, raw []byte) error {
	if file == "" {
		_, err := a.out.Write(raw)
		return err
	}
	return durable.WriteFile(file, raw)
}

// showExport says what a file has, and what not and why.
func (a *app) showExport(w io.Writer, raw []byte) error {
	if a.json {
		_, err := fmt.Fprintln(w, string(raw))
		return err
	}
	var r api.ExportReport
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	fmt.Fprintln(w, a.say.T("export.done", r.Read, r.Taken, r.Values, a.say.T("export.use."+string(r.Use))))
	for _, why := range slices.Sorted(maps.Keys(r.Left)) {
		fmt.Fprintf(w, "  %d  %s\n", r.Left[why], a.say.T("export.left."+why))
	}
	if r.Unfit > 0 {
		fmt.Fprintf(w, "  %d  %s\n", r.Unfit, a.say.T("export.left.unfit"))
	}
	for _, x := range r.List {
		fmt.Fprintf(w, "    %s  %s  %s\n", x.ID, x.Kind, x.Why)
	}
	return nil
}
