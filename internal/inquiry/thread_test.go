package inquiry_test

import (
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/stix"
)

// The thread through everything, with the line cut in its middle: a question
// about a person, assessed and reviewed, a clarification that stops the clock, a
// part of the answer with an item, the answer, its worth, the end.
func TestAQuestionIsAskedClarifiedAnsweredAndClosedOverACutLine(t *testing.T) {
	inScene(t, func(s *scene) {
		id := s.draft(s.personal())
		if err := s.submit(id); !mithaqtest.Is(err, "inquiry.barred") {
			t.Fatalf("unassessed: %v", err)
		}
		s.must(s.assess(s.atlas, id))
		s.must(s.submit(id))
		if v := s.view(s.atlas, id); v.Life.Stage != mithaq.StageReview {
			t.Fatalf("the pact asks for a second person: %s", v.Life.Stage)
		}
		s.must(s.approve(id))
		s.agree(id, mithaq.StageReceived)
		due := s.view(s.najd, id).Clock.Due
		if d := due.Sub(s.najd.Now()); d < 71*time.Hour || d > 72*time.Hour {
			t.Errorf("an urgent question is due in %v", d)
		}

		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepAccept, Case: s.open(s.najd), Registry: "N-77"})
		s.agree(id, mithaq.StageAccepted)
		s.w.Cut(s.atlas, s.najd)
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepAsk, Text: "Which of the two sites?"})
		time.Sleep(30 * time.Hour)
		if v := s.view(s.atlas, id); v.Life.Stage != mithaq.StageAccepted || !v.Clock.Runs() {
			t.Errorf("atlas cannot know yet: %s, %+v", v.Life.Stage, v.Clock)
		}
		s.w.Join(s.atlas, s.najd)
		s.agree(id, mithaq.StageClarifying)
		time.Sleep(100 * time.Hour)
		s.acts(s.atlas, id, inquiry.Move{Step: mithaq.StepClarify, Text: "The second."})
		s.agree(id, mithaq.StageAccepted)
		if v := s.view(s.najd, id); !v.Overdue.IsZero() || v.Clock.Due.Sub(due) < 129*time.Hour {
			t.Errorf("the clock ran while atlas was asked: due %v, before %v", v.Clock.Due, due)
		}

		release, err := s.shares(id, 7)
		s.must(err)
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepPartial, Text: "This is its address.", Releases: []stix.ID{release}, Granted: mithaq.UsedInProceedings})
		s.agree(id, mithaq.StagePartial)
		if v := s.view(s.atlas, id); len(v.Answers) != 1 || v.Answers[0].Items != 1 || v.Answers[0].Release != release || !s.atlas.Has(mithaqtest.IndicatorID(7)) {
			t.Errorf("atlas has the answers %+v", v.Answers)
		}
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepAnswer, Text: "That is all."})
		s.agree(id, mithaq.StageAnswered)
		s.acts(s.atlas, id, inquiry.Move{Step: mithaq.StepFeedback, Worth: mithaq.WorthMuch})
		s.acts(s.atlas, id, inquiry.Move{Step: mithaq.StepClose})
		s.agree(id, mithaq.StageClosed)
		if refused := append(s.atlas.Entries("refusal"), s.najd.Entries("refusal")...); len(refused) > 0 {
			t.Errorf("something was refused: %+v", refused)
		}
		s.w.Verify()
	})
}

// Both sides find it overdue at the same moment, by a deadline of eight hours.
func TestWhatIsNotAnsweredIsOverdueAtBothEnds(t *testing.T) {
	inScene(t, func(s *scene) {
		q := s.question()
		q.Urgency = mithaq.Emergency
		id := s.ask(q)
		time.Sleep(8*time.Hour - 2*time.Minute)
		if v := s.view(s.najd, id); !v.Overdue.IsZero() {
			t.Error("overdue too early")
		}
		time.Sleep(4 * time.Minute)
		for _, n := range s.w.Nodes() {
			if v := s.view(n, id); v.Overdue.IsZero() || !v.Overdue.Equal(v.Clock.Due) {
				t.Errorf("%s: overdue %v, due %v", n.Org, v.Overdue, v.Clock.Due)
			}
			if e := n.Entries("inquiry-overdue"); len(e) != 1 || e[0].About != id {
				t.Errorf("%s enters %+v", n.Org, e)
			}
		}
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepAnswer, Text: "At last."})
		s.agree(id, mithaq.StageAnswered)
	})
}

func TestARefusalOnABuiltInGroundOwesNoExplanation(t *testing.T) {
	inScene(t, func(s *scene) {
		id := s.ask(s.question())
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepRefuse, Ground: mithaq.GroundPolitical})
		s.agree(id, mithaq.StageRefused)
		if v := s.view(s.atlas, id); v.Ground != mithaq.GroundPolitical {
			t.Errorf("atlas sees the ground %q", v.Ground)
		}
		second := s.ask(s.question())
		if err := s.act(s.najd, second, inquiry.Move{Step: mithaq.StepRefuse, Ground: "not today"}); !mithaqtest.Is(err, "inquiry.no-ground") {
			t.Errorf("an unknown ground: %v", err)
		}
		s.acts(s.najd, second, inquiry.Move{Step: mithaq.StepRefuse, Ground: ofThePact})
		s.agree(second, mithaq.StageRefused)
		s.acts(s.atlas, second, inquiry.Move{Step: mithaq.StepClose})
		s.agree(second, mithaq.StageClosed)
	})
}

// What is withdrawn is erased there, and the partner states whether it was read.
func TestWhatIsWithdrawnIsTakenBack(t *testing.T) {
	for name, read := range map[string]bool{"unopened": false, "opened": true} {
		t.Run(name, func(t *testing.T) {
			inScene(t, func(s *scene) {
				id := s.ask(s.question())
				if read {
					s.view(s.najd, id)
				}
				s.acts(s.atlas, id, inquiry.Move{Step: mithaq.StepWithdraw})
				s.w.Settle()
				v := s.view(s.atlas, id)
				last := v.Steps[len(v.Steps)-1]
				if last.Kind != mithaq.StepTaken || last.Said.Opened != read {
					t.Errorf("najd states %s, opened %v", last.Kind, last.Said.Opened)
				}
				if there := s.view(s.najd, id); there.Inquiry != nil || there.Life.Stage != mithaq.StageWithdrawn {
					t.Error("najd still has the text")
				}
				s.w.Verify()
			})
		})
	}
}

// Two steps that cross on the way lead both ends to the same stage.
func TestAWithdrawalThatCrossesAnAnswerStands(t *testing.T) {
	inScene(t, func(s *scene) {
		id := s.ask(s.question())
		s.w.Cut(s.atlas, s.najd)
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepAnswer, Text: "In Tunis."})
		s.acts(s.atlas, id, inquiry.Move{Step: mithaq.StepWithdraw})
		s.w.Join(s.atlas, s.najd)
		s.agree(id, mithaq.StageWithdrawn)
		s.w.Verify()
	})
}

func TestInformationHasNoClockAndIsValued(t *testing.T) {
	inScene(t, func(s *scene) {
		q := s.question()
		q.Kind, q.Sought, q.Question = mithaq.InquiryInformation, 0, ""
		id := s.ask(q)
		if v := s.view(s.najd, id); v.Clock.Runs() {
			t.Errorf("information is due at %v", v.Clock.Due)
		}
		if err := s.act(s.najd, id, inquiry.Move{Step: mithaq.StepAnswer, Text: "thanks"}); !mithaqtest.Is(err, "inquiry.no-step") {
			t.Errorf("information is answered: %v", err)
		}
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepFeedback, Worth: mithaq.WorthKnown})
		s.agree(id, mithaq.StageFeedback)
	})
}
