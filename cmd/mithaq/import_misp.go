package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/client"
	"github.com/mithaq-hub/mithaq/internal/api"
)

// moving is one run of the verb.
type moving struct {
	in              api.MovingIn
	key, plan       string
	partners, pacts bool
	replay, history bool
	source, since   string
	name            string
	every           time.Duration
	way             way
}

func (a *app) importMispVerb() *cobra.Command {
	var m moving
	cmd := &cobra.Command{
		Use: "misp URL", Short: "Move in from a MISP: its organisations, its sharing groups, its history", Args: cobra.ExactArgs(1),
		Long: `Asks a MISP which organisations and sharing groups it has, and prints a plan for people to complete:
  mithaq import misp https://misp.example --key-file key --basis "MoU 4" > plan.json
Then, each by whoever may:
  mithaq import misp https://misp.example --plan plan.json --partners    # organisations as partners, for two persons to accept
  mithaq import misp https://misp.example --plan plan.json --pacts       # sharing groups as drafts of pacts
  mithaq import misp https://misp.example --plan plan.json --history --key-file key --source ID   # its events, as a subscription
  mithaq import misp https://misp.example --plan plan.json --replay      # what each draft would have let through of last year's events`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.importMisp(cmd, &m, args[0]) },
	}
	m.way.flags(cmd)
	_ = cmd.Flags().MarkHidden("root")
	f := cmd.Flags()
	f.StringVar(&m.key, "key-file", "-", "a file with the key of our user there (- is standard input)")
	f.StringVar(&m.plan, "plan", "", "the plan, as people completed it")
	f.BoolVar(&m.partners, "partners", false, "add the plan's organisations as partners without a node")
	f.BoolVar(&m.pacts, "pacts", false, "keep the plan's drafts of pacts")
	f.BoolVar(&m.history, "history", false, "read its events, now and on a schedule")
	f.BoolVar(&m.replay, "replay", false, "say what each draft would have let through of the events that are held")
	f.StringVar(&m.source, "source", "", "id of the source profile that gives labels (see mithaq source)")
	f.StringVar(&m.name, "name", "misp", "of the subscription that reads its events")
	f.DurationVar(&m.every, "every", time.Hour, "between runs of it")
	f.StringVar(&m.since, "since", "", "replay events changed since a day (a year ago)")
	f.StringVar(&m.in.Transfer, "transfer", "", "what allows data to cross the border, for the drafts")
	return cmd
}

func (a *app) importMisp(cmd *cobra.Command, m *moving, url string) error {
	steps := []struct {
		asked bool
		do    func(*cobra.Command, *moving, *api.Move) error
	}{{m.partners, a.movePartners}, {m.pacts, a.movePacts}, {m.history, a.moveHistory}, {m.replay, a.moveReplay}}
	any := false
	for _, s := range steps {
		any = any || s.asked
	}
	if !any {
		return a.movePlan(cmd, m, url)
	}
	raw, err := a.readFile(m.plan)
	if err != nil {
		return err
	}
	var plan api.Move
	if err := json.Unmarshal(raw, &plan); err != nil {
		return fmt.Errorf("%s: %w", m.plan, err)
	}
	plan.URL = url
	for _, s := range steps {
		if s.asked {
			if err := s.do(cmd, m, &plan); err != nil {
				return err
			}
		}
	}
	return nil
}

// movePlan prints what the MISP has.
func (a *app) movePlan(cmd *cobra.Command, m *moving, url string) error {
	raw, err := a.readFile(m.key)
	if err != nil {
		return err
	}
	m.in.URL, m.in.Key, m.in.Plain, m.in.Inside, m.in.Basis = url, strings.TrimRight(string(raw), "\r\n"), m.way.plain, m.way.inside, a.basis
	if m.in.CA, err = m.way.authority(a); err != nil {
		return err
	}
	var plan api.Move
	return a.do(cmd.Context(), http.MethodPost, "/v1/misp/surveys", m.in, &plan, func() {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		_ = e.Encode(plan) // what standard output does not take is told when it is closed
	})
}

// movePartners adds the organisations; those that are partners already stay.
func (a *app) movePartners(cmd *cobra.Command, _ *moving, plan *api.Move) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	for _, n := range plan.Organisations {
		if strings.HasSuffix(string(n.Org), ".invalid") {
			a.print("misp.unnamed", n.Name)
			continue
		}
		err := c.Do(cmd.Context(), http.MethodPost, partnerPath(string(n.Org), "plain"), nil, nil)
		if err != nil && !isConflict(err) {
			return err
		}
		a.print("misp.partner", n.Name, string(n.Org))
	}
	return nil
}

// movePacts keeps the drafts that are whole, and says what the others lack.
func (a *app) movePacts(cmd *cobra.Command, _ *moving, plan *api.Move) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	for _, d := range plan.Pacts {
		var made api.Pact
		if err := c.Do(cmd.Context(), http.MethodPost, "/v1/pacts", d.Pact, &made); err != nil {
			a.print("misp.not-drafted", d.Group, err.Error())
			continue
		}
		a.showPact(&made)
	}
	return nil
}

// moveHistory reads its events as they are, by a subscription.
func (a *app) moveHistory(cmd *cobra.Command, m *moving, plan *api.Move) error {
	raw, err := a.readFile(m.key)
	if err != nil {
		return err
	}
	in := api.SubscriptionIn{
		Name: m.name, Kind: "misp", URL: plan.URL, Source: m.source, Purpose: a.purpose, Basis: a.basis, Every: int64(m.every / time.Second),
		Own: true, KnownAs: plan.Us, Plain: m.way.plain, Inside: m.way.inside,
	}
	in.Token = strings.TrimRight(string(raw), "\r\n")
	if in.CA, err = m.way.authority(a); err != nil {
		return err
	}
	var made api.Subscription
	return a.do(cmd.Context(), http.MethodPost, "/v1/subscriptions", in, &made, func() { a.showSubscription(&made) })
}

// moveReplay says for each draft what it would have let through.
func (a *app) moveReplay(cmd *cobra.Command, m *moving, plan *api.Move) error {
	since, err := asMoment(m.since)
	if err != nil {
		return err
	}
	c, err := a.client()
	if err != nil {
		return err
	}
	for _, d := range plan.Pacts {
		var all []api.Replay
		in := api.ReplayIn{Pact: d.Pact, Source: m.source, Since: since, Purpose: a.purpose, Basis: a.basis}
		if err := c.Do(cmd.Context(), http.MethodPost, "/v1/replays", in, &all); err != nil {
			a.print("misp.not-replayed", d.Group, err.Error())
			continue
		}
		if a.json {
			if err := a.writeJSON(all); err != nil {
				return err
			}
			continue
		}
		a.print("misp.draft", d.Group)
		for i := range all {
			a.showReplay(&all[i])
		}
	}
	return nil
}

// shownReplayed is how many events are named of each replay; --json has all.
const shownReplayed = 20

func (a *app) showReplay(r *api.Replay) {
	a.print("misp.replay", string(r.To), r.Whole, r.Part, r.None, r.Objects, r.Goes, r.Reviews)
	for i := range r.Stays {
		a.showStay(&r.Stays[i])
	}
	for _, e := range r.Events[:min(len(r.Events), shownReplayed)] {
		var clauses []string
		for _, s := range e.Stays {
			clauses = append(clauses, s.Clauses...)
		}
		a.under("misp.replayed", mithaq.At(e.At), e.Info, e.UUID, e.Goes+e.Reviews, strings.Join(clauses, " "))
	}
}

func isConflict(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && mithaq.Kind(p.Kind) == mithaq.Conflict
}
