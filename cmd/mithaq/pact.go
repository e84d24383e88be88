package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

func (a *app) pactVerb() *cobra.Command {
	return family("pact", "Agreements: drafted, proposed, signed, suspended, ended",
		verb("list", "Every version of every pact held", 0, a.pactList),
		a.pactDraftVerb(),
		verb("propose PACT", "Send a draft to the other parties", 1, a.pactStep("propose")),
		verb("sign PACT", "Sign a proposed text", 1, a.pactStep("sign")),
		verb("show PACT", "Read a pact, clause by clause", 1, a.pactShow),
		verb("explain PACT", "The same, with what each clause means for what is shared", 1, a.pactShow),
		verb("diff PACT OTHER", "What one text changes against another: wider, narrower, or otherwise", 2, a.pactDiff),
		a.pactStopVerb("suspend", "Stop a pact for our part, at once"),
		a.pactStopVerb("resume", "Take our suspension back"),
		a.pactEndVerb(),
	)
}

func pactPath(name string, more ...string) string {
	return strings.Join(append([]string{"/v1/pacts/" + url.PathEscape(name)}, more...), "/")
}

func (a *app) showPact(p *api.Pact) {
	a.printf("%s  v%d  %s  %s", string(p.ID), p.Version, a.word("status", p.Status.String()), a.inMyLanguage(p.Title))
	a.printf("    %s", p.Digest.String())
	for _, s := range p.Signed {
		fmt.Fprintln(a.out, "    "+a.say.T("cli.pact-signed", string(s.Org), s.At))
	}
	for _, s := range p.Suspended {
		fmt.Fprintln(a.out, "    "+a.stopped(s))
	}
}

// stopped says who suspended a pact, and for what.
func (a *app) stopped(s mithaq.Stop) string {
	if s.Purpose == "" {
		return a.say.T("cli.pact-suspended", string(s.By))
	}
	return a.say.T("cli.pact-suspended-for", string(s.By), a.word("purpose", string(s.Purpose)))
}

// inMyLanguage chooses a text by language, else English, else any.
func (a *app) inMyLanguage(texts map[string]string) string {
	for _, lang := range []string{a.say.Lang(), "en"} {
		if t := texts[lang]; t != "" {
			return t
		}
	}
	for _, t := range texts {
		return t
	}
	return ""
}

func (a *app) pactList(cmd *cobra.Command, _ []string) error {
	var all []api.Pact
	return a.do(cmd.Context(), http.MethodGet, "/v1/pacts", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.no-pacts")
		}
		for i := range all {
			a.showPact(&all[i])
		}
	})
}

func (a *app) pactStep(step string) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, args []string) error {
		var p api.Pact
		return a.do(cmd.Context(), http.MethodPost, pactPath(args[0], step), nil, &p, func() { a.showPact(&p) })
	}
}

// draft is what a text made from a template is told.
type draft struct {
	template, title, until, transfer string
	with, inquiries                  []string
}

// pactDraftVerb reads a pact's text, or begins one from a template.
func (a *app) pactDraftVerb() *cobra.Command {
	var d draft
	cmd := &cobra.Command{
		Use: "draft [FILE]", Short: "Keep a draft from a file (- is standard input), or print one made from a template", Args: atMost(1),
		Long: `With FILE, keeps the pact's text as a draft on the node.

Without FILE, prints a text to edit, made from --template between this organisation and --with PARTNER (repeat):
  mithaq pact draft --template event-security --with najd.example --title "Cup final" \
      --basis "Memorandum 4" --transfer "Law 18-07, 45: nothing goes to a third country" > pact.json
  mithaq pact draft pact.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.pactTemplate(cmd, &d)
			}
			raw, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			var p api.Pact
			return a.do(cmd.Context(), http.MethodPost, "/v1/pacts", json.RawMessage(raw), &p, func() { a.showPact(&p) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.template, "template", "event-security", "which usual terms to begin from: daily-indicators, event-security, case-work, plain-feed")
	f.StringVar(&d.title, "title", "", "what the pact is called, in English")
	f.StringVar(&d.until, "until", "", "its last day, such as 2027-06-30 (a year from now)")
	f.StringVar(&d.transfer, "transfer", "", "what allows personal data to cross the border, and the assurances, as \"REFERENCE: TEXT\"")
	f.StringArrayVar(&d.with, "with", nil, "another party (repeat)")
	f.StringArrayVar(&d.inquiries, "inquiry-kind", nil, "a kind of inquiry that may be asked, by the usual deadlines (repeat)")
	return cmd
}

// readFile reads a file, or standard input for "-".
func (a *app) readFile(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(a.in)
	}
	return os.ReadFile(path)
}

func (a *app) pactTemplate(cmd *cobra.Command, d *draft) error {
	terms, err := mithaq.Template(mithaq.TemplateKind(d.template))
	if err != nil {
		return usage("cli.want", say.Text("--template"), d.template, say.Text("daily-indicators, event-security, case-work, plain-feed"))
	}
	now := time.Now()
	if err := a.draftTerms(d, &terms, now); err != nil {
		return err
	}
	parties, err := a.parties(cmd, d.with)
	if err != nil {
		return err
	}
	p := mithaq.NewPact(stix.NewID(mithaq.TypePact), mithaq.At(now), allIn(terms.Languages, d.title), parties, terms)
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(p)
}

// draftTerms fills what a template leaves open.
func (a *app) draftTerms(d *draft, t *mithaq.Terms, now time.Time) error {
	t.From, t.Until = mithaq.At(now), mithaq.At(now.AddDate(1, 0, 0))
	until, err := dayFlag("--until", d.until)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		t.Until = mithaq.At(until)
	}
	if a.basis != "" {
		t.Basis = []mithaq.LegalBasis{{Ref: a.basis, Text: allIn(t.Languages, a.basis)}}
	}
	if d.transfer != "" {
		ref, text, _ := strings.Cut(d.transfer, ": ")
		t.Transfer = &mithaq.Transfer{
			Basis: mithaq.LegalBasis{Ref: ref, Text: allIn(t.Languages, ref)}, Assurances: allIn(t.Languages, cmp.Or(text, ref)),
		}
	}
	if len(d.inquiries) > 0 {
		t.AllowInquiries(d.inquiries...)
	}
	return nil
}

// allIn gives one text in every language, for people to translate.
func allIn(languages []string, text string) map[string]string {
	texts := map[string]string{}
	for _, lang := range languages {
		texts[lang] = text
	}
	return texts
}

// parties are this organisation and the partners named, as a pact lists them.
func (a *app) parties(cmd *cobra.Command, with []string) ([]mithaq.Party, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	var list []mithaq.Party
	for _, path := range append([]string{"/v1/party"}, each(with, "/v1/partners/%s/party")...) {
		var p mithaq.Party
		if err := c.Do(cmd.Context(), http.MethodGet, path, nil, &p); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func each(names []string, format string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = fmt.Sprintf(format, url.PathEscape(n))
	}
	return list
}

// text fetches a pact and reads it.
func (a *app) text(cmd *cobra.Command, name string) (*mithaq.Pact, *api.Pact, error) {
	c, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	var about api.Pact
	if err := c.Do(cmd.Context(), http.MethodGet, pactPath(name), nil, &about); err != nil {
		return nil, nil, err
	}
	p := new(mithaq.Pact)
	return p, &about, json.Unmarshal(about.Text, p)
}

func (a *app) pactShow(cmd *cobra.Command, args []string) error {
	p, about, err := a.text(cmd, args[0])
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(about)
	}
	a.showPact(about)
	for _, art := range p.Articles() {
		fmt.Fprintf(a.out, "\n%2d  %s\n", art.Number, a.say.Message(art.Title))
		for _, c := range art.Clauses {
			fmt.Fprintf(a.out, "    %-5s %s\n", c.ID, a.say.Message(c.Sentence))
		}
	}
	return nil
}

func (a *app) pactDiff(cmd *cobra.Command, args []string) error {
	from, _, err := a.text(cmd, args[0])
	if err != nil {
		return err
	}
	to, _, err := a.text(cmd, args[1])
	if err != nil {
		return err
	}
	changes := mithaq.Diff(from, to)
	if a.json {
		return a.writeJSON(changes)
	}
	if len(changes) == 0 {
		a.print("cli.pact-same")
	}
	for _, c := range changes {
		a.showChange(c)
	}
	return nil
}

func (a *app) showChange(c mithaq.ClauseChange) {
	fmt.Fprintf(a.out, "  %-5s %s\n", c.Clause, a.say.T("cli.change-"+string(c.Effect)))
	for _, m := range c.Before {
		fmt.Fprintf(a.out, "      - %s\n", a.say.Message(m))
	}
	for _, m := range c.After {
		fmt.Fprintf(a.out, "      + %s\n", a.say.Message(m))
	}
}

func (a *app) pactStopVerb(step, short string) *cobra.Command {
	var purpose string
	cmd := verb(step+" PACT", short, 1, func(cmd *cobra.Command, args []string) error {
		in := map[string]string{"purpose": purpose, "reason": a.reason}
		return a.do(cmd.Context(), http.MethodPost, pactPath(args[0], step), in, nil, func() { a.print("cli.done") })
	})
	cmd.Flags().StringVar(&purpose, "for", "", "one purpose only (else the whole pact)")
	return cmd
}

func (a *app) pactEndVerb() *cobra.Command {
	var at string
	cmd := verb("end PACT", "Leave a pact, after the notice its terms ask for", 1, func(cmd *cobra.Command, args []string) error {
		day, err := time.Parse(time.DateOnly, at)
		if err != nil {
			return usage("cli.want-day", say.Text("--at"), at)
		}
		in := map[string]any{"at": day, "reason": a.reason}
		return a.do(cmd.Context(), http.MethodPost, pactPath(args[0], "end"), in, nil, func() { a.print("cli.done") })
	})
	cmd.Flags().StringVar(&at, "at", "", "the day from which we are no party")
	return cmd
}
