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
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/indicator/sheet"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/say"
)

// importing is one run of the verb.
type importing struct {
	q       url.Values
	flags   map[string]*string
	labels  []string
	types   []string
	strict  bool
	advise  bool
	dry     bool
	fanged  bool
	rows    bool
	columns string
}

func (a *app) importVerb() *cobra.Command {
	m := &importing{q: url.Values{}, flags: map[string]*string{}}
	cmd := verb("import FILE", "Take in STIX 2.1 or 2.0, a text or PDF report with indicators, or a table; gzipped or not (- is standard input)", 1, func(cmd *cobra.Command, args []string) error {
		return a.importFile(cmd, m, args[0])
	})
	f := cmd.Flags()
	for _, flag := range [][2]string{
		{"source", "id of the source profile that gives labels (see mithaq source)"},
		{"case", "the case it is held for"},
		{"format", "stix, text, pdf or csv (else as the file's name ends)"},
		{"encoding", "of a text that is not Unicode: windows-1252, windows-1254 or windows-1256"},
		{"make", "of values: indicators, observables or both"},
		{"date", "of the source: indicators hold from then (else today)"},
		{"until", "when indicators end to hold"},
	} {
		m.flags[flag[0]] = f.String(flag[0], "", flag[1])
	}
	f.StringArrayVar(&m.labels, "label", nil, "a label of what is made; may be repeated")
	f.StringArrayVar(&m.types, "type", nil, "an indicator type, such as malicious-activity; may be repeated")
	f.StringVar(&m.columns, "columns", "", "a file that says how a table is to be read; without it, a guess is printed and nothing taken in")
	f.BoolVar(&m.strict, "strict", false, "all or nothing")
	f.BoolVar(&m.advise, "advise", false, "count departures from what the standard only advises")
	f.BoolVar(&m.dry, "dry-run", false, "keep nothing, and show what would be made")
	f.BoolVar(&m.fanged, "disguised", false, "addresses count only where they are disguised, as in evil[.]example")
	f.BoolVar(&m.rows, "rows", false, "show every place of a text or a table, and what became of it")
	cmd.AddCommand(a.importMispVerb())
	return cmd
}

// importFile takes a file in, or shows how a table would be read.
func (a *app) importFile(cmd *cobra.Command, m *importing, path string) error {
	format := m.formatOf(path)
	if format == "csv" && m.columns == "" {
		return a.guessColumns(cmd, path)
	}
	if *m.flags["source"] == "" {
		return usage("cli.import-source")
	}
	if err := a.query(m, path, format); err != nil {
		return err
	}
	return a.importStream(cmd, m, path)
}

// formats by the end of a file's name; anything else is STIX.
var formats = map[string]string{".txt": "text", ".md": "text", ".eml": "text", ".log": "text", ".csv": "csv", ".tsv": "csv", ".pdf": "pdf"}

func (m *importing) formatOf(path string) string {
	if f := *m.flags["format"]; f != "" {
		return f
	}
	return formats[strings.ToLower(filepath.Ext(strings.TrimSuffix(path, ".gz")))]
}

// query says to the node what the flags say.
func (a *app) query(m *importing, path, format string) error {
	for name, value := range m.flags {
		if *value != "" {
			m.q.Set(name, *value)
		}
	}
	m.q.Set("name", filepath.Base(path))
	m.q.Set("format", format)
	m.q["label"], m.q["type"] = m.labels, m.types
	for name, set := range map[string]bool{"strict": m.strict, "advise": m.advise, "dry-run": m.dry, "disguised": m.fanged} {
		if set {
			m.q.Set(name, "true")
		}
	}
	if m.columns == "" {
		return nil
	}
	raw, err := a.readFile(m.columns)
	m.q.Set("columns", string(raw))
	return err
}

// guessColumns prints how a table is probably to be read, for a person to confirm.
func (a *app) guessColumns(cmd *cobra.Command, path string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	f, err := a.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	res, err := c.Stream(cmd.Context(), http.MethodPost, "/v1/imports/columns", "application/octet-stream", io.LimitReader(f, sheet.Head))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var l sheet.Layout
	if err := json.NewDecoder(res.Body).Decode(&l); err != nil {
		return err
	}
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if !l.Sure {
		fmt.Fprintln(a.err, a.say.T("import.unsure-encoding", string(l.Encoding)))
	}
	fmt.Fprintln(a.err, a.say.T("import.confirm"))
	return e.Encode(l)
}

func (a *app) importStream(cmd *cobra.Command, m *importing, path string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	f, err := a.open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	res, err := c.Stream(cmd.Context(), http.MethodPost, "/v1/imports?"+m.q.Encode(), "application/json", f)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	last, err := a.importLines(res.Body, m.rows || m.dry)
	if err != nil {
		return err
	}
	if last.Problem != nil {
		return &client.Problem{
			Title: last.Problem.Title, Status: last.Problem.Status, Detail: last.Problem.Detail,
			Kind: string(last.Problem.Kind), Key: last.Problem.Key, Args: last.Problem.Args,
		}
	}
	if m.dry && !a.json {
		a.print("import.dry")
	}
	return a.showImported(last.Report)
}

// importLines follows an import to its end.
func (a *app) importLines(r io.Reader, rows bool) (last api.ImportLine, err error) {
	lines := json.NewDecoder(r)
	tell := a.progress("cli.importing")
	for {
		var line api.ImportLine
		if err := lines.Decode(&line); err != nil {
			return last, fmt.Errorf("the import broke off: %w", err)
		}
		switch {
		case line.Report != nil || line.Problem != nil:
			if tell != nil {
				fmt.Fprintln(a.err)
			}
			return line, nil
		case line.Row != nil:
			if err := a.showRow(line.Row, rows); err != nil {
				return last, err
			}
		case tell != nil:
			tell(line.Objects, line.Objects+1)
		}
	}
}

// showRow shows one place: all of them where they are asked for, else what was
// not taken in.
func (a *app) showRow(r *api.ImportRow, all bool) error {
	if !all && r.Fate != api.Doubt && r.Fate != gate.Refused {
		return nil
	}
	if a.json {
		return a.writeJSON(api.ImportLine{Row: r})
	}
	why := r.Doubt
	if r.Why != nil {
		why = a.said(r.Why)
	}
	fate := a.say.T("import.fate." + string(r.Fate))
	fmt.Fprintf(a.out, "  %d:%d  %s  %s %s  %s\n", r.Line, r.Column, fate, r.Kind, say.Clean(orElse(r.Value, r.As)), say.Clean(why))
	if all {
		a.showWarnings(r.Warnings)
	}
	return nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
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

func (a *app) showImported(r *api.Imported) error {
	if a.json {
		return a.writeJSON(r)
	}
	a.print("cli.objects", r.Read, r.Kept, r.Known+r.Foreign, r.Refused)
	if r.Upgraded > 0 {
		a.print("cli.objects-upgraded", r.Upgraded)
	}
	if r.Doubts > 0 {
		fmt.Fprintln(a.out, a.say.N("import.doubts", int(r.Doubts)))
	}
	for _, one := range r.Refusals {
		fmt.Fprintf(a.out, "  #%d %s: %s\n", one.Index, say.Clean(string(one.ID)), a.said(one.Why))
	}
	if n := int64(len(r.Refusals)); n < r.Refused {
		a.print("cli.and-more", r.Refused-n)
	}
	for _, one := range r.Warned {
		fmt.Fprintf(a.out, "  #%d %s\n", one.Index, say.Clean(string(one.ID)))
		a.showWarnings(one.Warnings)
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
