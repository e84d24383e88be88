package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/psi"
	"github.com/mithaq-hub/mithaq/stix"
)

func (a *app) offerVerb() *cobra.Command {
	cmd := family("offer", "Identifiers that partners may match against, for a pact and a purpose",
		a.offerAddVerb(),
		verb("list", "What is offered", 0, a.offerList),
		verb("withdraw OFFER", "Take an offer back; the next set has it no more", 1, func(cmd *cobra.Command, args []string) error {
			return a.do(cmd.Context(), http.MethodPost, "/v1/match/offers/"+url.PathEscape(args[0])+"/withdraw", nil, nil, func() { a.print("cli.done") })
		}),
		verb("publish PACT", "Make the sets of a pact now, and not at the hour: a supervisor's or administrator's decision", 1, a.offerPublish),
		verb("sets", "The sets that are ready, ours and our partners'", 0, a.offerSets),
	)
	cmd.Long = `What a person offers goes, once a day at a fixed hour, into a set of rows that partners keep and cannot read: only who asks about
exactly such an identifier, in a case and within the pact's budget, learns that it is there, and whom to ask. Suspects and convicted
persons are offered; victims, witnesses, minors and sources never. What concerns a person needs the signed answers about what
we hold of them (see mithaq assess).`
	return cmd
}

// offering are the flags of offer add.
type offering struct {
	in    api.OfferIn
	class string
	file  string
}

func (a *app) offerAddVerb() *cobra.Command {
	var o offering
	cmd := &cobra.Command{
		Use: "add VALUE...", Short: "Offer identifiers (with --purpose)",
		RunE: func(cmd *cobra.Command, args []string) error { return a.offerAdd(cmd, &o, args) },
	}
	f := cmd.Flags()
	f.StringVar((*string)(&o.in.Pact), "pact", "", "the pact")
	f.StringVar((*string)(&o.in.Type), "type", "", "phone, email, iban, account, document, plate, name-birth, crypto-address, file-hash, domain or ip")
	f.StringVar(&o.class, "class", "none", "who is concerned: none, suspect, convicted, associate, missing-person or other")
	f.StringVar(&o.in.Desk, "desk", "", "whom to ask after a hit, at most 44 bytes")
	f.StringVar((*string)(&o.in.Item), "item", "", "what we hold about it")
	f.StringVar((*string)(&o.in.Case), "case", "", "the case it belongs to")
	f.StringVar((*string)(&o.in.Assessment), "assessment", "", "where it concerns a person: the signed answers")
	f.StringVarP(&o.file, "file", "f", "", "a file with one value a line (- is standard input)")
	return cmd
}

func (a *app) offerAdd(cmd *cobra.Command, o *offering, args []string) error {
	values, err := a.values(args, o.file)
	if err != nil {
		return err
	}
	if len(values) == 0 || o.in.Pact == "" || o.in.Type == "" || o.in.Desk == "" || a.purpose == "" {
		return usage("match.offer-needs")
	}
	if err := o.in.Class.UnmarshalJSON([]byte(`["` + o.class + `"]`)); err != nil {
		return err
	}
	o.in.Values, o.in.Purpose = values, mithaq.Purpose(a.purpose)
	var made api.OffersMade
	return a.do(cmd.Context(), http.MethodPost, "/v1/match/offers", o.in, &made, func() {
		for _, one := range made.Offered {
			a.printf("%s  %s", string(one.ID), one.Value)
		}
		for _, one := range made.Refused {
			a.printf("✗ %s", one.Value)
			a.whyLine(one.Why)
		}
	})
}

// values are those on the command line and those of a file, one a line.
func (a *app) values(args []string, file string) ([]string, error) {
	if file == "" {
		return args, nil
	}
	raw, err := a.readFile(file)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" {
			args = append(args, line)
		}
	}
	return args, nil
}

func (a *app) offerList(cmd *cobra.Command, _ []string) error {
	var all []api.Offer
	return a.do(cmd.Context(), http.MethodGet, "/v1/match/offers", nil, &all, func() {
		if len(all) == 0 {
			a.print("match.no-offers")
		}
		for _, o := range all {
			a.printf("%s  %s  %s", string(o.ID), string(o.Type), o.Value)
			a.under("match.offer-line", a.word("subject", o.Class.Words()[0]), o.Desk, mithaq.At(o.At))
		}
	})
}

func (a *app) offerPublish(cmd *cobra.Command, args []string) error {
	in := map[string]stix.ID{"pact": stix.ID(args[0])}
	return a.do(cmd.Context(), http.MethodPost, "/v1/match/sets", in, nil, func() { a.print("match.published") })
}

func (a *app) offerSets(cmd *cobra.Command, _ []string) error {
	var all []api.Shelf
	return a.do(cmd.Context(), http.MethodGet, "/v1/match/sets", nil, &all, func() {
		if len(all) == 0 {
			a.print("match.no-sets")
		}
		for _, s := range all {
			a.printf("%s → %s  %s", string(s.Answerer), string(s.Asker), string(s.Type))
			a.under("match.set-line", int(s.Rows), a.purposeWord(s.Purpose), s.At, s.Until)
		}
	})
}

// purposeWord is a purpose in the person's language, or as the pact has it.
func (a *app) purposeWord(p mithaq.Purpose) any {
	if strings.HasPrefix(string(p), "x-") {
		return string(p)
	}
	return a.word("purpose", string(p))
}

// typeName says a type of identifier in the person's language.
func (a *app) typeName(t psi.Type) string { return a.say.T("match.type." + string(t)) }
