package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/bench"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/stix"
)

// ErrDiffers says that the records do not agree at the end of the story.
var ErrDiffers = errors.New("demo: the records of the nodes differ")

// Options say how the story is played.
type Options struct {
	Dir     string // an empty folder, for the three nodes
	Remove  bool   // the folder, once the nodes have stopped
	Command string // by which the reader calls this program; "mithaq" when empty
	Out     io.Writer
	Say     *say.Printer
	Tell    tell.Options
	Once    bool   // stop the nodes at the end
	Data    string // a file of STIX 2.0 or 2.1, gzipped or not, to share as well; "" for none
	Log     *slog.Logger
}

// Play makes the nodes and plays the story; without Once it then serves until
// the context ends. The error is of the first thing that did not go as told.
func Play(ctx context.Context, o Options) error {
	p := &play{story: &tell.Story{Teller: tell.New(o.Out, o.Say, o.Tell)}, began: time.Now(), once: o.Once, file: o.Data, command: cmp.Or(o.Command, "mithaq")}
	p.scene = scene.New(p.began)
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if o.Data != "" {
		if _, err := os.Stat(o.Data); err != nil {
			return errors.Join(err, p.leave(ctx, &o))
		}
	}
	progress := p.progress("demo.doing.start")
	world, err := open(ctx, o.Dir, p.story.Lang(), log, func(n int) { progress.Set(n, len(scene.Orgs())) })
	progress.End()
	if err != nil {
		return errors.Join(err, p.leave(ctx, &o))
	}
	p.world = world
	err = p.steps(ctx)
	if err == nil && !o.Once {
		err = p.world.wait()
	}
	return errors.Join(err, p.world.close(), p.leave(ctx, &o))
}

// leave removes the folder where that was asked for. Where the reader may look
// for it, it says what became of it.
func (p *play) leave(ctx context.Context, o *Options) error {
	if o.Remove {
		if err := os.RemoveAll(o.Dir); err != nil {
			return err
		}
	}
	if p.world != nil && !o.Remove || ctx.Err() != nil {
		p.story.Stopped(o.Dir, !o.Remove)
	}
	return nil
}

type play struct {
	story   *tell.Story
	scene   *scene.Scene
	world   *world
	began   time.Time
	once    bool
	file    string
	command string
	pact    stix.ID // in force
	tool    *tool   // Anatolia's
}

// progress begins a line about long work, by its key.
func (p *play) progress(key string) *tell.Progress { return p.story.Progress(p.story.T(key)) }

// steps is the story's table of contents.
func (p *play) steps(ctx context.Context) error {
	for _, step := range []func(context.Context) error{p.open, p.agree, p.share, p.data, p.recall, p.cheat, p.question, p.audit, p.close} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) open(ctx context.Context) error {
	opening := tell.Opening{Today: p.began, Final: p.scene.Final()}
	for _, org := range scene.Orgs() {
		d := p.world.desks[org]
		n, err := d.whoAmI(ctx)
		if err != nil {
			return err
		}
		opening.Nodes = append(opening.Nodes, tell.Node{Org: org, Address: d.address, Fingerprint: n.Digits})
	}
	p.story.Open(opening)
	return nil
}

func (p *play) agree(ctx context.Context) error {
	p.story.Step(tell.Agree)
	comparisons, err := p.world.introduce(ctx)
	if err != nil {
		return err
	}
	p.story.Compared(comparisons)
	agreed, err := p.world.agree(ctx, p.scene)
	if err != nil {
		return err
	}
	p.story.Agreed(agreed)
	p.pact = agreed.Pact.ID
	return nil
}

// close compares all records, and says what to try next.
func (p *play) close(ctx context.Context) error {
	verified, err := p.world.verify(ctx)
	if err != nil {
		return err
	}
	e := tell.Ending{Took: time.Since(p.began), CPU: bench.CPU(), Verified: verified}
	if !p.once {
		if e.Hints, err = p.hints(ctx); err != nil {
			return err
		}
	}
	p.story.Close(e)
	for _, v := range verified {
		if len(v.Differences) > 0 {
			return ErrDiffers
		}
	}
	return nil
}

// verify has each desk compare its records with each partner's.
func (w *world) verify(ctx context.Context) ([]tell.Verified, error) {
	var all []tell.Verified
	for _, org := range scene.Orgs() {
		for _, with := range scene.Orgs() {
			if org == with {
				continue
			}
			v, err := w.verifyWith(ctx, org, with)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
	}
	return all, nil
}

// verifyWith has one desk compare its records with a partner's. An entry that
// differs in several ways is named once.
func (w *world) verifyWith(ctx context.Context, org, with mithaq.OrgID) (tell.Verified, error) {
	v := tell.Verified{Org: org, With: with}
	var c api.Comparison
	if err := w.desks[org].people[officer].Do(ctx, http.MethodPost, "/v1/partners/"+string(with)+"/verify", nil, &c); err != nil {
		return v, fmt.Errorf("%s verifies with %s: %w", org, with, err)
	}
	v.Entries = int(c.Entries)
	for _, d := range c.Differences {
		to := org
		if d.From == org {
			to = with
		}
		named := tell.Difference{Log: mithaq.LaneOrigin(d.Pact, d.From, to, d.Lane), Entry: int(d.Index), Noticed: org}
		if !slices.Contains(v.Differences, named) {
			v.Differences = append(v.Differences, named)
		}
	}
	return v, nil
}
