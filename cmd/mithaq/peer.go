package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/peercheck"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func (a *app) peerVerb() *cobra.Command {
	return family("peer", "The lines to partners' nodes",
		verb("status", "Every lane: what waits, what went wrong last, what is stopped", 0, a.peerStatus),
		verb("poll ORGANISATION", "Fetch what waits for us at a partner's node, now", 1, a.peerPoll),
		a.peerCheckVerb(),
	)
}

func (a *app) peerStatus(cmd *cobra.Command, _ []string) error {
	var all []api.Lane
	return a.do(cmd.Context(), http.MethodGet, "/v1/lanes", nil, &all, func() {
		if len(all) == 0 {
			a.print("cli.no-lanes")
		}
		for i := range all {
			a.showLane(&all[i])
		}
	})
}

// showLane is one line a lane, and one for each thing that holds it up.
func (a *app) showLane(l *api.Lane) {
	way := "←"
	if l.Out {
		way = "→"
	}
	pact := string(l.Pact)
	if pact == "" {
		pact = a.say.T("cli.acquaintance")
	}
	fmt.Fprintf(a.out, "%s %-28s  %s  %d  %s\n", way, say.Clean(string(l.Partner)), a.word("lane", string(l.Lane)), l.Messages, pact)
	if l.Waiting > 0 && l.Since != nil {
		fmt.Fprintln(a.out, "    "+a.say.N("cli.lane-waiting", int(l.Waiting), mithaq.At(*l.Since)))
	}
	if l.Trouble != "" {
		fmt.Fprintln(a.out, "    "+a.say.T("cli.lane-trouble", say.Text(a.say.T(l.Trouble))))
	}
	if l.Trouble != "" && l.Next != nil {
		fmt.Fprintln(a.out, "    "+a.say.T("cli.lane-next", mithaq.At(*l.Next)))
	}
	if l.Frozen != "" {
		fmt.Fprintln(a.out, "    "+a.say.T("cli.lane-frozen", say.Text(a.say.T(l.Frozen))))
	}
}

func (a *app) peerPoll(cmd *cobra.Command, args []string) error {
	var p api.Polled
	return a.do(cmd.Context(), http.MethodPost, "/v1/partners/"+url.PathEscape(args[0])+"/poll", nil, &p, func() {
		fmt.Fprintln(a.out, a.say.N("cli.polled", p.Messages, args[0]))
	})
}

func (a *app) peerCheckVerb() *cobra.Command {
	var code string
	cmd := verb("check URL", "Look at another node from outside, and say where it does not keep the protocol", 1, func(cmd *cobra.Command, args []string) error {
		found, err := peercheck.Check(cmd.Context(), peercheck.Config{URL: args[0], Invitation: code})
		if err != nil {
			return usage("cli.want", say.Text("URL"), args[0], say.Text("https://node.example:7443"))
		}
		return a.showFindings(found)
	})
	cmd.Long = `Acts as a stranger, and needs no node of its own. With --invitation it also sees the card, and is then known there as
visitor.invalid, introduced and accepted by nobody. Sections are those of docs/protocol.md. Exit code 6: something differs.`
	cmd.Flags().StringVar(&code, "invitation", "", "a code from the people of that node, to see its card")
	return cmd
}

// findingOut is a finding as JSON has it.
type findingOut struct {
	Section string `json:"section"`
	What    string `json:"what"`
	OK      bool   `json:"ok"`
	Saw     string `json:"saw,omitempty"`
}

func (a *app) showFindings(found []peercheck.Finding) error {
	out, bad := []findingOut{}, 0
	for _, f := range found {
		out = append(out, findingOut(f))
		mark := "✓"
		if !f.OK {
			mark, bad = "✗", bad+1
		}
		if a.json {
			continue
		}
		a.printf("%s %-4s  %s", mark, f.Section, f.What)
		if f.Saw != "" {
			a.printf("        %s", f.Saw)
		}
	}
	if a.json {
		if err := a.writeJSON(out); err != nil {
			return err
		}
	}
	if bad > 0 {
		return differs{errors.New(a.say.N("cli.faults", bad))}
	}
	return nil
}
