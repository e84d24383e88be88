package main

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// askFlags are what a question says on the command line. Words of ours are given
// by themselves, and read as in JSON.
type askFlags struct {
	q                           mithaq.Inquiry
	pact, text                  string
	to, sought, use, subjects   []string
	urgency, codes, names, refs []string
	draft                       bool
}

func (a *app) askVerb() *cobra.Command {
	f := &askFlags{}
	cmd := &cobra.Command{
		Use: "ask", Short: "Ask partners a question under a pact, or inform them",
		Long: `Asks each partner of --to on its own, for a case, with --purpose and --basis. Without --draft it goes at once where
nothing stands against it, waits for a second person where the pact wants one, and is refused with every clause else.
A question about a person is assessed first: ask with --draft, then mithaq inquiry assess and mithaq inquiry submit.
--file FILE reads the question from JSON instead of from flags.`,
		Args: exactly(0), RunE: func(cmd *cobra.Command, _ []string) error { return a.ask(cmd, f) },
	}
	f.flags(cmd)
	return cmd
}

func (f *askFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	for _, one := range []struct {
		to         *string
		name, help string
	}{
		{&f.pact, "pact", "the pact"},
		{(*string)(&f.q.Case), "case", "the case it is asked for"},
		{&f.q.Kind, "kind", "a kind of the pact's; " + mithaq.InquiryInformation + " asks nothing and informs"},
		{&f.q.Registry, "registry", "your registry number"},
		{&f.q.Urgent, "urgent-because", "why it is urgent"},
		{&f.q.Act, "act", "the offence or the danger"},
		{&f.q.Provision, "provision", "the article of the law that names it"},
		{&f.q.Date, "date", "of the act: YYYY, YYYY-MM or YYYY-MM-DD"},
		{&f.q.Facts, "facts", "facts and background"},
		{&f.q.Question, "question", "what is asked, in your words"},
		{&f.q.Link, "link", "what it has to do with whom you ask"},
		{&f.q.Language, "language", "of the texts (else that of --lang)"},
		{&f.text, "file", "a file with the inquiry as JSON (- is standard input)"},
	} {
		flags.StringVar(one.to, one.name, "", one.help)
	}
	for _, one := range []struct {
		to         *[]string
		name, help string
	}{
		{&f.to, "to", "a partner (repeat)"},
		{&f.sought, "sought", "what is asked, as a coded word (repeat)"},
		{&f.use, "use", "an intended use (repeat)"},
		{&f.subjects, "subject", "a category of the persons it concerns; none where it concerns nobody (repeat)"},
		{&f.names, "name", "a person or organisation it concerns (repeat)"},
		{&f.urgency, "urgency", "routine, urgent or emergency"},
		{&f.codes, "code", "a handling code (repeat; else H0)"},
		{&f.refs, "reference", "of a committed set for matching, 32 hexadecimal digits (repeat)"},
	} {
		flags.StringArrayVar(one.to, one.name, nil, one.help)
	}
	flags.BoolVar(&f.draft, "draft", false, "keep it as a draft")
}

func (a *app) ask(cmd *cobra.Command, f *askFlags) error {
	if err := a.readQuestion(f); err != nil {
		return err
	}
	in := api.InquiryIn{Inquiry: f.q, Send: !f.draft}
	for _, org := range f.to {
		in.To = append(in.To, mithaq.OrgID(org))
	}
	var all []api.Thread
	return a.do(cmd.Context(), http.MethodPost, "/v1/inquiries", in, &all, func() {
		for i := range all {
			a.showThread(&all[i])
		}
	})
}

// readQuestion makes the question of a file, or of flags.
func (a *app) readQuestion(f *askFlags) error {
	if f.text != "" {
		raw, err := a.readFile(f.text)
		if err != nil {
			return err
		}
		return strict.Decode(raw, api.MaxBody, &f.q)
	}
	q := &f.q
	q.Pact, q.Purpose, q.Basis, q.Names, q.References = stix.ID(f.pact), mithaq.Purpose(a.purpose), a.basis, f.names, f.refs
	if q.Language == "" {
		q.Language = a.say.Lang()
	}
	if len(f.codes) == 0 {
		f.codes = mithaq.H0.Words()
	}
	if len(f.urgency) == 0 {
		f.urgency = mithaq.Routine.Words()
	}
	for _, set := range []struct {
		words []string
		into  json.Unmarshaler
	}{{f.sought, &q.Sought}, {f.use, &q.Use}, {f.subjects, &q.Subjects}, {f.urgency, &q.Urgency}, {f.codes, &q.Codes}} {
		if err := readWords(set.words, set.into); err != nil {
			return err
		}
	}
	return nil
}

// readWords reads words of ours as in JSON; none is nothing said.
func readWords(words []string, into json.Unmarshaler) error {
	if len(words) == 0 {
		return nil
	}
	raw, err := json.Marshal(words)
	if err != nil {
		return err
	}
	return into.UnmarshalJSON(raw)
}
