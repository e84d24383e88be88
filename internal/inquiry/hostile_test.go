package inquiry_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/message"
	"github.com/mithaq-hub/mithaq/internal/mithaqtest"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

// forge sends a message that no honest Book would send, through atlas's own
// gate and lane, so that it is signed as it should be.
func (s *scene) forge(kind mithaq.MessageKind, object any, objectType string, into *[]mithaq.Signature, change func(*message.Outbound)) {
	s.t.Helper()
	s.atlas.Write(func(tx *store.Tx) error {
		raw, err := s.atlas.Gate().Seal(object, objectType, into)
		if err != nil {
			return err
		}
		m := message.Outbound{
			To: s.najd.Org, Pact: s.pact, Lane: mithaq.LaneCase, Kind: kind, Content: message.Pack([]message.Object{{Raw: raw}}),
			Account: mithaq.Account{Kind: string(kind), At: mithaq.At(tx.Now()), Purpose: mithaqtest.Purpose, Basis: mithaqtest.Basis},
		}
		change(&m)
		_, err = s.atlas.Peer().Send(tx, m)
		return err
	})
	s.w.Settle()
}

// forged is a question as an honest node would make it.
func (s *scene) forged() *mithaq.Inquiry {
	q := s.question()
	v := s.atlas.Analyst()
	q.Head = mithaq.NewHead(mithaq.TypeInquiry, stix.NewID(mithaq.TypeInquiry), mithaq.At(s.atlas.Now()))
	q.From, q.To, q.Person = s.atlas.Org, s.najd.Org, v.Person
	s.atlas.Read(func(tx *store.Tx) (err error) {
		q.Terms, err = s.atlas.Pacts().Current(tx, s.pact)
		return err
	})
	return &q
}

// The receiver's gate refuses what an edited node sends, and keeps none of it.
func TestTheReceiversGateRefusesWhatTheSendersShouldHave(t *testing.T) {
	for name, spoil := range map[string]func(*mithaq.Inquiry, *message.Outbound){
		"13.1":                    func(q *mithaq.Inquiry, _ *message.Outbound) { q.Kind = "account-freeze" },
		"S3":                      func(q *mithaq.Inquiry, _ *message.Outbound) { q.Names = []string{"Samir Hammouchi"} },
		"8.1":                     func(q *mithaq.Inquiry, _ *message.Outbound) { q.Codes = 1 << 3 },
		"gate.speaks-for-another": func(q *mithaq.Inquiry, _ *message.Outbound) { q.From = "another.example" },
		"gate.other-purpose":      func(q *mithaq.Inquiry, _ *message.Outbound) { q.Purpose = mithaq.Fraud },
		"inquiry.other-terms":     func(q *mithaq.Inquiry, _ *message.Outbound) { q.Terms = mithaq.DigestOf([]byte("older")) },
		"inquiry.no-reference":    func(q *mithaq.Inquiry, _ *message.Outbound) { q.References = []string{strings.Repeat("0a", 16)} },
		"inquiry.other-lane":      func(_ *mithaq.Inquiry, m *message.Outbound) { m.Lane = mithaq.LaneBulk },
		"gate.word":               func(q *mithaq.Inquiry, _ *message.Outbound) { q.Facts = "" },
		"gate.word ":              func(q *mithaq.Inquiry, _ *message.Outbound) { q.Facts = strings.Repeat("x", mithaq.MaxInquiryText+1) },
		"gate.one-object":         func(_ *mithaq.Inquiry, m *message.Outbound) { m.Content = nil },
		"gate.control":            func(q *mithaq.Inquiry, m *message.Outbound) { m.Content = twice(m.Content) },
		"peer.unauthenticated":    func(_ *mithaq.Inquiry, m *message.Outbound) { m.Content = resigned(m.Content) },
		"S5":                      func(q *mithaq.Inquiry, m *message.Outbound) { q.Names, m.Account.By = []string{"x y"}, "" },
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, func(s *scene) {
				q := s.forged()
				var later func(*message.Outbound)
				spoil(q, &message.Outbound{})
				later = func(m *message.Outbound) {
					m.Account.About, m.Account.By = q.ID, q.Person
					spoil(q, m)
				}
				s.forge(mithaq.MessageInquiry, q, mithaq.TypeInquiry, &q.Signatures, later)
				var list []*inquiry.Thread
				v := s.najd.Analyst()
				s.najd.Read(func(tx *store.Tx) (err error) {
					list, err = s.najd.Inquiries().List(tx, v, inquiry.Filter{})
					return err
				})
				if len(list) != 0 {
					t.Errorf("najd kept it")
				}
				s.w.Verify() // and the lane goes on
			})
		})
	}
}

// twice repeats the inquiry where what speaks for it belongs.
func twice(p *message.Packed) *message.Packed {
	if p == nil || len(p.Objects) == 0 {
		return p
	}
	return message.Pack([]message.Object{{Raw: p.Objects[0].Raw}, {Raw: p.Objects[0].Raw}})
}

// resigned changes a text after it was signed.
func resigned(p *message.Packed) *message.Packed {
	if p == nil || len(p.Objects) == 0 {
		return p
	}
	raw := bytes.Replace(p.Objects[0].Raw, []byte("Where"), []byte("There"), 1)
	return message.Pack([]message.Object{{Raw: raw}})
}

// A step that is not its sender's, or for another time, or about nothing, changes nothing.
func TestAForgedStepChangesNothing(t *testing.T) {
	for name, spoil := range map[string]func(*mithaq.InquiryStep, *message.Outbound){
		"answers itself":       func(st *mithaq.InquiryStep, _ *message.Outbound) { st.Step, st.Text = mithaq.StepAnswer, "yes" },
		"speaks for najd":      func(st *mithaq.InquiryStep, _ *message.Outbound) { st.By, st.To = st.To, st.By },
		"of yesterday":         func(st *mithaq.InquiryStep, _ *message.Outbound) { st.Created = st.Created.Plus(-24 * time.Hour) },
		"about nothing":        func(st *mithaq.InquiryStep, m *message.Outbound) { st.Inquiry = stix.NewID(mithaq.TypeInquiry) },
		"by nobody":            func(_ *mithaq.InquiryStep, m *message.Outbound) { m.Account.By = "" },
		"no step":              func(st *mithaq.InquiryStep, _ *message.Outbound) { st.Step = "paint" },
		"stays with the asker": func(st *mithaq.InquiryStep, _ *message.Outbound) { st.Step = mithaq.StepReturned },
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, func(s *scene) {
				id := s.ask(s.question())
				view := s.view(s.atlas, id)
				st := mithaq.NewInquiryStep(stix.NewID(mithaq.TypeInquiryStep), mithaq.At(s.atlas.Now()), view.Inquiry, s.atlas.Org, mithaq.StepWithdraw, view.Inquiry.Person)
				spoil(st, &message.Outbound{})
				s.forge(mithaq.MessageInquiryStep, st, mithaq.TypeInquiryStep, &st.Signatures, func(m *message.Outbound) {
					m.Account.About, m.Account.By = st.Inquiry, st.Person
					spoil(st, m)
				})
				if v := s.view(s.najd, id); v.Life.Stage != mithaq.StageReceived || len(v.Steps) != 1 {
					t.Errorf("najd is at %s with the steps %v", v.Life.Stage, kinds(v))
				}
				s.w.Verify()
			})
		})
	}
}

// A suspension holds back questions and steps; nothing is lost, and all goes on.
func TestASuspendedPactCarriesNoQuestion(t *testing.T) {
	inScene(t, func(s *scene) {
		id, later := s.ask(s.question()), s.draft(s.question())
		s.najd.Suspend(s.pact)
		s.w.Settle()
		if err := s.submit(later); !errors.Is(err, mithaq.Denied) {
			t.Errorf("asked under a suspended pact: %v", err)
		}
		if err := s.act(s.najd, id, inquiry.Move{Step: mithaq.StepAnswer, Text: "now"}); !errors.Is(err, mithaq.Denied) {
			t.Errorf("answered under it: %v", err)
		}
		s.agree(id, mithaq.StageReceived)
		s.najd.Resume(s.pact)
		s.w.Settle()
		s.must(s.submit(later))
		s.agree(later, mithaq.StageReceived)
	})
}

// Items answer an inquiry of this partner under this pact that still waits, and nothing else.
func TestItemsAnswerOnlyAnInquiryThatWaits(t *testing.T) {
	inScene(t, func(s *scene) {
		id := s.ask(s.question())
		if _, err := s.shares(stix.NewID(mithaq.TypeInquiry), 1); !mithaqtest.Is(err, "inquiry.unknown") {
			t.Errorf("to an inquiry that is not there: %v", err)
		}
		s.acts(s.najd, id, inquiry.Move{Step: mithaq.StepRefuse, Ground: mithaq.GroundTriedAlready})
		if _, err := s.shares(id, 2); !mithaqtest.Is(err, "inquiry.over") {
			t.Errorf("to one that was refused: %v", err)
		}
	})
}

// Only who needs to know sees an inquiry, and what concerns a person is read with a reason.
func TestWhoSeesAnInquiry(t *testing.T) {
	inScene(t, func(s *scene) {
		id := s.draft(s.personal())
		silent := s.atlas.Analyst()
		silent.Reason = ""
		stranger := s.atlas.Analyst()
		stranger.Cases = nil
		auditor := mithaq.Viewer{Org: s.atlas.Org, Person: "person-00000000000000ff", Roles: []mithaq.Role{mithaq.Auditor}}
		for key, v := range map[string]mithaq.Viewer{"inquiry.say-why": silent, "inquiry.unknown": stranger, "inquiry.unknown ": auditor} {
			err := s.atlas.Store().Write(s.t.Context(), func(tx *store.Tx) error {
				_, err := s.atlas.Inquiries().Show(tx, v, id)
				return err
			})
			if !mithaqtest.Is(err, strings.TrimSpace(key)) {
				t.Errorf("want %s, have %v", key, err)
			}
		}
	})
}

// What arrives is compared with our holdings and with other inquiries, for us alone.
func TestWhatArrivesIsComparedWithOurs(t *testing.T) {
	inScene(t, func(s *scene) {
		s.najd.Import(s.najd.Profile(), mithaqtest.Indicator(7), `{"type":"identity","spec_version":"2.1","id":"identity--00000000-0000-4000-8000-000000000001",`+
			`"created":"1999-11-20T10:00:00.000Z","modified":"1999-11-20T10:00:00.000Z","name":"سمير حموشي"}`)
		first := s.ask(s.question())
		s.acts(s.najd, first, inquiry.Move{Step: mithaq.StepRefuse, Ground: mithaq.GroundPolitical})
		s.w.Settle()
		q := s.personal()
		q.Names = []string{"Samir Hammouchi"}
		id := s.draft(q)
		s.must(s.assess(s.atlas, id))
		s.must(s.submit(id))
		s.must(s.approve(id))
		s.w.Settle()
		v := s.najd.Analyst()
		var found []inquiry.Crossing
		s.najd.Write(func(tx *store.Tx) (err error) {
			found, err = s.najd.Inquiries().Cross(tx, v, id)
			return err
		})
		var value, name, refused bool
		for _, c := range found {
			value = value || c.Item == mithaqtest.IndicatorID(7) && c.Text == "tickets7.example"
			name = name || c.Kind == "name" && c.Ours == "سمير حموشي" && c.Score > 0.8
			refused = refused || c.Inquiry == first && c.Ground == mithaq.GroundPolitical
		}
		if !value || !name || !refused {
			t.Errorf("value %v, name %v, earlier refusal %v: %+v", value, name, refused, found)
		}
	})
}
