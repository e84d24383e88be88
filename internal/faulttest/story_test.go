package faulttest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/gate"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// A story is all that two nodes do with each other, from one import to the last
// receipt, on disks that can fail.
type story struct {
	t           *testing.T
	w           *mithaqtest.World
	atlas, najd *mithaqtest.Node
	disks       [2]*mithaqtest.Disk
	pact        stix.ID
	profile     stix.ID
	errs        int // that steps gave
}

func newStory(t *testing.T) *story {
	w := mithaqtest.New(t)
	s := &story{t: t, w: w, disks: [2]*mithaqtest.Disk{{}, {}}}
	s.atlas = w.Node("atlas.example", mithaqtest.OnDisk(s.disks[giver]))
	s.najd = w.Node("najd.example", mithaqtest.OnDisk(s.disks[receiver]))
	w.Acquaint(s.atlas, s.najd)
	s.pact = w.Agree(s.atlas, s.najd)
	s.profile = s.atlas.Profile()
	w.Settle()
	time.Sleep(time.Minute)
	return s
}

// passed is how often both disks passed each point so far.
func (s *story) passed() (all [2]map[store.Point]int) {
	for i, d := range s.disks {
		all[i] = map[store.Point]int{}
		for _, p := range points {
			all[i][p] = d.Passed(p)
		}
	}
	return all
}

// tell plays the story. A step that fails is done again, as a person would.
func (s *story) tell() {
	s.t.Helper()
	for _, step := range []func() error{
		func() error { return s.imports(mithaqtest.Indicators(1, 3)...) },
		func() error { return s.shares(1) },
		func() error { return s.shares(2, 3) },
		func() error { return s.imports(mithaqtest.IndicatorVersion(1, 1)) },
		func() error { return s.recalls(2) },
		func() error { return s.suspends(s.najd) },
		func() error { return s.suspends(s.atlas) },
		func() error { return s.resumes(s.atlas) },
		func() error { return s.resumes(s.najd) },
	} {
		s.insist(step)
		time.Sleep(3 * time.Minute) // what was under way is taken up again
		s.w.Settle()
	}
}

func (s *story) insist(step func() error) {
	s.t.Helper()
	err := step()
	for range 3 {
		if err == nil {
			return
		}
		s.errs++
		if !errors.Is(err, mithaqtest.ErrDisk) {
			s.t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		s.w.Settle()
		err = step()
	}
	s.t.Fatalf("failed again and again, though the disk fails once: %v", err)
}

func (s *story) imports(objects ...string) error {
	bundle := `{"type":"bundle","id":"` + string(stix.NewID("bundle")) + `","objects":[` + strings.Join(objects, ",") + `]}`
	_, err := s.atlas.Gate().Intake(s.t.Context(), s.atlas.Analyst(), strings.NewReader(bundle), gate.Import{Profile: s.profile})
	return err
}

// shares gives what the receiver does not have yet.
func (s *story) shares(numbers ...int) error {
	ids := idsOf(numbers...)
	if s.najd.Has(ids[0]) {
		return nil
	}
	_, err := s.atlas.Gate().Propose(s.t.Context(), s.atlas.Releaser(), mithaqtest.Ask(s.pact, gate.Selection{IDs: ids}, s.najd))
	return err
}

func (s *story) recalls(number int) error {
	_, err := s.atlas.Gate().Recall(s.t.Context(), s.atlas.Releaser(), gate.Recalling{IDs: idsOf(number), Reason: mithaq.ProtectedPerson})
	return err
}

func (s *story) suspends(n *mithaqtest.Node) error {
	v := n.Legal()
	return n.Store().Write(s.t.Context(), func(tx *store.Tx) error {
		_, err := n.Pacts().Suspend(tx, v, s.pact, "", "an audit")
		return err
	})
}

func (s *story) resumes(n *mithaqtest.Node) error {
	v := n.Legal()
	err := n.Store().Write(s.t.Context(), func(tx *store.Tx) error { return n.Pacts().Resume(tx, v, s.pact, "") })
	if mithaqtest.Is(err, "pact.not-suspended") {
		return nil // it failed but happened
	}
	return err
}

// reckon opens both folders again and wants the story's end: all that was given
// is there in its last version, what was taken back is gone and stated so once
// for each time it was asked, and both find themselves and each other whole.
func (s *story) reckon() {
	s.t.Helper()
	s.atlas.Restart()
	s.najd.Restart()
	s.w.Settle()
	for number, versions := range map[int]int{1: 2, 2: 0, 3: 1} {
		if got := s.najd.Versions(idsOf(number)[0]); len(got) != versions {
			s.t.Errorf("najd has %d versions of object %d, want %d", len(got), number, versions)
		}
	}
	stated := slices.ContainsFunc(s.atlas.Statements(s.najd), func(e *mithaq.Erasure) bool {
		return slices.Contains(s.atlas.Names(e.Erased), idsOf(2)[0])
	})
	if !stated {
		s.t.Error("atlas has no statement that object 2 was erased")
	}
	s.w.Verify()
}

func idsOf(numbers ...int) (list []stix.ID) {
	for _, i := range numbers {
		list = append(list, mithaqtest.IndicatorID(i))
	}
	return list
}
