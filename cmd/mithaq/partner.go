package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) partnerVerb() *cobra.Command {
	return family("partner", "Other organisations: introduction, acceptance, suspension",
		verb("list", "Every organisation whose card we hold", 0, a.partnerList),
		a.inviteVerb(), a.introduceVerb(), a.addCardVerb(), a.acceptVerb(),
		verb("add-plain ORGANISATION", "Add an organisation that runs no node", 1, a.partnerStep("plain")),
		a.partnerMispVerb(),
		verb("suspend ORGANISATION", "Close every line to a partner, at once", 1, a.partnerStep("suspend")),
		verb("resume ORGANISATION", "Open them again", 1, a.partnerStep("resume")),
		verb("end ORGANISATION", "End the acquaintance", 1, a.partnerStep("end")),
		verb("thaw ORGANISATION", "Settle a frozen link, after people have spoken", 1, a.partnerStep("thaw")),
	)
}

func partnerPath(org string, more ...string) string {
	return strings.Join(append([]string{"/v1/partners/" + url.PathEscape(org)}, more...), "/")
}

func (a *app) showPartner(p *mithaq.Partner) {
	a.printf("%-28s  %s  %s  %d/2", string(p.Org), a.word("kind", string(p.Kind)), a.word("partner", string(p.State)), len(p.Acceptances))
}

func (a *app) partnerList(cmd *cobra.Command, _ []string) error {
	var all []*mithaq.Partner
	return a.do(cmd.Context(), http.MethodGet, "/v1/partners", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.no-partners")
		}
		for _, p := range all {
			a.showPartner(p)
		}
	})
}

func (a *app) partnerStep(step string) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return a.do(cmd.Context(), http.MethodPost, partnerPath(args[0], step), nil, nil, func() { a.print("cli.done") })
	}
}

func (a *app) inviteVerb() *cobra.Command {
	var note string
	cmd := verb("invite", "A code by which a stranger may introduce itself within a week; say it by telephone", 0, func(cmd *cobra.Command, _ []string) error {
		var i api.Invitation
		return a.do(cmd.Context(), http.MethodPost, "/v1/invitations", map[string]string{"note": note}, &i, func() { a.printf("%s", i.Code) })
	})
	cmd.Flags().StringVar(&note, "note", "", "for whom")
	return cmd
}

func (a *app) introduceVerb() *cobra.Command {
	var code string
	cmd := verb("introduce ADDRESS", "Exchange cards with the node at https://host:port", 1, func(cmd *cobra.Command, args []string) error {
		var p mithaq.Partner
		in := map[string]string{"address": args[0], "invitation": code}
		return a.do(cmd.Context(), http.MethodPost, "/v1/partners", in, &p, func() {
			a.showPartner(&p)
			a.print("cli.compare-next", string(p.Org))
		})
	})
	cmd.Flags().StringVar(&code, "invitation", "", "the code their people gave us")
	return cmd
}

func (a *app) addCardVerb() *cobra.Command {
	return verb("add FILE", "Keep a card that came by hand (- is standard input)", 1, func(cmd *cobra.Command, args []string) error {
		raw, err := a.readFile(args[0])
		if err != nil {
			return err
		}
		return a.do(cmd.Context(), http.MethodPost, "/v1/cards", json.RawMessage(raw), nil, func() { a.print("cli.done") })
	})
}

func (a *app) acceptVerb() *cobra.Command {
	var heard []string
	var how string
	cmd := verb("accept ORGANISATION", "Say that the fingerprint was compared by voice, with what was heard", 1, func(cmd *cobra.Command, args []string) error {
		words := map[string]string{}
		for _, pair := range heard {
			position, word, ok := strings.Cut(pair, "=")
			if !ok {
				return usage("cli.want", say.Text("--heard"), pair, say.Text("4=1187"))
			}
			words[position] = word
		}
		var p mithaq.Partner
		in := map[string]any{"heard": words, "how": how}
		return a.do(cmd.Context(), http.MethodPost, partnerPath(args[0], "accept"), in, &p, func() { a.showPartner(&p) })
	})
	cmd.Flags().StringSliceVar(&heard, "heard", nil, "POSITION=WORD or POSITION=DIGITS, at least three (repeat, or part by commas)")
	cmd.Flags().StringVar(&how, "how", "", "the number called, and where it was found")
	return cmd
}
