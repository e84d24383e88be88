package main

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/stix"
)

func (a *app) inquiryVerb() *cobra.Command {
	return family("inquiry", "Questions to partners and from them, with their clock", a.inquiryListVerb(),
		verb("show INQUIRY", "One inquiry with every step", 1, a.inquiryShow),
		a.inquiryStepVerb(), a.inquiryAssessVerb(), a.inquiryApproveVerb(), a.inquiryMoveVerb("submit INQUIRY", "Send a draft, or let it wait for a second person"),
		a.inquiryMoveVerb("decline INQUIRY", "A second person's no: it is a draft again"), a.inquiryMoveVerb("discard INQUIRY", "Drop a draft"),
		verb("common INQUIRY", "What of ours has something in common with it; the partner is never told", 1, a.inquiryCommon),
		a.inquiryRegisterVerb(), a.inquiryStatisticsVerb(),
	)
}

func inquiryPath(id string) string { return "/v1/inquiries/" + url.PathEscape(id) }

// showThread says in a line or two where an inquiry stands.
func (a *app) showThread(t *api.Thread) {
	a.printf("%s  %s  %s  %s  %s", string(t.ID), a.word("stage", t.Stage), string(t.Partner), t.Kind, strings.Join(t.Urgency, ", "))
	switch {
	case t.Overdue:
		a.under("inquiry.overdue-since", mithaq.At(*t.Due))
	case t.Due != nil:
		a.under("inquiry.due", mithaq.At(*t.Due))
	case t.Left > 0:
		a.under("inquiry.clock-stands", (time.Duration(t.Left) * time.Second).String())
	}
	if t.Ground != "" {
		a.under("inquiry.on-ground", a.ground(t.Ground))
	}
	if t.Returned != nil {
		a.under("inquiry.returned", a.say.T(t.Returned.Key, texts(t.Returned.Args)...))
	}
	if t.Elsewhere {
		a.under("inquiry.not-proven")
	}
}

func texts(list []string) (all []any) {
	for _, s := range list {
		all = append(all, s)
	}
	return all
}

// ground is a ground of refusal in the person's language, if it is one of ours.
func (a *app) ground(g string) any {
	if mithaq.Ground(g).BuiltIn() {
		return a.word("ground", g)
	}
	return g
}

func (a *app) inquiryListVerb() *cobra.Command {
	var mine, theirs, overdue bool
	cmd := verb("list", "What is open, the overdue first", 0, func(cmd *cobra.Command, _ []string) error {
		query := url.Values{"open": {"true"}}
		switch {
		case mine && !theirs:
			query.Set("side", string(mithaq.Asker))
		case theirs && !mine:
			query.Set("side", string(mithaq.Asked))
		}
		if overdue {
			query.Set("overdue", "true")
		}
		var all []api.Thread
		return a.do(cmd.Context(), http.MethodGet, "/v1/inquiries?"+query.Encode(), nil, &all, func() {
			if len(all) == 0 {
				a.print("inquiry.none")
			}
			for i := range all {
				a.showThread(&all[i])
			}
		})
	})
	cmd.Flags().BoolVar(&mine, "ours", false, "those we ask")
	cmd.Flags().BoolVar(&theirs, "theirs", false, "those asked of us")
	cmd.Flags().BoolVar(&overdue, "overdue", false, "those overdue alone")
	return cmd
}

func (a *app) inquiryShow(cmd *cobra.Command, args []string) error {
	var v api.InquiryView
	return a.do(cmd.Context(), http.MethodGet, inquiryPath(args[0]), nil, &v, func() {
		a.showThread(&v.Thread)
		if q := v.Inquiry; q != nil {
			a.showAsked(q)
		}
		for i := range v.Steps {
			a.showStep(&v.Steps[i])
		}
		for _, r := range v.Reasons {
			a.printf("    %-5s %s", r.Clause.String(), a.say.Message(r.Has))
		}
	})
}

func (a *app) showAsked(q *mithaq.Inquiry) {
	for _, text := range []string{q.Act, q.Provision, q.Date, q.Facts, q.Question, q.Link} {
		if text != "" {
			a.printf("    %s", text)
		}
	}
	for _, w := range q.Sought.Words() {
		a.printf("    - %s", a.word("sought", w))
	}
}

func (a *app) showStep(s *api.StepTaken) {
	a.printf("  %s  %s  %s", mithaq.At(s.At), a.say.T("inquiry.side."+s.Side), a.word("inquiry-step", string(s.Step)))
	for _, text := range []string{s.Said.Text, s.Said.Unit} {
		if text != "" {
			a.printf("    %s", text)
		}
	}
	if s.Crossed {
		a.under("inquiry.step-crossed")
	}
}

func (a *app) inquiryStepVerb() *cobra.Command {
	f := &moveFlags{}
	cmd := verb("step INQUIRY STEP", "Take a step: accepted, forwarded, clarification-asked, clarified, refused, feedback, withdrawn, closed", 2, func(cmd *cobra.Command, args []string) error {
		f.m.Step = mithaq.StepKind(args[1])
		return a.move(cmd, args[0], f)
	})
	f.flags(cmd)
	return cmd
}

func (a *app) inquiryMoveVerb(use, short string) *cobra.Command {
	name, _, _ := strings.Cut(use, " ")
	return verb(use, short, 1, func(cmd *cobra.Command, args []string) error {
		var t api.Thread
		return a.do(cmd.Context(), http.MethodPost, inquiryPath(args[0])+"/"+name, nil, &t, func() { a.showThread(&t) })
	})
}

// inquiryOf is an inquiry as the person sees it before they sign about it.
func (a *app) inquiryOf(cmd *cobra.Command, id string) (*api.InquiryView, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	var v api.InquiryView
	if err := c.Do(cmd.Context(), http.MethodGet, inquiryPath(id), nil, &v); err != nil {
		return nil, err
	}
	if v.Ref == nil {
		return nil, mithaq.Refuse(mithaq.NotFound, "inquiry.unknown", id)
	}
	return &v, nil
}

func (a *app) inquiryAssessVerb() *cobra.Command {
	f := &assessFlags{}
	cmd := verb("assess INQUIRY", "Answer the questions about an inquiry that concerns a person, and sign the answers", 1, func(cmd *cobra.Command, args []string) error {
		return a.assessInquiry(cmd, f, args[0])
	})
	a.credentialFlags(cmd, &f.credential, &f.secret)
	cmd.Flags().StringVar(&f.answers, "answers", "", "a file with the answers (- is standard input); mithaq assess --example prints one")
	return cmd
}

func (a *app) assessInquiry(cmd *cobra.Command, f *assessFlags, id string) error {
	v, err := a.inquiryOf(cmd, id)
	if err != nil {
		return err
	}
	given, err := a.answersOf(cmd, f, nil)
	if err != nil {
		return err
	}
	cred, err := a.credential(f.credential, f.secret)
	if err != nil {
		return err
	}
	made := mithaq.NewAssessment(stix.NewID(mithaq.TypeAssessment), mithaq.At(time.Now()), cred.Org, cred.Person, *v.Ref)
	made.Answers, made.Credential = given.Answers, cred.Pair.KeyID()
	if err := signAssessment(made, []*keys.Credential{cred}); err != nil {
		return err
	}
	var kept api.Assessed
	return a.do(cmd.Context(), http.MethodPost, inquiryPath(id)+"/assessments", made, &kept, func() {
		a.print("cli.assessed", string(kept.ID))
		a.print("cli.verdict-" + verdictKey(kept.Verdict))
	})
}

func (a *app) inquiryApproveVerb() *cobra.Command {
	var credential, secret string
	cmd := verb("approve INQUIRY", "Sign for what another person asks, and let it go", 1, func(cmd *cobra.Command, args []string) error {
		return a.approveInquiry(cmd, args[0], credential, secret)
	})
	a.credentialFlags(cmd, &credential, &secret)
	return cmd
}

func (a *app) approveInquiry(cmd *cobra.Command, id, file, secret string) error {
	v, err := a.inquiryOf(cmd, id)
	if err != nil {
		return err
	}
	cred, err := a.credential(file, secret)
	if err != nil {
		return err
	}
	made := mithaq.NewApproval(stix.NewID(mithaq.TypeApproval), mithaq.At(time.Now()), cred.Org, *v.Digest, cred.Person, cred.Pair.KeyID(), mithaq.SoftwareKey)
	sig, _, err := sign.Object(cred.Pair, mithaq.UseApproval, made)
	if err != nil {
		return err
	}
	made.Signatures = []mithaq.Signature{sig}
	var t api.Thread
	return a.do(cmd.Context(), http.MethodPost, inquiryPath(id)+"/approvals", made, &t, func() { a.showThread(&t) })
}

func (a *app) inquiryCommon(cmd *cobra.Command, args []string) error {
	var all []api.InCommon
	return a.do(cmd.Context(), http.MethodGet, inquiryPath(args[0])+"/common", nil, &all, func() {
		if len(all) == 0 {
			a.print("inquiry.nothing-common")
		}
		for _, c := range all {
			a.printf("%s  %s  %s%s  %s", c.Kind, c.Text, string(c.Item), string(c.Inquiry), c.Ours)
			if c.Ground != "" {
				a.under("inquiry.on-ground", a.ground(c.Ground))
			}
		}
	})
}

func (a *app) inquiryRegisterVerb() *cobra.Command {
	var file string
	cmd := verb("register", "Register an exchange made elsewhere: it gets a clock, and is not proven by us", 0, func(cmd *cobra.Command, _ []string) error {
		raw, err := a.readFile(file)
		if err != nil {
			return err
		}
		var t api.Thread
		return a.do(cmd.Context(), http.MethodPost, "/v1/exchanges", rawJSON(raw), &t, func() { a.showThread(&t) })
	})
	cmd.Flags().StringVar(&file, "file", "-", "what was exchanged, as JSON: side, partner, channel, reference, kind, purpose, urgency, subjects, text, at")
	return cmd
}

// rawJSON is a body that is JSON already.
type rawJSON []byte

// MarshalJSON writes it as it is.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

func (a *app) inquiryStatisticsVerb() *cobra.Command {
	var from, until string
	cmd := verb("statistics", "Times to answer, refusals by ground and what was overdue, as CSV (--json: as JSON)", 0, func(cmd *cobra.Command, _ []string) error {
		query := url.Values{}
		for name, day := range map[string]string{"from": from, "until": until} {
			if day == "" {
				continue
			}
			at, err := time.Parse(time.DateOnly, day)
			if err != nil {
				return err
			}
			query.Set(name, at.Format(time.RFC3339))
		}
		var all []inquiry.Tally
		return a.do(cmd.Context(), http.MethodGet, "/v1/inquiry-statistics?"+query.Encode(), nil, &all, func() { _ = inquiry.WriteCSV(a.out, all) })
	})
	cmd.Flags().StringVar(&from, "from", "", "a day, YYYY-MM-DD")
	cmd.Flags().StringVar(&until, "until", "", "the day after the last")
	return cmd
}
