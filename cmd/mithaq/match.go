package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/match"
	"github.com/mithaq-hub/mithaq/psi"
)

// An inquest is the flags of match.
type inquest struct {
	in    api.MatchIn
	batch string
	wait  time.Duration
}

func (a *app) matchVerb() *cobra.Command {
	var q inquest
	cmd := &cobra.Command{
		Use: "match VALUE...", Short: "Ask a partner whether it has offered something about an identifier, without giving it away",
		RunE: func(cmd *cobra.Command, args []string) error { return a.match(cmd, &q, args) },
	}
	cmd.Long = `The identifier is blinded: the partner learns that somebody asked, in which case (a pseudonym), and how many, in steps of 1, 16, 256 and
4,096; not what, and not whether it was there. No hit means: not among what they offered for this purpose. With --batch the identifiers of a
file, one a line, are asked as one job that can be paused. What was asked is sealed to the auditor, who opens it with: mithaq match open`
	f := cmd.Flags()
	f.StringVar((*string)(&q.in.Partner), "partner", "", "whom to ask")
	f.StringVar((*string)(&q.in.Pact), "pact", "", "under which pact")
	f.StringVar((*string)(&q.in.Type), "type", "", "phone, email, iban, account, document, plate, name-birth, crypto-address, file-hash, domain or ip")
	f.StringVar((*string)(&q.in.Case), "case", "", "in which case")
	f.StringVar(&q.batch, "batch", "", "a file with one identifier a line (- is standard input)")
	f.DurationVar(&q.wait, "wait", 30*time.Second, "how long to wait for the answer")
	cmd.AddCommand(
		verb("list", "Questions of my cases", 0, a.matchList),
		verb("show QUESTION", "One question, with its hits", 1, a.matchShow),
		verb("again QUESTION", "Send a question once more, byte for byte: it costs the budget nothing", 1, a.matchAgain),
		verb("batches", "Batches of my cases", 0, a.matchBatches),
		verb("batch BATCH", "How far a batch is, and its hits", 1, a.matchBatch),
		verb("pause BATCH", "Hold a batch", 1, a.matchStep("pause")),
		verb("resume BATCH", "Let a batch go on", 1, a.matchStep("resume")),
		verb("auditor RECIPIENT", "Seal the openings of questions to an auditor's own age recipient, age1..., from now on", 1, a.matchAuditor),
		verb("stats", "What passed between us and each partner", 0, a.matchStats),
		a.matchOpenVerb(),
	)
	return cmd
}

func (a *app) match(cmd *cobra.Command, q *inquest, args []string) error {
	if q.in.Partner == "" || q.in.Pact == "" || q.in.Type == "" || q.in.Case == "" || (len(args) == 0) == (q.batch == "") {
		return usage("match.ask-needs")
	}
	q.in.Purpose = mithaq.Purpose(a.purpose)
	if q.batch != "" {
		return a.matchMany(cmd, q)
	}
	q.in.Values = args
	c, err := a.client()
	if err != nil {
		return err
	}
	var m api.MatchQuestion
	if err := c.Do(cmd.Context(), http.MethodPost, "/v1/match/questions", q.in, &m); err != nil {
		return err
	}
	m, err = a.outcome(cmd.Context(), m, q.wait)
	if err != nil {
		return err
	}
	if a.json {
		return a.writeJSON(m)
	}
	a.showMatched(&m)
	return nil
}

// outcome asks for a question's answer until it is there, or for so long.
func (a *app) outcome(ctx context.Context, m api.MatchQuestion, wait time.Duration) (api.MatchQuestion, error) {
	c, err := a.client()
	if err != nil {
		return m, err
	}
	for until := time.Now().Add(wait); m.State == match.Waiting && time.Now().Before(until); {
		select {
		case <-ctx.Done():
			return m, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if err := c.Do(ctx, http.MethodGet, questionPath(string(m.ID)), nil, &m); err != nil {
			return m, err
		}
	}
	return m, nil
}

func questionPath(id string) string { return "/v1/match/questions/" + url.PathEscape(id) }

func batchPath(id string) string { return "/v1/match/batches/" + url.PathEscape(id) }

func (a *app) showMatched(m *api.MatchQuestion) {
	a.printf("%s  %s  %s", string(m.ID), string(m.Partner), a.typeName(m.Type))
	switch m.State {
	case match.Waiting:
		a.under("match.waiting", mithaq.At(m.At))
	case match.Answered:
		a.showHits(m.Hits, m.Identifiers)
	default:
		a.under("match."+m.State, string(m.Partner))
		a.whyLine(m.Why)
	}
}

// showHits says what was found, and what not finding means.
func (a *app) showHits(hits []api.MatchHit, asked int) {
	for _, h := range hits {
		a.under("match.hit", h.Value, h.Desk, a.word("subject", h.Class.Words()[0]), h.Reference)
	}
	if left := asked - len(hits); left > 0 {
		a.printf("    %s", a.say.N("match.misses", left))
	}
}

func (a *app) matchMany(cmd *cobra.Command, q *inquest) error {
	values, err := a.values(nil, q.batch)
	if err != nil {
		return err
	}
	q.in.Values = values
	var m api.MatchBatch
	return a.do(cmd.Context(), http.MethodPost, "/v1/match/batches", q.in, &m, func() { a.showBatch(&m) })
}

func (a *app) showBatch(m *api.MatchBatch) {
	a.printf("%s  %s  %s", string(m.ID), string(m.Partner), a.typeName(m.Type))
	a.under("match.batch-line", a.say.T("match.state."+m.State), m.Answered, m.Identifiers, m.Found)
	if !m.Next.IsZero() {
		a.under("match.batch-next", mithaq.At(m.Next))
	}
	if m.Why != nil {
		a.whyLine(m.Why)
	}
	if len(m.Hits) > 0 {
		a.showHits(m.Hits, len(m.Hits))
	}
}

func (a *app) matchBatches(cmd *cobra.Command, _ []string) error {
	var all []api.MatchBatch
	return a.do(cmd.Context(), http.MethodGet, "/v1/match/batches", nil, &all, func() {
		if len(all) == 0 {
			a.print("match.no-batches")
		}
		for i := range all {
			a.showBatch(&all[i])
		}
	})
}

func (a *app) matchBatch(cmd *cobra.Command, args []string) error {
	var m api.MatchBatch
	return a.do(cmd.Context(), http.MethodGet, batchPath(args[0]), nil, &m, func() { a.showBatch(&m) })
}

func (a *app) matchStep(step string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return a.do(cmd.Context(), http.MethodPost, batchPath(args[0])+"/"+step, nil, nil, func() { a.print("cli.done") })
	}
}

func (a *app) matchList(cmd *cobra.Command, _ []string) error {
	var all []api.MatchQuestion
	return a.do(cmd.Context(), http.MethodGet, "/v1/match/questions", nil, &all, func() {
		if len(all) == 0 {
			a.print("match.no-questions")
		}
		for i := range all {
			a.showMatched(&all[i])
		}
	})
}

func (a *app) matchShow(cmd *cobra.Command, args []string) error {
	var m api.MatchQuestion
	return a.do(cmd.Context(), http.MethodGet, questionPath(args[0]), nil, &m, func() { a.showMatched(&m) })
}

func (a *app) matchAgain(cmd *cobra.Command, args []string) error {
	return a.do(cmd.Context(), http.MethodPost, questionPath(args[0])+"/again", nil, nil, func() { a.print("cli.done") })
}

func (a *app) matchAuditor(cmd *cobra.Command, args []string) error {
	in := map[string]string{"to": args[0]}
	return a.do(cmd.Context(), http.MethodPost, "/v1/match/auditors", in, nil, func() { a.print("match.auditor-kept") })
}

func (a *app) matchStats(cmd *cobra.Command, _ []string) error {
	var all []api.MatchTally
	return a.do(cmd.Context(), http.MethodGet, "/v1/match/tallies", nil, &all, func() {
		for _, t := range all {
			a.printf("%s  %s", string(t.Partner), string(t.Pact))
			a.under("match.tally-ours", t.Asked, t.Identifiers, t.Hits, t.Caught, t.Canaries)
			a.under("match.tally-theirs", t.Questions, t.Elements, t.Over, t.Warnings)
		}
	})
}

func (a *app) matchOpenVerb() *cobra.Command {
	var identity string
	cmd := verb("open QUESTION", "Open a question to its auditor: what was asked, bindingly (with --reason)", 1, func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		ids, err := identities(identity)
		if err != nil {
			return err
		}
		var o api.MatchOpening
		if err := c.Do(cmd.Context(), http.MethodPost, questionPath(args[0])+"/opening", nil, &o); err != nil {
			return err
		}
		inputs, err := openQuestion(&o, ids)
		if err != nil {
			return err
		}
		return a.showOpened(&o, inputs)
	})
	cmd.Long = `For auditors. The opening was sealed to the auditor's recipient before the question was sent, and opens with the identity alone.
It is held to the very bytes that the partner answered: nobody can open a question to anything else, and all of it opens or none.
That it was given is an entry.`
	cmd.Flags().StringVarP(&identity, "identity", "i", "", "the file with the auditor's age identity")
	return cmd
}

// maxOpening bounds an opening: 4,096 inputs of 512 bytes with their blinds.
const maxOpening = 4 << 20

func openQuestion(o *api.MatchOpening, ids []age.Identity) ([]psi.Input, error) {
	r, err := age.Decrypt(bytes.NewReader(o.Sealed), ids...)
	if err != nil {
		return nil, mithaq.Refuse(mithaq.Unauthenticated, "match.sealed-to-another", string(o.Question))
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxOpening))
	if err != nil {
		return nil, fmt.Errorf("opening of %s: %w", o.Question, err)
	}
	return match.Open(&match.Opening{Question: o.Question, Announcement: o.Announcement, Bytes: o.Bytes, Sealed: o.Sealed}, plain)
}

func (a *app) showOpened(o *api.MatchOpening, inputs []psi.Input) error {
	values := make([]string, len(inputs))
	for i, in := range inputs {
		values[i] = in.Value()
	}
	return a.tell(map[string]any{"question": o.Question, "values": values}, func() {
		a.printf("%s  %s", string(o.Question), a.typeName(inputs[0].Type()))
		for _, v := range values {
			a.printf("    %s", v)
		}
	})
}
