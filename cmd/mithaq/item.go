package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) itemVerb() *cobra.Command {
	return family("item", "What is held here, as far as you may see it", a.itemListVerb(),
		verb("show ID", "One object: who gave it under what labels, and who has it", 1, a.itemShow),
		verb("raw ID", "The exact bytes of its last version", 1, a.itemRaw),
		a.itemFindVerb(),
		verb("shared ID", "Which other objects have a value of this one, who gave them, and under what label", 1, a.itemShared),
	)
}

func (a *app) showItem(i *api.Item) {
	fmt.Fprintf(a.out, "%16d  %-22s  %s  %s\n", i.Number, say.Clean(string(i.Type)), say.Clean(string(i.ID)), a.say.Iso(i.Name))
}

func (a *app) itemListVerb() *cobra.Command {
	var after int64
	var limit int
	var typ string
	cmd := verb("list", "Items in the order they came", 0, func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
		if typ != "" {
			q.Set("type", typ)
		}
		return a.items(cmd, q)
	})
	cmd.Flags().Int64Var(&after, "after", 0, "the number of the last one seen")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many")
	cmd.Flags().StringVar(&typ, "type", "", "one STIX type only")
	return cmd
}

func (a *app) items(cmd *cobra.Command, q url.Values) error {
	var page api.Items
	return a.do(cmd.Context(), http.MethodGet, "/v1/items?"+q.Encode(), nil, &page, func() {
		if len(page.Items) == 0 {
			a.print("cli.no-items")
		}
		for i := range page.Items {
			a.showItem(&page.Items[i])
		}
		switch {
		case page.Until > 0:
			a.print("cli.more-until", strconv.FormatInt(page.Until, 10))
		case page.More:
			a.print("cli.more-after", strconv.FormatInt(page.Items[len(page.Items)-1].Number, 10))
		}
	})
}

func (a *app) itemFindVerb() *cobra.Command {
	var kind, typ string
	var until int64
	cmd := verb("find WHAT", "Items in which an address, number or hash was found, fanged or defanged; or words, or a name in any script", 1, func(cmd *cobra.Command, args []string) error {
		q := url.Values{"value": {args[0]}}
		for name, text := range map[string]string{"kind": kind, "type": typ} {
			if text != "" {
				q.Set(name, text)
			}
		}
		if until > 0 {
			q.Set("until", strconv.FormatInt(until, 10))
		}
		return a.items(cmd, q)
	})
	cmd.Flags().StringVar(&typ, "type", "", "one STIX type only")
	cmd.Flags().Int64Var(&until, "until", 0, "go on where the page before ended")
	cmd.Flags().StringVar(&kind, "kind", "", "what sort of value it is, when that is not plain")
	return cmd
}

func (a *app) itemShow(cmd *cobra.Command, args []string) error {
	var w api.Whole
	return a.do(cmd.Context(), http.MethodGet, "/v1/items/"+url.PathEscape(args[0]), nil, &w, func() {
		for i := range w.Versions {
			a.showItem(&w.Versions[i])
		}
		for _, h := range w.Held {
			a.showHolding(&h)
		}
		for _, h := range w.Has {
			a.showHas(&h)
		}
	})
}

func (a *app) itemShared(cmd *cobra.Command, args []string) error {
	var s api.SharedValues
	return a.do(cmd.Context(), http.MethodGet, "/v1/items/"+url.PathEscape(args[0])+"/shared", nil, &s, func() {
		if len(s.Values) == 0 {
			a.print("item.nothing-shared")
		}
		for i := range s.Values {
			a.showShared(&s.Values[i])
		}
		if s.More {
			a.print("item.more-values")
		}
	})
}

// showShared shows a value, and who else has it under what label.
func (a *app) showShared(s *api.Shared) {
	if s.Common {
		a.print("item.common", s.Kind, a.say.Iso(s.Value))
		return
	}
	fmt.Fprintln(a.out, a.say.N("item.shared", len(s.With), s.Kind, a.say.Iso(s.Value)))
	for i := range s.With {
		w := &s.With[i]
		for _, h := range w.Held {
			fmt.Fprintf(a.out, "    %s  %s  %s\n", say.Clean(string(w.Item.ID)), say.Clean(string(h.Giver)), h.Handling.TLP)
		}
	}
}

func (a *app) showHolding(h *api.Holding) {
	a.print("cli.held", string(h.Giver), h.Received, a.word("state", h.State.String()))
	raw, err := json.Marshal(h.Handling)
	if err == nil {
		fmt.Fprintf(a.out, "    %s\n", say.Clean(strings.Trim(string(raw), "{}")))
	}
}

func (a *app) showHas(h *api.Has) {
	key := "cli.came-from"
	if h.Out {
		key = "cli.went-to"
	}
	a.print(key, string(h.Partner), a.word("lane", string(h.Lane)), h.Sequence, a.word("message", h.State))
}

func (a *app) itemRaw(cmd *cobra.Command, args []string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	var w api.Whole
	if err := c.Do(cmd.Context(), http.MethodGet, "/v1/items/"+url.PathEscape(args[0]), nil, &w); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, string(w.Versions[len(w.Versions)-1].Raw))
	return err
}
