package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/lists"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/misp/taxonomy"
)

func (a *app) listsVerb() *cobra.Command {
	return family("lists", "MISP warninglists, which warn before something well known is shared, and taxonomies, which labels are held to",
		verb("add FILE", "Keep a list as it is published, in place of one of that name", 1, a.listAdd),
		verb("list", "Every list that is kept", 0, func(cmd *cobra.Command, _ []string) error {
			var all []lists.List
			return a.do(cmd.Context(), http.MethodGet, "/v1/lists", nil, &all, func() {
				if len(all) == 0 {
					a.print("lists.empty")
				}
				for i := range all {
					a.showList(&all[i])
				}
			})
		}),
		verb("drop NAME", "Forget a list", 1, func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), http.MethodDelete, "/v1/lists/"+url.PathEscape(args[0]), nil, nil, func() { a.print("cli.done") })
		}),
		a.tagsVerb(),
	)
}

func (a *app) listAdd(cmd *cobra.Command, args []string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	f, err := a.open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	res, err := c.Stream(cmd.Context(), http.MethodPost, "/v1/lists", "application/json", f)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var l lists.List
	if err := json.NewDecoder(res.Body).Decode(&l); err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(l)
	}
	a.showList(&l)
	return nil
}

func (a *app) showList(l *lists.List) {
	kind := a.say.T("lists.kind." + string(l.Kind))
	fmt.Fprintf(a.out, "%s  %s %s  %d\n", say.Clean(l.Name), kind, say.Clean(l.Type), l.Version)
	fmt.Fprintln(a.out, "    "+a.say.N("lists.entries", l.Entries))
	if l.Unread > 0 {
		fmt.Fprintln(a.out, "    "+a.say.N("lists.unread", l.Unread))
	}
	for _, one := range l.First {
		fmt.Fprintln(a.out, "      "+say.Clean(one))
	}
}

func (a *app) tagsVerb() *cobra.Command {
	var limit int
	cmd := &cobra.Command{Use: "tags [TEXT]", Short: "Labels to pick from: those that begin with a text, or mean it", Args: atMost(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		q := url.Values{"limit": {strconv.Itoa(limit)}}
		if len(args) == 1 {
			q.Set("like", args[0])
		}
		var tags []taxonomy.Tag
		return a.do(cmd.Context(), http.MethodGet, "/v1/tags?"+q.Encode(), nil, &tags, func() {
			for _, t := range tags {
				a.printf("%s  %s", t.Tag, t.Expanded)
			}
		})
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}

// showWarnings says of which values somebody should think twice.
func (a *app) showWarnings(all []gate.Warning) {
	for i := range all {
		w := &all[i]
		for _, why := range w.Why {
			if why.Own {
				fmt.Fprintln(a.out, "    "+a.say.T("lists.own", w.Kind, a.say.Iso(w.Value), a.say.Iso(why.Entry)))
				continue
			}
			fmt.Fprintln(a.out, "    "+a.say.T("lists.warn", w.Kind, a.say.Iso(w.Value), a.say.Iso(why.Entry), a.say.Iso(why.List)))
		}
	}
}
