package main

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/sign"
)

// answerVerbs are what follows answers that were given in a browser.
func (a *app) answerVerbs() []*cobra.Command {
	return []*cobra.Command{
		verb("waiting", "Answers that wait for a signature or a second person", 0, a.answersWaiting),
		a.signVerb(), a.secondVerb(),
		verb("people", "How fast people assess, and with what outcome", 0, a.assessors),
	}
}

func (a *app) signVerb() *cobra.Command {
	f := &assessFlags{}
	cmd := verb("sign ID", "Sign answers that were given in a browser", 1, func(cmd *cobra.Command, args []string) error {
		return a.signAnswers(cmd, f, args[0])
	})
	a.credentialFlags(cmd, &f.credential, &f.secret)
	return cmd
}

func answersPath(id string) string { return "/v1/answers/" + url.PathEscape(id) }

func (a *app) answersWaiting(cmd *cobra.Command, _ []string) error {
	var all []api.Unsigned
	return a.do(cmd.Context(), http.MethodGet, "/v1/answers", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.answers-none")
		}
		for i := range all {
			a.showUnsigned(&all[i])
		}
	})
}

func (a *app) showUnsigned(u *api.Unsigned) {
	a.print("cli.answers", string(u.Answers.ID), string(u.Answers.Person), u.Answers.Created)
	switch {
	case u.Second:
		a.print("cli.answers-second")
	case u.Mine:
		a.print("cli.answers-sign")
	default:
		a.print("cli.answers-other")
	}
}

// signAnswers signs what the node keeps, after it is shown.
func (a *app) signAnswers(cmd *cobra.Command, f *assessFlags, id string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	var u api.Unsigned
	if err := c.Do(cmd.Context(), http.MethodGet, answersPath(id), nil, &u); err != nil {
		return err
	}
	cred, err := a.credential(f.credential, f.secret)
	if err != nil {
		return err
	}
	if u.Answers.Person == cred.Person {
		u.Answers.Credential = cred.Pair.KeyID()
	}
	sig, _, err := sign.Object(cred.Pair, mithaq.UseAssessment, u.Answers)
	if err != nil {
		return err
	}
	var kept api.Assessed
	return a.do(cmd.Context(), http.MethodPost, answersPath(id)+"/sign", sig, &kept, func() {
		if kept.Waits {
			a.print("cli.answers-signed", string(kept.ID))
			return
		}
		a.print("cli.assessed", string(kept.ID))
		a.print("cli.verdict-" + verdictKey(kept.Verdict))
	})
}

func (a *app) secondVerb() *cobra.Command {
	var in struct {
		Clears string `json:"clears"`
		Why    string `json:"why"`
	}
	cmd := verb("second ID", "Answer as the second person where the first is in doubt", 1, func(cmd *cobra.Command, args []string) error {
		var kept mithaq.Assessment
		return a.do(cmd.Context(), http.MethodPost, answersPath(args[0])+"/second", in, &kept, func() { a.print("cli.done") })
	})
	cmd.Flags().StringVar(&in.Clears, "clears", "", "may it cross all the same: yes, no or doubt")
	cmd.Flags().StringVar(&in.Why, "why", "", "why")
	return cmd
}

func (a *app) assessors(cmd *cobra.Command, _ []string) error {
	var all []api.Assessor
	return a.do(cmd.Context(), http.MethodGet, "/v1/assessors", nil, &all, func() {
		for i := range all {
			one := &all[i]
			a.print("cli.assessor", string(one.Person), one.Made, one.Clear, one.Against, one.Doubt, one.Seconds, one.Agreed, one.Differed)
		}
	})
}
