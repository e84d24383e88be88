package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/bench"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/stix"
)

// ErrNotSame says that two nodes hold different bytes of what one gave the other.
var ErrNotSame = errors.New("demo: what was shared is not the same at both nodes")

// ErrAddedAgain says that a file imported twice was not known the second time.
var ErrAddedAgain = errors.New("demo: a second import added objects")

// data has Anatolia import a file of the reader's, and share all of it with
// Atlas under a pact of its own.
func (p *play) data(ctx context.Context) error {
	if p.file == "" {
		return nil
	}
	found, err := surveyed(p.file)
	if err != nil {
		return fmt.Errorf("%s: %w", p.file, err)
	}
	f := &filing{play: p, from: p.world.desks[scene.Anatolia], to: p.world.desks[scene.Atlas], survey: found}
	for _, step := range []func(context.Context) error{f.agree, f.takeIn, f.share, f.compare, f.again} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.file, err)
		}
	}
	p.story.Cost(f.cost)
	return nil
}

// A filing is a file on its way from one node to another.
type filing struct {
	*play
	survey
	from, to *desk
	pact     stix.ID
	source   stix.ID
	kept     int
	crossed  int
	cost     tell.Cost
}

func (f *filing) name() string { return filepath.Base(f.file) }

// measured runs one part and says what it cost.
func measured(do func() error) (m tell.Measure, err error) {
	began, used := time.Now(), bench.CPU()
	err = do()
	return tell.Measure{CPU: bench.CPU() - used, Wall: time.Since(began)}, err
}

func (f *filing) agree(ctx context.Context) error {
	f.story.Filed(tell.Filed{Org: f.from.org, File: f.name()})
	agreed, err := f.world.conclude(ctx, []mithaq.OrgID{f.from.org, f.to.org}, f.scene.TechnicalPact(f.types, f.extensions))
	if err != nil {
		return err
	}
	f.pact = agreed.Pact.ID
	f.story.AgreedToo(agreed)
	return nil
}

func (f *filing) takeIn(ctx context.Context) (err error) {
	name := strings.TrimSuffix(strings.TrimSuffix(f.name(), ".gz"), ".json")
	if f.source, err = f.from.keepProfile(ctx, scene.TechnicalProfile(name, f.from.org)); err != nil {
		return err
	}
	var report *api.Imported
	f.cost.Import, err = measured(func() (err error) {
		report, err = f.read(ctx)
		return err
	})
	if err != nil {
		return err
	}
	f.kept, f.cost.Imported = int(report.Kept), int(report.Kept)
	f.story.Imported([]tell.Import{{
		Org: f.from.org, File: f.name(), Profile: name, Objects: f.kept, Known: int(report.Known),
		Refused: int(report.Refused), Upgraded: int(report.Upgraded),
	}})
	return nil
}

func (f *filing) read(ctx context.Context) (*api.Imported, error) {
	file, err := openData(f.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	progress := f.progress("demo.doing.import")
	defer progress.End()
	return f.from.importFrom(ctx, file, f.name(), f.source, func(n int) { progress.Set(n, f.objects) })
}

// share asks what would go, has persons look at what names persons, and
// releases.
func (f *filing) share(ctx context.Context) error {
	ask := api.AskIn{
		Source: string(f.source), Pact: string(f.pact), To: []string{string(f.to.org)},
		Purpose: string(scene.Technical), Basis: scene.Basis,
	}
	if err := f.lookAt(ctx, &ask); err != nil {
		return err
	}
	var delivered tell.Delivered
	var err error
	f.cost.Share, err = measured(func() (err error) {
		delivered, err = f.from.release(ctx, &ask, f.progress("demo.doing.share"))
		return err
	})
	if err != nil {
		return err
	}
	f.story.Delivered(delivered)
	for _, one := range delivered.Deliveries {
		f.crossed += one.Objects
	}
	f.cost.Shared = f.crossed
	return nil
}

// lookAt has the desk find what names a person although the source's labels say
// that nobody is concerned, label it as what it is, and answer for it. What stays
// for another reason is told with its article.
func (f *filing) lookAt(ctx context.Context, ask *api.AskIn) error {
	var persons []mithaq.ItemRef
	stays, err := f.stays(ctx, ask)
	if err != nil {
		return err
	}
	for i := range stays {
		if personal(stays[i].Reasons) {
			persons = append(persons, stays[i].Items...)
			f.story.Named(group(f.from.org, &stays[i], barring(stays[i].Reasons)))
		}
	}
	if len(persons) == 0 {
		f.story.Stay(groups(f.from.org, stays))
		return nil
	}
	if err := f.from.answerFor(ctx, persons); err != nil {
		return err
	}
	f.story.AnsweredFor(f.from.org)
	if stays, err = f.stays(ctx, ask); err != nil {
		return err
	}
	f.story.Stay(groups(f.from.org, stays))
	return nil
}

func (f *filing) stays(ctx context.Context, ask *api.AskIn) ([]api.Stay, error) {
	var all []api.Preview
	if err := f.from.people[officer].Do(ctx, http.MethodPost, "/v1/preview", ask, &all); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("%d previews for one partner", len(all))
	}
	return all[0].Stays, nil
}

// personal reports whether nothing but a person in it keeps an object back.
func personal(reasons []mithaq.Reason) bool {
	subjects := false
	for i := range reasons {
		switch c := reasons[i].Clause; {
		case c == mithaq.ClauseSubjects:
			subjects = true
		case c == mithaq.SafeAssessment, awaitsPerson(c):
		default:
			return false
		}
	}
	return subjects
}

// barring leaves out what a second person's signature would satisfy.
func barring(reasons []mithaq.Reason) (list []mithaq.Reason) {
	for _, r := range reasons {
		if !awaitsPerson(r.Clause) {
			list = append(list, r)
		}
	}
	return list
}

func group(org mithaq.OrgID, s *api.Stay, reasons []mithaq.Reason) tell.StayGroup {
	g := tell.StayGroup{Org: org, Count: s.Count, Reasons: reasons}
	for _, item := range s.Items {
		g.IDs = append(g.IDs, string(item.ID))
	}
	return g
}

func groups(org mithaq.OrgID, stays []api.Stay) (list []tell.StayGroup) {
	for i := range stays {
		if reasons := barring(stays[i].Reasons); len(reasons) > 0 {
			list = append(list, group(org, &stays[i], reasons))
		}
	}
	return list
}

// answerFor labels items as about suspects, and has the officer assess them.
func (d *desk) answerFor(ctx context.Context, items []mithaq.ItemRef) error {
	labels, err := json.Marshal(mithaq.Handling{Subjects: mithaq.SubjectSuspect})
	if err != nil {
		return err
	}
	if err := d.people[chief].Do(ctx, http.MethodPost, "/v1/narrowings", api.NarrowIn{Items: items, Handling: labels}, nil); err != nil {
		return fmt.Errorf("label: %w", err)
	}
	return d.assess(ctx, scene.TechnicalAnswers(), items)
}

// again imports the file once more, which adds nothing.
func (f *filing) again(ctx context.Context) error {
	report, err := f.read(ctx)
	if err != nil {
		return err
	}
	f.story.ImportedAgain(int(report.Known), int(report.Kept))
	if report.Kept > 0 || int(report.Known) != f.kept {
		return ErrAddedAgain
	}
	return nil
}
