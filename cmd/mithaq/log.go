package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) logVerb() *cobra.Command {
	var kind, person, since string
	var after int64
	var limit int
	list := verb("show", "Who did, read and was refused what, and why", 0, func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
		if kind != "" {
			q.Set("kind", kind)
		}
		if person != "" {
			q.Set("person", person)
		}
		if since != "" {
			day, err := time.Parse(time.DateOnly, since)
			if err != nil {
				return usage("cli.want-day", say.Text("--since"), since)
			}
			q.Set("from", day.Format(time.RFC3339))
		}
		var all []api.Entry
		return a.do(cmd.Context(), http.MethodGet, "/v1/log?"+q.Encode(), nil, &all, func() {
			for i := range all {
				a.showEntry(&all[i])
			}
		})
	})
	list.Flags().StringVar(&kind, "kind", "", "one kind of entry only, such as release, refusal, read")
	list.Flags().StringVar(&person, "person", "", "one person's only")
	list.Flags().StringVar(&since, "since", "", "from this day on")
	list.Flags().Int64Var(&after, "after", 0, "from this index on")
	list.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return family("log", "The node's own log, and every log it shares", list,
		verb("list", "Every log kept, with its size and root", 0, a.logList),
		a.logProofVerb(), a.logOpenVerb(), a.logCheckVerb(),
	)
}

// showEntry is one line an entry: when, what, who, and the words that go with it.
func (a *app) showEntry(e *api.Entry) {
	c := &e.Account
	var words []string
	for _, pair := range [][2]string{
		{"by", string(c.By)},
		{"from", string(c.From)},
		{"to", string(c.To)},
		{"purpose", string(c.Purpose)},
		{"basis", c.Basis},
		{"case", c.Case},
		{"about", string(c.About)},
	} {
		if pair[1] != "" {
			words = append(words, pair[0]+"="+say.Clean(pair[1]))
		}
	}
	for _, name := range sorted(c.Counts) {
		words = append(words, fmt.Sprintf("%s=%d", name, c.Counts[name]))
	}
	for _, name := range sorted(c.Notes) {
		words = append(words, name+"="+say.Clean(c.Notes[name]))
	}
	fmt.Fprintf(a.out, "%6d  %s  %-22s %s\n", e.Index, c.At.Format("2006-01-02 15:04:05"), say.Clean(c.Kind), strings.Join(words, " "))
}

func sorted[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func (a *app) logList(cmd *cobra.Command, _ []string) error {
	var all []api.Log
	return a.do(cmd.Context(), http.MethodGet, "/v1/logs", nil, &all, func() {
		for _, l := range all {
			a.printf("%8d  %-6s  %s  %s", l.Size, string(l.Kind), l.Root.String()[7:23], l.Origin)
		}
	})
}

func (a *app) logProofVerb() *cobra.Command {
	var out string
	cmd := verb("proof ORIGIN INDEX", "Write the .tlog-proof of an entry", 2, func(cmd *cobra.Command, args []string) error {
		q := url.Values{"origin": {args[0]}, "index": {args[1]}}
		var p api.Proof
		return a.do(cmd.Context(), http.MethodGet, "/v1/logs/proof?"+q.Encode(), nil, &p, func() {
			if out == "" {
				fmt.Fprint(a.out, p.Proof)
			} else if err := os.WriteFile(out, []byte(p.Proof), 0o644); err != nil {
				fmt.Fprintln(a.err, err)
			}
		})
	})
	cmd.Flags().StringVarP(&out, "out", "o", "", "the file to write (else standard output)")
	return cmd
}
