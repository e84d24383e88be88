package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) consentVerb() *cobra.Command {
	return family("consent", "Whether what was given may go on to others, or be used in court",
		a.consentListVerb(), a.consentAskVerb(), a.consentAnswerVerb(),
	)
}

func (a *app) consentListVerb() *cobra.Command {
	var ours bool
	cmd := verb("list", "Questions that partners asked us, with our answers", 0, func(cmd *cobra.Command, _ []string) error {
		var all []api.Question
		return a.do(cmd.Context(), http.MethodGet, "/v1/consents?ours="+strconv.FormatBool(ours), nil, &all, func() {
			if len(all) == 0 {
				a.print("cli.no-questions")
			}
			for i := range all {
				a.showQuestion(&all[i])
			}
		})
	})
	cmd.Flags().BoolVar(&ours, "ours", false, "those that we asked")
	return cmd
}

func (a *app) showQuestion(q *api.Question) {
	a.printf("%s", string(q.Ask.ID))
	a.print("cli.question", string(q.Ask.From), string(q.Ask.Originator), a.word("purpose", string(q.Ask.Purpose)), mithaq.At(q.At))
	if len(q.Ask.For) > 0 {
		a.under("cli.question-for", names(q.Ask.For))
	}
	if q.Ask.Court {
		a.under("cli.question-court")
	}
	for _, ref := range q.Ask.Items {
		a.printf("    %s", string(ref.ID))
	}
	fmt.Fprintf(a.out, "    %s\n", a.say.Iso(q.Ask.Why))
	a.showConsent(q.Answer)
}

func (a *app) showConsent(c *mithaq.Consent) {
	switch {
	case c == nil:
		a.under("cli.question-open")
	case len(c.Items) == 0 || len(c.For) == 0 && !c.Court:
		a.under("cli.consent-refused", string(c.By))
	default:
		fmt.Fprintln(a.out, "    "+a.say.N("cli.consent-given", len(c.Items), string(c.By), names(c.For)))
	}
}

func names(orgs []mithaq.OrgID) string {
	list := make([]string, len(orgs))
	for i, o := range orgs {
		list[i] = string(o)
	}
	return strings.Join(list, ", ")
}

func (a *app) consentAskVerb() *cobra.Command {
	var in api.ConsentIn
	var until string
	cmd := &cobra.Command{
		Use: "ask ITEM ...", Short: "Ask the giver of items whether they may go on (with --purpose and --reason)", Args: atLeast(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if a.purpose == "" || a.reason == "" {
				return usage("cli.purpose-and-reason")
			}
			if in.Until, err = dayFlag("--until", until); err != nil {
				return err
			}
			if in.Items, err = a.refs(cmd, args); err != nil {
				return err
			}
			in.Purpose, in.Why = a.purpose, a.reason
			var ask mithaq.ConsentAsk
			return a.do(cmd.Context(), http.MethodPost, "/v1/consents", in, &ask, func() {
				a.print("cli.asked", string(ask.Originator), string(ask.ID))
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Originator, "giver", "", "who gave the items")
	f.StringVar(&in.Pact, "pact", "", "under which pact they came")
	f.StringArrayVar(&in.For, "for", nil, "an organisation to whom they would go (repeat)")
	f.BoolVar(&in.Court, "court", false, "whether they may be used in court")
	f.StringVar(&until, "until", "", "by which day an answer is needed")
	return cmd
}

func (a *app) consentAnswerVerb() *cobra.Command {
	var yes, no, court bool
	var items, orgs []string
	var until string
	cmd := verb("answer QUESTION", "Answer a partner's question: --yes, for all that was asked or part of it, or --no", 1, func(cmd *cobra.Command, args []string) error {
		if yes == no {
			return usage("cli.yes-or-no")
		}
		in := api.GrantIn{}
		if yes {
			var err error
			if in, err = a.grant(cmd, args[0], items, orgs, court); err != nil {
				return err
			}
			if in.Until, err = dayFlag("--until", until); err != nil {
				return err
			}
		}
		var c mithaq.Consent
		path := "/v1/consents/" + url.PathEscape(args[0]) + "/answer"
		return a.do(cmd.Context(), http.MethodPost, path, in, &c, func() { a.showConsent(&c) })
	})
	f := cmd.Flags()
	f.BoolVar(&yes, "yes", false, "consent")
	f.BoolVar(&no, "no", false, "refuse; no reason is owed")
	f.StringArrayVar(&items, "item", nil, "only this item of those asked for (repeat)")
	f.StringArrayVar(&orgs, "for", nil, "only this organisation of those asked for (repeat)")
	f.BoolVar(&court, "court", false, "use in court, too, where that was asked")
	f.StringVar(&until, "until", "", "the last day of the consent")
	return cmd
}

// grant is what was asked, or the part of it that the flags name.
func (a *app) grant(cmd *cobra.Command, id string, items, orgs []string, court bool) (in api.GrantIn, err error) {
	c, err := a.client()
	if err != nil {
		return in, err
	}
	var all []api.Question
	if err := c.Do(cmd.Context(), http.MethodGet, "/v1/consents", nil, &all); err != nil {
		return in, err
	}
	for _, q := range all {
		if string(q.Ask.ID) != id {
			continue
		}
		for _, ref := range q.Ask.Items {
			if len(items) == 0 || contains(items, string(ref.ID)) {
				in.Items = append(in.Items, ref)
			}
		}
		for _, o := range q.Ask.For {
			if len(orgs) == 0 || contains(orgs, string(o)) {
				in.For = append(in.For, string(o))
			}
		}
		in.Court = court
		return in, nil
	}
	return in, mithaq.Refuse(mithaq.NotFound, "gate.no-question", id)
}

func contains(list []string, one string) bool {
	return slices.Contains(list, one)
}

// dayFlag reads a day; none is the zero time. The day itself still counts.
func dayFlag(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usage("cli.want-day", say.Text(flag), text)
	}
	return day.AddDate(0, 0, 1), nil
}

// refs names the last version of each item exactly.
func (a *app) refs(cmd *cobra.Command, ids []string) ([]mithaq.ItemRef, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	var refs []mithaq.ItemRef
	for _, id := range ids {
		var w api.Whole
		if err := c.Do(cmd.Context(), http.MethodGet, "/v1/items/"+url.PathEscape(id), nil, &w); err != nil {
			return nil, err
		}
		refs = append(refs, w.Versions[len(w.Versions)-1].Ref)
	}
	return refs, nil
}
