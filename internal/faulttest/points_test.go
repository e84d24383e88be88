package faulttest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/mithaq-hub/mithaq/internal/bubble"
	"github.com/mithaq-hub/mithaq/internal/store"
)

var (
	place = flag.String("place", "", "the one place to fail at, such as 0/before-commit/7; some when empty")
	every = flag.Int("every", 1, "in the long form, fail at every so manieth place")
)

// A spot is one passing of a point by one node in the course of the story.
type spot struct {
	side  side
	point store.Point
	nth   int
}

func (p spot) String() string { return fmt.Sprintf("%d/%s/%d", p.side, p.point, p.nth) }

// Wherever a node of the story writes, the write fails once, or is reported as
// failed though it happened. Whoever asked is told, asks again, and the story
// ends as if nothing had been.
func TestTheStoryEndsWellWhereverAWriteFails(t *testing.T) {
	all := spots(t)
	t.Logf("the story passes %d places", len(all))
	for _, p := range chosen(all) {
		t.Run(p.String(), func(t *testing.T) {
			t.Logf("to repeat: go test ./internal/faulttest -run Wherever -v -args -place %s", p)
			bubble.Test(t, func(t *testing.T) {
				s := newStory(t)
				s.disks[p.side].FailAt(p.point, p.nth)
				s.tell()
				struck := s.disks[p.side].Struck()
				s.reckon()
				t.Logf("struck: %v; steps told so %d times", struck, s.errs)
			})
		})
	}
}

// spots counts the places in a run in which nothing fails.
func spots(t *testing.T) (all []spot) {
	bubble.Test(t, func(t *testing.T) {
		s := newStory(t)
		before := s.passed()
		s.tell()
		after := s.passed()
		s.reckon()
		for _, side := range []side{giver, receiver} {
			for _, point := range points {
				for nth := range after[side][point] - before[side][point] {
					all = append(all, spot{side, point, nth + 1})
				}
			}
		}
	})
	return all
}

// chosen are the places to fail at now: all in the long form, else a few that a
// seed draws, of each point at each node one.
func chosen(all []spot) (list []spot) {
	if long() && *place == "" {
		for i := int(max(1, *seed)-1) % *every; i < len(all); i += *every {
			list = append(list, all[i])
		}
		return list
	}
	dice := rand.New(rand.NewPCG(max(1, *seed), 20261124))
	drawn := map[string]bool{}
	for _, i := range dice.Perm(len(all)) {
		p := all[i]
		kind := fmt.Sprint(p.side, p.point)
		if *place == "" && !drawn[kind] || *place == p.String() {
			drawn[kind] = true
			list = append(list, p)
		}
	}
	return list
}
