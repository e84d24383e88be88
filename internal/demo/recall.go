package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/demo/scene"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/stix"
)

// ErrStillHeld says that an object taken back is still in use somewhere.
var ErrStillHeld = errors.New("demo: what was taken back is still held")

// down is how long the line stays cut once everything waits for it.
const down = 1500 * time.Millisecond

// recall cuts Anatolia's lines, takes a victim's number back meanwhile, and
// heals them.
func (p *play) recall(ctx context.Context) error {
	p.story.Step(tell.Recall)
	d := p.world.desks[scene.Anatolia]
	id, number := p.scene.Victim()
	if err := p.world.desks[scene.Najd].lookUp(ctx, number, 1); err != nil {
		return err
	}
	tool, err := d.hireTool(ctx)
	if err != nil {
		return err
	}
	p.tool = tool
	healed := tell.Healed{Org: d.org, Tool: tool.address()}
	if healed.Before, err = tool.find(ctx, id); err != nil {
		return err
	}
	p.world.wire.sever(d.org)
	cut := time.Now()
	p.story.Cut(tell.Cut{Org: d.org, At: cut})
	taken, err := d.takeBack(ctx, id)
	if err != nil {
		return err
	}
	p.story.Recalled(tell.Taken{Org: d.org, By: d.sits(chief), Number: number, Waiting: len(taken)})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(down):
	}
	p.world.wire.heal(d.org)
	healed.At = time.Now()
	if err = d.statements(ctx, len(taken)); err != nil {
		return err
	}
	if healed.Events, err = p.world.since(ctx, cut); err != nil {
		return err
	}
	healed.Events = append([]tell.Event{
		{Org: d.org, Deed: tell.Deed{At: cut.Truncate(time.Millisecond), Did: "cut"}}, {Org: d.org, Deed: tell.Deed{At: healed.At, Did: "heal"}},
	}, healed.Events...)
	slices.SortStableFunc(healed.Events, func(a, b tell.Event) int { return a.At.Compare(b.At) })
	if healed.After, err = tool.find(ctx, id); err != nil {
		return err
	}
	p.story.Healed(healed)
	if healed.Before != 1 || healed.After != 0 {
		return fmt.Errorf("the tool found %d objects and finds %d: %w", healed.Before, healed.After, ErrStillHeld)
	}
	return p.world.gone(ctx, number)
}

func (d *desk) takeBack(ctx context.Context, id stix.ID) (taken []api.Recalled, err error) {
	in := map[string]any{"ids": []stix.ID{id}, "reason": mithaq.ProtectedPerson}
	if err = d.people[chief].Do(ctx, http.MethodPost, "/v1/recalls", in, &taken); err != nil {
		err = fmt.Errorf("recall: %w", err)
	}
	return taken, err
}

// statements waits until that many partners have stated that they erased.
func (d *desk) statements(ctx context.Context, want int) error {
	return until(ctx, seldom, func() (bool, error) {
		entries, err := d.log(ctx, "erasure-received")
		return len(entries) >= want, err
	})
}

// since is what the nodes' own logs tell of something taken back.
func (w *world) since(ctx context.Context, from time.Time) (events []tell.Event, err error) {
	for _, org := range scene.Orgs() {
		for _, kind := range []string{"recall", "erasure", "erasure-received"} {
			entries, err := w.desks[org].log(ctx, kind)
			if err != nil {
				return nil, err
			}
			for _, deed := range w.desks[org].deeds(entries) {
				if !deed.At.Before(from.Truncate(time.Millisecond)) { // as exact as an account is
					events = append(events, tell.Event{Org: org, Deed: deed})
				}
			}
		}
	}
	return events, nil
}

// log reads the node's own log, of one kind or whole, as the auditor.
func (d *desk) log(ctx context.Context, kind string) (entries []api.Entry, err error) {
	err = d.people[auditor].Do(ctx, http.MethodGet, "/v1/log?limit=1000&kind="+url.QueryEscape(kind), nil, &entries)
	return entries, err
}

// lookUp has the officer look a number up, and wants to find it so often.
func (d *desk) lookUp(ctx context.Context, number string, want int) error {
	var found api.Items
	q := url.Values{"kind": {"phone"}, "value": {number}}
	if err := d.people[officer].Do(ctx, http.MethodGet, "/v1/items?"+q.Encode(), nil, &found); err != nil {
		return fmt.Errorf("%s looks a number up: %w", d.org, err)
	}
	if len(found.Items) != want {
		return fmt.Errorf("%s finds %d objects, want %d: %w", d.org, len(found.Items), want, ErrStillHeld)
	}
	return nil
}

// gone holds that nobody finds the number any more.
func (w *world) gone(ctx context.Context, number string) error {
	for _, d := range w.desks {
		if err := d.lookUp(ctx, number, 0); err != nil {
			return err
		}
	}
	return nil
}
