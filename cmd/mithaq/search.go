package main

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) searchVerb() *cobra.Command {
	return family("search", "Saved searches, which are collections to tools of this organisation", a.searchSaveVerb(),
		verb("list", "The searches that are saved", 0, a.searchList),
		verb("drop NAME", "Forget a search, and its collection with it", 1, func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), http.MethodDelete, "/v1/searches/"+url.PathEscape(args[0]), nil, nil, func() { a.print("cli.done") })
		}),
	)
}

func (a *app) searchSaveVerb() *cobra.Command {
	var x api.Search
	var from, to string
	cmd := verb("save NAME", "Save a search: all that is held and fits what the flags say", 1, func(cmd *cobra.Command, args []string) error {
		x.Name = args[0]
		for _, t := range []struct {
			text string
			into *time.Time
		}{{from, &x.From}, {to, &x.To}} {
			if t.text == "" {
				continue
			}
			var err error
			if *t.into, err = searchTime(t.text); err != nil {
				return err
			}
		}
		var saved api.Search
		return a.do(cmd.Context(), http.MethodPost, "/v1/searches", &x, &saved, func() { a.showSearch(&saved) })
	})
	f := cmd.Flags()
	f.StringSliceVar(&x.Types, "type", nil, "STIX types")
	f.StringVar(&x.TLP, "tlp", "", "labelled, and no stricter than this: clear, green, amber, amber+strict")
	f.StringVar(&x.Source, "source", "", "id of the source profile or pact under which it came")
	f.StringVar(&x.Partner, "partner", "", "the organisation that gave it")
	f.StringVar(&x.Case, "case", "", "for which it is held")
	f.StringVar(&x.Value, "value", "", "an address, name, number or hash in it, fanged or defanged")
	f.StringVar(&x.Kind, "kind", "", "what sort of value it is, when that is not plain")
	f.StringVar(&from, "from", "", "held since then: 2026-11-24, or a time such as 2026-11-24T08:00:00Z")
	f.StringVar(&to, "to", "", "held before that")
	return cmd
}

// searchTime reads a day, which begins at midnight UTC, or a time.
func searchTime(text string) (time.Time, error) {
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usage("shelf.time", text)
}

func (a *app) searchList(cmd *cobra.Command, _ []string) error {
	var all []api.Search
	return a.do(cmd.Context(), http.MethodGet, "/v1/searches", nil, &all, func() {
		if len(all) == 0 {
			a.print("shelf.search-none")
		}
		for i := range all {
			a.showSearch(&all[i])
		}
	})
}

func (a *app) showSearch(x *api.Search) {
	var parts []string
	for _, p := range []struct{ name, text string }{
		{"type", strings.Join(x.Types, ",")},
		{"tlp", x.TLP},
		{"source", x.Source},
		{"partner", x.Partner},
		{"case", x.Case},
		{"value", strings.TrimPrefix(x.Kind+":"+x.Value, ":")},
		{"from", moment(x.From)},
		{"to", moment(x.To)},
	} {
		if p.text != "" {
			parts = append(parts, p.name+"="+say.Clean(p.text))
		}
	}
	a.printf("%s  %s", x.Name, strings.Join(parts, " "))
	a.under("shelf.search-where", x.Collection)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
