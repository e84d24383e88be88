package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/subject"
)

func (a *app) requestVerb() *cobra.Command {
	return family("request", "The desk for the persons concerned: what they ask, what is held about them, and what is done",
		verb("list", "Requests, the open ones by when they are due", 0, a.requestList),
		a.requestOpenVerb(),
		verb("show ID", "Everything held, given, received and read about the person of a request", 1, a.requestShow),
		verb("identify ID HOW", "Note how it was established who the person is", 2, func(cmd *cobra.Command, args []string) error {
			return a.done(cmd, requestPath(args[0])+"/identity", map[string]string{"how": args[1]})
		}),
		a.requestActVerb(), a.requestCloseVerb(),
		verb("claims", "Marks of partners on what we gave them, which wait", 0, a.claims),
		verb("settle CLAIM", "Take a partner's mark off the list of those that wait", 1, func(cmd *cobra.Command, args []string) error {
			return a.done(cmd, "/v1/claims/"+url.PathEscape(args[0])+"/settle", nil)
		}),
	)
}

func requestPath(id string) string { return "/v1/requests/" + url.PathEscape(id) }

// done sends something to be done, and says that it was.
func (a *app) done(cmd *cobra.Command, path string, in any) error {
	return a.do(cmd.Context(), http.MethodPost, path, in, nil, func() { a.print("cli.done") })
}

func (a *app) showRequest(r *subject.Request) {
	a.print("cli.request", r.ID, a.word("request", string(r.Kind)), r.Name, r.Due)
	if !r.Closed.IsZero() {
		a.print("cli.request-closed", a.word("outcome", string(r.Outcome)))
	}
}

func (a *app) requestList(cmd *cobra.Command, _ []string) error {
	var all []*subject.Request
	return a.do(cmd.Context(), http.MethodGet, "/v1/requests", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.no-requests")
		}
		for _, r := range all {
			a.showRequest(r)
		}
	})
}

func (a *app) requestOpenVerb() *cobra.Command {
	var in struct {
		Kind     string   `json:"kind"`
		Name     string   `json:"name,omitempty"`
		Values   []string `json:"values,omitempty"`
		Came     string   `json:"came"`
		At       string   `json:"at,omitempty"`
		Identity string   `json:"identity,omitempty"`
		Words    string   `json:"words"`
	}
	cmd := verb("open KIND WORDS", "Take a request in: access, correction, erasure, restriction or complaint", 2, func(cmd *cobra.Command, args []string) error {
		in.Kind, in.Words = args[0], args[1]
		var r subject.Request
		return a.do(cmd.Context(), http.MethodPost, "/v1/requests", in, &r, func() { a.showRequest(&r) })
	})
	f := cmd.Flags()
	f.StringVar(&in.Name, "name", "", "the person's name, as they write it")
	f.StringArrayVar(&in.Values, "value", nil, "a number, address or account by which they are known (repeat)")
	f.StringVar(&in.Came, "came", "", "how it came: by letter, at the counter, through whom")
	f.StringVar(&in.At, "at", "", "when it came (2027-04-11T10:00:00Z; else now)")
	f.StringVar(&in.Identity, "identity", "", "how it was established who they are")
	return cmd
}

func (a *app) requestShow(cmd *cobra.Command, args []string) error {
	var all api.About
	return a.do(cmd.Context(), http.MethodGet, requestPath(args[0]), nil, &all, func() {
		a.showRequest(all.Request)
		for i := range all.Found {
			f := &all.Found[i]
			a.print("cli.about", string(f.ID), f.By, len(f.Held), len(f.Has), len(f.Readings))
			for j := range f.Has {
				a.showHas(&f.Has[j])
			}
		}
		for _, text := range all.Unread {
			fmt.Fprintf(a.out, "? %s\n", say.Clean(text))
		}
	})
}

func (a *app) requestActVerb() *cobra.Command {
	var in struct {
		What    string   `json:"what"`
		Objects []string `json:"objects"`
		Member  string   `json:"member,omitempty"`
		Text    string   `json:"text,omitempty"`
	}
	cmd := verb("act ID WHAT", "Restrict, dispute, lift, correct or erase, here and with everybody who gave or got it", 2, func(cmd *cobra.Command, args []string) error {
		in.What = args[1]
		return a.done(cmd, requestPath(args[0])+"/act", in)
	})
	cmd.Flags().StringArrayVar(&in.Objects, "object", nil, "an object that it is about, by id (repeat)")
	cmd.Flags().StringVar(&in.Member, "member", "", "correct: the text that is put right, such as name")
	cmd.Flags().StringVar(&in.Text, "text", "", "correct: what it is to say")
	return cmd
}

func (a *app) requestCloseVerb() *cobra.Command {
	var in struct {
		Outcome string `json:"outcome"`
		Note    string `json:"note,omitempty"`
	}
	cmd := verb("close ID OUTCOME", "Close a request: done, in-part, refused or returned", 2, func(cmd *cobra.Command, args []string) error {
		in.Outcome = args[1]
		return a.done(cmd, requestPath(args[0])+"/close", in)
	})
	cmd.Flags().StringVar(&in.Note, "note", "", "what to keep beside it")
	return cmd
}

func (a *app) claims(cmd *cobra.Command, _ []string) error {
	var all []api.Claim
	return a.do(cmd.Context(), http.MethodGet, "/v1/claims", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.answers-none")
		}
		for _, c := range all {
			a.printf("%s  %s  %s", string(c.ID), string(c.By), a.word("state", c.State))
		}
	})
}

func (a *app) breachVerb() *cobra.Command {
	var in struct {
		Noticed time.Time `json:"noticed"`
		What    string    `json:"what"`
		Effect  string    `json:"effect"`
		Steps   string    `json:"steps"`
		Objects []string  `json:"objects,omitempty"`
	}
	record := verb("record WHAT", "Record a breach, with the pacts that it touches", 1, func(cmd *cobra.Command, args []string) error {
		in.What, in.Noticed = args[0], time.Now().UTC()
		var b subject.Breach
		return a.do(cmd.Context(), http.MethodPost, "/v1/breaches", in, &b, func() { a.showBreach(&b) })
	})
	record.Flags().StringVar(&in.Effect, "effect", "", "what it means for the persons")
	record.Flags().StringVar(&in.Steps, "steps", "", "taken, or to be taken")
	record.Flags().StringArrayVar(&in.Objects, "object", nil, "an object that it touched, by id (repeat)")
	return family("breach", "Breaches, and the pacts that they touch", record,
		verb("list", "Breaches, the newest first", 0, func(cmd *cobra.Command, _ []string) error {
			var all []*subject.Breach
			return a.do(cmd.Context(), http.MethodGet, "/v1/breaches", nil, &all, func() {
				for _, b := range all {
					a.showBreach(b)
				}
			})
		}),
	)
}

func (a *app) showBreach(b *subject.Breach) {
	a.print("cli.breach", b.ID, b.Noticed)
	fmt.Fprintf(a.out, "    %s\n", say.Clean(b.What))
	for _, t := range b.Pacts {
		a.print("cli.touched", string(t.Pact), string(t.Partner), t.Given, t.Got)
	}
}
