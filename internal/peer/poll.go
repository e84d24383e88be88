package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/taxii"
)

// topicCard is woken when a card of ours becomes the current one.
const topicCard = "peer/card"

// polling fetches what partners hold for us, while our own card has no address.
// Who can be reached only looks now and then whether that is still so.
func (p *Peer) polling(ctx context.Context) {
	lead := p.cfg.Store.Lead("peer/polling")
	defer lead.Leave()
	for {
		changed := p.cfg.Store.Wake(topicCard)
		began, pause := time.Now(), p.cfg.PollEvery
		if lead.Mine(ctx) && p.pollRound(ctx) {
			pause *= pollRounds
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(pause - time.Since(began)):
		}
	}
}

// pollRound polls every partner with a node once; it reports whether they can
// reach us, and nobody has to be polled.
func (p *Peer) pollRound(ctx context.Context) (reached bool) {
	orgs, reached := p.toPoll(ctx)
	var round sync.WaitGroup
	for _, org := range orgs {
		round.Go(func() { p.pollOnce(ctx, org) })
	}
	round.Wait()
	return reached
}

// pollRounds is for how many times the pause between looks one partner may keep
// a round from ending, and after how many who can be reached looks again.
const pollRounds = 20

func (p *Peer) pollOnce(ctx context.Context, org mithaq.OrgID) {
	ctx, cancel := context.WithTimeout(ctx, pollRounds*p.cfg.PollEvery)
	defer cancel()
	if _, err := p.Poll(ctx, org); err != nil && ctx.Err() == nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "poll", slog.String("peer", string(org)), slog.Any("error", err))
	}
}

// toPoll lists the partners with a node; none when they can reach us.
func (p *Peer) toPoll(ctx context.Context) (orgs []mithaq.OrgID, reached bool) {
	err := p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		if p.free(tx) != nil {
			return nil
		}
		ours, err := p.ownCard(tx)
		if err != nil {
			return err
		}
		if reached = len(ours.Current().Addresses) > 0; reached {
			return nil
		}
		partners, err := p.Partners(tx)
		for _, partner := range partners {
			if open(partner, mithaq.MessageCard) == nil {
				orgs = append(orgs, partner.Org)
			}
		}
		return err
	})
	if err != nil && !errors.Is(err, mithaq.NotFound) && ctx.Err() == nil {
		p.cfg.Log.LogAttrs(ctx, slog.LevelError, "poll", slog.Any("error", err))
	}
	return orgs, reached
}

// Poll fetches every message that a partner holds for us, receives each and
// posts its receipt; it says how many. A lane stops at a message that we do not
// receipt; the others go on.
func (p *Peer) Poll(ctx context.Context, org mithaq.OrgID) (n int, err error) {
	if err := p.freeNow(ctx); err != nil {
		return 0, err
	}
	roots, err := p.roots(ctx, org)
	if err != nil {
		return 0, fmt.Errorf("poll %s: %w", org, noLine(err, "peer.no-line"))
	}
	var trouble error
	for _, l := range mithaq.Lanes {
		for _, root := range roots {
			got, err := p.pollLane(ctx, org, root, l)
			n += got
			trouble = errors.Join(trouble, err)
		}
	}
	return n, trouble
}

func (p *Peer) roots(ctx context.Context, org mithaq.OrgID) ([]string, error) {
	resp, err := p.ask(ctx, errand{org: org, method: http.MethodGet, path: "/taxii2/", limit: 1 << 20})
	if err != nil {
		return nil, err
	}
	var d taxii.Discovery
	if err := json.Unmarshal(resp.Body, &d); err != nil {
		return nil, fmt.Errorf("discovery: %w: %w", err, mithaq.Invalid)
	}
	return p.ours(ctx, d.APIRoots)
}

// ours are those of a partner's roots that stand for a pact held here: a list
// without end would keep us asking without end.
func (p *Peer) ours(ctx context.Context, listed []string) (roots []string, err error) {
	err = p.cfg.Store.Read(ctx, func(tx *store.Tx) error {
		for _, r := range listed[:min(len(listed), maxRoots)] {
			root := strings.Trim(r, "/")
			pact, err := pactOf(root)
			if err != nil || slices.Contains(roots, root) {
				continue
			}
			if pact != "" {
				if _, err := p.cfg.Pacts.Current(tx, pact); errors.Is(err, mithaq.NotFound) {
					continue
				} else if err != nil {
					return err
				}
			}
			roots = append(roots, root)
		}
		return nil
	})
	return roots, err
}

const maxRoots = 10_000 // of one partner

func (p *Peer) pollLane(ctx context.Context, org mithaq.OrgID, root string, l mithaq.Lane) (n int, err error) {
	pact, err := pactOf(root)
	if err != nil {
		return 0, err
	}
	for ; ctx.Err() == nil; n++ {
		resp, err := p.ask(ctx, errand{
			org: org, method: http.MethodGet, path: "/" + root + "/collections/outbox-" + string(l) + "/objects/", limit: p.cfg.Body,
		})
		if err != nil || bytes.Equal(resp.Body, []byte("{}")) {
			return n, err
		}
		receipt, err := p.receive(ctx, &arrival{p: p, from: org, road: roadPoll, pact: &pact}, resp.Body)
		if err != nil {
			return n, err
		}
		body := bytes.Join([][]byte{[]byte(`{"objects":[`), receipt, []byte(`]}`)}, nil)
		if _, err := p.ask(ctx, errand{
			org: org, method: http.MethodPost, path: "/" + root + "/collections/inbox/objects/", body: body, limit: 1 << 20,
		}); err != nil {
			return n, err
		}
	}
	return n, ctx.Err()
}
