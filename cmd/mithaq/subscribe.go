package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) subscribeVerb() *cobra.Command {
	cmd := family("subscribe", "Other organisations' TAXII collections, MISP servers, feeds and lists, read on a schedule",
		a.subscribeFindVerb(), a.subscribeAddVerb(),
		verb("list", "Every subscription, and what is wrong with it", 0, a.subscribeList),
		verb("show NAME", "One subscription, with the account of its runs", 1, a.subscribeShow),
		a.subscribeRunVerb(),
		verb("pause NAME", "Hold it until it is resumed", 1, a.subscribeStep("pause")),
		verb("resume NAME", "Let it run again, now", 1, a.subscribeStep("resume")),
		a.subscribeChangeVerb(), a.subscribeCredentialsVerb(), a.subscribeRemoveVerb(), a.subscribeQuarantineVerb(),
	)
	cmd.Long = `An administrator adds a collection of a TAXII 2.1 or 2.0 server, a MISP, a feed or a list (--kind); the node reads it on a schedule, only what is new, and takes it in
with the labels of a source profile (see mithaq source). What is not valid stays in a quarantine with the reason. A server
whose credentials are refused is not asked again until there are others; other failures are tried again after a growing while.`
	return cmd
}

func subscriptionPath(name string, more ...string) string {
	return strings.Join(append([]string{"/v1/subscriptions/" + url.PathEscape(name)}, more...), "/")
}

// secrets are where the credentials of a server come from: files, never the command line.
type secrets struct{ user, password, token string }

func (s *secrets) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.user, "user", "", "for HTTP Basic, with --password-file")
	cmd.Flags().StringVar(&s.password, "password-file", "", "a file with the password (- is standard input)")
	cmd.Flags().StringVar(&s.token, "token-file", "", "a file with a bearer token, in place of the two (- is standard input)")
}

// read gives the credentials as the API takes them.
func (s *secrets) read(a *app) (c api.CredentialsIn, err error) {
	if s.password != "" && s.token != "" {
		return c, usage("subscribe.two-secrets")
	}
	c.User = s.user
	for file, into := range map[string]*string{s.password: &c.Password, s.token: &c.Token} {
		if file == "" {
			continue
		}
		raw, err := a.readFile(file)
		if err != nil {
			return c, err
		}
		*into = strings.TrimRight(string(raw), "\r\n")
	}
	return c, nil
}

// A way is how a server is reached, beside its credentials.
type way struct {
	plain, inside bool
	root, ca      string
}

func (w *way) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&w.root, "root", "", "the API root (else what the server says)")
	f.BoolVar(&w.plain, "http", false, "let http:// pass, without encryption")
	f.BoolVar(&w.inside, "inside", false, "the server may lie in our own networks")
	f.StringVar(&w.ca, "ca", "", "a PEM file with the only authorities whose certificates are believed")
}

// authority is what the file of authorities holds.
func (w *way) authority(a *app) (string, error) {
	if w.ca == "" {
		return "", nil
	}
	raw, err := a.readFile(w.ca)
	return string(raw), err
}

func (a *app) subscribeFindVerb() *cobra.Command {
	var in api.SurveyIn
	var s secrets
	var w way
	cmd := verb("find URL", "Ask a server which collections it has", 1, func(cmd *cobra.Command, args []string) (err error) {
		in.URL, in.Root, in.Plain, in.Inside = args[0], w.root, w.plain, w.inside
		if in.CredentialsIn, err = s.read(a); err != nil {
			return err
		}
		if in.CA, err = w.authority(a); err != nil {
			return err
		}
		var all []api.Surveyed
		return a.do(cmd.Context(), http.MethodPost, "/v1/surveys", in, &all, func() { a.showSurvey(all) })
	})
	s.flags(cmd)
	w.flags(cmd)
	return cmd
}

func (a *app) showSurvey(all []api.Surveyed) {
	if len(all) == 0 {
		a.print("subscribe.no-collections")
	}
	for _, c := range all {
		var rights strings.Builder
		for _, r := range []struct {
			has  bool
			mark string
		}{{c.CanRead, "r"}, {c.CanWrite, "w"}} {
			if r.has {
				rights.WriteString(r.mark)
			}
		}
		a.printf("%-36s  %-2s  %s  %s  %s", c.ID, rights.String(), c.Title, c.Alias, c.Root)
	}
}

func (a *app) subscribeAddVerb() *cobra.Command {
	var in api.SubscriptionIn
	var s secrets
	var w way
	var every time.Duration
	var after, columns string
	cmd := verb("add NAME URL", "Subscribe to a collection (with --purpose and --basis)", 2, func(cmd *cobra.Command, args []string) (err error) {
		in.Name, in.URL, in.Purpose, in.Basis, in.Every = args[0], args[1], a.purpose, a.basis, int64(every/time.Second)
		if in.CredentialsIn, err = s.read(a); err != nil {
			return err
		}
		if in.After, err = asMoment(after); err != nil {
			return err
		}
		in.Root, in.Plain, in.Inside = w.root, w.plain, w.inside
		if in.CA, err = w.authority(a); err != nil {
			return err
		}
		if columns != "" {
			raw, err := a.readFile(columns)
			if err != nil {
				return err
			}
			in.Columns = string(raw)
		}
		var made api.Subscription
		return a.do(cmd.Context(), http.MethodPost, "/v1/subscriptions", in, &made, func() { a.showSubscription(&made) })
	})
	s.flags(cmd)
	w.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&in.Kind, "kind", "taxii", "of the server: taxii, misp, misp-feed or list")
	f.StringVar(&in.Collection, "collection", "", "of a TAXII server: its id or alias (see mithaq subscribe find)")
	f.StringVar(&columns, "columns", "", "of a list that is a table: a file that says how it is to be read (see mithaq import)")
	f.BoolVar(&in.Own, "own", false, "a MISP of our own organisation: distributions stay as they are")
	f.StringVar(&in.KnownAs, "known-as", "", "UUID of our organisation at a MISP, by which it is a member of sharing groups there")
	f.StringVar(&in.Source, "source", "", "id of the source profile that gives labels (see mithaq source)")
	f.StringVar(&in.Case, "case", "", "the case it is held for")
	f.DurationVar(&every, "every", time.Hour, "between runs")
	f.StringSliceVar(&in.Types, "types", nil, "these STIX types only")
	f.StringSliceVar(&in.SpecVersions, "spec-versions", nil, "these versions of STIX only")
	f.StringVar(&after, "after", "", "only what was added after a time, such as 2026-01-31 or 2026-01-31T09:00:00Z")
	f.IntVar(&in.Page, "page", 1000, "objects to ask for at once")
	f.IntVar(&in.Rate, "rate", 120, "requests a minute at the most")
	f.Int64Var(&in.Most, "most", 1_000_000, "objects of one run at the most")
	return cmd
}

// moment reads a day or an instant.
func asMoment(text string) (mithaq.Time, error) {
	if text == "" {
		return mithaq.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return mithaq.At(t), nil
		}
	}
	return mithaq.Time{}, usage("cli.want", say.Text("--after"), text, say.Text("2026-01-31, 2026-01-31T09:00:00Z"))
}

func (a *app) subscribeList(cmd *cobra.Command, _ []string) error {
	var all []api.Subscription
	return a.do(cmd.Context(), http.MethodGet, "/v1/subscriptions", nil, &all, func() {
		if len(all) == 0 {
			a.print("subscribe.no-subscriptions")
		}
		for i := range all {
			a.subscriptionLine(&all[i])
		}
	})
}

// subscriptionLine is what one needs to know at a glance.
func (a *app) subscriptionLine(s *api.Subscription) {
	a.printf("%-20s  %-10s  %s", s.Name, string(a.word("subscription", s.State)), s.URL)
	if s.Why != nil {
		a.under(s.Why.Key, strs(s.Why.Args)...)
	}
	if s.Failures > 1 {
		a.underN("subscribe.failures", s.Failures)
	}
	if s.Last != nil {
		a.runLine(s.Last)
	}
	if s.Held > 0 {
		a.underN("subscribe.in-quarantine", int(s.Held), s.Name)
	}
	if !s.Next.IsZero() {
		a.under("subscribe.next", mithaq.At(s.Next))
	}
}

func (a *app) underN(key string, n int, args ...any) {
	a.printf("    %s", say.Text(a.say.N(key, n, args...)))
}

func (a *app) runLine(r *api.Run) {
	when := r.Ended
	if when.IsZero() {
		when = r.Began
	}
	a.under("subscribe.run", mithaq.At(when), a.word("run", r.Outcome), r.Seen, r.Taken, r.Known+r.Theirs, r.Quarantined, r.Passed, r.Requests)
	if r.Times > 1 {
		a.underN("subscribe.times", int(r.Times))
	}
}

func (a *app) showSubscription(s *api.Subscription) {
	a.subscriptionLine(s)
	version := s.Version
	if version == "" {
		version = "?"
	}
	switch s.Kind {
	case "taxii":
		a.under("subscribe.reads", s.Collection, s.URL, version, a.word("sign-in", s.Method))
	case "misp":
		a.under("subscribe.reads-misp", s.URL, a.word("sign-in", s.Method))
	default:
		a.under("subscribe.reads-feed", s.URL)
	}
	a.under("subscribe.held-for", string(s.Source), a.word("purpose", string(s.Purpose)), s.Basis)
	if !s.ReadTo.IsZero() {
		a.under("subscribe.read-to", mithaq.At(s.ReadTo))
	}
}

func (a *app) subscribeShow(cmd *cobra.Command, args []string) error {
	var s api.Subscription
	return a.do(cmd.Context(), http.MethodGet, subscriptionPath(args[0]), nil, &s, func() {
		a.showSubscription(&s)
		for i := range s.Runs {
			if i > 0 { // the newest is shown above
				a.runLine(&s.Runs[i])
				a.whyLine(s.Runs[i].Why)
			}
		}
	})
}

func (a *app) whyLine(w *api.Sentence) {
	if w != nil {
		a.under(w.Key, strs(w.Args)...)
	}
}

func (a *app) subscribeStep(step string) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, args []string) error {
		var s api.Subscription
		return a.do(cmd.Context(), http.MethodPost, subscriptionPath(args[0], step), nil, &s, func() { a.subscriptionLine(&s) })
	}
}

func (a *app) subscribeRunVerb() *cobra.Command {
	var wait bool
	cmd := verb("run NAME", "Run it now, and say what came of it", 1, func(cmd *cobra.Command, args []string) error {
		if !wait {
			return a.do(cmd.Context(), http.MethodPost, subscriptionPath(args[0], "run"), nil, nil, func() { a.print("subscribe.due", args[0]) })
		}
		return a.runAndWait(cmd.Context(), args[0])
	})
	cmd.Flags().BoolVar(&wait, "wait", true, "wait for its end")
	return cmd
}

// runAndWait makes a run due, and waits until one has ended that was not there before.
func (a *app) runAndWait(ctx context.Context, name string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	var before, now api.Subscription
	if err := c.Do(ctx, http.MethodPost, subscriptionPath(name, "run"), nil, &before); err != nil {
		return err
	}
	for {
		if err := c.Do(ctx, http.MethodGet, subscriptionPath(name), nil, &now); err != nil {
			return err
		}
		if ended(before.Last, now.Last) && !now.Running {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	if a.json {
		return a.writeJSON(now)
	}
	a.subscriptionLine(&now)
	return nil
}

// ended reports whether a run ended since.
func ended(before, now *api.Run) bool {
	if now == nil || now.Ended.IsZero() {
		return false
	}
	return before == nil || before.Number != now.Number || before.Times != now.Times || before.Ended.IsZero()
}

func (a *app) subscribeChangeVerb() *cobra.Command {
	var every time.Duration
	var page, rate int
	var most int64
	var source string
	cmd := verb("change NAME", "Change how often and how much is read, or the labels of what comes", 1, func(cmd *cobra.Command, args []string) error {
		in := map[string]any{}
		for name, value := range map[string]any{"every": int64(every / time.Second), "page": page, "rate": rate, "most": most, "source": source} {
			if cmd.Flags().Changed(name) {
				in[name] = value
			}
		}
		var s api.Subscription
		return a.do(cmd.Context(), http.MethodPatch, subscriptionPath(args[0]), in, &s, func() { a.showSubscription(&s) })
	})
	f := cmd.Flags()
	f.DurationVar(&every, "every", 0, "between runs")
	f.IntVar(&page, "page", 0, "objects to ask for at once")
	f.IntVar(&rate, "rate", 0, "requests a minute at the most")
	f.Int64Var(&most, "most", 0, "objects of one run at the most")
	f.StringVar(&source, "source", "", "another source profile")
	return cmd
}

func (a *app) subscribeCredentialsVerb() *cobra.Command {
	var s secrets
	cmd := verb("credentials NAME", "Give it other credentials, and let it run again", 1, func(cmd *cobra.Command, args []string) error {
		in, err := s.read(a)
		if err != nil {
			return err
		}
		var out api.Subscription
		return a.do(cmd.Context(), http.MethodPost, subscriptionPath(args[0], "credentials"), in, &out, func() { a.subscriptionLine(&out) })
	})
	s.flags(cmd)
	return cmd
}

func (a *app) subscribeRemoveVerb() *cobra.Command {
	var drop bool
	cmd := verb("remove NAME", "End it; what it took in stays", 1, func(cmd *cobra.Command, args []string) error {
		path := subscriptionPath(args[0])
		if drop {
			path += "?drop=true"
		}
		return a.do(cmd.Context(), http.MethodDelete, path, nil, nil, func() { a.print("cli.done") })
	})
	cmd.Flags().BoolVar(&drop, "drop", false, "drop what is in its quarantine too")
	return cmd
}
