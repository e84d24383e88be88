package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/stix"
)

// ErrNotAnswered says that an inquiry did not come to the end that it must.
var ErrNotAnswered = errors.New("demo: an inquiry did not end as it should")

// inquire has Atlas ask openly about the hit, and Najd clarify and answer.
func (q *questioning) inquire(ctx context.Context) error {
	lang := q.story.Lang()
	id, err := q.ask(ctx, scene.Fraud(lang, q.site.Domain, q.questions[1].Hits[0].Reference))
	if err != nil {
		return err
	}
	t, err := q.asker.stage(ctx, id, mithaq.StageReceived)
	if err != nil {
		return err
	}
	told := tell.Inquiry{By: q.asker.sits(officer), To: q.asked.org}
	if t.Due != nil {
		told.Due = *t.Due
	}
	if told.Left, err = q.clarify(ctx, id); err != nil {
		return err
	}
	if err := q.answer(ctx, id); err != nil {
		return err
	}
	if err := q.thread(ctx, id, &told); err != nil {
		return err
	}
	q.story.Inquired(told)
	if told.Items != 1 || told.Due.IsZero() || told.Left == 0 {
		return fmt.Errorf("%d objects, due %v: %w", told.Items, told.Due, ErrNotAnswered)
	}
	return nil
}

// ask drafts and sends an inquiry, and waits until it came.
func (q *questioning) ask(ctx context.Context, ask mithaq.Inquiry) (stix.ID, error) {
	ask.Pact, ask.Case = q.pact, q.casefile
	var all []api.Thread
	in := api.InquiryIn{To: []mithaq.OrgID{q.asked.org}, Send: true, Inquiry: ask}
	if err := q.asker.people[officer].Do(ctx, http.MethodPost, "/v1/inquiries", &in, &all); err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	if len(all) != 1 {
		return "", fmt.Errorf("%d inquiries to one partner: %w", len(all), ErrNotAnswered)
	}
	_, err := q.asked.stage(ctx, all[0].ID, mithaq.StageReceived)
	return all[0].ID, err
}

// clarify accepts, asks back and is told; it gives how many seconds were left
// while the clock stood still.
func (q *questioning) clarify(ctx context.Context, id stix.ID) (left int64, err error) {
	if err := q.asked.moves(ctx, officer, id, inquiry.Move{Step: mithaq.StepAccept}); err != nil {
		return 0, err
	}
	if err := q.says(ctx, q.asked, id, inquiry.Move{Step: mithaq.StepAsk}); err != nil {
		return 0, err
	}
	t, err := q.asker.stage(ctx, id, mithaq.StageClarifying)
	if err != nil {
		return 0, err
	}
	if err := q.says(ctx, q.asker, id, inquiry.Move{Step: mithaq.StepClarify}); err != nil {
		return 0, err
	}
	_, err = q.asked.stage(ctx, id, mithaq.StageAccepted)
	return t.Left, err
}

// answer gives a part with what Najd holds of the site, then the rest in words.
func (q *questioning) answer(ctx context.Context, id stix.ID) error {
	release, err := q.releaseFor(ctx, id)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	for _, m := range []inquiry.Move{{Step: mithaq.StepPartial, Releases: []stix.ID{release}}, {Step: mithaq.StepAnswer}} {
		if err := q.says(ctx, q.asked, id, m); err != nil {
			return err
		}
	}
	_, err = q.asker.stage(ctx, id, mithaq.StageAnswered)
	return err
}

// releaseFor shares the site's indicator as an answer, and waits for its receipt.
func (q *questioning) releaseFor(ctx context.Context, id stix.ID) (stix.ID, error) {
	in := api.AskIn{
		IDs: []string{string(q.site.ID)}, Pact: string(q.pact), To: []string{string(q.asker.org)},
		Purpose: string(scene.Purpose), Basis: scene.Basis, Inquiry: string(id),
	}
	var all []api.Proposal
	if err := q.asked.people[officer].Do(ctx, http.MethodPost, "/v1/releases", &in, &all); err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", fmt.Errorf("%d releases to one partner: %w", len(all), ErrNotAnswered)
	}
	if all[0].State == gate.Proposed {
		if err := q.asked.approve(ctx, &all[0]); err != nil {
			return "", err
		}
	}
	_, err := q.asked.delivered(ctx, &all[0], q.progress("demo.doing.share"))
	return all[0].Release, err
}

// thread reads all that was said, as Atlas has it.
func (q *questioning) thread(ctx context.Context, id stix.ID, told *tell.Inquiry) error {
	var view api.InquiryView
	if err := q.asker.people[officer].Do(ctx, http.MethodGet, "/v1/inquiries/"+string(id), nil, &view); err != nil {
		return err
	}
	for i := range view.Steps {
		step := &view.Steps[i]
		d := q.asked
		if step.Side == string(mithaq.Asker) {
			d = q.asker
		}
		one := tell.Move{Org: d.org, At: step.At, Step: step.Step, Text: step.Said.Text}
		if step.Person != "" {
			by := d.person(step.Person)
			one.By = &by
		}
		if step.Step == mithaq.StepSend {
			one.Text = wording(&view)
		}
		told.Moves = append(told.Moves, one)
	}
	for _, a := range view.Answers {
		told.Items += a.Items
	}
	return nil
}

// wording is what an inquiry says and asks.
func wording(v *api.InquiryView) string { return v.Inquiry.Facts + " " + v.Inquiry.Question }

// refused has Atlas ask what Najd refuses on a built-in ground.
func (q *questioning) refused(ctx context.Context) error {
	id, err := q.ask(ctx, scene.Opinion(q.story.Lang()))
	if err != nil {
		return err
	}
	var read api.InquiryView
	if err := q.asked.people[chief].Do(ctx, http.MethodGet, "/v1/inquiries/"+string(id), nil, &read); err != nil {
		return err
	}
	if err := q.asked.moves(ctx, chief, id, inquiry.Move{Step: mithaq.StepRefuse, Ground: mithaq.GroundPolitical}); err != nil {
		return err
	}
	t, err := q.asker.stage(ctx, id, mithaq.StageRefused)
	if err != nil {
		return err
	}
	ground := mithaq.Ground(t.Ground)
	q.story.Refused(tell.Refused{By: q.asker.person(read.Inquiry.Person), Text: wording(&read), Refuser: q.asked.sits(chief), Ground: ground})
	if !ground.BuiltIn() {
		return fmt.Errorf("refused on the ground %q: %w", t.Ground, ErrNotAnswered)
	}
	return nil
}

// says takes a step with the words of the scene.
func (q *questioning) says(ctx context.Context, d *desk, id stix.ID, m inquiry.Move) error {
	m.Text = scene.Said(m.Step, q.story.Lang())
	return d.moves(ctx, officer, id, m)
}

// moves takes a step of an inquiry.
func (d *desk) moves(ctx context.Context, who string, id stix.ID, m inquiry.Move) error {
	if err := d.people[who].Do(ctx, http.MethodPost, "/v1/inquiries/"+string(id)+"/steps", &m, nil); err != nil {
		return fmt.Errorf("%s at %s: %w", m.Step, d.org, err)
	}
	return nil
}

// stage waits until an inquiry stands where it should, as this desk sees it.
func (d *desk) stage(ctx context.Context, id stix.ID, want mithaq.Stage) (t api.Thread, err error) {
	err = until(ctx, brief, func() (bool, error) {
		var all []api.Thread
		err := d.people[officer].Do(ctx, http.MethodGet, "/v1/inquiries", nil, &all)
		i := slices.IndexFunc(all, func(t api.Thread) bool { return t.ID == id })
		if i < 0 {
			return false, err
		}
		t = all[i]
		return t.Stage == string(want), err
	})
	if err != nil {
		return t, fmt.Errorf("%s is %q at %s, want %q: %w", id, t.Stage, d.org, want, err)
	}
	return t, nil
}
