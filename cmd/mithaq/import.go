package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

func (a *app) importVerb() *cobra.Command {
	q := url.Values{}
	var source, matter string
	var strict, advise bool
	cmd := verb("import FILE", "Take in STIX 2.1 or 2.0: a bundle, an envelope, an array or lines, gzipped or not (- is standard input)", 1, func(cmd *cobra.Command, args []string) error {
		if source == "" {
			return usage("cli.import-source")
		}
		q.Set("source", source)
		q.Set("case", matter)
		q.Set("name", filepath.Base(args[0]))
		if strict {
			q.Set("strict", "true")
		}
		if advise {
			q.Set("advise", "true")
		}
		return a.importFile(cmd, args[0], q)
	})
	cmd.Flags().StringVar(&source, "source", "", "id of the source profile that gives labels (see mithaq source)")
	cmd.Flags().StringVar(&matter, "case", "", "the case it is held for")
	cmd.Flags().BoolVar(&strict, "strict", false, "all or nothing")
	cmd.Flags().BoolVar(&advise, "advise", false, "count departures from what the standard only advises")
	return cmd
}

// open opens a file to read, inflating what is gzipped.
func (a *app) open(path string) (io.ReadCloser, error) {
	var f io.ReadCloser = io.NopCloser(a.in)
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		f = file
	}
	b := bufio.NewReaderSize(f, 1<<16)
	if magic, _ := b.Peek(2); len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return struct {
			io.Reader
			io.Closer
		}{b, f}, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, f}, nil
}

func (a *app) importFile(cmd *cobra.Command, path string, q url.Values) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	f, err := a.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	res, err := c.Stream(cmd.Context(), http.MethodPost, "/v1/imports?"+q.Encode(), "application/json", f)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	last, err := a.importLines(res.Body)
	if err != nil {
		return err
	}
	if last.Problem != nil {
		return &client.Problem{
			Title: last.Problem.Title, Status: last.Problem.Status, Detail: last.Problem.Detail,
			Kind: string(last.Problem.Kind), Key: last.Problem.Key, Args: last.Problem.Args,
		}
	}
	return a.showImported(last.Report)
}

// importLines follows an import to its end.
func (a *app) importLines(r io.Reader) (last api.ImportLine, err error) {
	lines := json.NewDecoder(r)
	tell := a.progress("cli.importing")
	for {
		var line api.ImportLine
		if err := lines.Decode(&line); err != nil {
			return last, fmt.Errorf("the import broke off: %w", err)
		}
		if line.Report != nil || line.Problem != nil {
			if tell != nil {
				fmt.Fprintln(a.err)
			}
			return line, nil
		}
		if tell != nil {
			tell(line.Objects, line.Objects+1)
		}
	}
}

func (a *app) showImported(r *api.Imported) error {
	if a.json {
		return a.writeJSON(r)
	}
	a.print("cli.objects", r.Read, r.Kept, r.Known+r.Foreign, r.Refused)
	if r.Upgraded > 0 {
		a.print("cli.objects-upgraded", r.Upgraded)
	}
	for _, one := range r.Refusals {
		fmt.Fprintf(a.out, "  #%d %s: %s\n", one.Index, say.Clean(string(one.ID)), a.said(one.Why))
	}
	if n := int64(len(r.Refusals)); n < r.Refused {
		a.print("cli.and-more", r.Refused-n)
	}
	return nil
}

// said is a problem as a sentence.
func (a *app) said(p *api.Problem) string {
	if p == nil {
		return ""
	}
	if p.Key == "" {
		return say.Clean(p.Detail)
	}
	return a.say.T(p.Key, strs(p.Args)...)
}

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
